// Package orders reads the platform's orders and keeps copies of them.
//
// A [Reader] asks the order platform, or serves a stored copy that is recent enough. Copies serve while the platform is
// down, and a brand's bot finds orders by what is stored beside them. An order's JSON is parsed once, when it is read.
package orders

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxStored is the most bytes of an order's JSON that are stored; a Firestore document has at most 1 MiB. A larger order
// is asked for again whenever it is needed.
const maxStored = 900 << 10

// Platform gives an order's JSON from the order platform; an error of kind NotFound says that there is none.
type Platform interface {
	Order(ctx context.Context, id string) ([]byte, error)
}

// Store keeps orders. Its errors are those of [store.Store].
type Store interface {
	Order(ctx context.Context, id string) (store.Order, error)
	KeptOrder(ctx context.Context, orderID string) (store.Order, error)
	KeepOrder(ctx context.Context, c store.OrderCopy) error
}

// Order is an order with its JSON as the platform wrote it.
type Order struct {
	order.Order
	JSON []byte
}

// ID names an order of an account by the platform's id.
type ID struct{ AccountID, OrderID string }

// Reader reads and keeps orders. It is safe for concurrent use.
type Reader struct {
	store     Store
	platform  Platform
	clock     clock.Clock
	retention time.Duration
}

// New returns a Reader whose copies expire after the retention; it makes no call.
func New(db Store, platform Platform, clk clock.Clock, retention time.Duration) *Reader {
	return &Reader{
		store:     db,
		platform:  platform,
		clock:     clk,
		retention: retention,
	}
}

// Parse reads an order's JSON. An error is of kind Upstream.
func Parse(json []byte) (*Order, error) {
	o, err := order.ParseOrder(json)
	if err != nil {
		return nil, fault.Wrap(fault.Upstream, "orders.Parse", err)
	}

	return &Order{Order: o, JSON: json}, nil
}

// Ask reads an order from the platform. Errors are the platform's, those of kind NotFound included, or Parse's.
func (r *Reader) Ask(ctx context.Context, orderID string) (*Order, error) {
	json, err := r.platform.Order(ctx, orderID)
	if err != nil {
		return nil, err
	}

	return Parse(json)
}

// Kept returns the newest stored copy of an order, of whichever account, for when the platform gives no answer. An error of kind
// NotFound says that none is stored.
func (r *Reader) Kept(ctx context.Context, orderID string) (*Order, error) {
	const op = "orders.Kept"
	kept, err := r.store.KeptOrder(ctx, orderID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.Wrap(fault.NotFound, op, err)
	}
	if err != nil {
		return nil, err
	}

	o, err := Parse(kept.JSON)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, op, err)
	}

	return o, nil
}

// Fresh reports whether the copy of an order was read from the platform at notBefore or later.
func Fresh(kept store.Order, notBefore time.Time) bool {
	return len(kept.JSON) > 0 && !kept.JSONAt.Before(notBefore)
}

// Read returns the stored copy of an account's order if it is [Fresh], else the platform's, which it stores. When the
// platform gives no answer, the old copy, nil if there is none, comes with the platform's error.
func (r *Reader) Read(ctx context.Context, id ID, k phone.Keyer, notBefore time.Time) (*Order, error) {
	kept, err := r.store.Order(ctx, store.OrderID(id.AccountID, id.OrderID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if Fresh(kept, notBefore) {
		return Parse(kept.JSON)
	}

	json, failed := r.platform.Order(ctx, id.OrderID)
	if failed != nil {
		old, _ := Parse(kept.JSON)

		return old, failed
	}

	o, err := Parse(json)
	if err != nil {
		return nil, err
	}

	if err := r.Keep(ctx, id, o, k); err != nil {
		return nil, err
	}

	return o, nil
}

// Keep stores an order that the platform has just sent. One that is too large for a document is left out.
func (r *Reader) Keep(ctx context.Context, id ID, o *Order, k phone.Keyer) error {
	if len(o.JSON) > maxStored {
		return nil
	}

	at := r.clock.Now()

	return r.store.KeepOrder(ctx, CopyOf(id, o, k, at, at.Add(r.retention)))
}

// CopyOf returns an order as it is stored, of the time at which the platform sent it. A shopper whose number cannot be read
// is found by the e-mail address only.
func CopyOf(id ID, o *Order, k phone.Keyer, at, expire time.Time) store.OrderCopy {
	number, _ := phone.Parse(o.Customer.Phone, o.Customer.Region)

	return store.OrderCopy{
		AccountID:   id.AccountID,
		OrderID:     id.OrderID,
		JSON:        o.JSON,
		At:          at,
		ExpireAt:    expire,
		PhoneKey:    k.Key(number),
		EmailKey:    k.Email(o.Customer.Email),
		Numbers:     []string{o.Number, o.VendorOrderNumber},
		OrderedAt:   orderedAt(o.Date, at),
		TotalMicros: o.Total.Micros,
	}
}

// MadeAt returns when an order was made, by the platform's text of it, which names no zone and is in UTC; the zero time of a text that is no moment,
// such as a day alone.
func MadeAt(date string) time.Time {
	for _, layout := range []string{time.DateTime, time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(date)); err == nil && t.Year() > 1 {
			return t.UTC()
		}
	}

	return time.Time{}
}

// orderedAt returns when an order was made, for putting orders in a row; its zone does not matter for that. A date that
// cannot be read is as new as the copy.
func orderedAt(date string, at time.Time) time.Time {
	if made := MadeAt(date); !made.IsZero() {
		return made
	}
	if t, err := time.Parse(time.DateOnly, strings.TrimSpace(date)); err == nil && t.Year() > 1 {
		return t.UTC()
	}

	return at
}
