package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// workers are n instances of the functions.
func (r *rig) workers(n int) []*worker {
	all := make([]*worker, n)
	for i := range all {
		all[i] = r.newWorker(fmt.Sprintf("worker %d", i), rigOptions{})
	}
	return all
}

// insist delivers an event until it is acknowledged, as Pub/Sub does, and reports whether it ever was.
func (r *rig) insist(w *worker, q *queued) bool {
	for attempt := range 5000 {
		if r.push(w.notify, q.message, attempt+1)/100 == 2 {
			return true
		}
		runtime.Gosched()
	}
	return false
}

// TestOneEventAtOnce delivers one event 200 times at once, to several instances: one message.
func TestOneEventAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	// With 25 at each instance none has to wait for the shopper's own rate, on a clock that stands still.
	workers := r.workers(8)
	q := r.event("shipment-failed_delivery")
	var wg sync.WaitGroup
	var given atomic.Int32
	begin := make(chan struct{})
	for i := range 200 {
		wg.Go(func() {
			<-begin
			if r.insist(workers[i%len(workers)], q) {
				given.Add(1)
			}
		})
	}
	close(begin)
	wg.Wait()
	if got := given.Load(); got != 200 {
		t.Errorf("acknowledged: got %d, want 200", got)
	}
	r.settle(r.hooks)
	r.checkOne(t, message.StatusRead)
	if m := r.messages()[0]; m.Attempt != 1 {
		t.Errorf("attempts: got %d, want 1", m.Attempt)
	}
}

// TestOccurrencesAtOnce delivers 50 events at once that tell of 5 occurrences of one shopper: five messages.
func TestOccurrencesAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{unsubscribed: true})
	workers, p := r.workers(4), parcelOf(1)
	r.meet(brandID, p.phone, consent.Grant)
	var events []*queued
	for i := range 50 {
		events = append(events, r.eventData(p.event(fmt.Sprintf("2024-02-13 14:2%d:41", i%5))))
	}
	var wg sync.WaitGroup
	for i, q := range events {
		wg.Go(func() {
			if !r.insist(workers[i%len(workers)], q) {
				t.Errorf("event %d was never acknowledged", i)
			}
		})
	}
	wg.Wait()
	r.settle(r.hooks)
	all, err := r.parts.Store.MessagesOfOrderInAllAccounts(t.Context(), p.order)
	r.must(err)
	occurrences := map[int64]bool{}
	for _, m := range all {
		occurrences[m.OccurredAt] = true
		if m.Status() != message.StatusRead {
			t.Errorf("%d rests as %s", m.OccurredAt, m.Status())
		}
	}
	if len(all) != 5 || len(occurrences) != 5 || r.sim.Log().AcceptedCount() != 5 {
		t.Errorf("got %d entries of %d occurrences and %d accepted, want 5 each; %s", len(all), len(occurrences), r.sim.Log().AcceptedCount(), r.describe())
	}
}

// TestOptOutUnderLoad has a shopper subscribe and withdraw while events arrive at several instances: no event that arrives
// after an acknowledged withdrawal is sent, and what waits from before it is not sent either.
func TestOptOutUnderLoad(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{unsubscribed: true, behaviour: nil})
	r.heldBack = true
	workers := r.workers(3)
	r.meet(brandID, shopper, consent.Seen)
	n := 0
	// burst lets events arrive, and returns their order numbers.
	burst := func(wg *sync.WaitGroup, count int) []string {
		var numbers []string
		for range count {
			n++
			p := parcel{phone: shopper, order: fmt.Sprint(53000000 + n), number: fmt.Sprintf("OU-%05d", n)}
			numbers = append(numbers, p.number)
			q := r.eventData(p.event(usualTime))
			w := workers[n%len(workers)]
			wg.Go(func() { r.insist(w, q) })
		}
		return numbers
	}
	for round := range 4 {
		r.clock.Advance(time.Minute) // for the limits of sender and pair
		if a := r.portal(workers[0], consent.Active, ""); a.status != http.StatusOK {
			t.Fatalf("subscribe: got %d %s", a.status, a.body)
		}
		var before, after sync.WaitGroup
		burst(&before, 6)
		if a := r.portal(workers[round%3], consent.Inactive, ""); a.status != http.StatusOK {
			t.Fatalf("withdraw: got %d %s", a.status, a.body)
		}
		forbidden := burst(&after, 6)
		before.Wait()
		after.Wait()
		sent := r.sim.Log().AcceptedCount()
		for _, number := range forbidden {
			if r.wasSent(number) {
				t.Errorf("round %d: %s was sent after the opt-out", round, number)
			}
		}
		for range 4 {
			r.round(r.hooks)
		}
		if got := r.sim.Log().AcceptedCount(); got != sent {
			t.Errorf("round %d: %d messages went out of what waited during the opt-out", round, got-sent)
		}
	}
	state, ledger := r.checkChain(t)
	if state.Status != consent.Inactive || len(ledger) != 9 {
		t.Errorf("got %s with %d entries, want INACTIVE with 9", state.Status, len(ledger))
	}
	if r.sim.Log().AcceptedCount() == 0 {
		t.Error("nothing was ever sent: the test proves nothing")
	}
}

// wasSent tells whether the provider took a message about an order number.
func (r *rig) wasSent(number string) bool {
	for _, a := range r.sim.Log().Accepted() {
		if slices.Contains(a.Params, number) {
			return true
		}
	}
	return false
}

// TestSweepsAtOnce leaves messages behind in every state that sweep settles, and sweeps with several instances at once until
// the world rests: each is sent as often as it must be, and no more.
func TestSweepsAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	workers := r.workers(3)
	want := map[string]int{} // by phone
	leave := func(n, accepted int, strike func(f *faults)) {
		p := parcelOf(n)
		r.meet(brandID, p.phone, consent.Grant)
		w := r.newWorker(p.number, rigOptions{})
		strike(w.faults)
		r.push(w.notify, r.eventData(p.event(usualTime)).message, 1)
		want[p.phone] = accepted
	}
	for n := range 4 {
		leave(n, 1, func(f *faults) { f.strikeFirst("HTTP POST", dieBefore, nil) })
		leave(10+n, 1, func(f *faults) { f.strikeFirst("HTTP POST", dieAfter, nil) })
	}
	r.must(r.sim.Faults().Set([]faultOf{*failure(131016), *failure(131016), *failure(131031), *failure(132015)}))
	for n := range 4 {
		leave(20+n, 2, func(*faults) {})
	}
	quiet := 0
	for range 60 {
		var wg sync.WaitGroup
		for range 2 {
			for _, w := range workers {
				wg.Go(func() { r.callSweep(w) })
			}
		}
		wg.Wait()
		r.round(r.hooks)
		if quiet++; !r.quiet() {
			quiet = 0
		}
		if quiet > 2 {
			break
		}
	}
	got := map[string]int{}
	for _, a := range r.sim.Log().Accepted() {
		got[a.Destination]++
	}
	for digits, n := range want {
		if got[digits] != n {
			t.Errorf("%s: got %d accepted, want %d", digits, got[digits], n)
		}
	}
	for n := range maps.Keys(want) {
		if len(r.sim.Phones().Inbox(n)) == 0 {
			t.Errorf("%s has no message", n)
		}
	}
	for n := range 24 {
		p := parcelOf(n)
		if want[p.phone] != 0 && r.only(p).Status() != message.StatusRead {
			t.Errorf("%s rests as %s; %s", p.number, r.only(p).Status(), r.describe())
		}
	}
}
