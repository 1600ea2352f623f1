package story

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Answer says of one happening whether the shopper was told, and why not.
type Answer struct {
	// MessageID is empty of an event that was off, which leaves no message.
	MessageID string
	// OrderID is the platform's, Number the order's for the shopper; empty if nothing tells it.
	OrderID, Number string
	// Event is the pair of resource and subtype, Shipment the id of the shipment or return; empty if it is not known.
	Event, Shipment string
	// Purpose says what an answer to a shopper is for, such as "question"; empty of all else.
	Purpose string
	// At is when it happened, of an answer to a shopper when it was made; zero if only the day is known, or nothing.
	At time.Time
	// Day is when it happened in the platform's zone, of an event that was off.
	Day string
	checks.Explanation
}

// OrderAnswer says of each happening of an order whether the shopper was told.
type OrderAnswer struct {
	// OrderID is the platform's, Number the order's for the shopper; empty if nothing tells it.
	OrderID, Number string
	// Kept is false of an account without an app, of whose events nothing is kept. Explanation says that then.
	Kept        bool
	Explanation checks.Explanation
	// Answers are the oldest first. Of an event that is off there is the newest of each shipment.
	Answers []Answer
}

// ExplainMessage says why one message was sent or not.
func (t *Teller) ExplainMessage(ctx context.Context, c access.Caller, accountID, messageID string) (Answer, error) {
	const op = "story.ExplainMessage"

	if err := c.May(access.Read, accountID); err != nil {
		return Answer{}, err
	}

	a, err := t.accounts.Known(ctx, op, accountID)
	if err != nil {
		return Answer{}, err
	}

	m, err := t.message(ctx, op, accountID, messageID)
	if err != nil {
		return Answer{}, err
	}

	var stored store.Order
	if m.OrderID != "" {
		if stored, err = t.orderOf(ctx, accountID, m.OrderID); err != nil {
			return Answer{}, err
		}
	}

	return t.answer(ctx, a, stored, m)
}

// message reads a message of the account; NotFound if it has none of that id.
func (t *Teller) message(ctx context.Context, op, accountID, id string) (message.Message, error) {
	m, err := t.store.MessageOf(ctx, accountID, id)
	if errors.Is(err, store.ErrNotFound) {
		err = fault.New(fault.NotFound, op, "no such message")
	}

	return m, err
}

// ExplainOrder says of each happening of an order whether the shopper was told, and why not. The order is given by the platform's id or by
// its number for the shopper.
func (t *Teller) ExplainOrder(ctx context.Context, c access.Caller, accountID, orderID string) (OrderAnswer, error) {
	a, k, kept, err := t.lookUp(ctx, "story.ExplainOrder", c, accountID, orderID)
	if err != nil {
		return OrderAnswer{}, err
	}
	if !kept {
		return OrderAnswer{OrderID: orderID, Explanation: checks.ExplainNotKept()}, nil
	}

	answers, err := t.answers(ctx, a, k)
	if err != nil {
		return OrderAnswer{}, err
	}

	return OrderAnswer{OrderID: k.id, Number: k.number, Kept: true, Answers: answers}, nil
}

// answers returns what became of each happening that is known of an order, the oldest first.
func (t *Teller) answers(ctx context.Context, a account.Account, k known) ([]Answer, error) {
	var all []Answer

	for _, m := range k.messages {
		one, err := t.answer(ctx, a, k.order, m)
		if err != nil {
			return nil, err
		}

		all = append(all, one)
	}

	off, err := t.answersOff(ctx, a, k)
	if err != nil {
		return nil, err
	}

	return t.inTime(append(all, off...)), nil
}

// answersOff returns what became of the happenings of an order that were off.
func (t *Teller) answersOff(ctx context.Context, a account.Account, k known) ([]Answer, error) {
	var all []Answer

	for _, off := range t.offEvents(a.ID, k) {
		one, err := t.answerOff(ctx, a, k, off)
		if err != nil {
			return nil, err
		}

		all = append(all, one)
	}

	return all, nil
}

