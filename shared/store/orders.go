package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Order is the stored form of an order.
type Order struct {
	ID string `firestore:"-"`
	// PlatformID is the platform's id of the order; empty if the order is known by a hash of it only.
	PlatformID string `firestore:"platformId,omitempty"`
	// Shipments holds, by [order.FieldKey] of the shipment or return, the newest time of each status in epoch seconds.
	Shipments map[string]map[string]int64 `firestore:"shipments"`
	// JSON is the order as the platform last told it; JSONAt is when.
	JSON   []byte    `firestore:"json,omitempty"`
	JSONAt time.Time `firestore:"jsonAt,omitzero"`
	// Off has "account:event@day" for each event that came while it was off, with the day it happened in the platform's
	// zone, such as "811:shipment/packed@2024-02-13". It is indexed.
	Off []string `firestore:"off,omitempty"`
	// Told has "account:number" for each number of the order in its shop that an event told. It is indexed.
	Told       []string  `firestore:"told,omitempty"`
	ExpireAt   time.Time `firestore:"expireAt"`
	UpdateTime time.Time `firestore:"-"`
}

// OrderID names the document of an order.
func OrderID(accountID, orderID string) string { return safeID(accountID) + ":" + safeID(orderID) }

func (s *Store) order(id string) *firestore.DocumentRef { return s.orders.Doc(id) }

// Order reads a stored order; ErrNotFound if there is none.
func (s *Store) Order(ctx context.Context, id string) (Order, error) {
	snap, err := s.order(id).Get(ctx)
	if err != nil {
		return Order{}, failure("store.Order", err)
	}
	return orderOf(snap)
}

func orderOf(snap *firestore.DocumentSnapshot) (Order, error) {
	var o Order
	if err := snap.DataTo(&o); err != nil {
		return Order{}, failure("store.Order", err)
	}

	o.ID, o.UpdateTime = snap.Ref.ID, snap.UpdateTime

	if _, id, _ := strings.Cut(o.ID, ":"); o.PlatformID == "" && !hashed(id) {
		o.PlatformID = id
	}

	return o, nil
}

// KeptOrder finds an order that KeepOrder stored by the platform's id alone, which is unique across accounts;
// ErrNotFound if none is stored. It serves when the platform cannot be asked for the order's account.
func (s *Store) KeptOrder(ctx context.Context, orderID string) (Order, error) {
	snaps, err := s.orders.Where("orderId", "==", safeID(orderID)).Limit(2).Documents(ctx).GetAll()
	if err != nil {
		return Order{}, unread("store.KeptOrder", err)
	}

	var newest Order
	for _, snap := range snaps {
		o, err := orderOf(snap)
		if err != nil {
			return Order{}, err
		}
		// An order that moved to another account is known under both; the platform's last word counts.
		if newest.ID == "" || o.JSONAt.After(newest.JSONAt) {
			newest = o
		}
	}

	if newest.ID == "" {
		return Order{}, ErrNotFound
	}

	return newest, nil
}

// accountsOfOrder is how many accounts an order has moved through at most.
const accountsOfOrder = 10

// OrderByUntrustedID finds a stored order of the account by an id from outside; ErrNotFound if none is stored. It queries a
// field instead of reading the document by name, because names of requested documents reach platform logs and the id may
// be a phone number. The cost is the same.
func (s *Store) OrderByUntrustedID(ctx context.Context, accountID, orderID string) (Order, error) {
	kept, err := ordersOf(ctx, "store.OrderByUntrustedID", s.orders.Where("orderId", "==", safeID(orderID)).Limit(accountsOfOrder))
	if err != nil {
		return Order{}, err
	}

	for _, o := range kept {
		if o.ID == OrderID(accountID, orderID) {
			return o, nil
		}
	}

	return Order{}, ErrNotFound
}

// TimesOf returns the known status times of a shipment or return, by canonical status in epoch seconds.
func (o Order) TimesOf(subject string) map[string]int64 { return o.Shipments[order.FieldKey(subject)] }

// OffEvent is an event that came while it was off.
type OffEvent struct {
	// Kind is the event's, such as "shipment/packed"; Day is when it happened, as "2006-01-02" in the platform's zone.
	Kind, Day string
}

// OffEvents returns the events of the order that came while the account had them off, in the order in which they first came.
func (o Order) OffEvents(accountID string) []OffEvent {
	var all []OffEvent

	for _, entry := range o.Off {
		event, ours := strings.CutPrefix(entry, safeID(accountID)+":")
		if kind, day, ok := strings.Cut(event, "@"); ours && ok {
			all = append(all, OffEvent{Kind: kind, Day: day})
		}
	}

	return all
}

