package account

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Choice is what a brand set for one event at one of its apps. It is kept while the app is installed, whichever app is the sender.
type Choice struct {
	// Enabled says that the brand wants its shoppers told. They are told once nothing is missing: see [Account.Missing].
	Enabled bool `firestore:"enabled"`
	// TemplateID and Filling are of a brand's own app. On the platform's app an event has the platform's template.
	TemplateID string           `firestore:"template,omitempty"`
	Filling    template.Filling `firestore:"filling,omitzero"`
	// MaxAge overrides the account's when it is not 0.
	MaxAge time.Duration `firestore:"maxAge,omitempty"`
	// Charges is the consent to be charged for the event's messages, which the platform's app needs.
	Charges *ChargeConsent `firestore:"charges,omitempty"`
}

// ChargeConsent is the record of a consent to charges. It counts only if it is complete.
type ChargeConsent struct {
	// By is the subject of the person who gave it.
	By string    `firestore:"by"`
	At time.Time `firestore:"at"`
	// TextVersion names the text that was agreed to, and Price is the price of a message as it was shown.
	TextVersion string `firestore:"textVersion"`
	Price       string `firestore:"price"`
	// PriceMicros is that price in micro-units of its currency; 0 in a record of the old form.
	PriceMicros int64 `firestore:"priceMicros,omitempty"`
	// Category is what WhatsApp charged such a message as when the price was shown: "utility", "marketing" or "authentication". Empty in a
	// record of the old form, whose price was that of the event.
	Category billing.Category `firestore:"category,omitempty"`
}

func (c *ChargeConsent) complete() bool {
	return c != nil && c.By != "" && !c.At.IsZero() && c.TextVersion != "" && c.Price != ""
}

// Covers reports whether the consent, to the charges of an event of the kind, is one to messages of a category. One to marketing, the
// dearest, covers utility. An empty category, which nobody knows, is covered.
func (c *ChargeConsent) Covers(kind string, category billing.Category) bool {
	agreed := c.Category
	if agreed == "" {
		agreed = CategoryOf(entryOf(kind))
	}

	return category == "" || agreed == category || agreed == billing.Marketing && category == billing.Utility
}

// In reports whether the price that was agreed to is in a currency.
func (c *ChargeConsent) In(currency string) bool { return strings.HasPrefix(c.Price, currency+" ") }

// Allows reports whether a message may have a price by the one that was agreed to. A record of the old form allows nothing.
func (c *ChargeConsent) Allows(price billing.Money) bool {
	return c != nil && c.PriceMicros >= price.Micros && c.In(price.Currency)
}

// CategoryOf returns what an event's messages are charged as whose template nobody knows.
func CategoryOf(e order.CatalogEntry) billing.Category {
	if e.Marketing {
		return billing.Marketing
	}

	return billing.Utility
}

// Offer is what the document of an account does not tell of one of its apps.
type Offer struct {
	// Forwards is true of an app whose provider is told events and says of them what it likes, so that they have no template.
	Forwards bool
	// Templates are those of the platform's app, by the kinds of events. They count for no other app.
	Templates map[string]Content
	// Categories are what WhatsApp charges messages of these templates as, such as "utility"; empty of one that nobody knows.
	Categories map[string]billing.Category
}

// Content is a template and what fills it.
type Content struct {
	TemplateID string           `firestore:"template"`
	Filling    template.Filling `firestore:"filling"`
}

// Lack is what an event needs at an app and does not have.
type Lack string

// What an event may lack.
const (
	// LacksTemplate is an event without a template at a brand's own app.
	LacksTemplate Lack = "template"
	// LacksConsent is an event without a complete consent to charges at the platform's app, with one to a cheaper category than that of
	// the platform's template, or with one in another currency than the app is charged in.
	LacksConsent Lack = "consent"
	// LacksOffer is an event that the platform has no template for. The brand can do nothing about it.
	LacksOffer Lack = "platform_template"
)

// Missing is an event that is to be told and cannot be.
type Missing struct {
	Kind  string
	Lacks []Lack
}

// ChoicesAt returns what the brand set for its events at one of its apps. An account of the old form has events alone: they are what it
// set at its sender. The map is the caller's own.
func (a Account) ChoicesAt(appID string) map[string]Choice {
	choices := maps.Clone(a.adopted()[appID])
	if choices == nil {
		choices = map[string]Choice{}
	}

	return choices
}

