package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// action is what happens in the middle of the struck call.
type action struct {
	name string
	do   func(r *rig, q *queued, healthy *worker)
	// want is how many messages the provider must have accepted in the end; -1: as many as when the action happened.
	want int
	// late is how many more may have been accepted than when the action happened: the claim of an app with echo does not
	// name the customer, so that an opt-out between the decision and the claim is one that came while the message went out.
	late int
}

func actions() []action {
	return []action{
		{name: "nothing", want: 1},
		{name: "redelivery", do: func(r *rig, q *queued, w *worker) {
			if code := r.push(w.notify, q.message, q.attempt+1); code/100 != 2 {
				r.giveBack(world.OrderEvents, q)
			}
		}, want: 1},
		{name: "sweep", do: func(r *rig, _ *queued, w *worker) { r.callSweep(w) }, want: 1},
		{name: "callback", do: func(r *rig, _ *queued, w *worker) {
			_ = r.sim.Outbox().ReleaseAll(r.t.Context())
			r.deliver(world.ProviderEvents, w.receive)
		}, want: 1},
		{name: "opt-out", do: func(r *rig, _ *queued, _ *worker) { r.subscribeShopper(consent.Withdraw) }, want: -1},
		{name: "later status", do: func(r *rig, _ *queued, w *worker) {
			if code := r.push(w.notify, r.event("shipment-delivered").message, 1); code/100 != 2 {
				r.t.Errorf("later status: got %d", code)
			}
		}, want: -1},
		{name: "second message", do: func(r *rig, _ *queued, w *worker) {
			q := r.second()
			if code := r.push(w.notify, q.message, 1); code/100 != 2 {
				r.giveBack(world.OrderEvents, q)
			}
		}, want: 2},
		{name: "take-over", do: func(r *rig, q *queued, w *worker) {
			r.giveBack(world.OrderEvents, q)
			r.settle(w)
		}, want: 1},
	}
}

// TestEveryFaultOfASend strikes every call that a send makes, in every way, alone and together with something else that
// happens at the same time, and lets a healthy world go on: the provider has accepted the message exactly once.
func TestEveryFaultOfASend(t *testing.T) {
	t.Parallel()
	calls := recordSend(t, rigOptions{})
	t.Logf("one send makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least reading, claiming, posting, recording and telling", len(calls))
	}
	for n, call := range calls {
		for _, p := range []point{failBefore, failAfter, dieBefore, dieAfter, stallBefore, stallAfter} {
			for _, a := range actions() {
				if a.do == nil && (p == stallBefore || p == stallAfter) {
					continue
				}
				t.Run(fmt.Sprintf("%02d %s/%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p, a.name), func(t *testing.T) {
					t.Parallel()
					strikeSend(t, rigOptions{}, n, p, a)
				})
			}
		}
	}
}

// recordSend are the calls of one undisturbed send by a worker that has just started.
func recordSend(t *testing.T, o rigOptions) []string {
	t.Helper()
	r := newRig(t, o)
	w := r.newWorker("recorded", rigOptions{})
	w.faults.record()
	q := r.first()
	if code := r.push(w.notify, q.message, 1); code != http.StatusNoContent {
		t.Fatalf("send: got %d, log:\n%s", code, r.logs)
	}
	calls := w.faults.recorded()
	r.settle(r.hooks)
	want := message.StatusRead
	if len(r.vendor.callbacks) == 0 || o.silent {
		want = message.StatusAccepted
	}
	r.checkOne(t, want)
	return calls
}

func strikeSend(t *testing.T, o rigOptions, n int, p point, a action) {
	t.Helper()
	r, want, most := struckSend(t, o, n, p, a)
	got := r.sim.Log().AcceptedCount()
	if got < want || got > most {
		t.Fatalf("accepted by the provider: got %d, want %d to %d; %s", got, want, most, r.describe())
	}
	r.checkLog(t, got)
}

// struckSend has a send struck and the world come to rest, and returns how many messages the provider should have accepted
// at least and at most.
func struckSend(t *testing.T, o rigOptions, n int, p point, a action) (r *rig, want, most int) {
	t.Helper()
	r = newRig(t, o)
	faulty, healthy := r.newWorker("faulty", rigOptions{}), r.newWorker("healthy", rigOptions{})
	q := r.first()
	atAction, underWay := -1, 0
	var then func()
	if a.do != nil {
		then = func() {
			atAction = r.sim.Log().AcceptedCount()
			underWay = r.underWay()
			a.do(r, q, healthy)
		}
	}
	faulty.faults.strike(n, p, then)
	r.hand(faulty, q)
	r.settle(healthy)
	want, most = a.want, a.want
	if want < 0 {
		want, most = atAction, atAction+a.late
		if p == stallBefore || p == stallAfter {
			most += underWay // it was on its way to the provider already
		}
	}
	return r, want, most
}

