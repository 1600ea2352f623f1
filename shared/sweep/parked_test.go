package sweep_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestParkedThenJoined has a status come before the send is recorded, wait, and be joined once the id is known.
func TestParkedThenJoined(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	r.Clock.Advance(21 * time.Second)
	id := r.Sim.Log().Accepted()[0].MessageID
	s := provider.StatusEvent{IDs: []string{id}, Status: message.StatusDelivered, Recipient: rig.Shopper}
	for range 2 {
		if code := r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(s, 20*time.Second)); code != http.StatusNoContent {
			t.Fatalf("got %d, want it parked", code)
		}
	}
	parked, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now(), 10)
	if err != nil || len(parked) != 1 {
		t.Fatalf("parked: got %d, %v, want one", len(parked), err)
	}
	m := r.Sole(t)
	r.Must(r.Parts.Store.Record(t.Context(), message.Progress{
		MessageID: m.ID, Attempt: 1, Status: message.StatusAccepted, At: r.Clock.Now().UnixMilli(), AppID: rig.AppID, IDs: []string{id},
	}))
	r.CallSweep(r.Hooks)
	if got := r.Sole(t).Status(); got != message.StatusDelivered {
		t.Errorf("got %s, want delivered", got)
	}
	if parked, err = r.Parts.Store.DueParked(t.Context(), r.Clock.Now().Add(time.Hour), 10); err != nil || len(parked) != 0 {
		t.Errorf("parked: got %d, %v, want none", len(parked), err)
	}
}

// TestForeignMessageIsNotAdopted by an attempt that the provider refused for sure.
func TestForeignMessageIsNotAdopted(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	slow := r.NewWorker(rig.Options{})
	calls := rig.SendCalls(t, rig.Options{})
	// Between claim and post so much time passes that the post is not made.
	slow.Faults.Strike(slices.Index(calls, rig.SendPath)-1, rig.StallAfter, func() { r.Clock.Advance(25 * time.Second) })
	r.Hand(slow, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusWaiting || r.Sim.Log().AcceptedCount() != 0 {
		t.Fatalf("got %s with %d accepted, want waiting, none", m.Status(), r.Sim.Log().AcceptedCount())
	}
	foreign := provider.StatusEvent{IDs: []string{"gs-foreign"}, Status: message.StatusRead, Recipient: rig.Shopper}
	if code := r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(foreign, 24*time.Second)); code != http.StatusNoContent {
		t.Errorf("foreign status: got %d, want 204", code)
	}
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}
