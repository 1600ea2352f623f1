package console

import (
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// saveNotification saves an event, shows what the form comes to, or sends a test of it: as its button says.
func (h *handler) saveNotification(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if err := c.caller.May(access.Write, c.accountID()); err != nil {
		return err
	}

	switch c.sent.Get("do") {
	case "preview":
		view, err := h.notificationOf(c, c.sent.Get("app"))
		if err != nil {
			return err
		}

		return c.show("notification", view.page(nil), view)
	case "test":
		return h.sendTest(c)
	default:
		return h.save(c)
	}
}

// save saves an event.
func (h *handler) save(c *call) error {
	appID, kind := c.sent.Get("app"), c.kindIn()

	n, one, err := h.Workspace.Notification(c.ctx(), c.caller, c.accountID(), appID, kind)
	if err != nil {
		return err
	}

	in := keeping(one, c.sent.Get("enabled") == "yes")
	in.MaxAge = ageIn(c.sent).duration()

	fresh := false
	if n.Charges == nil {
		in.Content, fresh = contentIn(c.sent)
	} else if c.sent.Get("agree") == "yes" {
		in.Charges = &settings.ChargesInput{TextVersion: c.sent.Get("textVersion"), Price: c.sent.Get("price")}
	}

	if fresh { // nobody has seen yet what would fill it
		return h.lookFirst(c)
	}

	_, _, _, err = h.Workspace.PutNotification(c.ctx(), c.caller, c.accountID(), appID, kind, in, c.seenIn())
	if err != nil {
		return h.refuseNotification(c, err)
	}

	return c.redirect(c.notificationPath() + "?" + url.Values{"app": {appID}, "done": {"notification-saved"}}.Encode())
}

// lookFirst shows what would fill a template that was just chosen.
func (h *handler) lookFirst(c *call) error {
	view, err := h.notificationOf(c, c.sent.Get("app"))
	if err != nil {
		return err
	}

	view.Fresh = true

	return c.show("notification", view.page(nil), view)
}

// refuseNotification shows the form again with what was wrong, and after another's change with what that was.
func (h *handler) refuseNotification(c *call, cause error) error {
	view, err := h.notificationOf(c, c.sent.Get("app"))
	if err != nil {
		return err
	}

	p, status, err := c.refusedNotification(cause, view.Kind, notificationField)
	if err != nil {
		return err
	}

	if unfit, is := asUnfit(cause); is && view.Draft != nil {
		p.More = nil
		for _, f := range findingsOf(unfit.Findings, view.Draft.Template.Places) {
			if f.Refuses {
				p.More = append(p.More, page.Problem{Message: f.Where + ": " + f.Message + " " + f.Remedy, Field: f.Field})
			}
		}
	}

	if c.sent.Get("do") == "test" {
		p.Heading = "The test was not sent"
		p.Message = strings.Replace(p.Message, "and save again", "and send it again", 1)
	}

	view.Invalid, view.Refusal = p.Field, p.Message

	if fault.Is(cause, fault.Stale) {
		if view.Changed, err = h.changedSince(c, c.seenIn()); err != nil {
			return err
		}
	}

	return c.showWith(status, "notification", view.page(p), view)
}

// notificationField returns the id of the control that a field of an error is about, and what the page calls it.
func notificationField(field string) (id, name string) {
	if rest, is := strings.CutPrefix(field, "content.values["); is {
		at, _, _ := strings.Cut(rest, "]")
		return "value-" + at, "What fills a placeholder"
	}

	switch below, _, _ := strings.Cut(field, "."); below {
	case "enabled":
		return "enabled", "Being on"
	case "content":
		return contentField(strings.TrimPrefix(field, "content."))
	case "maxAgeSeconds":
		return "age", "The age"
	case "charges":
		return "agree", "The consent to charges"
	case "to":
		return "to", "The number"
	default:
		return "", ""
	}
}

// contentField is notificationField for a field of the message.
func contentField(below string) (id, name string) {
	part, _, _ := strings.Cut(below, ".")
	part, _, _ = strings.Cut(part, "[")

	switch part {
	case "media":
		return "media", "What the header shows"
	case "copyCode":
		return "copyCode", "The code to copy"
	case "payment":
		return "payment", "The payment"
	default:
		return "template", "The template"
	}
}

// sendTest sends the message of the form to a number, saved or not, and shows the form again: nothing of it is lost.
func (h *handler) sendTest(c *call) error {
	proposal := settings.Proposal{AppID: c.sent.Get("app")}
	if c.sent.Has("template") {
		proposal.Content, _ = contentIn(c.sent)
	}

	m, err := h.Workspace.SendTest(c.ctx(), c.caller, c.accountID(), c.kindIn(), proposal, c.sent.Get("to"))
	if err != nil {
		return h.refuseNotification(c, err)
	}

	view, err := h.notificationOf(c, c.sent.Get("app"))
	if err != nil {
		return err
	}

	view.Tested = &m

	return c.show("notification", view.page(nil), view)
}
