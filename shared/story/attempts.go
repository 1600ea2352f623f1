package story

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// FailedAttempt is what is known of one attempt of a delivery or a pick-up that a courier reported as failed.
type FailedAttempt struct {
	AccountID, Brand string
	// OrderID is the platform's, Number the order's for the shopper; Shipment is the shipment or return.
	OrderID, Number, Shipment, TrackingID, Courier string
	// OrderedOn is when the order was made, as the platform writes it, and OrderedAt the same if it is a moment.
	OrderedOn string
	OrderedAt time.Time
	// Event is the pair of resource and subtype, MessageID the message about it.
	Event, MessageID string
	// Number of the attempt among those of the shipment that were told, counted from 1, and how many there are.
	Nth, Of int
	// FailedAt is the courier's time.
	FailedAt time.Time
	// Reason is the platform's word for the courier's reason, as the order had it at ReadAt, which a later attempt may have replaced; empty if no
	// copy is kept, or if it has digits or an address in it. The courier's remark is left out: couriers write names and numbers into it.
	Reason string
	ReadAt time.Time
	// Statuses are the newest times of the shipment's statuses, the oldest first.
	Statuses []StatusAt
	// CustomerKey names the shopper, Recipient is the number with most digits masked.
	CustomerKey, Recipient string
	// ErasedAt is when the shopper was erased, which ended what was asked and took away what they wrote; zero if they were not.
	ErasedAt time.Time
	// Answers are what the shopper wrote about it, Actions what was chosen; the oldest first.
	Answers []Word
	Actions []Entry
	// Signs are what speaks for or against the attempt. None is a verdict.
	Signs []Sign

	zone *time.Location
}

// StatusAt is when a shipment had a status last.
type StatusAt struct {
	Status string
	At     time.Time
}

// Word is one message of the shopper. Text is left out but for a button's label.
type Word struct {
	At time.Time
	Reply
}

// failures are the events that tell of a failed attempt, each with the status that comes before one.
var failures = map[string]string{
	order.Shipment + "/failed_delivery":     "out_for_delivery",
	order.ReturnShipment + "/pickup_failed": "out_for_pickup",
}

// FailedAttempts tells of the failed attempts of an order, which is given by the platform's id or by its number for the shopper, the oldest first.
func (t *Teller) FailedAttempts(ctx context.Context, c access.Caller, accountID, orderID string) ([]FailedAttempt, error) {
	const op = "story.FailedAttempts"

	if err := c.May(access.Read, accountID); err != nil {
		return nil, err
	}

	a, err := t.accounts.Known(ctx, op, accountID)
	if err != nil {
		return nil, err
	}

	k, err := t.find(ctx, op, accountID, orderID)
	if err != nil {
		return nil, err
	}

	replies, err := t.store.RepliesToOrder(ctx, accountID, k.id, most)
	if err != nil {
		return nil, err
	}

	actions, err := t.actionsOf(ctx, accountID, k)
	if err != nil {
		return nil, err
	}

	told := k.failed()
	all := make([]FailedAttempt, 0, len(told))

	for _, m := range told {
		one := k.attempt(m, replies, actions)
		one.AccountID, one.Brand, one.zone = accountID, a.Name, a.Zone()

		if one.ErasedAt, err = t.erasedAt(ctx, m.CustomerID); err != nil {
			return nil, err
		}

		all = append(all, one.numbered(told, m))
	}

	for i := range all {
		all[i].Signs = signsOf(all[i], all, k)
	}

	return all, nil
}

// erasedAt returns when a customer was erased; the zero time if that did not happen, or there is none.
func (t *Teller) erasedAt(ctx context.Context, customerID string) (time.Time, error) {
	if customerID == "" {
		return time.Time{}, nil
	}

	c, err := t.store.Customer(ctx, customerID)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}

	return c.ErasedAt, err
}

// FailedAttemptOf tells of the failed attempt that a message is about; NotFound if the account has no such message, or it is about none.
func (t *Teller) FailedAttemptOf(ctx context.Context, c access.Caller, accountID, messageID string) (FailedAttempt, error) {
	const op = "story.FailedAttemptOf"

	if err := c.May(access.Read, accountID); err != nil {
		return FailedAttempt{}, err
	}

	m, err := t.store.MessageOf(ctx, accountID, messageID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return FailedAttempt{}, fault.New(fault.NotFound, op, "no such message")
	case err != nil:
		return FailedAttempt{}, err
	case failures[m.Event] == "" || m.Test:
		return FailedAttempt{}, fault.New(fault.NotFound, op, "the message is not about a failed attempt")
	}

	all, err := t.FailedAttempts(ctx, c, accountID, m.OrderID)
	if err != nil {
		return FailedAttempt{}, err
	}

	i := slices.IndexFunc(all, func(one FailedAttempt) bool { return one.MessageID == messageID })
	if i < 0 {
		return FailedAttempt{}, fault.New(fault.NotFound, op, "nothing is kept of the message's order")
	}

	return all[i], nil
}

