package settings

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Notifications are the events that an account's shoppers can be told of through one of its apps.
type Notifications struct {
	Account account.Account
	// App is the app that they are shown for; the zero value if the account has none.
	App account.App
	// Charges is what a person has to agree to; nil if messages of the app are not charged.
	Charges *ChargeText
	// Card is the version of the rate card that all prices are from; empty where there is none.
	Card   string
	Groups []NotificationGroup
}

// NotificationGroup is a part of the list, as a person thinks of it.
type NotificationGroup struct {
	Key, Label    string
	Notifications []Notification
}

// Notification is an event and how an account's shoppers are told of it through an app.
type Notification struct {
	Event order.CatalogEntry
	// Choice is what the brand set.
	Choice account.Choice
	// Lacks is what has to be there before the event can be told.
	Lacks []account.Lack
	// Supported is false of an event that the app's provider has no words for.
	Supported bool
	// Sends says that shoppers are told: the app is the sender, the event is enabled, and it lacks nothing.
	Sends bool
	// Offered is the platform's template at the platform's app; the zero value at any other.
	Offered account.Content
	// Health is that of the template as it counts for sending, as far as the app is the sender.
	Health account.Health
	// Differences are what the present copy of the template says otherwise than the one that the event was mapped to.
	Differences []template.Difference
	// Announced is a category that WhatsApp has said it will move the template to, and AnnouncedAt when; empty if it has not.
	Announced   string
	AnnouncedAt time.Time
	// Category is what a message is charged as at the platform's app: what WhatsApp charges the platform's template as. It is empty at any
	// other app, and where nobody knows. Price is what a message of the category costs; the zero value where no rate card has a price.
	Category billing.Category
	Price    billing.Money
}

// Notifications returns all events at one of an account's apps; at the sender if appID is empty. Without an app they are all off.
func (w *Workspace) Notifications(ctx context.Context, c access.Caller, id, appID string) (Notifications, error) {
	const op = "settings.Notifications"

	if err := c.May(access.Read, id); err != nil {
		return Notifications{}, err
	}

	a, err := w.read(ctx, op, id)
	if err != nil {
		return Notifications{}, err
	}

	return w.notifications(ctx, op, a, appID)
}

// Notification returns one event of [Workspace.Notifications]; NotFound if there is none of that kind.
func (w *Workspace) Notification(ctx context.Context, c access.Caller, id, appID string, kind order.Kind) (Notifications, Notification, error) {
	all, err := w.Notifications(ctx, c, id, appID)
	if err != nil {
		return Notifications{}, Notification{}, err
	}

	one, err := all.of("settings.Notification", kind)

	return all, one, err
}

// of returns the notification of an event.
func (n Notifications) of(op string, kind order.Kind) (Notification, error) {
	for _, g := range n.Groups {
		for _, one := range g.Notifications {
			if one.Event.Kind == kind {
				return one, nil
			}
		}
	}

	return Notification{}, noEvent(op)
}

// noEvent is the error of a call about an event that nobody can be told of.
func noEvent(op string) error { return fault.New(fault.NotFound, op, "no such event") }

// notifications returns all events at an app, or at the sender.
func (w *Workspace) notifications(ctx context.Context, op string, a account.Account, appID string) (Notifications, error) {
	l, err := w.lookAt(ctx, op, a, appID)
	if err != nil {
		return Notifications{}, err
	}

	page := Notifications{Account: a, App: l.app}
	if l.charged() {
		text := chargeTextInForce()
		page.Charges, page.Card = &text, l.card
	}

	copies, err := w.copies(ctx, l)
	if err != nil {
		return Notifications{}, err
	}

	for _, g := range account.Groups() {
		group := NotificationGroup{Key: g.Key, Label: g.Label}
		for _, e := range g.Events {
			n := l.notification(e)
			if err = w.compare(ctx, l, &n, copies); err != nil {
				return Notifications{}, err
			}

			group.Notifications = append(group.Notifications, n)
		}

		page.Groups = append(page.Groups, group)
	}

	return page, nil
}

