package pages

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// act does one step about an order, and notes it. The order is the zero Order of what is about all of them, such as the time. A step that has begun is done
// and noted although nobody waits for the answer any more: a story in which a press was lost could not be played again.
func (p *Pages) act(c *call, o scenario.Order, s scenario.Step) (*done, error) {
	ctx := context.WithoutCancel(c.ctx())

	said, err := p.Actor.Do(ctx, s)
	if err != nil {
		return nil, p.why(err)
	}

	one := done{At: p.Clock.Now(), Words: deedOf(o, s, said), order: o.ID}
	if c.stage && writesToPhones(o.Provider) {
		one.Phone = o.Phone
	}

	if s.Do == scenario.Event {
		if one.Note, one.Off, err = p.noteOf(ctx, o, s.Event, said.Note); err != nil {
			return nil, err
		}
	}

	p.diary.add(one)

	return &one, nil
}

// why returns the error of a step that could not be done. Where a route of the product's own turned it down while something is broken on purpose, it says what.
func (p *Pages) why(err error) error {
	if !fault.Is(err, fault.Internal) && !fault.Is(err, fault.Unavailable) {
		return err
	}

	msg := err.Error()

	if all := p.broken(); len(all) > 0 {
		var words []string
		for _, b := range all {
			words = append(words, b.Words)
		}

		msg = strings.Join(words, ". ") + ", as you set. Mend it, and do it once more; the product says: " + msg
	}

	return fault.New(fault.Unavailable, "pages.act", msg)
}

// noteOf says to a person why an event of an order sends nothing, from the note of the route that published it; and where the event is switched on, if it is off.
func (p *Pages) noteOf(ctx context.Context, o scenario.Order, event, note string) (string, *offEvent, error) {
	if note == "" {
		return "", nil, nil
	}

	brand, err := p.Store.Account(ctx, o.AccountID)
	if err != nil {
		return "", nil, err
	}

	switch {
	case !brand.Event(event).Enabled:
		off := &offEvent{AccountID: brand.ID, Path: "/accounts/" + url.PathEscape(brand.ID) + "/notifications/" + event}
		return "nothing is sent: " + brand.Name + " has not switched this event on", off, nil
	case strings.HasPrefix(note, "sent before"):
		return "nothing is sent: the shopper was told of this before", nil, nil
	default:
		return note, nil, nil
	}
}

// acted answers a form, of which came what was done or an error. A page that has it sent in the background gets the words that stand in its element "said", any
// other is led back to where the form was, or shown why the form was refused.
func (c *call) acted(one *done, err error, refused func(status int, why *page.Problem) error) error {
	if err == nil && !c.quietly() {
		return c.redirect(c.back())
	}

	if err == nil {
		v := saidView{Done: one}
		if c.sent.Has("say") || c.sent.Has("kind") {
			c.chat.Anew = true
			v.Chat = &c.chat
		}

		return c.said(http.StatusOK, v)
	}

	why := c.problemOf(err)
	if why == nil {
		return err
	}

	if c.quietly() {
		return c.said(fault.KindOf(err).Status(), saidView{Problem: why})
	}

	return refused(fault.KindOf(err).Status(), why)
}

// saidView is what came of a form that a page sent in the background.
type saidView struct {
	Done    *done
	Problem *page.Problem
	// Chat is the phone whose forms are to be empty again; nil of a form that is of none.
	Chat *chat
}

// said answers with what came of a form.
func (c *call) said(status int, v saidView) error {
	return page.Write(c.w, c.r, status, page.HTML, func(w io.Writer) error { return c.p.set.Part(w, "said", v) })
}

// failed answers with a page that says why a form was refused.
func (c *call) failed(status int, why *page.Problem) error {
	return c.showWith(status, "error", frame{Title: "That was not done"}, why.Message)
}

// quietly reports whether a page sent the form in the background.
func (c *call) quietly() bool { return c.r.Header.Get("Hx-Request") == "true" }

