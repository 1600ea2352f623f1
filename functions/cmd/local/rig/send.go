package rig

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Action is something that happens in the middle of a struck call of a send.
type Action struct {
	Name string
	Do   func(r *Rig, q *Queued, healthy *Worker)
	// want is how many messages the provider must have accepted in the end; -1: as many as when the action happened.
	want int
	// late is how many more may have been accepted than when the action happened: the claim of an app with echo does not
	// name the customer, so that an opt-out between the decision and the claim is one that came while the message went out.
	late int
}

// Actions returns everything that may happen in the middle of a send.
func Actions() []Action {
	return []Action{
		{Name: "nothing", want: 1},
		{Name: "redelivery", Do: func(r *Rig, q *Queued, w *Worker) {
			if code := r.Push(w.Notify, q.Message, q.attempt+1); code/100 != 2 {
				r.giveBack(world.OrderEvents, q)
			}
		}, want: 1},
		{Name: "sweep", Do: func(r *Rig, _ *Queued, w *Worker) { r.CallSweep(w) }, want: 1},
		{Name: "callback", Do: func(r *Rig, _ *Queued, w *Worker) {
			_ = r.Sim.Outbox().ReleaseAll(r.T.Context())
			r.Deliver(world.ProviderEvents, w.Receive)
		}, want: 1},
		{Name: "opt-out", Do: func(r *Rig, _ *Queued, _ *Worker) { r.SubscribeShopper(consent.Withdraw) }, want: -1},
		{Name: "later status", Do: func(r *Rig, _ *Queued, w *Worker) {
			if code := r.Push(w.Notify, r.Event("shipment-delivered").Message, 1); code/100 != 2 {
				r.T.Errorf("later status: got %d", code)
			}
		}, want: -1},
		{Name: "second message", Do: func(r *Rig, _ *Queued, w *Worker) {
			q := r.Second()
			if code := r.Push(w.Notify, q.Message, 1); code/100 != 2 {
				r.giveBack(world.OrderEvents, q)
			}
		}, want: 2},
		{Name: "take-over", Do: func(r *Rig, q *Queued, w *Worker) {
			r.giveBack(world.OrderEvents, q)
			r.Settle(w)
		}, want: 1},
	}
}

// SendCalls returns the calls that a worker makes to send a failed delivery, whatever comes of it.
func SendCalls(t *testing.T, o Options) []string {
	t.Helper()
	r := New(t, o)
	w := r.NewWorker(o)
	w.Faults.Record()
	r.Push(w.Notify, r.Event(failedOnce).Message, 1)

	return w.Faults.Recorded()
}

// RecordSend returns the calls of one undisturbed send by a worker that has just started.
func RecordSend(t *testing.T, o Options) []string {
	t.Helper()
	r := New(t, o)
	w := r.NewWorker(Options{})
	w.Faults.Record()

	q := r.First()
	if code := r.Push(w.Notify, q.Message, 1); code != http.StatusNoContent {
		t.Fatalf("send: got %d, log:\n%s", code, r.Logs)
	}

	calls := w.Faults.Recorded()

	r.Settle(r.Hooks)

	want := message.StatusRead
	if len(r.Vendor.callbacks) == 0 || o.Silent {
		want = message.StatusAccepted
	}

	r.CheckOne(t, want)

	return calls
}

// StrikeSend strikes call n of a send, lets a healthy worker go on, and asserts that the provider accepted as many messages
// as the action allows.
func StrikeSend(t *testing.T, o Options, n int, p Point, a Action) {
	t.Helper()
	r, want, most := struckSend(t, o, n, p, a)
	got := r.Sim.Log().AcceptedCount()
	if got < want || got > most {
		t.Fatalf("accepted by the provider: got %d, want %d to %d; %s", got, want, most, r.Describe())
	}

	r.CheckLog(t, got)
}

// struckSend strikes call n of a send and lets the rig settle. It returns how many messages the provider should have
// accepted at least and at most.
func struckSend(t *testing.T, o Options, n int, p Point, a Action) (r *Rig, want, most int) {
	t.Helper()
	r = New(t, o)
	faulty, healthy := r.NewWorker(Options{}), r.NewWorker(Options{})
	q := r.First()
	atAction, underWay := -1, 0
	var then func()
	if a.Do != nil {
		then = func() {
			atAction = r.Sim.Log().AcceptedCount()
			underWay = r.UnderWay()
			a.Do(r, q, healthy)
		}
	}

	faulty.Faults.Strike(n, p, then)
	r.Hand(faulty, q)
	r.Settle(healthy)

	want, most = a.want, a.want
	if want < 0 {
		want, most = atAction, atAction+a.late
		if p == StallBefore || p == StallAfter {
			most += underWay // it was on its way to the provider already
		}
	}

	return r, want, most
}

// SettledWithin bounds how long a doubt may last: the lease, the grace, and a few sweeps.
const SettledWithin = 30*time.Second + 3*time.Minute + time.Minute

// StrikeEach strikes every call of a send, at every point, together with each action.
func StrikeEach(t *testing.T, o Options, calls []string, actions []Action, strike func(*testing.T, Options, int, Point, Action)) {
	t.Helper()

	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = a.Name
	}

	eachStrike(t, calls, names, func(t *testing.T, call int, p Point, name int) {
		t.Helper()

		a := actions[name]
		// Gupshup does not echo our reference, so that its claim names the customer.
		if o.Provider != "" && a.Name == "opt-out" && call == PostAmong(calls)-1 && p == StallBefore {
			a.late = 1
		}

		strike(t, o, call, p, a)
	})
}

// PostAmong returns the index of the call that posts the message.
func PostAmong(calls []string) int {
	return slices.IndexFunc(calls, func(call string) bool { return strings.HasPrefix(call, "HTTP POST") })
}

// StrikeUnreported returns StrikeSend for a provider without callbacks; post is the index of the call that posts.
func StrikeUnreported(post int) func(t *testing.T, o Options, n int, p Point, a Action) {
	return func(t *testing.T, o Options, n int, p Point, a Action) {
		t.Helper()
		r, _, most := struckSend(t, o, n, p, a)
		r.checkUnreported(t, most)
		// Before anything was claimed and after it was recorded there is no doubt. A claim whose worker failed or was
		// overtaken is left in doubt wherever that was between.
		if n > post+1 || n < post-1 {
			for _, m := range r.Messages() {
				if m.Status() == message.StatusGivenUp {
					t.Errorf("%s was given up although the call was not near the post; %s", m.Event, r.Describe())
				}
			}
		}
	}
}
