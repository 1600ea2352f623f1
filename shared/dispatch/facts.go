package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// isRace reports whether a write lost to another worker's.
func isRace(err error) bool {
	return errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict)
}

// facts reads customer and order fresh from the store, and the message if it exists. A customer who is not known yet is
// created first; the facts are then read again, since the decision is conditional on the customer's update time.
func (d *Dispatcher) facts(ctx context.Context, o occurrence, p plan, exists bool) (store.Facts, error) {
	of := store.FactsOf{CustomerID: p.recipient.customerID}
	if o.event.OrderID != "" {
		of.OrderID = o.orderID
	}
	if exists {
		of.MessageID = o.messageID
	}
	if of == (store.FactsOf{}) {
		return store.Facts{}, nil
	}

	f, err := d.store.Facts(ctx, of)
	if err != nil || of.CustomerID == "" || f.Customer != nil {
		return f, err
	}
	if err := d.createCustomer(ctx, o, p.recipient); err != nil {
		return store.Facts{}, err
	}

	return store.Facts{}, store.ErrConflict
}

// createCustomer creates the customer of an event, with a ledger entry as the account's consent mode says: if the brand declares that
// its checkout collects the opt-in, the brand's grant. Before it stands a STOP that the shopper said before: it overrules that grant, and
// a START that is told late. The error is
// store.ErrExists or store.ErrConflict if another writer was faster, which may have been such a STOP.
func (d *Dispatcher) createCustomer(ctx context.Context, o occurrence, to recipient) error {
	now := d.clock.Now()
	first := consent.Entry{
		Action:     consent.Seen,
		Source:     consent.OrderEvent,
		Purpose:    consent.OrderUpdates,
		SourceRef:  "order:" + o.event.OrderID,
		Actor:      "platform",
		OccurredAt: now,
		RecordedAt: now,
	}
	customer := store.Customer{
		ID:        to.customerID,
		AccountID: o.account.ID,
		PhoneKey:  o.keys.Phone.Key(to.number),
		OtherKey:  o.keys.Phone.OtherKey(to.number),
		Phone:     to.number.E164(),
		Email:     o.event.Customer.Email,
		Name:      o.event.Customer.Name,
	}

	if o.account.ConsentMode == account.BrandDeclared {
		first.Action = consent.Grant
		first.Source = consent.Checkout
		first.Actor = "brand"
	}

	customer, err := d.store.Newcomer(ctx, customer, o.account.AppIDs(), now)
	if err != nil {
		return err
	}

	entries, next, _ := consent.Record(customer.Consent, first)
	customer.Consent = next

	return d.store.CreateCustomer(ctx, customer, entries...)
}

// inFlight returns when to look again at a message whose shopper has another one on its way; the zero time if it need not
// wait. Then passed is the id of another one of which evidence may still come.
func (d *Dispatcher) inFlight(ctx context.Context, o occurrence, c store.Customer) (until time.Time, passed string, err error) {
	if c.InFlight == "" || c.InFlight == o.messageID {
		return time.Time{}, "", nil
	}

	other, err := d.store.Message(ctx, c.InFlight)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, "", nil
	}
	if err != nil {
		return time.Time{}, "", err
	}

	if other.Unsettled() {
		passed = other.ID
	}

	now := d.clock.Now()

	last := d.waitsUntil(o, other)
	if !other.Open() || !now.Before(last) {
		return time.Time{}, passed, nil
	}

	until = now.Add(message.Backoff(0))
	if other.Phase == message.InDoubt && other.Due.After(until) {
		until = other.Due
	}
	if until.After(last) {
		until = last
	}

	return until, "", nil
}

// waitsUntil returns how long an occurrence waits for another message to the same shopper: until the silence about that one
// would mean something, and not past half of its own age limit.
func (d *Dispatcher) waitsUntil(o occurrence, other message.Message) time.Time {
	last := other.LeaseUntil.Add(d.cfg.Limits.QuietGrace)

	if half := o.occurredAt.Add(o.account.LongestAge(o.kind()) / 2); !o.occurredAt.IsZero() && half.Before(last) {
		return half
	}

	return last
}
