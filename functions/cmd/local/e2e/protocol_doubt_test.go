package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// dying is a worker that dies at its next post, before the provider has it or after.
func (r *rig) dying(p point) *worker {
	w := r.newWorker("dying", rigOptions{})
	w.faults.strikeFirst(sendPath, p, nil)
	return w
}

// TestSecondMessageWaits has the next message to a shopper wait while the first is unsettled, and go on when it is settled
// or given up.
func TestSecondMessageWaits(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		r := newRig(t, rigOptions{silent: silent})
		r.hand(r.dying(dieAfter), r.event("shipment-failed_delivery"))
		r.hand(r.hooks, r.eventData(r.another(2)))
		if got := r.byStatus(); got[message.StatusWaiting] != 1 || r.sim.Log().AcceptedCount() != 1 {
			t.Fatalf("silent %t: got %v, want the second waiting", silent, got)
		}
		r.settle(r.hooks)
		want := map[message.Status]int{message.StatusRead: 2}
		if silent {
			want = map[message.Status]int{message.StatusInDoubt: 1, message.StatusAccepted: 1}
		}
		if got := r.byStatus(); fmt.Sprint(got) != fmt.Sprint(want) || r.sim.Log().AcceptedCount() != 2 {
			t.Errorf("silent %t: got %v with %d accepted, want %v with 2", silent, got, r.sim.Log().AcceptedCount(), want)
		}
	}
}

// TestDoubtStays where no evidence could have come.
func TestDoubtStays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		silent bool
		before func(r *rig)
	}{
		{name: "no callbacks ever", silent: true},
		{name: "last callback too long ago", before: func(r *rig) { r.clock.Advance(24*time.Hour + time.Second) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{silent: tt.silent})
			if tt.before != nil {
				tt.before(r)
			}
			r.hand(r.dying(dieBefore), r.event("shipment-failed_delivery"))
			r.settle(r.hooks)
			if m := r.sole(t); m.Status() != message.StatusInDoubt || r.sim.Log().AcceptedCount() != 0 {
				t.Errorf("got %s with %d accepted, want in doubt, none", m.Status(), r.sim.Log().AcceptedCount())
			}
		})
	}
}

// TestNoHeartbeat has nothing sent again while receive may still have evidence before it.
func TestNoHeartbeat(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.dying(dieBefore), r.event("shipment-failed_delivery"))
	for range 120 { // twenty minutes in which receive does nothing
		r.deliver(world.OrderEvents, r.hooks.notify)
		r.clock.Advance(10 * time.Second)
		r.callSweep(r.hooks)
	}
	if m := r.sole(t); m.Status() != message.StatusInDoubt || r.sim.Log().AcceptedCount() != 0 {
		t.Fatalf("got %s with %d accepted, want in doubt, none", m.Status(), r.sim.Log().AcceptedCount())
	}
	r.settle(r.hooks)
	r.checkOne(t, message.StatusRead)
}

// TestNeverAThirdTime has two workers die over the same message.
func TestNeverAThirdTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.dying(dieBefore), r.event("shipment-failed_delivery"))
	second := r.dying(dieBefore)
	for range 60 {
		r.deliver(world.OrderEvents, second.notify)
		r.deliver(world.ProviderEvents, r.hooks.receive)
		r.clock.Advance(10 * time.Second)
		r.callSweep(r.hooks)
	}
	r.settle(r.hooks)
	if m := r.sole(t); m.Status() != message.StatusInDoubt || m.Attempt != 2 || r.sim.Log().AcceptedCount() != 0 {
		t.Errorf("got %s after %d attempts, %d accepted, want in doubt after 2, none", m.Status(), m.Attempt, r.sim.Log().AcceptedCount())
	}
}

// TestLateEvidence is adopted after the message was given up on.
func TestLateEvidence(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.clock.Advance(25 * time.Hour) // the app has had no callback for so long that none is waited for
	r.heldBack = true
	r.hand(r.dying(dieAfter), r.event("shipment-failed_delivery"))
	r.settle(r.hooks)
	if m := r.sole(t); m.Status() != message.StatusInDoubt || !m.Due.IsZero() {
		t.Fatalf("got %s due %s, want given up in doubt", m.Status(), m.Due)
	}
	r.heldBack = false
	r.settle(r.hooks)
	r.checkOne(t, message.StatusRead)
	if m := r.sole(t); m.Attempt != 1 || len(m.ProviderIDs) == 0 {
		t.Errorf("got %d attempts and %d ids, want the first with its ids", m.Attempt, len(m.ProviderIDs))
	}
}

