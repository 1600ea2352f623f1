package store_test

import (
	"bytes"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestStoredHealth freezes the fields that the health of apps and templates is stored in.
func TestStoredHealth(t *testing.T) {
	t.Parallel()
	c, err := cloud.Start(t.Context(), cloud.Options{Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true})
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

	health := account.Health{Reason: "reason", Since: at, RetryAt: at.Add(time.Minute), Checks: 2}
	err = db.PutAccount(t.Context(), account.Account{
		ID:     "811",
		Apps:   map[string]account.App{"a": {Health: health}},
		Events: map[string]account.Event{"e": {TemplateID: "t", Health: health}},
	})
	if err != nil {
		t.Fatal(err)
	}
	snap, err := raw.Collection("accounts").Doc("811").Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	for path, want := range map[string]any{
		"attention": true,
		"apps.a.health": map[string]any{
			"reason":  "reason",
			"since":   at,
			"retryAt": at.Add(time.Minute),
			"checks":  int64(2),
		},
		"events.e.template":    "t",
		"events.e.enabled":     false,
		"events.e.heldReason":  "reason",
		"events.e.heldSince":   at,
		"events.e.heldRetryAt": at.Add(time.Minute),
		"events.e.heldChecks":  int64(2),
	} {
		got, err := snap.DataAt(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if _, err := snap.DataAt("events.e.health"); err == nil {
		t.Error("the health of a template is stored twice")
	}
}

// TestSlugOfTheOldForm finds an account whose slug was stored with capitals, by that slug; one in small letters in any case.
func TestSlugOfTheOldForm(t *testing.T) {
	t.Parallel()
	c, err := cloud.Start(t.Context(), cloud.Options{Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true})
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

	for id, slug := range map[string]string{"811": "NeemHouse", "812": "clove-house"} {
		if _, err := raw.Collection("accounts").Doc(id).Set(t.Context(), map[string]any{"slug": slug}); err != nil {
			t.Fatal(err)
		}
	}

	for slug, want := range map[string]string{"NeemHouse": "811", "clove-house": "812", "Clove-House": "812"} {
		if got, err := db.AccountIDBySlug(t.Context(), slug); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %s", slug, got, err, want)
		}
	}
}
