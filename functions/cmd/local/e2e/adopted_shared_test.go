package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// TestTwoBrandsInDoubt has two brands send to one shopper through the platform's app, which echoes no reference, while it answers with
// a gateway's page and sends. Nothing is sent twice and nothing ends in silence: where the times tell whose a status is each message
// gets its own, and else both are given up.
func TestTwoBrandsInDoubt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		apart time.Duration
		want  message.Status
	}{
		{"at once", 0, message.StatusGivenUp},
		{"while the first is under way", 20 * time.Second, message.StatusRead},
		{"one after the other", 2 * time.Minute, message.StatusRead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := sharedRig(t, gupshup.Name)
			mended := brokenRoute(r, gupshup.Name, chaos.HTML502After)
			sendParcel(r, r.Hooks, 0)
			r.Clock.Advance(tt.apart)
			sendOthersParcel(r, r.Hooks, 0)
			mended()
			if got := r.Sim.Log().AcceptedCount(); got != 2 {
				t.Fatalf("accepted %d, want both", got)
			}

			for range 180 { // half an hour
				r.Round(r.Hooks)
			}
			r.Clock.Advance(25 * time.Hour)
			for range 6 {
				r.Round(r.Hooks)
			}

			if got := r.Sim.Log().AcceptedCount(); got != 2 {
				t.Errorf("accepted %d for two events", got)
			}
			all, err := r.Parts.Store.MessagesOfOrderInAllAccounts(t.Context(), rig.ParcelOf(0).Order)
			r.Must(err)
			if len(all) != 2 {
				t.Fatalf("got %d messages, want 2", len(all))
			}
			for _, m := range all {
				if m.Status() != tt.want || m.Attempt != 1 {
					t.Errorf("%s's: got %s at attempt %d, want %s at the first", m.AccountID, m.Status(), m.Attempt, tt.want)
				}
				told := fmt.Sprintf("%s.1.given_up", m.ID)
				if tt.want == message.StatusGivenUp && !slices.Contains(r.ActivityIDs(), told) {
					t.Errorf("%s's was given up in silence", m.AccountID)
				}
			}
		})
	}
}
