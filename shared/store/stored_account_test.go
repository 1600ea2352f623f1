package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// storeAndClient returns a store on a cloud of its own, and a client that reads its documents as they are.
func storeAndClient(t *testing.T) (*store.Store, *firestore.Client) {
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

	return db, raw
}

// TestStoredHealth freezes the fields that the health of apps and templates is stored in.
func TestStoredHealth(t *testing.T) {
	t.Parallel()
	db, raw := storeAndClient(t)
	health := account.Health{Reason: "reason", Since: at, RetryAt: at.Add(time.Minute), Checks: 2}
	err := db.PutAccount(t.Context(), account.Account{
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

// TestStoredChoices freezes the fields that a brand's choices are stored in, and holds that they come back as they were. The document of
// an account without any has none of the fields.
func TestStoredChoices(t *testing.T) {
	t.Parallel()
	db, raw := storeAndClient(t)
	a := account.Account{
		ID:           "811",
		Sender:       "a",
		SenderChosen: true,
		Apps:         map[string]account.App{"a": {InstalledAt: at}},
		Choices: map[string]map[string]account.Choice{"a": {"shipment/delivered": {
			Enabled:    true,
			TemplateID: "t",
			Filling:    template.Filling{Variables: []string{"brand"}},
			MaxAge:     time.Hour,
			Charges:    &account.ChargeConsent{By: "u", At: at, TextVersion: "v", Price: "INR 0.1150"},
		}}},
	}
	if err := db.PutAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	snap, err := raw.Collection("accounts").Doc(a.ID).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"senderChosen": true,
		"choices": map[string]any{"a": map[string]any{"shipment/delivered": map[string]any{
			"enabled":  true,
			"template": "t",
			"filling":  map[string]any{"variables": []any{"brand"}},
			"maxAge":   int64(time.Hour),
			"charges":  map[string]any{"by": "u", "at": at, "textVersion": "v", "price": "INR 0.1150"},
		}}},
	}
	if diff := cmp.Diff(want, map[string]any{"senderChosen": snap.Data()["senderChosen"], "choices": snap.Data()["choices"]}); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if installed, problem := snap.DataAt("apps.a.installedAt"); problem != nil || installed != at {
		t.Errorf("apps.a.installedAt: got %v, %v, want %v", installed, problem, at)
	}
	got, err := db.Account(t.Context(), a.ID)
	if diff := cmp.Diff(a, got); diff != "" || err != nil {
		t.Errorf("account, %v (-want +got):\n%s", err, diff)
	}

	if err = db.PutAccount(t.Context(), account.Account{ID: "812", Apps: map[string]account.App{"a": {}}}); err != nil {
		t.Fatal(err)
	}
	snap, err = raw.Collection("accounts").Doc("812").Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"senderChosen", "choices", "apps.a.installedAt"} {
		if got, err := snap.DataAt(path); err == nil {
			t.Errorf("an account without choices has %s: %v", path, got)
		}
	}
}

// TestSlugOfTheOldForm finds an account whose slug was stored with capitals, by that slug; one in small letters in any case.
func TestSlugOfTheOldForm(t *testing.T) {
	t.Parallel()
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

	// Neither is overtaken by an account that is made since.
	for slug, want := range map[string]error{"CLOVE-HOUSE": store.ErrSlugTaken, "neemhouse": nil} {
		_, err := db.SaveSettings(t.Context(), "813", func(a account.Account) (store.Version, error) {
			a.Slug = slug
			return store.Version{Settings: a}, nil
		})
		if !errors.Is(err, want) {
			t.Errorf("%s for another account: got %v, want %v", slug, err, want)
		}
	}
	for slug, want := range map[string]string{"NeemHouse": "811", "neemhouse": "813", "Clove-House": "812"} {
		if got, err := db.AccountIDBySlug(t.Context(), slug); err != nil || got != want {
			t.Errorf("%s with another account: got %q, %v, want %s", slug, got, err, want)
		}
	}
}