// failed returns the messages about failed attempts, the oldest attempt first.
func (k known) failed() []message.Message {
	var told []message.Message

	for _, m := range k.messages {
		if failures[m.Event] != "" && !m.Test {
			told = append(told, m)
		}
	}

	slices.SortStableFunc(told, func(a, b message.Message) int {
		return cmp.Or(happenedAt(a).Compare(happenedAt(b)), cmp.Compare(a.ID, b.ID))
	})

	return told
}

// happenedAt returns when what a message tells of happened, as far as it is known.
func happenedAt(m message.Message) time.Time {
	if m.OccurredAt == 0 {
		return m.CreatedAt
	}

	return time.Unix(m.OccurredAt, 0)
}

// attempt returns what is known of the failed attempt that a message is about.
func (k known) attempt(m message.Message, replies []store.Reply, actions []Entry) FailedAttempt {
	one := FailedAttempt{
		OrderID:     k.id,
		Number:      k.number,
		Shipment:    m.Subject,
		TrackingID:  m.Activity.TrackingID,
		Event:       m.Event,
		MessageID:   m.ID,
		FailedAt:    happenedAt(m),
		CustomerKey: store.PhoneKeyOf(m.CustomerID),
	}

	if n, err := phone.FromE164(m.Phone); err == nil {
		one.Recipient = n.String()
	}

	one = k.withCourier(one)

	for status, at := range k.order.Shipments[order.FieldKey(m.Subject)] {
		if status != order.NotAttemptedStatus {
			one.Statuses = append(one.Statuses, StatusAt{status, time.Unix(at, 0)})
		}
	}

	slices.SortFunc(one.Statuses, func(a, b StatusAt) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Status, b.Status)) })

	for _, r := range replies {
		if cmp.Or(r.RootID, r.MessageID) == m.ID {
			one.Answers = append(one.Answers, Word{r.At, *replyOf(r)})
		}
	}

	slices.SortStableFunc(one.Answers, func(a, b Word) int { return a.At.Compare(b.At) })

	for _, e := range actions {
		if e.MessageID == m.ID {
			one.Actions = append(one.Actions, e)
		}
	}

	slices.SortStableFunc(one.Actions, earlier)

	return one
}

// withCourier adds what the kept copy of the order says of the shipment.
func (k known) withCourier(one FailedAttempt) FailedAttempt {
	if len(k.order.JSON) == 0 {
		return one
	}

	o, err := orders.Parse(k.order.JSON)
	if err != nil {
		return one
	}

	one.OrderedOn, one.OrderedAt = o.Date, orders.MadeAt(o.Date)

	for _, i := range o.Items {
		if i.TrackingID == "" || i.TrackingID != one.TrackingID && i.TrackingID != one.Shipment {
			continue
		}

		one.TrackingID, one.Courier, one.Reason, one.ReadAt = i.TrackingID, i.CourierName, wordOnly(i.FailureReason), k.order.JSONAt

		break
	}

	return one
}

// wordOnly returns a reason of the platform's list; empty for what somebody typed a number or an address into.
func wordOnly(reason string) string {
	if strings.ContainsFunc(reason, unicode.IsDigit) || strings.Contains(reason, "@") || utf8.RuneCountInString(reason) > maxReason {
		return ""
	}

	return reason
}

// maxReason is more characters than a reason of the platform's list has.
const maxReason = 120

// numbered returns the attempt with its place among those of its shipment.
func (one FailedAttempt) numbered(told []message.Message, m message.Message) FailedAttempt {
	for _, other := range told {
		if other.Subject != m.Subject || other.Event != m.Event {
			continue
		}

		one.Of++

		if other.ID == m.ID {
			one.Nth = one.Of
		}
	}

	return one
}

// Zone returns the account's time zone.
func (one FailedAttempt) Zone() *time.Location {
	if one.zone == nil {
		return time.UTC
	}

	return one.zone
}