// OrderCopy is an order as the platform sent it, with what finds it.
type OrderCopy struct {
	AccountID string
	// OrderID is the platform's id.
	OrderID string
	JSON    []byte
	// At is when the platform sent it.
	At       time.Time
	ExpireAt time.Time

	// PhoneKey and EmailKey are the keyed hashes of the shopper's number and e-mail address, never these themselves. An
	// empty one finds nothing.
	PhoneKey string
	EmailKey string
	// Numbers are the order's numbers in the shop, with or without their '#'.
	Numbers []string
	// OrderedAt is when the order was made. It puts a shopper's orders in a row.
	OrderedAt   time.Time
	TotalMicros int64
}

// KeepOrder stores the copy. It is found by KeptOrder, OrderByUntrustedID, OrdersByNumber and LastOrders. Status times of
// the order stay.
func (s *Store) KeepOrder(ctx context.Context, c OrderCopy) error {
	owner, id := safeID(c.AccountID), safeID(c.OrderID)
	fields := map[string]any{
		"orderId":     id,
		"json":        c.JSON,
		"jsonAt":      c.At,
		"expireAt":    c.ExpireAt,
		"customer":    ownedBy(owner, c.PhoneKey),
		"mail":        ownedBy(owner, c.EmailKey),
		"numbers":     numbersOf(owner, c.Numbers),
		"orderedAt":   c.OrderedAt,
		"totalMicros": c.TotalMicros,
	}

	if id != c.OrderID {
		fields["platformId"] = c.OrderID // the document's name is not the id itself
	}

	_, err := s.order(OrderID(c.AccountID, c.OrderID)).Set(ctx, fields, firestore.MergeAll)

	return failure("store.KeepOrder", err)
}

// ownedBy returns the value prefixed with the account id; empty stays empty and matches no query.
func ownedBy(account, value string) string {
	if value == "" {
		return ""
	}
	return account + ":" + value
}

// numbersOf returns the different numbers as they are looked up.
func numbersOf(owner string, all []string) []string {
	numbers := []string{}
	for _, n := range all {
		n = ownedBy(owner, plainNumber(n))
		if n != "" && !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}

	return numbers
}

// plainNumber is an order number without the '#' that shops put before it.
func plainNumber(n string) string { return strings.TrimPrefix(strings.TrimSpace(n), "#") }

// OrdersByNumber finds the account's kept orders that have the number, with or without its '#', at most limit.
func (s *Store) OrdersByNumber(ctx context.Context, accountID, number string, limit int) ([]Order, error) {
	return s.ordersNumbered(ctx, "numbers", accountID, number, limit)
}

// OrdersToldByNumber finds the account's orders of which an event told that they have the number, with or without its '#', at most limit. There
// may be no copy of them.
func (s *Store) OrdersToldByNumber(ctx context.Context, accountID, number string, limit int) ([]Order, error) {
	return s.ordersNumbered(ctx, "told", accountID, number, limit)
}

func (s *Store) ordersNumbered(ctx context.Context, field, accountID, number string, limit int) ([]Order, error) {
	number = plainNumber(number)
	if number == "" {
		return nil, nil
	}

	q := s.orders.Where(field, "array-contains", ownedBy(safeID(accountID), number)).Limit(limit)

	return ordersOf(ctx, "store.ordersNumbered", q)
}

// Shopper names a shopper of an account by the keyed hash of the number or of the e-mail address.
type Shopper struct {
	AccountID, PhoneKey, EmailKey string
}

// ordersOfShopper is the query of the shopper's orders, the newest first; false for a shopper without a key.
func (s *Store) ordersOfShopper(w Shopper) (firestore.Query, bool) {
	field, value := "customer", ownedBy(safeID(w.AccountID), w.PhoneKey)
	if w.PhoneKey == "" {
		field, value = "mail", ownedBy(safeID(w.AccountID), w.EmailKey)
	}
	return s.client.Collection("orders").Where(field, "==", value).OrderBy("orderedAt", firestore.Desc), value != ""
}

// LastOrders returns the shopper's newest stored orders, newest first, at most limit; none for an unknown shopper.
func (s *Store) LastOrders(ctx context.Context, w Shopper, limit int) ([]Order, error) {
	q, ok := s.ordersOfShopper(w)
	if !ok {
		return nil, nil
	}
	return ordersOf(ctx, "store.LastOrders", q.Limit(limit))
}

// Spent counts the shopper's kept orders and adds up their totals in micro-units, over the newest limit of them.
func (s *Store) Spent(ctx context.Context, w Shopper, limit int) (orders int, micros int64, err error) {
	q, ok := s.ordersOfShopper(w)
	if !ok {
		return 0, 0, nil
	}

	snaps, err := q.Select("totalMicros").Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return 0, 0, unread("store.Spent", err)
	}

	for _, snap := range snaps {
		if n, ok := snap.Data()["totalMicros"].(int64); ok {
			micros += n
		}
	}

	return len(snaps), micros, nil
}

func ordersOf(ctx context.Context, op string, q firestore.Query) ([]Order, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	orders := make([]Order, 0, len(snaps))
	for _, snap := range snaps {
		o, err := orderOf(snap)
		if err != nil {
			return nil, err
		}

		orders = append(orders, o)
	}

	return orders, nil
}
