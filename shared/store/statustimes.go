package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// StatusTimes are the status times that an event tells of one shipment or return.
type StatusTimes struct {
	OrderID string
	Subject string
	// Times by canonical status, in epoch seconds.
	Times    map[string]int64
	ExpireAt time.Time

	// AccountID and PlatformID are the account's and the platform's id of the order, Numbers its numbers in the shop: by them it is found
	// before a copy of it is kept. They may be empty.
	AccountID, PlatformID string
	Numbers               []string
}

// MergeStatusTimes raises the status times of a shipment, and notes the order's numbers; nothing else of a stored order is touched.
func (s *Store) MergeStatusTimes(ctx context.Context, t StatusTimes) error {
	if len(t.Times) == 0 {
		return nil
	}

	_, err := s.order(t.OrderID).Set(ctx, t.fields(), firestore.MergeAll)

	return failure("store.MergeStatusTimes", err)
}

// NoteOff raises the status times of a shipment, and adds to its order that the event came while it was off. day is when
// it happened, as "2006-01-02" in the platform's zone. It does nothing if no order is named.
func (s *Store) NoteOff(ctx context.Context, accountID, event, day string, t StatusTimes) error {
	if t.OrderID == "" {
		return nil
	}

	fields := t.fields()
	fields["off"] = firestore.ArrayUnion(offOf(accountID, event, day))

	_, err := s.order(t.OrderID).Set(ctx, fields, firestore.MergeAll)

	return failure("store.NoteOff", err)
}

// MaxOff is the most kinds of events that [Store.CountOff] takes.
const MaxOff = 30

// CountOff counts the account's orders on which one of some events came on a day while it was off, with one read a thousand. day is in the
// platform's zone, as NoteOff has it. It takes at most MaxOff kinds of events.
func (s *Store) CountOff(ctx context.Context, accountID string, events []string, day billing.Day) (int64, error) {
	noted := make([]string, len(events))
	for i, event := range events {
		noted[i] = offOf(accountID, event, string(day))
	}

	return count(ctx, "store.CountOff", s.orders.Where("off", "array-contains-any", noted))
}

// offOf returns how an order's document has it that an event came on a day while it was off.
func offOf(accountID, event, day string) string { return ownedBy(safeID(accountID), event+"@"+day) }

func (t StatusTimes) fields() map[string]any {
	times := make(map[string]any, len(t.Times))
	for name, at := range t.Times {
		times[name] = firestore.FieldTransformMaximum(at)
	}

	fields := map[string]any{
		"shipments": map[string]any{order.FieldKey(t.Subject): times},
		"expireAt":  t.ExpireAt,
	}
	if told := t.told(); len(told) > 0 {
		fields["told"] = firestore.ArrayUnion(anys("", told)...)
	}
	if id := t.hashedID(); id != "" {
		fields["platformId"] = id
	}

	return fields
}

// told returns the order's numbers as they are looked up.
func (t StatusTimes) told() []string {
	if t.AccountID == "" {
		return nil
	}

	return numbersOf(safeID(t.AccountID), t.Numbers)
}

// hashedID returns the platform's id of an order whose document's name does not have it; else it is empty.
func (t StatusTimes) hashedID() string {
	if safeID(t.PlatformID) == t.PlatformID {
		return ""
	}

	return t.PlatformID
}

// fresh returns an order with these status times and names, and nothing else.
func (t StatusTimes) fresh() Order {
	return Order{
		PlatformID: t.hashedID(),
		Shipments:  map[string]map[string]int64{order.FieldKey(t.Subject): t.Times},
		Told:       t.told(),
		ExpireAt:   t.ExpireAt,
	}
}

func (t StatusTimes) updates() []firestore.Update {
	ups := []firestore.Update{{Path: "expireAt", Value: t.ExpireAt}}
	for name, at := range t.Times {
		ups = append(ups, firestore.Update{
			FieldPath: []string{"shipments", order.FieldKey(t.Subject), name}, Value: firestore.FieldTransformMaximum(at),
		})
	}

	if told := t.told(); len(told) > 0 {
		ups = append(ups, firestore.Update{Path: "told", Value: firestore.ArrayUnion(anys("", told)...)})
	}
	if id := t.hashedID(); id != "" {
		ups = append(ups, firestore.Update{Path: "platformId", Value: id})
	}

	return ups
}