// Missing lists, sorted by their kinds, the events that are off at an app since something is missing there: those that are enabled at
// it, and those that would come along if it became the sender. It is empty for an app that is not installed.
func (a Account) Missing(appID string, offers map[string]Offer) []Missing {
	app, installed := a.App(appID)
	if !installed {
		return nil
	}

	choices := a.ChoicesAt(appID)
	if _, sends := a.App(a.Sender); sends {
		carry(choices, a.ChoicesAt(a.Sender))
	}

	var all []Missing

	for _, kind := range slices.Sorted(maps.Keys(choices)) {
		c := choices[kind]
		if lacks := c.Lacks(app, offers[appID], kind); c.Enabled && len(lacks) > 0 {
			all = append(all, Missing{Kind: kind, Lacks: lacks})
		}
	}

	return all
}

// Lacks lists what keeps an event of the kind from being told through an app, once it is enabled.
func (c Choice) Lacks(app App, o Offer, kind string) []Lack {
	var all []Lack
	if app.Ownership != message.Platform {
		if c.TemplateID == "" && !o.Forwards {
			all = append(all, LacksTemplate)
		}

		return all
	}

	if !c.agreed(app, kind, o.Categories[kind]) {
		all = append(all, LacksConsent)
	}
	if o.Templates[kind].TemplateID == "" && !o.Forwards {
		all = append(all, LacksOffer)
	}

	return all
}

// agreed reports whether messages about an event of the kind may be sent through an app as far as charges go: those through the platform's
// app are charged, and need a complete consent that covers their category, to a price in the currency of the app. All others are free of
// charges.
func (c Choice) agreed(app App, kind string, category billing.Category) bool {
	return app.Ownership != message.Platform ||
		c.Charges.complete() && c.Charges.Covers(kind, category) && c.Charges.In(app.Currency())
}

// Agreed reports whether messages about an event of the kind, charged as a category, may be sent through an installed app as far as charges
// go: the choices at the platform's app must hold a consent, which an account of the old form has none of. The category is empty where
// nobody knows it.
func (a Account) Agreed(appID, kind string, category billing.Category) bool {
	return a.Choices[appID][kind].agreed(a.Apps[appID], kind, category)
}

// Event returns how an event of the kind is told, through the account's sender. It is off without the consent to charges that the sender
// needs, whoever wrote the document and whatever its events say. What its messages are charged as is not asked here, since the document
// does not tell: [Account.Edit] does, and the template that a message is sent with.
func (a Account) Event(kind string) Event {
	e := a.Events[kind]
	e.Enabled = e.Enabled && a.Agreed(a.Sender, kind, "")

	return e
}

// event returns what a choice comes to at an app.
func (c Choice) event(app App, o Offer, kind string) Event {
	e := Event{
		Enabled:    c.Enabled && len(c.Lacks(app, o, kind)) == 0,
		TemplateID: c.TemplateID,
		Filling:    c.Filling,
		MaxAge:     c.MaxAge,
	}
	if app.Ownership == message.Platform {
		e.TemplateID, e.Filling = o.Templates[kind].TemplateID, o.Templates[kind].Filling
	}

	return e
}

// adopted returns the account's choices by app. The events of an account of the old form, which has none, are those of its sender: what
// dispatch has sent by until now. They hold no consent, since nobody recorded one.
func (a Account) adopted() map[string]map[string]Choice {
	if len(a.Choices) > 0 || len(a.Events) == 0 || a.Sender == "" {
		return a.Choices
	}

	choices := make(map[string]Choice, len(a.Events))
	for kind, e := range a.Events {
		choices[kind] = Choice{Enabled: e.Enabled, TemplateID: e.TemplateID, Filling: e.Filling, MaxAge: e.MaxAge}
	}

	return map[string]map[string]Choice{a.Sender: choices}
}

// carry adds to the choices at an app what is enabled at the one that was the sender before, where the brand has not said otherwise: it
// goes on wanting its shoppers told. Neither a template nor a consent comes along.
func carry(choices, before map[string]Choice) {
	for kind, c := range before {
		if _, set := choices[kind]; !set && c.Enabled {
			choices[kind] = Choice{Enabled: true, MaxAge: c.MaxAge}
		}
	}
}

// keepOff switches off the choices at an app that took the place of one that is gone, as far as the brand has not had its shoppers told by
// that one: what it set off there, or left out while it set others. Where it has never set anything before is nil.
func keepOff(choices, before map[string]Choice) {
	if before == nil {
		return
	}

	for kind, c := range choices {
		if !before[kind].Enabled {
			c.Enabled = false
			choices[kind] = c
		}
	}
}

// withdraw ends all consents to charges among the choices at an app.
func withdraw(choices map[string]Choice) {
	for kind, c := range choices {
		c.Charges = nil
		choices[kind] = c
	}
}
