package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// What BusinessOnBot's bot needs of the store:
//
//	guestKeys/{hash of the key}            which account a guest key lets in
//	cancelRequests/{accountId:orderId}     the one cancellation that a bot asked for
//	brandAudit/{random}                    who looked at what, without personal data
//
// and on orders the fields customer and mail (account and keyed hash of the shopper's number or e-mail address), numbers
// (account and order number), orderedAt and totalMicros.

// GuestKey is the right of a key to one account's orders. Only the key's hash is stored.
type GuestKey struct {
	AccountID string `firestore:"account"`
	// Hash is [GuestHash] of the key; the document's name is a hash of that.
	Hash    string    `firestore:"hash"`
	AddedAt time.Time `firestore:"addedAt"`
}

// guestKey is the document of a key's hash: one that could not be a hash has none, but must not make an odd name.
func (s *Store) guestKey(hash string) *firestore.DocumentRef {
	return s.client.Collection("guestKeys").Doc(hashID("guest", hash))
}

// GuestHash is what is kept and compared of a guest key: its SHA-256 in hex. Keys are long and random; a caller that holds
// hashes only cannot tell a key.
func GuestHash(key string) string {
	sum := sha256.Sum256([]byte("guest key\x00" + key))
	return hex.EncodeToString(sum[:])
}

// PutGuestKey lets a key in to an account; a key belongs to one account, the last it was put for. An account may have
// several while one is being replaced.
func (s *Store) PutGuestKey(ctx context.Context, key, accountID string, at time.Time) error {
	hash := GuestHash(key)
	_, err := s.guestKey(hash).Set(ctx, GuestKey{AccountID: accountID, Hash: hash, AddedAt: at})
	return failure("store.PutGuestKey", err)
}

// RemoveGuestKey ends a key's right.
func (s *Store) RemoveGuestKey(ctx context.Context, key string) error {
	_, err := s.guestKey(GuestHash(key)).Delete(ctx)
	return failure("store.RemoveGuestKey", err)
}

// GuestKey finds the account of a key by its [GuestHash]; ErrNotFound if it is nobody's. Only hashes are compared, and
// those in constant time, so that timing tells nothing of the key.
func (s *Store) GuestKey(ctx context.Context, hash string) (GuestKey, error) {
	snap, err := s.guestKey(hash).Get(ctx)
	if err != nil {
		return GuestKey{}, failure("store.GuestKey", err)
	}
	var g GuestKey
	if err := snap.DataTo(&g); err != nil {
		return GuestKey{}, failure("store.GuestKey", err)
	}
	if subtle.ConstantTimeCompare([]byte(g.Hash), []byte(hash)) != 1 || g.AccountID == "" {
		return GuestKey{}, ErrNotFound
	}
	return g, nil
}

// KeepFindable stores the order's JSON as the platform told it, and makes the order findable by KeptOrder, by its numbers
// and by its shopper: the keyer's hashes of number and e-mail address are kept beside it, never these themselves. An order
// that cannot be read is kept as it is, and found by KeptOrder only.
func (s *Store) KeepFindable(ctx context.Context, id string, body []byte, k phone.Keyer, at, expire time.Time) error {
	accountID, orderID, _ := strings.Cut(id, ":")
	fields := map[string]any{"orderId": orderID, "json": body, "jsonAt": at, "expireAt": expire}
	if o, err := order.ParseOrder(body); err == nil {
		// A shopper whose number cannot be read is not found by it.
		n, _ := phone.Parse(o.Customer.Phone, o.Customer.Region)
		fields["customer"] = ownedBy(accountID, k.Key(n))
		fields["mail"] = ownedBy(accountID, k.Email(o.Customer.Email))
		fields["numbers"] = numbersOf(accountID, o)
		fields["orderedAt"] = orderedAt(body, at)
		fields["totalMicros"] = o.Total.Micros
	}
	_, err := s.order(id).Set(ctx, fields, firestore.MergeAll)
	return failure("store.KeepFindable", err)
}

// ownedBy is a value that only its account, named as in document ids, finds; empty for an empty one, which nobody finds.
func ownedBy(account, value string) string {
	if value == "" {
		return ""
	}
	return account + ":" + value
}

func numbersOf(accountID string, o order.Order) []string {
	numbers := []string{}
	for _, n := range []string{o.Number, o.VendorOrderNumber} {
		n = ownedBy(accountID, plainNumber(n))
		if n != "" && (len(numbers) == 0 || numbers[0] != n) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// plainNumber is an order number without the '#' that shops put before it.
func plainNumber(n string) string { return strings.TrimPrefix(strings.TrimSpace(n), "#") }

// orderedAt is when the order was made, for putting orders in a row; its zone does not matter for that. What cannot be read
// is as new as it was kept.
func orderedAt(body []byte, at time.Time) time.Time {
	var o struct {
		OrderDate string `json:"orderDate"`
	}
	if json.Unmarshal(body, &o) == nil {
		for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02"} {
			if t, err := time.Parse(layout, strings.TrimSpace(o.OrderDate)); err == nil && t.Year() > 1 {
				return t.UTC()
			}
		}
	}
	return at
}

// OrdersByNumber finds the account's kept orders that have the number, with or without its '#', at most limit.
func (s *Store) OrdersByNumber(ctx context.Context, accountID, number string, limit int) ([]Order, error) {
	number = plainNumber(number)
	if number == "" {
		return nil, nil
	}
	q := s.client.Collection("orders").Where("numbers", "array-contains", ownedBy(safeID(accountID), number)).Limit(limit)
	return ordersOf(ctx, "store.OrdersByNumber", q)
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

// LastOrders are the shopper's newest kept orders, newest first, at most limit; none for a shopper who is not known.
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
