package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
)

// GuestKey is the right of a key to one account's orders. Only the key's hash is stored.
type GuestKey struct {
	AccountID string `firestore:"account"`
	// Hash is [GuestHash] of the key; the document's name is a hash of that.
	Hash    string    `firestore:"hash"`
	AddedAt time.Time `firestore:"addedAt"`
}

// guestKey returns the document of a key's hash. It hashes the hash again, so that any text makes a valid document name.
func (s *Store) guestKey(hash string) *firestore.DocumentRef {
	return s.client.Collection("guestKeys").Doc(hashID("guest", hash))
}

// GuestHash is what is kept and compared of a guest key: its SHA-256 in hex. Keys are long and random; a caller that holds
// hashes only cannot tell a key.
func GuestHash(key string) string {
	sum := sha256.Sum256([]byte("guest key\x00" + key))
	return hex.EncodeToString(sum[:])
}

// PutGuestKey stores the key's hash for an account, replacing an earlier account. An account may have several keys while one
// is being replaced.
func (s *Store) PutGuestKey(ctx context.Context, key, accountID string, at time.Time) error {
	hash := GuestHash(key)
	_, err := s.guestKey(hash).Set(ctx, GuestKey{AccountID: accountID, Hash: hash, AddedAt: at})
	return failure("store.PutGuestKey", err)
}

// EndGuestKey ends the right of the key with that [GuestHash], which calls with it have lost once caches have expired. Ending it again
// changes nothing.
func (s *Store) EndGuestKey(ctx context.Context, hash string) error {
	_, err := s.guestKey(hash).Delete(ctx)
	return failure("store.EndGuestKey", err)
}

// GuestKeys lists the keys of an account, the oldest first.
func (s *Store) GuestKeys(ctx context.Context, accountID string) ([]GuestKey, error) {
	const op = "store.GuestKeys"

	if accountID == "" {
		return nil, noAccount(op)
	}

	snaps, err := s.client.Collection("guestKeys").Where("account", "==", accountID).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	keys := make([]GuestKey, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&keys[i]); err != nil {
			return nil, failure(op, err)
		}
	}

	slices.SortFunc(keys, func(a, b GuestKey) int { return cmp.Or(a.AddedAt.Compare(b.AddedAt), cmp.Compare(a.Hash, b.Hash)) })

	return keys, nil
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

// Audit is one call of a brand's API: who, what, and how it ended. It holds no personal data.
type Audit struct {
	AccountID string `firestore:"account"`
	// Operation is order, customer_by_phone, customer_by_email, last_orders or cancel_order.
	Operation string `firestore:"operation"`
	// Outcome is a word such as found, not_found or refused; Status is the HTTP status that was answered.
	Outcome string `firestore:"outcome"`
	Status  int    `firestore:"status"`
	// OrderIDs are the platform's ids of the orders that were shown or cancelled.
	OrderIDs []string  `firestore:"orders"`
	Actor    string    `firestore:"actor"`
	Mode     string    `firestore:"mode"`
	At       time.Time `firestore:"at"`
	ExpireAt time.Time `firestore:"expireAt"`
}

// AddAudit stores the record of a call.
func (s *Store) AddAudit(ctx context.Context, a Audit) error {
	_, err := s.client.Collection("brandAudit").NewDoc().Create(ctx, a)
	return failure("store.AddAudit", err)
}

// Audits lists the calls of an account's API, in no order, at most limit.
func (s *Store) Audits(ctx context.Context, accountID string, limit int) ([]Audit, error) {
	snaps, err := s.client.Collection("brandAudit").Where("account", "==", accountID).Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.Audits", err)
	}

	audits := make([]Audit, 0, len(snaps))
	for _, snap := range snaps {
		var a Audit
		if err := snap.DataTo(&a); err != nil {
			return nil, failure("store.Audits", err)
		}

		audits = append(audits, a)
	}

	return audits, nil
}