// back returns the path that a form leads back to, one of the lab's.
func (c *call) back() string {
	path := c.sent.Get("back")

	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.Contains(path, `\`) || path != Path && !strings.HasPrefix(path, Path+"/") {
		return Path
	}

	return path
}

// problemOf returns what a page says of an error, for the errors that a person can mend; nil for all others.
func (c *call) problemOf(err error) *page.Problem {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Canceled, fault.NotFound:
		return nil
	default:
		field, msg := fault.Public(err)
		return &page.Problem{Heading: "That was not done", Message: page.Sentence(fieldWords[field], msg), Field: c.control(field)}
	}
}

// fieldWords are what pages call the fields of forms, in messages that say what is wrong with one.
var fieldWords = map[string]string{
	"app":        "The app",
	"at":         "The time",
	"box":        "The portal’s box",
	"button":     "The button",
	"catalogId":  "The cart",
	"event":      "The event",
	"fault":      "What goes wrong",
	"for":        "The time",
	"forward":    "The time",
	"guide":      "The guide",
	"hideNumber": "An answer with a hidden number",
	"items":      "The cart",
	"kind":       "What is sent",
	"phone":      "The phone",
	"latitude":   "The latitude",
	"longitude":  "The longitude",
	"mend":       "What is mended",
	"message":    "The message",
	"order":      "The order",
	"place":      "The place",
	"product":    "The product",
	"reply":      "The answer",
	"say":        "The text",
	"settings":   "How the phone is set",
	"standby":    "An answer while an agent holds the conversation",
	"switch":     "The switch",
	"text":       "The text",
	"times":      "How often it strikes",
	"to":         "The message",
}

// control is the id of the control that a field is filled in with; empty if there is none.
func (c *call) control(field string) string {
	switch field {
	case "fault":
		return field
	case "say":
		return field + "-" + c.phone
	case "kind", "text":
		if c.phone != "" {
			return "answer-" + field + "-" + c.phone
		}
	}

	return ""
}

// notOffered is what is wrong with a value that no button of the page sends.
const notOffered = "is none of those that the page offers"

// stepOf returns the step that a form asks for, about an order.
func (c *call) stepOf(o scenario.Order) (scenario.Step, error) {
	switch sent := c.sent; {
	case sent.Get("box") == "tick":
		return scenario.Step{Do: scenario.Subscribe, Order: o.ID}, nil
	case sent.Get("box") == "clear":
		return scenario.Step{Do: scenario.Withdraw, Order: o.ID}, nil
	case sent.Has("box"):
		return scenario.Step{}, fault.Field("box", notOffered)
	case sent.Has("beat"):
		for _, b := range scenario.Life() {
			if b.ID == sent.Get("beat") {
				return b.Step(o.ID), nil
			}
		}

		return scenario.Step{}, fault.Field("event", notOffered)
	case sent.Has("fault"):
		return scenario.Step{Do: scenario.StartFault, Fault: sent.Get("fault")}, nil
	case sent.Get("forward") == "next":
		return c.toNext(o)
	case sent.Has("forward"):
		d, err := time.ParseDuration(sent.Get("forward"))
		if err != nil || d < time.Second {
			return scenario.Step{}, fault.Field("forward", notOffered)
		}

		return scenario.Step{Do: scenario.Forward, For: scenario.Duration(d)}, nil
	case sent.Has("phone") && sent.Get("phone") != o.Phone:
		return scenario.Step{}, fault.Field("phone", "is not that of the order’s shopper")
	default:
		c.phone = o.Phone
		return c.answerOf(o.AppID)
	}
}

// toNext returns the step that moves the clock to the next thing that is waited for.
func (c *call) toNext(o scenario.Order) (scenario.Step, error) {
	waits, err := c.p.Waits(c.ctx(), o.ID)
	if err != nil {
		return scenario.Step{}, err
	}

	now := c.p.Clock.Now()

	next := nextOf(waits, now)
	if next.IsZero() {
		return scenario.Step{}, fault.New(fault.Conflict, "pages.toNext", "nothing is waited for whose time is known")
	}

	return scenario.Step{Do: scenario.Forward, For: scenario.Duration(next.Sub(now).Truncate(time.Second) + time.Second)}, nil
}
