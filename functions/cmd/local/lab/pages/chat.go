package pages

import (
	"net/url"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// chat is a shopper's phone.
type chat struct {
	// Number is the phone's in digits with the calling code, Written as people write it.
	Number, Written string
	// Shopper is whose phone it is, Peer whom the shopper writes with.
	Shopper, Peer string
	Settings      handset.Settings
	Lines         []handset.Line
	Zone          *time.Location
	// Do is what its forms are sent to, Back where they lead.
	Do, Back string
	Kinds    []answerKind
	// lacks is what the phone's provider has no form for.
	lacks handset.Lacking
	// Typed is what a form that was refused had.
	Typed url.Values
	// Anew says that the forms are sent on their own, to take the place of those that were sent: their fields are empty again.
	Anew bool
}

// answerKind is something else than a text that a shopper can send.
type answerKind struct{ Name, Label string }

// answerKinds are those that the pages offer, of which a phone has those that its provider has a form for.
var answerKinds = []answerKind{
	{"text", "A text"},
	{"image", "A photo, with the text as its caption"},
	{"document", "A document, with the text as its caption"},
	{"video", "A video, with the text as its caption"},
	{"audio", "A voice message"},
	{"sticker", "A sticker"},
	{kindPlace, "A place, with the text as its name"},
	{"contact", "A contact"},
	{"reaction", "A reaction to the newest message"},
	{"order", "A cart with two shirts, with the text as a note"},
	{"edit", "Another text for what was written last"},
	{"revoke", "Taking back what was written last"},
}

// kindPlace is the kind of a place, which may have a name.
const kindPlace = "location"

// kindsOf returns the kinds that a phone offers whose provider lacks some.
func kindsOf(lacks handset.Lacking) []answerKind {
	all := slices.DeleteFunc(slices.Clone(answerKinds), func(k answerKind) bool { return lacks.Kind(k.Name) })

	for i := range all {
		if all[i].Name == kindPlace && lacks.Field("place") {
			all[i].Label = "A place, without a text"
		}
	}

	return all
}

// chatOf returns the phone of an order's shopper.
func (p *Pages) chatOf(o scenario.Order, back, do string) chat {
	lacks := simulator.Lacking(o.Provider)

	return chat{
		Number:   o.Phone,
		Written:  written(o.Phone),
		Shopper:  o.Shopper,
		Peer:     o.Brand + ", " + page.ProviderLabel(o.Provider),
		Settings: p.Simulator.Phones().Settings(o.Phone),
		Lines:    p.Simulator.Phones().Thread(o.Phone),
		Zone:     config.IST,
		Do:       do,
		Back:     back,
		Kinds:    kindsOf(lacks),
		lacks:    lacks,
	}
}

// written is a number as people write it, as far as it is one.
func written(digits string) string {
	n, err := phone.Parse("+"+digits, "")
	if err != nil || len(digits) != 12 {
		return "+" + digits
	}

	e := n.E164()

	return e[:3] + " " + e[3:8] + " " + e[8:]
}

// answerOf returns the step of a form of the call's phone: a tap, a switch of the phone's, or an answer, which goes to an app unless it is about a message.
func (c *call) answerOf(app string) (scenario.Step, error) {
	s := scenario.Step{Do: scenario.Answer, Phone: c.phone}

	switch sent := c.sent; {
	case sent.Has("switch"):
		return c.switchOf()
	case sent.Has("button"):
		s.Reply = &simulator.Reply{Button: sent.Get("button"), To: sent.Get("to")}
	case sent.Has("say") && sent.Get("say") == "":
		return scenario.Step{}, fault.Field("say", "is missing")
	case sent.Has("say"):
		s.Reply = &simulator.Reply{Text: sent.Get("say"), App: app}
	case sent.Has("kind"):
		reply, err := c.p.replyOf(c.phone, app, sent.Get("kind"), sent.Get("text"))
		if err != nil {
			return scenario.Step{}, err
		}

		s.Reply = &reply
	default:
		return scenario.Step{}, fault.New(fault.Invalid, "pages.answer", "the form asks for nothing that the page offers")
	}

	return s, nil
}

// replyOf returns what a shopper sends of a kind.
func (p *Pages) replyOf(number, app, kind, text string) (simulator.Reply, error) {
	if !slices.ContainsFunc(answerKinds, func(k answerKind) bool { return k.Name == kind }) {
		return simulator.Reply{}, fault.Field("kind", notOffered)
	}

	r := simulator.Reply{Kind: kind, Text: text, App: app}

	switch kind {
	case "text":
		r.Kind = ""
		if text == "" {
			return r, fault.Field("text", "is missing")
		}
	case kindPlace:
		r.Text, r.Place = "", text
	case "order":
		r.CatalogID = "catalog-1"
		r.Items = []handset.OrderItem{{RetailerID: "SHIRT-M", Quantity: 2, Price: 499, Currency: "INR"}}
	case "edit", "revoke":
		last := p.lastSaid(number)
		if last == "" {
			return r, fault.Field("kind", "needs something that was written before")
		}

		r.App, r.To = "", last
	default:
	}

	return r, nil
}

// lastSaid returns the id of what the owner of a phone wrote last, and did not take back; empty if there is nothing.
func (p *Pages) lastSaid(number string) string {
	for _, l := range slices.Backward(p.Simulator.Phones().Thread(number)) {
		if l.Said != nil && !l.Said.TakenBack && l.Said.Kind != "button" {
			return l.Said.ID
		}
	}

	return ""
}

// phoneSwitch is one way in which a phone is set.
type phoneSwitch struct {
	Name, Label, Hint string
	// field is the field of an answer that it sets, by its name in JSON; empty if it sets none.
	field string
	of    func(*handset.Settings) *bool
}

// phoneSwitches are all of them.
var phoneSwitches = []phoneSwitch{
	{"off", "Switched off", "Nothing is delivered until it is on again.", "", func(s *handset.Settings) *bool { return &s.Off }},
	{"receipts", "No read receipts", "Nobody learns that a message was read.", "", func(s *handset.Settings) *bool { return &s.NoReadReceipts }},
	{"hidden", "Number hidden", "Answers name the shopper by a user id alone.", "hideNumber", func(s *handset.Settings) *bool { return &s.HideNumber }},
	{"agent", "An agent answers", "Another sender holds the conversation.", "standby", func(s *handset.Settings) *bool { return &s.Agent }},
}

// shownSwitch is a switch with how it is set.
type shownSwitch struct {
	phoneSwitch

	On bool
}

// Switches are the phone's switches as they are set: those that its provider has a form for, and those that are on all the same, so that they can be turned off.
func (c chat) Switches() []shownSwitch {
	var all []shownSwitch

	for _, s := range phoneSwitches {
		if on := *s.of(&c.Settings); on || !c.lacks.Field(s.field) {
			all = append(all, shownSwitch{s, on})
		}
	}

	return all
}

// switchOf returns the step that turns one switch of the call's phone.
func (c *call) switchOf() (scenario.Step, error) {
	now := c.p.Simulator.Phones().Settings(c.phone)

	for _, s := range phoneSwitches {
		if s.Name == c.sent.Get("switch") {
			on := s.of(&now)
			*on = !*on
			set := scenario.Settings(now)

			return scenario.Step{Do: scenario.Phone, Phone: c.phone, Settings: &set}, nil
		}
	}

	return scenario.Step{}, fault.Field("switch", notOffered)
}