// underWay is 1 while a worker has claimed the message and not recorded it.
func (r *rig) underWay() int {
	for _, m := range r.messages() {
		if m.Phase == message.Claimed && !m.Recorded() {
			return 1
		}
	}
	return 0
}

// checkOne asserts that the order has one message, in that state, and that the provider has accepted it once.
func (r *rig) checkOne(t *testing.T, want message.Status) {
	t.Helper()
	if got := r.sim.Log().AcceptedCount(); got != 1 {
		t.Errorf("accepted: got %d, want 1", got)
	}
	all := r.messages()
	if len(all) != 1 || all[0].Status() != want {
		t.Fatalf("send log: got %d entries %v, want one %s; %s", len(all), statuses(all), want, r.describe())
	}
}

// checkLog asserts that what was accepted is read, that there is one entry for each occurrence, and that nothing else was
// sent.
func (r *rig) checkLog(t *testing.T, accepted int) {
	t.Helper()
	all := r.messages()
	seen := map[string]bool{}
	read := 0
	for _, m := range all {
		occurrence := fmt.Sprint(m.Event, m.OccurredAt)
		if seen[occurrence] {
			t.Errorf("send log: two entries of %s", occurrence)
		}
		seen[occurrence], seen[m.Event] = true, true
		switch m.Status() {
		case message.StatusRead:
			read++
		case message.StatusRefused, message.StatusDropped:
			if m.Reason == "" {
				t.Errorf("%s is %s without a reason", m.Event, m.Status())
			}
		default:
			t.Errorf("%s rests as %s", m.Event, m.Status())
		}
	}
	if read != accepted {
		t.Errorf("send log: got %d read, want %d: %v; %s", read, accepted, statuses(all), r.describe())
	}
	if !seen[r.vendor.kind] {
		t.Errorf("send log: the event has no entry; %s", r.describe())
	}
}

func statuses(all []message.Message) []string {
	var out []string
	for _, m := range all {
		out = append(out, fmt.Sprintf("%s %s %s", m.Event, m.Status(), m.Reason))
	}
	return out
}

// TestEveryFaultWithoutCallbacks strikes every call of a send through an app that reports nothing: what is in doubt stays
// so, and nobody gets the message twice.
func TestEveryFaultWithoutCallbacks(t *testing.T) {
	t.Parallel()
	calls := recordSend(t, rigOptions{})
	for n, call := range calls {
		for _, p := range []point{failBefore, failAfter, dieBefore, dieAfter} {
			t.Run(fmt.Sprintf("%02d %s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, rigOptions{silent: true})
				faulty, healthy := r.newWorker("faulty", rigOptions{}), r.newWorker("healthy", rigOptions{})
				q := r.event("shipment-failed_delivery")
				faulty.faults.strike(n, p, nil)
				r.hand(faulty, q)
				r.settle(healthy)
				all := r.messages()
				if len(all) != 1 {
					t.Fatalf("send log: got %d entries, want 1; %s", len(all), r.describe())
				}
				accepted := r.sim.Log().AcceptedCount()
				if accepted > 1 {
					t.Errorf("accepted: got %d, want at most 1", accepted)
				}
				switch s := all[0].Status(); {
				case s == message.StatusAccepted && accepted == 1, s == message.StatusInDoubt:
				default:
					t.Errorf("rests as %s with %d accepted", s, accepted)
				}
			})
		}
	}
}

// settledWithin bounds how long a doubt may last: the lease, the grace, and a few sweeps.
const settledWithin = 30*time.Second + 3*time.Minute + time.Minute

// TestDoubtIsSettledInTime has a worker die before it posted: the message goes out once more, marked as a possible
// duplicate, as soon as no evidence can be expected any more.
func TestDoubtIsSettledInTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	faulty, healthy := r.newWorker("faulty", rigOptions{}), r.newWorker("healthy", rigOptions{})
	q := r.event("shipment-failed_delivery")
	post := -1
	for i, call := range recordSend(t, rigOptions{}) {
		if strings.HasPrefix(call, "HTTP POST") {
			post = i
		}
	}
	faulty.faults.strike(post, dieBefore, nil)
	r.hand(faulty, q)
	begin := r.clock.Now()
	for r.sim.Log().AcceptedCount() == 0 && r.clock.Now().Sub(begin) < 2*settledWithin {
		r.deliver(world.OrderEvents, healthy.notify)
		r.deliver(world.ProviderEvents, healthy.receive)
		r.clock.Advance(10 * time.Second)
		r.callSweep(healthy)
	}
	if took := r.clock.Now().Sub(begin); took > settledWithin {
		t.Errorf("sent again after %s, want within %s", took, settledWithin)
	}
	r.settle(healthy)
	r.checkOne(t, message.StatusRead)
	if second := r.messages()[0].Attempts["2"]; !second.PossibleDuplicate {
		t.Errorf("the second attempt is not marked as a possible duplicate: %+v", second)
	}
}
