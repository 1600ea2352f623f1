package usage

import (
	"context"
	"fmt"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// failedDays is the longest range of a report of failed deliveries, and maxFailed the most of them that one counts: each is up to three
	// documents to read.
	failedDays = 31
	maxFailed  = 5_000
)

// FailedQuery says which failed deliveries are asked for. Its fields are those of [Query].
type FailedQuery struct{ From, To, Currency string }

// FailedDeliveries is what failed deliveries led to.
type FailedDeliveries struct {
	From, To billing.Day
	// Zone is the IANA name of the account's zone, and Currency that of all money.
	Zone, Currency string
	// Days are those with a failed delivery, in their order.
	Days []FailedDay
	// Total is about all of them at once: a shipment that failed on two days counts once where shipments are counted.
	Total FailedDay
	// OtherCurrencies are those in which messages of these days were charged too.
	OtherCurrencies []string
}

// FailedDay is what the failed deliveries of one day led to, whenever that was.
type FailedDay struct {
	// Day is that on which the platform told of them, in the account's zone; empty of a total.
	Day billing.Day
	// Failed are the failed deliveries that the platform told of. While the event was off, an order counts once a day.
	Failed int64
	// Asked are the messages about them that were sent; Delivered of them arrived, Read were read, and Answered by anything the shopper wrote
	// or tapped. Accepted are those of which the platform took an action that the shopper chose.
	Asked, Delivered, Read, Answered, Accepted int64
	// DeliveredAfterAll are the shipments that were delivered later, and Returned those that went back to the seller instead; each once.
	DeliveredAfterAll, Returned int64
	// ToAsk and ToAction are how long after the courier's scan the provider had taken the message, and the platform the action; nil without any.
	ToAsk, ToAction *Minutes
	// CostMicros is what the messages were charged. PerRescueMicros is that for each shipment that was delivered after all, rounded down; nil if
	// there is none.
	CostMicros      int64
	PerRescueMicros *int64
}

// Minutes are percentiles by nearest rank, in whole minutes, rounded down.
type Minutes struct{ P50, P95 int64 }

// FailedDeliveries tells what the failed deliveries of an account led to, by the day. Errors are Invalid and name the field.
//
// It reads the messages about them; their orders, and the conversations with their shoppers, each once; and what shoppers wrote, with a query
// for thirty messages. So a failed delivery is three reads at most and one more for each reply, and a day one for what was off.
func (b *Book) FailedDeliveries(ctx context.Context, c access.Caller, accountID string, q FailedQuery) (FailedDeliveries, error) {
	const op = "usage.FailedDeliveries"

	if err := c.May(access.Read, accountID); err != nil {
		return FailedDeliveries{}, err
	}

	a, err := b.Accounts.Known(ctx, op, accountID)
	if err != nil {
		return FailedDeliveries{}, err
	}

	today := billing.Day(a.Day(b.Clock.Now()))
	r := FailedDeliveries{Zone: zoneOf(a)}

	if r.From, r.To, err = rangeOf(q.From, q.To, today); err != nil {
		return FailedDeliveries{}, err
	}

	if r.From.Until(r.To) > failedDays {
		return FailedDeliveries{}, fault.Field("to", fmt.Sprintf("must be within %d days of from", failedDays))
	}
	if err = checkCurrency(q.Currency); err != nil {
		return FailedDeliveries{}, err
	}

	all, err := b.failures(ctx, accountID, r.From, r.To)
	if err != nil {
		return FailedDeliveries{}, err
	}

	off, err := b.offOfDays(ctx, accountID, order.FailedDelivery.String(), r.From, min(r.To, today.Next()))
	if err != nil {
		return FailedDeliveries{}, err
	}

	r.fill(q.Currency, all, off)

	return r, nil
}

// failures returns the failed deliveries of an account's days that have a message, with what each led to.
func (b *Book) failures(ctx context.Context, accountID string, from, to billing.Day) ([]failure, error) {
	found, err := b.Store.MessagesOfEvent(ctx, accountID, order.FailedDelivery.String(), from, to, b.maxFailed+1)
	if err != nil {
		return nil, err
	}
	if len(found) > b.maxFailed {
		return nil, fault.Field("to", fmt.Sprintf("leaves more than %d failed deliveries; ask for fewer days", b.maxFailed))
	}

	var orders, customers, asked []string

	for _, m := range found {
		orders = append(orders, store.OrderID(accountID, m.OrderID))
		if m.Attempt > 0 {
			customers, asked = append(customers, m.CustomerID), append(asked, m.ID)
		}
	}

	kept, err := b.Store.OrdersNamed(ctx, orders)
	if err != nil {
		return nil, err
	}

	talks, err := b.Store.Conversations(ctx, slices.DeleteFunc(customers, func(id string) bool { return id == "" }))
	if err != nil {
		return nil, err
	}

	answered, err := b.Store.Answered(ctx, asked)
	if err != nil {
		return nil, err
	}

	cards, err := b.Accounts.Cards(ctx)
	if err != nil {
		return nil, err
	}

	all := make([]failure, len(found))
	for i, m := range found {
		all[i] = failure{
			message:  m,
			charges:  cards.Of(m, settings.Teller(b.Providers, m.Provider)),
			answered: answered[m.ID],
			times:    kept[store.OrderID(accountID, m.OrderID)].TimesOf(m.Subject),
		}
		all[i].take(talks[m.CustomerID].Actions)
	}

	return all, nil
}

// take notes what the shopper chose.
func (f *failure) take(actions []conversation.Action) {
	for _, a := range actions {
		if a.MessageID != f.message.ID {
			continue
		}

		f.answered = true
		if a.State == conversation.Accepted {
			f.accepted = a
		}
	}
}

// offOfDays counts, for the days from one to another, which does not count, the orders on which an event came while it was off.
func (b *Book) offOfDays(ctx context.Context, accountID, event string, from, to billing.Day) (map[billing.Day]int64, error) {
	closed, open, err := b.Store.ClosedUntil(ctx, accountID, from, to)
	if err != nil {
		return nil, err
	}

	off := map[billing.Day]int64{}

	for _, d := range closed {
		off[d.Day] = d.Off[event]
	}

	for day := open; day < to; day = day.Next() {
		if off[day], err = b.Store.CountOff(ctx, accountID, []string{event}, day); err != nil {
			return nil, err
		}
	}

	return off, nil
}

// fill fills a report with the days of its failed deliveries, and with the money of one currency.
func (r *FailedDeliveries) fill(currency string, all []failure, off map[billing.Day]int64) {
	var n billing.Counter

	days := map[billing.Day][]failure{}

	for _, f := range all {
		n.Count(f.message, f.charges)

		day := billing.Day(f.message.Day)
		days[day] = append(days[day], f)
	}

	r.Currency, r.OtherCurrencies = currencyOf(currency, n.Usage().Rows)

	var untold int64

	for day := r.From; day < r.To; day = day.Next() {
		untold += off[day]

		if one := tally(days[day], off[day], r.Currency); one.Failed > 0 {
			one.Day = day
			r.Days = append(r.Days, one)
		}
	}

	r.Total = tally(all, untold, r.Currency)
}

// failure is a failed delivery that has a message, and what it led to.
type failure struct {
	message  message.Message
	charges  billing.Charges
	answered bool
	// accepted is the action that the platform took; the zero Action if it took none.
	accepted conversation.Action
	// times are those of the shipment's statuses.
	times map[string]int64
}
