package dispatch

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/content"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// fill adds to a plan what its template is filled with. It asks the order platform for what the event lacks; if that fails,
// the plan says so.
func (d *Dispatcher) fill(ctx context.Context, o occurrence, p plan) plan {
	if o.event.OrderID != "" && needsOrder(o, p) {
		var err error
		p.order, err = d.readOrder(ctx, o, p)
		if err != nil && !fault.Is(err, fault.NotFound) {
			p.lacking = err
		}
	}

	p.content, p.refusal = content.Filler{
		Template: p.sender.template,
		Filling:  p.filling,
		Event:    o.event,
		Label:    o.entry.Label,
		Order:    p.knownOrder(),
		Provider: p.sender.provider,
	}.Fill()

	return p
}

const (
	// timeStep is the resolution of an event's time: an order that was read within the same second may be older than the
	// event.
	timeStep = time.Second
	// billAge is how old an order may be that a bill is made of; it may have been paid since.
	billAge = time.Minute
)

// readOrder reads the order, as recent as the message needs it. An older one comes with the platform's error if there is no
// newer to be had.
func (d *Dispatcher) readOrder(ctx context.Context, o occurrence, p plan) (*orders.Order, error) {
	notBefore := o.occurredAt.Add(timeStep)
	if newest := d.clock.Now().Add(-billAge); p.filling.Payment.Part == template.OrderDetails && newest.After(notBefore) {
		notBefore = newest
	}

	id := orders.ID{AccountID: o.account.ID, OrderID: o.event.OrderID}

	return d.orders.Read(ctx, id, o.keys.Phone, notBefore)
}

// needsOrder reports whether the event alone cannot tell what the message says or whom it is for.
func needsOrder(o occurrence, p plan) bool {
	if p.sender.forwards != nil || o.event.Customer.Phone == "" || p.filling.Payment.Part != "" {
		return true
	}

	_, missing := template.Resolve(p.filling.Keys(), o.event, nil)

	return len(missing) > 0
}
