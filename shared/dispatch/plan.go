package dispatch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// plan is how an occurrence would be sent, as far as that can be found out before anything is claimed. It is made once and
// never changed; a message that is bound to another app gets another plan.
type plan struct {
	sender    sender
	recipient recipient
	// filling is what the template is filled with, content the result.
	filling template.Filling
	content provider.TemplateMessage
	// settings is the version of the account's settings that sender and filling are from.
	settings int64
	// order is the platform's order if it was needed and could be read.
	order *orders.Order

	// refusal is why the message must not be sent; empty if nothing speaks against it.
	refusal message.Reason
	// unsayable says that the refusal is about what the message would say.
	unsayable bool
	// hold is why the app or the template cannot be used for now; empty if it can. why says more of a template where more is known.
	hold message.Cause
	why  string
	// marketing says that the message goes out with a template of marketing, so that the shopper must have agreed to that.
	marketing bool
	// postponed is a failure that passes; the message waits.
	postponed error
	// turn is set if the message found no place: when its turn comes. Nothing else of it was prepared then.
	turn time.Time
	// quiet is set if the message came in the account's quiet hours: when they end. Nothing else of it was prepared then.
	quiet time.Time
	// estimate is what the message is expected to cost. It is made here, since nothing may be read between the facts and the claim.
	estimate message.Estimate
	// overspent says that the account may not spend what the message is expected to cost.
	overspent bool
	// lacking is why the order platform could not be asked for what the event itself does not tell; variables would be
	// filled with their fallbacks.
	lacking error
}

// recipient is the shopper; refusal says why there is no number to send to.
type recipient struct {
	number     phone.Number
	customerID string
	refusal    message.Reason
}

// pinned are the app, template and filling of a message's first claim, and the version of the settings that they are from; later
// attempts reuse them.
type pinned struct {
	appID      string
	templateID string
	filling    template.Filling
	settings   int64
}

// pinnedBy returns what a message is bound to; nothing before its first claim.
func pinnedBy(m message.Message) pinned {
	if m.Attempt == 0 {
		return pinned{}
	}

	return pinned{
		appID:      m.AppID,
		templateID: m.TemplateID,
		filling:    m.Filling,
		settings:   m.SettingsVersion,
	}
}

// otherThan reports whether the message is bound to an app that the plan does not use.
func (pin pinned) otherThan(p plan) bool {
	return pin.appID != "" && pin.appID != p.sender.installed.ID && p.refusal == ""
}

// complete does all that can wait or fail before anything is claimed: credential, template, content and recipient. What stands
// in the way is noted in the plan; an error means that the event must be delivered again.
func (d *Dispatcher) complete(ctx context.Context, o occurrence, p plan) (plan, error) {
	p, err := d.equip(ctx, o, p)
	if err != nil {
		return plan{}, err
	}
	if p.refusal == "" {
		p = d.fill(ctx, o, p)
		p.unsayable = p.refusal != ""
	}

	p.recipient = recipientOf(o, p.knownOrder())

	if p, err = d.price(ctx, o, p); err != nil {
		return plan{}, err
	}

	return p, ctx.Err()
}

// price adds to a plan what the message is expected to cost, and whether that would pass a limit of what its account may spend through the
// platform's app.
func (d *Dispatcher) price(ctx context.Context, o occurrence, p plan) (plan, error) {
	app := p.sender.installed
	if app.ID == "" || p.refusal != "" {
		return p, nil
	}

	m := message.Message{Ownership: app.Ownership, Phone: p.recipient.number.E164()}
	p.estimate = d.accounts.Estimate(ctx, m, o.account, app, p.sender.category(o))

	if app.Ownership != message.Platform {
		return p, nil
	}

	spent, err := d.accounts.Spent(ctx, o.account, app.Currency())
	p.overspent = !o.account.Limits.Allow(spent.Day, spent.Month, p.estimate.Micros)

	return p, err
}

// knownOrder returns the order, or nil.
func (p plan) knownOrder() *order.Order {
	if p.order == nil {
		return nil
	}

	return &p.order.Order
}

// recipientOf reads the recipient's number from the event, or from the order if the event has none.
func recipientOf(o occurrence, from *order.Order) recipient {
	raw, region := o.event.Customer.Phone, o.event.Customer.Region
	if raw == "" && from != nil {
		raw, region = from.Customer.Phone, from.Customer.Region
	}

	to, err := phone.Parse(raw, region)
	switch {
	case errors.Is(err, phone.ErrEmpty):
		return recipient{refusal: message.NoPhone}
	case err != nil:
		return recipient{refusal: message.InvalidPhone}
	}

	return recipient{number: to, customerID: store.CustomerID(o.account.ID, o.keys.Phone.Key(to))}
}

// patience is how long a message waits for what its variables need before their fallbacks are good enough, if the account
// sets no age limit.
const patience = 30 * time.Minute

// fallbackAt returns when a message that has waited since then for what its variables need is sent without it: shortly
// before it would be too old to be sent at all.
func (o occurrence) fallbackAt(since time.Time) time.Time {
	limit := o.account.Age(o.kind())
	if limit == 0 || o.occurredAt.IsZero() {
		return since.Add(patience)
	}

	return o.occurredAt.Add(limit - limit/10)
}

// request builds the provider's request for an attempt; an error means that the message cannot be expressed.
func (p plan) request(ctx context.Context, o occurrence, attempt int) (*http.Request, error) {
	s := p.sender
	ref := o.keys.Reference.Seal(s.installed.ID, message.Ref{MessageID: o.messageID, Attempt: attempt})
	if s.forwards != nil {
		return s.forwards.BuildOrder(ctx, s.app, p.orderMessage(o, ref))
	}

	m := p.content
	m.To = p.recipient.number
	m.Template = s.template
	m.Ref = ref
	m.Postbacks = provider.Postbacks(s.template, ref)

	return s.templates.BuildTemplate(ctx, s.app, m)
}

// orderMessage returns the event for a provider that chooses and fills its own templates.
func (p plan) orderMessage(o occurrence, ref string) provider.OrderMessage {
	m := provider.OrderMessage{
		To:    p.recipient.number,
		Event: o.event,
		Brand: o.account.Name,
		Ref:   ref,
	}
	if p.order != nil {
		m.Order = p.order.Order
		m.OrderJSON = p.order.JSON
	}
	if !m.Event.OccurredKnown {
		// The provider's documents have no word for an unknown time; this one comes nearest.
		m.Event.OccurredAt = o.delivery.PublishedAt
	}

	return m
}

// probedInVain reports whether the message was to find out if the app's provider answers again, and the provider gave no answer when
// it was asked for the template.
func (p plan) probedInVain() bool {
	if !p.sender.notAnswering {
		return false
	}

	failed, ok := errors.AsType[*provider.SendError](p.postponed)

	return ok && unanswered(failed.Failure)
}
