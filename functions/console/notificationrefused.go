package console

import (
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// listField returns the id of the list's control that a field of an error is about, and what the page calls it.
func listField(field string) (id, name string) {
	if field == "maxAgeSeconds" {
		return "age", "The age"
	}

	rest, is := strings.CutPrefix(field, "notifications.")
	if !is {
		return "", ""
	}

	kind, below, _ := strings.Cut(rest, ".")

	return "on-" + kind, page.EventLabel(kind) + ": " + spaced(below)
}

// spaced makes words of the name of a field.
func spaced(field string) string {
	return strings.ToLower(strings.NewReplacer(".", " ", "content", "the message", "charges", "its charges", "enabled", "being on").Replace(field))
}

// refusedNotification is [call.refused] for events, whose refusal may be a list of findings. findings are put into the words of a page by their
// event unless it is that of the page. id returns the control that a field of an error is about, and what the page calls it.
func (c *call) refusedNotification(err error, ofPage string, id func(field string) (id, name string)) (*page.Problem, int, error) {
	if unfit, is := asUnfit(err); is {
		return &page.Problem{
			Message: "The message does not fit. Mend this, and save again:",
			More:    problemsOf(unfit.Findings, ofPage),
		}, http.StatusUnprocessableEntity, nil
	}

	p, status, err := c.refused(err, "", func(field string) string {
		_, name := id(field)
		return name
	})
	if err != nil {
		return nil, 0, err
	}
	if p.Field != "" {
		p.Field, _ = id(p.Field)
	}

	switch {
	case p.Field == "age":
		p.Message = "A limit is from 1 minute to 7 days. Leave it empty for none."
	case p.Field == "agree" && status == fault.Invalid.Status():
		p.Message = "Agree to the charges first: nothing is sent through the platform's app without that."
	}

	if status == fault.Stale.Status() {
		p.Heading = "Somebody changed the settings meanwhile"
		p.Message = "Nothing was saved. What you typed is still here: look at what was changed below, and save again."
	}

	return p, status, nil
}
