package store_test

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestHoldNumber holds a number for one at a time, whose save ends the hold; a hold that is over by then lets nothing be saved.
func TestHoldNumber(t *testing.T) {
	t.Parallel()
	const number = "919000000100"
	now := time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	local := testkit.Cloud(t, clock.NewManual(now))
	db := testkit.Store(t, local)
	save := func(id string, h store.Hold) error {
		_, err := db.SaveSettings(t.Context(), id, func(account.Account) (store.Version, error) {
			return store.Version{Settings: account.Account{Name: "Brand " + id}}, nil
		}, h)
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	first, err := db.HoldNumber(t.Context(), number, now, time.Minute)
	must(err)
	if _, err = db.HoldNumber(t.Context(), number, now, time.Minute); !errors.Is(err, store.ErrHeld) {
		t.Errorf("a second: got %v, want %v", err, store.ErrHeld)
	}
	second, err := db.HoldNumber(t.Context(), number, now.Add(time.Minute), time.Minute)
	must(err)
	if err = save("811", first); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a save whose hold is another's: got %v, want %v", err, store.ErrConflict)
	}
	must(db.Release(t.Context(), first))
	if _, err = db.HoldNumber(t.Context(), number, now.Add(time.Minute), time.Minute); !errors.Is(err, store.ErrHeld) {
		t.Errorf("after the first let go of what is another's: got %v, want %v", err, store.ErrHeld)
	}
	must(save("812", second))

	// The save has ended the hold. An answer that is lost is no hold of another's.
	for _, took := range []string{"create", "update"} {
		_, err = local.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Match: "numbers", Mode: cloud.FailAfter, Code: codes.Unavailable, Times: 1})
		must(err)
		now = now.Add(time.Hour)
		if second, err = db.HoldNumber(t.Context(), number, now, time.Minute); err != nil {
			t.Errorf("%s: got %v", took, err)
		}
	}
	must(db.Release(t.Context(), second))
	third, err := db.HoldNumber(t.Context(), number, now, time.Minute)
	must(err)
	must(save("813", third))
}
