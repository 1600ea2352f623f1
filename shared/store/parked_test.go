package store_test

import (
	"bytes"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// withRaw returns a store, and Firestore's client to write with what the store would not.
func withRaw(t *testing.T) (*bench, *firestore.Client) {
	t.Helper()
	c, err := cloud.Start(t.Context(), cloud.Options{Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true, Queries: &asked})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	db, err := store.Open(t.Context(), "store-test", c.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	raw, err := firestore.NewClient(t.Context(), "store-test", c.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })

	return &bench{Store: db, t: t}, raw
}

// TestParkedOfTheOldForm reads a parked document that lacks the phone key and whose adopter died: it is found by its customer, and
// once it was looked at also by another account's customer with the number, and nobody owns it.
func TestParkedOfTheOldForm(t *testing.T) {
	t.Parallel()
	b, raw := withRaw(t)
	old := func(id, owner string) {
		_, err := raw.Collection("parked").Doc(id).Set(t.Context(), map[string]any{
			"app":      "app",
			"customer": "811:k",
			"ids":      []string{id},
			"at":       map[string]any{"sent": 5},
			"owner":    owner,
			"due":      at,
			"bucket":   store.Bucket(id),
			"expireAt": at.Add(time.Hour),
		})
		b.must(err)
	}
	has := func(customerID string) bool {
		found, err := b.HasUnownedStatus(t.Context(), "app", customerID, time.UnixMilli(5))
		b.must(err)
		return found
	}
	look := func() {
		all, err := b.DueParked(t.Context(), at, 5)
		b.must(err)
		if len(all) != 1 || all[0].PhoneKey != "k" || all[0].Witness != 0 {
			t.Fatalf("got %+v, want one with the phone key k and no witness", all)
		}
		b.must(b.PostponeParked(t.Context(), all[0], at.Add(time.Minute)))
	}

	old("1", "")
	b.same("by its customer", has("811:k"), true)
	look()
	b.same("by another account's customer", has("812:k"), true)

	_, err := raw.Collection("parked").Doc("1").Delete(t.Context())
	b.must(err)
	old("2", "a message that never got the id")
	b.same("with an owner", has("811:k"), false)
	look()
	b.same("after its owner died", has("811:k"), true)
}
