package usage

import (
	"context"
	"fmt"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// estimateDays is how many days an estimate rests on at most.
const estimateDays = 30

// Estimate is what notifications would cost an account, by what happened in its last days.
type Estimate struct {
	// From and To are the days that it rests on; To does not count. Days is how many they are: fewer than 30 of an account whose history is
	// shorter, and none of one without any.
	From, To billing.Day
	Days     int
	// Charged is false of messages through a brand's own app, which cost nothing here.
	Charged bool
	// Messages and Cost are the sums of Events. Cost is nil if there are no days, or if an event has no price.
	Messages int64
	Cost     *billing.Money
	Events   []EventEstimate
	// Card is the version of the rate card that the prices are from; empty if there is none.
	Card string
}

// EventEstimate is what one event would cost.
type EventEstimate struct {
	Kind order.Kind
	// Messages are those that were sent of the event, through whichever app, and the orders that it came on while it was off. Not every shopper
	// of these may have agreed to messages, so that there would be this many at most.
	Messages int64
	// Category is what a message is charged as; empty if nobody knows, or if messages are not charged.
	Category billing.Category
	// Price is what one message costs now; nil where no rate card has a price. Cost is Price for each of Messages; nil without days too.
	Price, Cost *billing.Money
}

// Estimate tells what events would cost an account at the app that n is about, which the caller has read of it. Without events it is about
// all. Errors are Invalid and name the place in "notifications", and Conflict for an account without an app.
//
// It reads how far the account's days are closed, and these days: 31 documents at most, however many events and messages there are.
func (b *Book) Estimate(ctx context.Context, c access.Caller, n settings.Notifications, events []order.Kind) (Estimate, error) {
	const op = "usage.Estimate"

	if err := c.May(access.Read, n.Account.ID); err != nil {
		return Estimate{}, err
	}

	asked, err := chosen(n, events)
	if err != nil {
		return Estimate{}, err
	}
	if n.App.ID == "" {
		return Estimate{}, fault.New(fault.Conflict, op, "no app is installed; install one first")
	}

	e := Estimate{Charged: n.App.Ownership == message.Platform, Card: n.Card}

	counts, err := b.lastDays(ctx, n.Account.ID, &e)
	if err != nil {
		return Estimate{}, err
	}

	for _, one := range asked {
		e.add(one, counts[one.Event.Kind.String()], n.App.Currency())
	}

	return e, nil
}

// lastDays counts the messages of each event in the last closed days of an account, and notes in the estimate which these are.
func (b *Book) lastDays(ctx context.Context, accountID string, e *Estimate) (map[string]int64, error) {
	closing, err := b.Store.Closing(ctx, accountID)
	if err != nil || closing.ClosedTo == "" {
		return nil, err
	}

	closed, err := b.Store.ClosedDays(ctx, accountID, closing.ClosedTo.Plus(-estimateDays), closing.ClosedTo)
	if err != nil || len(closed) == 0 {
		return nil, err
	}

	e.From, e.To = closed[0].Day, closing.ClosedTo
	e.Days = e.From.Until(e.To)

	counts := map[string]int64{}

	for _, d := range closed {
		for _, row := range d.Usage.Rows {
			counts[row.Event] += row.Sent
		}

		for kind, n := range d.Off {
			counts[kind] += n
		}
	}

	return counts, nil
}

// add adds an event that so many messages were of.
func (e *Estimate) add(n settings.Notification, messages int64, currency string) {
	one := EventEstimate{Kind: n.Event.Kind, Messages: messages, Category: n.Category}

	switch {
	case !e.Charged:
		one.Price = &billing.Money{Currency: currency}
	case n.Price != (billing.Money{}):
		one.Price = &n.Price
	}

	if one.Price != nil && e.Days > 0 {
		one.Cost = &billing.Money{Micros: one.Price.Micros * messages, Currency: currency}
	}

	switch first := len(e.Events) == 0; {
	case one.Cost == nil:
		e.Cost = nil
	case first:
		e.Cost = &billing.Money{Micros: one.Cost.Micros, Currency: currency}
	case e.Cost != nil:
		e.Cost.Micros += one.Cost.Micros
	}

	e.Messages += messages
	e.Events = append(e.Events, one)
}

// chosen returns the notifications of the events, in their order; all for no events.
func chosen(n settings.Notifications, events []order.Kind) ([]settings.Notification, error) {
	var all []settings.Notification
	for _, g := range n.Groups {
		all = append(all, g.Notifications...)
	}

	if events == nil {
		return all, nil
	}
	if len(events) == 0 || len(events) > len(all) {
		return nil, fault.Field("notifications", fmt.Sprintf("must have from 1 to %d events, each once", len(all)))
	}

	of := make([]settings.Notification, 0, len(events))

	for i, kind := range events {
		field := fmt.Sprintf("notifications[%d]", i)

		at := slices.IndexFunc(all, func(one settings.Notification) bool { return one.Event.Kind == kind })
		if at < 0 {
			return nil, fault.Field(field, "is no event; name one as the list of notifications does, such as shipment and created")
		}
		if slices.Index(events, kind) < i {
			return nil, fault.Field(field, "names an event that is there already")
		}

		of = append(of, all[at])
	}

	return of, nil
}
