package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// dying is a worker that dies at its next post, before the provider has it or after.
func dying(r *rig.Rig, p rig.Point) *rig.Worker {
	w := r.NewWorker(rig.Options{})
	w.Faults.StrikeFirst(rig.SendPath, p, nil)
	return w
}

// TestSecondMessageWaits has the next message to a shopper wait while the first is unsettled, and go on when it is settled
// or given up.
func TestSecondMessageWaits(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		r := rig.New(t, rig.Options{Silent: silent})
		r.Hand(dying(r, rig.DieAfter), r.Event("shipment-failed_delivery"))
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
			r.Hand(dying(r, rig.DieBefore), r.Event("shipment-failed_delivery"))
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
	r.Hand(dying(r, rig.DieBefore), r.Event("shipment-failed_delivery"))
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
	r.Hand(dying(r, rig.DieBefore), r.Event("shipment-failed_delivery"))
	second := dying(r, rig.DieBefore)
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
	r.Hand(dying(r, rig.DieAfter), r.Event("shipment-failed_delivery"))
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
	r.Hand(dying(r, rig.DieAfter), r.Event("shipment-failed_delivery"))
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

func statusNotice(r *rig.Rig, s provider.StatusEvent, age time.Duration) provider.Event {
	at := r.Clock.Now().Add(-age).UnixMilli()
	return provider.Event{Kind: provider.KindStatus, At: at, ReceivedAt: at, Status: &s}
}

// TestForeignStatuses are counted and acknowledged, and leave nothing.
func TestForeignStatuses(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	before := r.Sole(t)
	foreign := provider.StatusEvent{IDs: []string{"gs-foreign"}, Status: message.StatusRead, Recipient: rig.Shopper}
	if code := r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, foreign, time.Second)); code/100 == 2 {
		t.Errorf("young status of an unknown message: got %d, want it delivered again", code)
	}
	if code := r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, foreign, 20*time.Second)); code != http.StatusNoContent {
		t.Errorf("old status of an unknown message: got %d, want 204", code)
	}
	if !strings.Contains(r.Logs.String(), `"foreign"`) {
		t.Error("the foreign status is not in the log")
	}
	// Another app's message of the same id is another message.
	other := store.Webhook{Provider: gupshup.Name, AppID: "another", AccountID: rig.BrandID}
	same := provider.StatusEvent{IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: message.StatusRead, Recipient: rig.Shopper}
	if code := r.Notice(r.Hooks, other, statusNotice(r, same, time.Minute)); code != http.StatusNoContent {
		t.Errorf("status through another app: got %d, want 204", code)
	}
	if after := r.Sole(t); !after.UpdateTime.Equal(before.UpdateTime) {
		t.Errorf("the message changed to %s", after.Status())
	}
	if parked, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now().Add(time.Hour), 10); err != nil || len(parked) != 0 {
		t.Errorf("parked: got %d, %v, want none", len(parked), err)
	}
}

// TestParkedThenJoined has a status come before the send is recorded, wait, and be joined once the id is known.
func TestParkedThenJoined(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(dying(r, rig.DieAfter), r.Event("shipment-failed_delivery"))
	r.Clock.Advance(21 * time.Second)
	id := r.Sim.Log().Accepted()[0].MessageID
	s := provider.StatusEvent{IDs: []string{id}, Status: message.StatusDelivered, Recipient: rig.Shopper}
	for range 2 {
		if code := r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, s, 20*time.Second)); code != http.StatusNoContent {
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
	if code := r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, foreign, 24*time.Second)); code != http.StatusNoContent {
		t.Errorf("foreign status: got %d, want 204", code)
	}
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

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

// TestBillingFirst has a price be proof that the provider took the message.
func TestBillingFirst(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(dying(r, rig.DieAfter), r.Event("shipment-failed_delivery"))
	m := r.Sole(t)
	id := r.Sim.Log().Accepted()[0].MessageID
	r.Must(r.Parts.Store.Record(t.Context(), message.Progress{MessageID: m.ID, Attempt: 1, AppID: rig.AppID, IDs: []string{id}}))
	price := message.Pricing{Model: "PMP", Category: "utility", At: r.Clock.Now().UnixMilli()}
	e := provider.Event{Kind: provider.KindBilling, At: price.At, ReceivedAt: price.At, Status: &provider.StatusEvent{
		IDs: []string{id}, Recipient: rig.Shopper, Pricing: price,
	}}
	if code := r.Notice(r.Hooks, rig.OwnApp, e); code != http.StatusNoContent {
		t.Fatalf("got %d, want 204", code)
	}
	m = r.Sole(t)
	if m.Status() != message.StatusAccepted || m.Pricing["1.billing"] != price || !m.Due.IsZero() {
		t.Errorf("got %s, %+v, due %s, want accepted with its price, settled", m.Status(), m.Pricing, m.Due)
	}
}

// TestUnlistedCode is told loudly, for somebody must find out what it means.
func TestUnlistedCode(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	s := provider.StatusEvent{
		IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: message.StatusFailed, Failure: message.Failure{Code: "777777", Class: message.ClassBadRequest, Cause: message.CauseUnlisted},
	}
	r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, s, 0))
	for line := range strings.Lines(r.Logs.String()) {
		if strings.Contains(line, "777777") && strings.Contains(line, `"level":"ERROR"`) {
			return
		}
	}
	t.Error("no error in the log names the code")
}

// TestEvidenceOfAnOlderAttempt settles nothing for a newer one that is under way.
func TestEvidenceOfAnOlderAttempt(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.HeldBack = true
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	id := r.Sim.Log().Accepted()[0].MessageID
	failed := provider.StatusEvent{IDs: []string{id}, Status: message.StatusFailed, Failure: message.Failure{Code: "131016", Class: message.ClassTransient}}
	r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, failed, 0))
	r.Clock.Advance(10 * time.Second)
	r.CallSweep(r.Hooks)
	r.Deliver(world.OrderEvents, dying(r, rig.DieBefore).Notify)
	if m := r.Sole(t); m.Phase != message.Claimed || m.Attempt != 2 {
		t.Fatalf("got %s attempt %d, want the second claimed", m.Phase, m.Attempt)
	}
	r.Notice(r.Hooks, rig.OwnApp, statusNotice(r, provider.StatusEvent{IDs: []string{id}, Status: message.StatusSent}, 5*time.Second))
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