// look is what the events of an account depend on at one of its apps.
type look struct {
	account account.Account
	// app is the zero value if the account has none.
	app     account.App
	offer   account.Offer
	choices map[string]account.Choice
	// prices are there at the platform's app. They are those of the card of that version.
	prices map[billing.Category]billing.Money
	card   string
	// forwards is the provider of an app that is told of events.
	forwards provider.OrderForwarder
}

// lookAt looks at an app of an account, at the sender if appID is empty; NotFound if the account does not have the app.
func (w *Workspace) lookAt(ctx context.Context, op string, a account.Account, appID string) (look, error) {
	app, installed := a.App(cmp.Or(appID, a.Sender))

	switch {
	case !installed && appID != "":
		return look{}, noApp(op)
	case !installed:
		return look{account: a}, nil
	}

	offers, err := w.offers(ctx, a)
	if err != nil {
		return look{}, err
	}

	l := look{
		account: a,
		app:     app,
		offer:   offers[app.ID],
		choices: a.ChoicesAt(app.ID),
	}
	if p, known := w.providers.Get(app.Provider); known && l.offer.Forwards {
		l.forwards, _ = p.(provider.OrderForwarder)
	}
	if !l.charged() {
		return l, nil
	}

	l.prices, l.card, err = w.prices(ctx, a, app)

	return l, err
}

// charged reports whether messages of the app are charged to the account.
func (l look) charged() bool { return l.app.Ownership == message.Platform }

// supports reports whether the app's provider has words for an event.
func (l look) supports(kind order.Kind) bool { return l.forwards == nil || l.forwards.Forwards(kind) }

// price returns what a message about an event costs.
func (l look) price(e order.CatalogEntry) billing.Money { return l.prices[l.category(e)] }

// notification returns how an event is told.
func (l look) notification(e order.CatalogEntry) Notification {
	kind := e.Kind.String()
	n := Notification{Event: e, Choice: l.choices[kind], Supported: l.supports(e.Kind)}

	if l.app.ID == "" {
		return n
	}

	n.Lacks = n.Choice.Lacks(l.app, l.offer, kind)
	n.Category, n.Price = l.category(e), l.price(e)

	if l.charged() {
		n.Offered = l.offer.Templates[kind]
	}
	if l.app.ID == l.account.Sender {
		event := l.account.Event(kind)
		n.Sends, n.Health = event.Enabled && n.Supported, l.account.ForSending(event.Health)
	}

	return n
}

// content returns the template that the event is told with through the app, and what fills it.
func (l look) content(kind string) account.Content {
	if l.charged() {
		return l.offer.Templates[kind]
	}

	return account.Content{TemplateID: l.choices[kind].TemplateID, Filling: l.choices[kind].Filling}
}

// copies reads the stored copies of the templates that events have at an app, by their ids.
func (w *Workspace) copies(ctx context.Context, l look) (map[string]store.Template, error) {
	var ids []string
	for _, e := range order.Catalog() {
		if id := l.content(e.Kind.String()).TemplateID; id != "" {
			ids = append(ids, id)
		}
	}

	if len(ids) == 0 {
		return nil, nil
	}

	slices.Sort(ids)

	return w.store.Templates(ctx, l.app.ID, slices.Compact(ids))
}

// compare adds to a notification how its template differs from the copy that the event was mapped to, and what is announced of it.
func (w *Workspace) compare(ctx context.Context, l look, n *Notification, copies map[string]store.Template) error {
	content := l.content(n.Event.Kind.String())

	kept, stored := copies[content.TemplateID]
	if !stored {
		return nil
	}

	n.Announced, n.AnnouncedAt = kept.Announced, kept.AnnouncedAt

	approved, err := approvedCopy(ctx, w.store, l.app.ID, kept, content.Filling)
	if err != nil || approved == nil {
		return err
	}

	n.Differences = template.Differences(*approved, kept.Template)

	return nil
}

// The ages up to which the message of an event may be told to be sent.
const (
	minAge = time.Minute
	maxAge = 7 * 24 * time.Hour
)
