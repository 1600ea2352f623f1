package sweep_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestSecondMessageWaits has the next message to a shopper wait while the first is unsettled, and go on when it is settled
// or given up.
func TestSecondMessageWaits(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		r := rig.New(t, rig.Options{Silent: silent})
		r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
		r.Hand(r.Hooks, r.EventData(r.Another(2)))
		if got := r.ByStatus(); got[message.StatusWaiting] != 1 || r.Sim.Log().AcceptedCount() != 1 {
			t.Fatalf("silent %t: got %v, want the second waiting", silent, got)
		}
		r.Settle(r.Hooks)
		want := map[message.Status]int{message.StatusRead: 2}
		if silent {
			want = map[message.Status]int{message.StatusInDoubt: 1, message.StatusAccepted: 1}
		}
		if got := r.ByStatus(); fmt.Sprint(got) != fmt.Sprint(want) || r.Sim.Log().AcceptedCount() != 2 {
			t.Errorf("silent %t: got %v with %d accepted, want %v with 2", silent, got, r.Sim.Log().AcceptedCount(), want)
		}
	}
}

// TestDoubtStays where no evidence could have come.
func TestDoubtStays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		silent bool
		before func(r *rig.Rig)
	}{
		{name: "no callbacks ever", silent: true},
		{name: "last callback too long ago", before: func(r *rig.Rig) { r.Clock.Advance(24*time.Hour + time.Second) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Silent: tt.silent})
			if tt.before != nil {
				tt.before(r)
			}
			r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
			r.Settle(r.Hooks)
			if m := r.Sole(t); m.Status() != message.StatusInDoubt || r.Sim.Log().AcceptedCount() != 0 {
				t.Errorf("got %s with %d accepted, want in doubt, none", m.Status(), r.Sim.Log().AcceptedCount())
			}
		})
	}
}

// TestNoHeartbeat has nothing sent again while receive may still have evidence before it.
func TestNoHeartbeat(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
	for range 120 { // twenty minutes in which receive does nothing
		r.Deliver(world.OrderEvents, r.Hooks.Notify)
		r.Clock.Advance(10 * time.Second)
		r.CallSweep(r.Hooks)
	}
	if m := r.Sole(t); m.Status() != message.StatusInDoubt || r.Sim.Log().AcceptedCount() != 0 {
		t.Fatalf("got %s with %d accepted, want in doubt, none", m.Status(), r.Sim.Log().AcceptedCount())
	}
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestNeverAThirdTime has two workers die over the same message.
func TestNeverAThirdTime(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
	second := r.DyingWorker(rig.DieBefore)
	for range 60 {
		r.Deliver(world.OrderEvents, second.Notify)
		r.Deliver(world.ProviderEvents, r.Hooks.Receive)
		r.Clock.Advance(10 * time.Second)
		r.CallSweep(r.Hooks)
	}
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusInDoubt || m.Attempt != 2 || r.Sim.Log().AcceptedCount() != 0 {
		t.Errorf("got %s after %d attempts, %d accepted, want in doubt after 2, none", m.Status(), m.Attempt, r.Sim.Log().AcceptedCount())
	}
}

// TestLateEvidence is adopted after the message was given up on.
func TestLateEvidence(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Clock.Advance(25 * time.Hour) // the app has had no callback for so long that none is waited for
	r.HeldBack = true
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusInDoubt || !m.Due.IsZero() {
		t.Fatalf("got %s due %s, want given up in doubt", m.Status(), m.Due)
	}
	r.HeldBack = false
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Sole(t); m.Attempt != 1 || len(m.ProviderIDs) == 0 {
		t.Errorf("got %d attempts and %d ids, want the first with its ids", m.Attempt, len(m.ProviderIDs))
	}
}

// TestEvidenceOfTwoAttempts has the first attempt's callbacks come after the second was made: both were taken, and both
// are kept, with what they cost.
func TestEvidenceOfTwoAttempts(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.HeldBack = true
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	for i := 0; i < 60 && r.Sim.Log().AcceptedCount() < 2; i++ {
		r.Round(r.Hooks)
	}
	if got := r.Sim.Log().AcceptedCount(); got != 2 {
		t.Fatalf("accepted: got %d, want 2 as no callback came within the grace", got)
	}
	r.HeldBack = false
	r.Settle(r.Hooks)
	m := r.Sole(t)
	for n, accepted := range r.Sim.Log().Accepted() {
		number := message.Number(n + 1)
		a := m.Attempts[number]
		if !slices.Contains(a.IDs, accepted.MessageID) || a.Rank != message.RankRead {
			t.Errorf("attempt %s: got %+v, want %s read", number, a, accepted.MessageID)
		}
		if !m.Pricing[number+".billing"].Known {
			t.Errorf("attempt %s: its price is not kept: %+v", number, m.Pricing)
		}
	}
	if !m.Attempts["2"].PossibleDuplicate || m.Attempts["1"].PossibleDuplicate {
		t.Errorf("possible duplicate: got %+v, want the second", m.Attempts)
	}
}

// TestEvidenceOfAnOlderAttempt settles nothing for a newer one that is under way.
func TestEvidenceOfAnOlderAttempt(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.HeldBack = true
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	id := r.Sim.Log().Accepted()[0].MessageID
	failed := provider.StatusEvent{IDs: []string{id}, Status: message.StatusFailed, Failure: message.Failure{Code: "131016", Class: message.ClassTransient}}
	r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(failed, 0))
	r.Clock.Advance(10 * time.Second)
	r.CallSweep(r.Hooks)
	r.Deliver(world.OrderEvents, r.DyingWorker(rig.DieBefore).Notify)
	if m := r.Sole(t); m.Phase != message.Claimed || m.Attempt != 2 {
		t.Fatalf("got %s attempt %d, want the second claimed", m.Phase, m.Attempt)
	}
	r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(provider.StatusEvent{IDs: []string{id}, Status: message.StatusSent}, 5*time.Second))
	if m := r.Sole(t); m.Due.IsZero() {
		t.Error("a late report of the failed attempt ended the wait for the second, whose worker died")
	}
	for i := 0; i < 60 && r.Sim.Log().AcceptedCount() < 2; i++ {
		r.Round(r.Hooks)
	}
	if got := r.Sim.Log().AcceptedCount(); got != 2 {
		t.Errorf("accepted: got %d, want the failed one and one more", got)
	}
}
