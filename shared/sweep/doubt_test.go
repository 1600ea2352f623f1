package sweep_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
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
			want = map[message.Status]int{message.StatusAccepted: 1, message.StatusGivenUp: 1}
		}
		if got := r.ByStatus(); fmt.Sprint(got) != fmt.Sprint(want) || r.Sim.Log().AcceptedCount() != 2 {
			t.Errorf("silent %t: got %v with %d accepted, want %v with 2", silent, got, r.Sim.Log().AcceptedCount(), want)
		}
	}
}

// TestDoubtIsGivenUp where no evidence could have come, or where it is too late to send the message.
func TestDoubtIsGivenUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		silent bool
		before func(r *rig.Rig)
	}{
		{name: "no callbacks ever", silent: true},
		{name: "event too old", before: func(r *rig.Rig) { r.Clock.Advance(24*time.Hour + time.Second) }},
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
			m := r.Sole(t)
			if m.Status() != message.StatusGivenUp || r.Sim.Log().AcceptedCount() != 0 {
				t.Errorf("got %s with %d accepted, want given up, none", m.Status(), r.Sim.Log().AcceptedCount())
			}
			if want := []string{m.ID + ".1.given_up"}; !slices.Equal(r.ActivityIDs(), want) {
				t.Errorf("told %v, want %v", r.ActivityIDs(), want)
			}
			if !strings.Contains(r.Logs.String(), `"level":"WARN","msg":"message in doubt was given up"`) {
				t.Errorf("no warning in the log: %s", r.Logs)
			}
		})
	}
}

// TestReopen has a person send what was given up: once more, marked, and with its age counted from then.
func TestReopen(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Clock.Advance(25 * time.Hour) // too old to be sent by itself
	r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	seen := r.Sole(t)
	reopen := func(m message.Message) error { return outcome.Reopen(t.Context(), r.Parts.Store, m, r.Clock.Now()) }

	r.Must(reopen(seen))
	if err := reopen(seen); !store.IsConflict(err) {
		t.Errorf("twice: got %v, want a conflict", err)
	}
	if err := reopen(r.Sole(t)); !fault.Is(err, fault.Invalid) {
		t.Errorf("reopened already: got %v, want it refused", err)
	}

	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if a := r.Sole(t).Attempts["2"]; !a.PossibleDuplicate || a.Silence != message.SilenceIgnored {
		t.Errorf("got %+v, want the attempt marked as a person's", a)
	}
	if want := []string{seen.ID + ".1.given_up", seen.ID + ".2.inqueue"}; !slices.Equal(r.ActivityIDs()[:2], want) {
		t.Errorf("told %v, want first %v", r.ActivityIDs(), want)
	}
}

// TestReopenInTime has the event of what was given up dropped after a week; then it cannot be reopened.
func TestReopenInTime(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Silent: true})
	r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	r.Clock.Advance(7 * 24 * time.Hour)
	r.Settle(r.Hooks)
	m := r.Sole(t)
	if m.Status() != message.StatusGivenUp || len(m.EventData) != 0 || !m.Due.IsZero() {
		t.Errorf("got %s with %d bytes, due %s, want given up without its event", m.Status(), len(m.EventData), m.Due)
	}
	if err := outcome.Reopen(t.Context(), r.Parts.Store, m, r.Clock.Now()); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want it refused", err)
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
	if m := r.Sole(t); m.Status() != message.StatusGivenUp || m.Attempt != 2 || r.Sim.Log().AcceptedCount() != 0 {
		t.Errorf("got %s after %d attempts, %d accepted, want given up after 2, none", m.Status(), m.Attempt, r.Sim.Log().AcceptedCount())
	}
}

// TestLateEvidence is adopted after the message was given up on.
func TestLateEvidence(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Clock.Advance(25 * time.Hour) // the event is too old to be sent again
	r.HeldBack = true
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusGivenUp {
		t.Fatalf("got %s, want given up", m.Status())
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

// TestDoubtThatIsDroppedIsTold has the shipment move on while a message is in doubt: it is not sent once more, and since the
// provider may have it, the platform hears that it was not.
func TestDoubtThatIsDroppedIsTold(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieBefore), r.Event("shipment-failed_delivery"))
	r.Push(r.Hooks.Notify, r.Event("shipment-delivered").Message, 1)
	r.Settle(r.Hooks)
	var dropped message.Message
	for _, m := range r.Messages() {
		if m.Event == rig.FailedDeliveryKind {
			dropped = m
		}
	}
	if dropped.Status() != message.StatusDropped || dropped.Reason != message.Superseded {
		t.Fatalf("got %s, reason %q, want dropped as superseded", dropped.Status(), dropped.Reason)
	}
	if id := dropped.ID + ".1.dropped"; !slices.Contains(r.ActivityIDs(), id) {
		t.Errorf("told %v, want %s", r.ActivityIDs(), id)
	}
}

// TestWaitingEndsAtTheLimit ends what is published again and again without dispatch ever getting to a decision.
func TestWaitingEndsAtTheLimit(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	m := due(r, "m1")
	m.Phase, m.Tries = message.Waiting, maxTries+10
	put(r, m)
	swept(t, r, sweep.Counts{Republished: 1})
	if got := load(r, "m1"); got.Phase != message.Dropped || got.Reason != message.Limit || !got.Due.IsZero() {
		t.Errorf("got %s, reason %q, due %s, want dropped at the limit", got.Phase, got.Reason, got.Due)
	}
	if want := []string{"m1.0.dropped"}; !slices.Equal(r.ActivityIDs(), want) {
		t.Errorf("told %v, want %v", r.ActivityIDs(), want)
	}
}