// inTime returns answers, the oldest first.
func (t *Teller) inTime(all []Answer) []Answer {
	slices.SortStableFunc(all, func(x, y Answer) int { return cmp.Compare(x.when(t.zone), y.when(t.zone)) })
	return all
}

// when returns the time by which an answer stands in a row, in epoch seconds. Of a day it is the beginning, as in
// a story.
func (a Answer) when(zone *time.Location) int64 {
	if !a.At.IsZero() {
		return a.At.Unix()
	}
	if a.Day != "" {
		return off{day: a.Day}.begin(zone).Unix()
	}

	return a.DecidedAt.Unix()
}

// answer explains a message.
func (t *Teller) answer(ctx context.Context, a account.Account, stored store.Order, m message.Message) (Answer, error) {
	now, err := t.present(ctx, a, stored, m)
	if err != nil {
		return Answer{}, err
	}

	one := Answer{
		MessageID:   m.ID,
		OrderID:     m.OrderID,
		Number:      m.Activity.OrderNumber,
		Event:       m.Event,
		Shipment:    m.Subject,
		Explanation: checks.Explain(m, now),
	}
	one.At, one.Purpose = happened(m)

	return one, nil
}

// happened returns when what a message tells of happened, the zero time if that is not known; of an answer to a shopper when it was made, and
// what it is for.
func happened(m message.Message) (at time.Time, purpose string) {
	switch {
	case m.Session != nil:
		return m.CreatedAt, m.Session.Kind
	case m.OccurredAt != 0:
		return time.Unix(m.OccurredAt, 0), ""
	default:
		return time.Time{}, ""
	}
}

// present returns what the checks of a message would see now.
func (t *Teller) present(ctx context.Context, a account.Account, stored store.Order, m message.Message) (checks.Present, error) {
	if m.Test || m.Session != nil {
		return nil, nil
	}

	setting := a.Events[m.Event]
	f, names := presentOf(a, setting)

	if m.AppID != "" {
		f.App = a.Apps[m.AppID].Health.Reason
		names = append(names, checks.App)
	}
	if setting.TemplateID != "" && setting.TemplateID == m.TemplateID {
		f.TemplateID, f.Template = m.TemplateID, a.TemplateHealth(m.Event).Reason
		names = append(names, checks.Template)
	}

	if m.Grounds.QuietUntil != 0 {
		if until := a.QuietUntil(m.Event, t.clock.Now()); !until.IsZero() {
			f.QuietUntil, f.Zone = until.Unix(), a.TimeZone
		}

		names = append(names, checks.QuietHours)
	}

	if kind, ok := order.ParseKind(m.Event); ok && stored.ID != "" {
		e := order.Event{Resource: kind.Resource, SubType: kind.SubType, Subject: m.Subject, OccurredAt: time.Unix(m.OccurredAt, 0), OccurredKnown: m.OccurredAt != 0}
		f.Overtaken, _ = e.Superseded(stored.TimesOf(m.Subject))
		f.OvertakenAt = stored.TimesOf(m.Subject)[f.Overtaken]

		names = append(names, checks.News)
	}

	if m.CustomerID != "" {
		customer, err := t.store.Customer(ctx, m.CustomerID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			f.Marketing = m.Grounds.Marketing
			f.Consent = string(customer.Consent.StatusAt(t.clock.Now()))
			names = append(names, checks.Consent)
		}
	}

	return checks.Now(f, names...), nil
}

// presentOf returns what is known of an event's present without any message of it, and the checks that it tells of.
func presentOf(a account.Account, setting account.Event) (checks.Facts, []checks.Name) {
	f := checks.Facts{AppID: a.Sender, Provider: a.Apps[a.Sender].Provider}
	if !setting.Enabled {
		f.Refusal = message.EventOff
	}

	return f, []checks.Name{checks.Event, checks.Sender, checks.Provider}
}
