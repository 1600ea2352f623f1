package dispatch_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestToldAgain has the redelivery of a recorded message tell its state again under the same id.
func TestToldAgain(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	q := r.Event("shipment-failed_delivery")
	r.Hand(r.Hooks, q)
	first := r.ActivityIDs()
	if len(first) != 1 {
		t.Fatalf("told: got %v, want one", first)
	}
	r.Hand(r.Hooks, q)
	if got := r.ActivityIDs(); len(got) != 2 || got[1] != first[0] {
		t.Errorf("told: got %v, want the first again", got)
	}
	r.CheckOne(t, message.StatusAccepted)
}
