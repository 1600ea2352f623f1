package console

import (
	"log/slog"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// seenIn returns the version of the settings that a form was filled in on. One that names none is about a version that there is not, so that it
// is stale.
func (c *call) seenIn() settings.Seen {
	n, err := strconv.ParseInt(c.sent.Get("version"), 10, 64)
	if err != nil {
		n = -1
	}

	return settings.Seen{Version: n, Named: true}
}

// refused returns what a page says of a form that was not carried out, and the answer's status; the error itself if it is none that the person
// can mend. heading says what was not done. label returns what the page calls a field; the empty text for a field that it does not show.
func (c *call) refused(err error, heading string, label func(field string) string) (*page.Problem, int, error) {
	p := problemOf(err)
	if p == nil {
		return nil, 0, err
	}

	kind := fault.KindOf(err)
	httpx.Handled(c.ctx(), slog.String("kind", kind.String()), slog.String("role", string(c.caller.Role)))

	field, msg := fault.Public(err)
	p.Heading, p.Field, p.Message = heading, "", sentence(field, msg)

	if name := label(field); name != "" {
		p.Field, p.Message = field, sentenceOf(name, msg)
	}

	if kind == fault.Stale {
		p.Message = "Somebody changed the settings since you opened this page. What you typed is still here: look at it beside what is set now, and send it again."
	}

	return p, kind.Status(), nil
}