// TestEvidenceOfTwoAttempts has the first attempt's callbacks come after the second was made: both were taken, and both
// are kept, with what they cost.
func TestEvidenceOfTwoAttempts(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.heldBack = true
	r.hand(r.dying(dieAfter), r.event("shipment-failed_delivery"))
	for i := 0; i < 60 && r.sim.Log().AcceptedCount() < 2; i++ {
		r.round(r.hooks)
	}
	if got := r.sim.Log().AcceptedCount(); got != 2 {
		t.Fatalf("accepted: got %d, want 2 as no callback came within the grace", got)
	}
	r.heldBack = false
	r.settle(r.hooks)
	m := r.sole(t)
	for n, accepted := range r.sim.Log().Accepted() {
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

func (r *rig) statusNotice(s provider.StatusEvent, age time.Duration) provider.Event {
	at := r.clock.Now().Add(-age).UnixMilli()
	return provider.Event{Kind: provider.KindStatus, At: at, ReceivedAt: at, Status: &s}
}

// TestForeignStatuses are counted and acknowledged, and leave nothing.
func TestForeignStatuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	before := r.sole(t)
	foreign := provider.StatusEvent{IDs: []string{"gs-foreign"}, Status: message.StatusRead, Recipient: shopper}
	if code := r.notice(r.hooks, ownApp, r.statusNotice(foreign, time.Second)); code/100 == 2 {
		t.Errorf("young status of an unknown message: got %d, want it delivered again", code)
	}
	if code := r.notice(r.hooks, ownApp, r.statusNotice(foreign, 20*time.Second)); code != http.StatusNoContent {
		t.Errorf("old status of an unknown message: got %d, want 204", code)
	}
	if !strings.Contains(r.logs.String(), `"foreign"`) {
		t.Error("the foreign status is not in the log")
	}
	// Another app's message of the same id is another message.
	other := store.Webhook{Provider: gupshup.Name, AppID: "another", AccountID: brandID}
	same := provider.StatusEvent{IDs: []string{r.sim.Log().Accepted()[0].MessageID}, Status: message.StatusRead, Recipient: shopper}
	if code := r.notice(r.hooks, other, r.statusNotice(same, time.Minute)); code != http.StatusNoContent {
		t.Errorf("status through another app: got %d, want 204", code)
	}
	if after := r.sole(t); !after.UpdateTime.Equal(before.UpdateTime) {
		t.Errorf("the message changed to %s", after.Status())
	}
	if parked, err := r.parts.Store.DueParked(t.Context(), r.clock.Now().Add(time.Hour), 10); err != nil || len(parked) != 0 {
		t.Errorf("parked: got %d, %v, want none", len(parked), err)
	}
}

// TestParkedThenJoined has a status come before the send is recorded, wait, and be joined once the id is known.
func TestParkedThenJoined(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.dying(dieAfter), r.event("shipment-failed_delivery"))
	r.clock.Advance(21 * time.Second)
	id := r.sim.Log().Accepted()[0].MessageID
	s := provider.StatusEvent{IDs: []string{id}, Status: message.StatusDelivered, Recipient: shopper}
	for range 2 {
		if code := r.notice(r.hooks, ownApp, r.statusNotice(s, 20*time.Second)); code != http.StatusNoContent {
			t.Fatalf("got %d, want it parked", code)
		}
	}
	parked, err := r.parts.Store.DueParked(t.Context(), r.clock.Now(), 10)
	if err != nil || len(parked) != 1 {
		t.Fatalf("parked: got %d, %v, want one", len(parked), err)
	}
	m := r.sole(t)
	r.must(r.parts.Store.Record(t.Context(), message.Progress{
		MessageID: m.ID, Attempt: 1, Status: message.StatusAccepted, At: r.clock.Now().UnixMilli(), AppID: appID, IDs: []string{id},
	}))
	r.callSweep(r.hooks)
	if got := r.sole(t).Status(); got != message.StatusDelivered {
		t.Errorf("got %s, want delivered", got)
	}
	if parked, err = r.parts.Store.DueParked(t.Context(), r.clock.Now().Add(time.Hour), 10); err != nil || len(parked) != 0 {
		t.Errorf("parked: got %d, %v, want none", len(parked), err)
	}
}

