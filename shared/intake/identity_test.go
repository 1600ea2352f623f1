package intake_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	newNumber      = "919000000555"
	oldID, freshID = "IN.100", "IN.200"
)

// moves has the provider tell that the shopper has another number or user id.
func moves(t *testing.T, r *rig.Rig, from provider.Origin, e provider.IdentityEvent) {
	t.Helper()
	r.Clock.Advance(time.Minute)

	e.ID = "moved-1"
	take(t, r, from, provider.Event{Kind: provider.KindIdentity, Identity: &e})
}

// statusOf returns the status of the brand's customer of a number, and how many entries the ledger has; empty if there is none.
func statusOf(t *testing.T, r *rig.Rig, digits string) (consent.Status, int) {
	t.Helper()

	id := r.CustomerOf(rig.BrandID, digits)
	if _, err := r.Parts.Store.Customer(t.Context(), id); errors.Is(err, store.ErrNotFound) {
		return "", 0
	}

	state, ledger := r.CheckChainOf(t, id)

	return state.Status, len(ledger)
}

// TestRefusalHoldsUnderTheNewNumber: what was refused under the old number goes on holding, and nothing else goes over.
func TestRefusalHoldsUnderTheNewNumber(t *testing.T) {
	t.Parallel()

	moved := provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: newNumber}
	for _, tt := range []struct {
		name string
		// said are the words before the news, by number.
		said [][2]string
		news provider.IdentityEvent
		from provider.Origin
		want consent.Status
		old  consent.Status
	}{
		{"stop", [][2]string{{"STOP", rig.Shopper}}, moved, ownApp, consent.Inactive, consent.Inactive},
		{"stop at the platform's app", [][2]string{{"STOP", rig.Shopper}}, moved, platformApp, consent.Inactive, consent.Inactive},
		{"consent does not go over", nil, moved, ownApp, "", consent.Active},
		{"subscribed again under the old", [][2]string{{"STOP", rig.Shopper}, {"START", rig.Shopper}}, moved, ownApp, "", consent.Active},
		{"subscribed since under the new", [][2]string{{"STOP", rig.Shopper}, {"START", newNumber}}, moved, ownApp, consent.Active, consent.Inactive},
		{"stopped since the start under the new", [][2]string{{"START", newNumber}, {"STOP", rig.Shopper}}, moved, ownApp, consent.Inactive, consent.Inactive},
		{"by user ids alone", [][2]string{{"STOP", rig.Shopper}}, provider.IdentityEvent{PreviousUserID: oldID, UserID: freshID}, ownApp, "", consent.Inactive},
		{"the number stayed", [][2]string{{"STOP", rig.Shopper}}, provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: rig.Shopper, UserID: freshID}, ownApp, "", consent.Inactive},
		{"unreadable number", [][2]string{{"STOP", rig.Shopper}}, provider.IdentityEvent{PreviousPhone: rig.Shopper, Phone: "12345"}, ownApp, "", consent.Inactive},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			for n, said := range tt.said {
				says(t, r, tt.from, "in-"+string(rune('a'+n)), said[0], said[1], "")
			}

			moves(t, r, tt.from, tt.news)

			got, entries := statusOf(t, r, newNumber)
			if got != tt.want {
				t.Errorf("under the new number: got %q, want %q", got, tt.want)
			}
			if got, _ := statusOf(t, r, rig.Shopper); got != tt.old {
				t.Errorf("under the old number: got %q, want %q", got, tt.old)
			}

			moves(t, r, tt.from, tt.news)
			if _, again := statusOf(t, r, newNumber); again != entries {
				t.Errorf("told again: got %d entries, want %d", again, entries)
			}
		})
	}
}

// TestStopFollowsTheUserID: a new user id stands for whom the old one stood for, and a STOP under either of them is heard, whenever
// the number becomes known.
func TestStopFollowsTheUserID(t *testing.T) {
	t.Parallel()

	idOnly := provider.IdentityEvent{PreviousUserID: oldID, UserID: freshID}
	for name, play := range map[string]func(t *testing.T, r *rig.Rig){
		"stop under the new id of a known old one": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			reports(t, r, ownApp, message.StatusDelivered, oldID)
			moves(t, r, ownApp, idOnly)
			says(t, r, ownApp, "in-1", "STOP", "", freshID)
		},
		"stop under the old id, the number known before the news": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			says(t, r, ownApp, "in-1", "STOP", "", oldID)
			moves(t, r, ownApp, provider.IdentityEvent{PreviousUserID: oldID, PreviousPhone: rig.Shopper, Phone: rig.Shopper, UserID: freshID})
		},
		"stop under the old id, the number known after the news": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			says(t, r, ownApp, "in-1", "STOP", "", oldID)
			moves(t, r, ownApp, idOnly)
			reports(t, r, ownApp, message.StatusDelivered, freshID)
		},
		"stop under the old id, the new one known already": func(t *testing.T, r *rig.Rig) {
			t.Helper()
			says(t, r, ownApp, "in-1", "STOP", "", oldID)
			reports(t, r, ownApp, message.StatusDelivered, freshID)
			moves(t, r, ownApp, idOnly)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			play(t, r)

			if got, _ := statusOf(t, r, rig.Shopper); got != consent.Inactive {
				t.Errorf("got %q, want INACTIVE", got)
			}
		})
	}
}
