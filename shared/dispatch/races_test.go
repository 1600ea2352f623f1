package dispatch_test

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// insist delivers an event until it is acknowledged, as Pub/Sub does, and reports whether it ever was.
func insist(r *rig.Rig, w *rig.Worker, q *rig.Queued) bool {
	for attempt := range 5000 {
		if r.Push(w.Notify, q.Message, attempt+1)/100 == 2 {
			return true
		}
		runtime.Gosched()
	}
	return false
}

// TestOneEventAtOnce delivers one event 200 times at once, to several instances: one message.
func TestOneEventAtOnce(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	// With 25 at each instance none has to wait for the shopper's own rate, on a clock that stands still.
	workers := r.Workers(8)
	q := r.Event("shipment-failed_delivery")
	var wg sync.WaitGroup
	var given atomic.Int32
	begin := make(chan struct{})
	for i := range 200 {
		wg.Go(func() {
			<-begin
			if insist(r, workers[i%len(workers)], q) {
				given.Add(1)
			}
		})
	}
	close(begin)
	wg.Wait()
	if got := given.Load(); got != 200 {
		t.Errorf("acknowledged: got %d, want 200", got)
	}
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Messages()[0]; m.Attempt != 1 {
		t.Errorf("attempts: got %d, want 1", m.Attempt)
	}
}

// TestOccurrencesAtOnce delivers 50 events at once that tell of 5 occurrences of one shopper: five messages.
func TestOccurrencesAtOnce(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	workers, p := r.Workers(4), rig.ParcelOf(1)
	r.Meet(rig.BrandID, p.Phone, consent.Grant)
	var events []*rig.Queued
	for i := range 50 {
		events = append(events, r.EventData(p.Event(fmt.Sprintf("2024-02-13 14:2%d:41", i%5))))
	}
	var wg sync.WaitGroup
	for i, q := range events {
		wg.Go(func() {
			if !insist(r, workers[i%len(workers)], q) {
				t.Errorf("event %d was never acknowledged", i)
			}
		})
	}
	wg.Wait()
	r.Settle(r.Hooks)
	all, err := r.Parts.Store.MessagesOfOrderInAllAccounts(t.Context(), p.Order)
	r.Must(err)
	occurrences := map[int64]bool{}
	for _, m := range all {
		occurrences[m.OccurredAt] = true
		if m.Status() != message.StatusRead {
			t.Errorf("%d rests as %s", m.OccurredAt, m.Status())
		}
	}
	if len(all) != 5 || len(occurrences) != 5 || r.Sim.Log().AcceptedCount() != 5 {
		t.Errorf("got %d entries of %d occurrences and %d accepted, want 5 each; %s", len(all), len(occurrences), r.Sim.Log().AcceptedCount(), r.Describe())
	}
}

// TestOptOutUnderLoad has a shopper subscribe and withdraw while events arrive at several instances: no event that arrives
// after an acknowledged withdrawal is sent, and what waits from before it is not sent either.
func TestOptOutUnderLoad(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true, Behaviour: nil})
	r.HeldBack = true
	workers := r.Workers(3)
	r.Meet(rig.BrandID, rig.Shopper, consent.Seen)
	n := 0
	// burst lets events arrive, and returns their order numbers.
	burst := func(wg *sync.WaitGroup, count int) []string {
		var numbers []string
		for range count {
			n++
			p := rig.Parcel{Phone: rig.Shopper, Order: fmt.Sprint(53000000 + n), Number: fmt.Sprintf("OU-%05d", n)}
			numbers = append(numbers, p.Number)
			q := r.EventData(p.Event(rig.UsualTime))
			w := workers[n%len(workers)]
			wg.Go(func() { insist(r, w, q) })
		}
		return numbers
	}
	for round := range 4 {
		r.Clock.Advance(time.Minute) // for the limits of sender and pair
		if a := r.Portal(workers[0], consent.Active, ""); a.Status != http.StatusOK {
			t.Fatalf("subscribe: got %d %s", a.Status, a.Body)
		}
		var before, after sync.WaitGroup
		earlier := r.Sim.Log().AcceptedCount()
		burst(&before, 6)
		if !testkit.Poll(time.Minute, func() bool { return r.Sim.Log().AcceptedCount() > earlier }) {
			t.Fatalf("round %d: nothing was sent to a shopper who wants it", round)
		}
		if a := r.Portal(workers[round%3], consent.Inactive, ""); a.Status != http.StatusOK {
			t.Fatalf("withdraw: got %d %s", a.Status, a.Body)
		}
		forbidden := burst(&after, 6)
		before.Wait()
		after.Wait()
		sent := r.Sim.Log().AcceptedCount()
		for _, number := range forbidden {
			if wasSent(r, number) {
				t.Errorf("round %d: %s was sent after the opt-out", round, number)
			}
		}
		for range 4 {
			r.Round(r.Hooks)
		}
		if got := r.Sim.Log().AcceptedCount(); got != sent {
			t.Errorf("round %d: %d messages went out of what waited during the opt-out", round, got-sent)
		}
	}
	state, ledger := r.CheckChain(t)
	if state.Status != consent.Inactive || len(ledger) != 9 {
		t.Errorf("got %s with %d entries, want INACTIVE with 9", state.Status, len(ledger))
	}
}

// wasSent reports whether the provider took a message about an order number.
func wasSent(r *rig.Rig, number string) bool {
	for _, a := range r.Sim.Log().Accepted() {
		if slices.Contains(a.Params, number) {
			return true
		}
	}
	return false
}