// TestForeignMessageIsNotAdopted by an attempt that the provider refused for sure.
func TestForeignMessageIsNotAdopted(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	slow := r.newWorker("slow", rigOptions{})
	calls := r.calls(t, rigOptions{})
	// Between claim and post so much time passes that the post is not made.
	slow.faults.strike(slices.Index(calls, sendPath)-1, stallAfter, func() { r.clock.Advance(25 * time.Second) })
	r.hand(slow, r.event("shipment-failed_delivery"))
	if m := r.sole(t); m.Status() != message.StatusWaiting || r.sim.Log().AcceptedCount() != 0 {
		t.Fatalf("got %s with %d accepted, want waiting, none", m.Status(), r.sim.Log().AcceptedCount())
	}
	foreign := provider.StatusEvent{IDs: []string{"gs-foreign"}, Status: message.StatusRead, Recipient: shopper}
	if code := r.notice(r.hooks, ownApp, r.statusNotice(foreign, 24*time.Second)); code != http.StatusNoContent {
		t.Errorf("foreign status: got %d, want 204", code)
	}
	r.settle(r.hooks)
	r.checkOne(t, message.StatusRead)
}

// TestToldAgain has the redelivery of a recorded message tell its state again under the same id.
func TestToldAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	q := r.event("shipment-failed_delivery")
	r.hand(r.hooks, q)
	first := r.activityIDs()
	if len(first) != 1 {
		t.Fatalf("told: got %v, want one", first)
	}
	r.hand(r.hooks, q)
	if got := r.activityIDs(); len(got) != 2 || got[1] != first[0] {
		t.Errorf("told: got %v, want the first again", got)
	}
	r.checkOne(t, message.StatusAccepted)
}

// TestBillingFirst has a price be proof that the provider took the message.
func TestBillingFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.dying(dieAfter), r.event("shipment-failed_delivery"))
	m := r.sole(t)
	id := r.sim.Log().Accepted()[0].MessageID
	r.must(r.parts.Store.Record(t.Context(), message.Progress{MessageID: m.ID, Attempt: 1, AppID: appID, IDs: []string{id}}))
	price := message.Pricing{Model: "PMP", Category: "utility", At: r.clock.Now().UnixMilli()}
	e := provider.Event{Kind: provider.KindBilling, At: price.At, ReceivedAt: price.At, Status: &provider.StatusEvent{
		IDs: []string{id}, Recipient: shopper, Pricing: price,
	}}
	if code := r.notice(r.hooks, ownApp, e); code != http.StatusNoContent {
		t.Fatalf("got %d, want 204", code)
	}
	m = r.sole(t)
	if m.Status() != message.StatusAccepted || m.Pricing["1.billing"] != price || !m.Due.IsZero() {
		t.Errorf("got %s, %+v, due %s, want accepted with its price, settled", m.Status(), m.Pricing, m.Due)
	}
}

// TestUnlistedCode is told loudly, for somebody must find out what it means.
func TestUnlistedCode(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	s := provider.StatusEvent{
		IDs: []string{r.sim.Log().Accepted()[0].MessageID}, Status: message.StatusFailed, Failure: message.Failure{Code: "777777", Class: message.ClassBadRequest, Cause: message.CauseUnlisted},
	}
	r.notice(r.hooks, ownApp, r.statusNotice(s, 0))
	for line := range strings.Lines(r.logs.String()) {
		if strings.Contains(line, "777777") && strings.Contains(line, `"level":"ERROR"`) {
			return
		}
	}
	t.Error("no error in the log names the code")
}

// TestEvidenceOfAnOlderAttempt settles nothing for a newer one that is under way.
func TestEvidenceOfAnOlderAttempt(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.heldBack = true
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	id := r.sim.Log().Accepted()[0].MessageID
	failed := provider.StatusEvent{IDs: []string{id}, Status: message.StatusFailed, Failure: message.Failure{Code: "131016", Class: message.ClassTransient}}
	r.notice(r.hooks, ownApp, r.statusNotice(failed, 0))
	r.clock.Advance(10 * time.Second)
	r.callSweep(r.hooks)
	r.deliver(world.OrderEvents, r.dying(dieBefore).notify)
	if m := r.sole(t); m.Phase != message.Claimed || m.Attempt != 2 {
		t.Fatalf("got %s attempt %d, want the second claimed", m.Phase, m.Attempt)
	}
	r.notice(r.hooks, ownApp, r.statusNotice(provider.StatusEvent{IDs: []string{id}, Status: message.StatusSent}, 5*time.Second))
	if m := r.sole(t); m.Due.IsZero() {
		t.Error("a late report of the failed attempt ended the wait for the second, whose worker died")
	}
	for i := 0; i < 60 && r.sim.Log().AcceptedCount() < 2; i++ {
		r.round(r.hooks)
	}
	if got := r.sim.Log().AcceptedCount(); got != 2 {
		t.Errorf("accepted: got %d, want the failed one and one more", got)
	}
}
