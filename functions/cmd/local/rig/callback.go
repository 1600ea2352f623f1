package rig

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// Pending returns the first held callback of a kind and its place; ok is false if none is held.
func (r *Rig) Pending(kind string) (simulator.Callback, int, bool) {
	all := r.Sim.Outbox().Pending()
	i := slices.IndexFunc(all, func(c simulator.Callback) bool { return c.Kind == kind })
	if i < 0 {
		return simulator.Callback{}, 0, false
	}

	return all[i], i, true
}

// Post posts an unsigned callback to a worker's webhook and returns the answer's status.
func (r *Rig) Post(w *Worker, body []byte) int { return r.postSigned(w, body, nil) }

// PostHeld posts a held callback as its provider would, and returns the answer's status.
func (r *Rig) PostHeld(w *Worker, c simulator.Callback) int { return r.postSigned(w, c.Body, c.Header) }

// postSigned posts a callback with the header that proves its sender, and returns the answer's status.
func (r *Rig) postSigned(w *Worker, body []byte, header http.Header) int {
	req := httptest.NewRequestWithContext(r.T.Context(), http.MethodPost, strings.TrimPrefix(r.Vendor.path(), "/webhook"), bytes.NewReader(body))
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	return testkit.Serve(w.Webhook, req).Status
}

// Handle has a worker's webhook and receive take the held callback of a kind. Unless webhook answers 200 the provider keeps
// the callback, and posts it again later.
func (r *Rig) Handle(w *Worker, kind string) {
	c, _, ok := r.Pending(kind)
	if ok && r.postSigned(w, c.Body, c.Header) == http.StatusOK {
		if now, i, ok := r.Pending(kind); ok && bytes.Equal(now.Body, c.Body) {
			r.Must(r.Sim.Outbox().Drop(i))
		}
	}

	r.ReceiveAll(w)
}

// Meanwhile is something that happens in the middle of a struck call of a callback. Do gets the struck worker as busy; nil
// does nothing.
type Meanwhile struct {
	Name string
	Do   func(r *Rig, busy, healthy *Worker)
}

// Meanwhiles returns what may happen while a callback of a kind is handled.
func Meanwhiles(kind string) []Meanwhile {
	return []Meanwhile{
		{"nothing", nil},
		{"redelivery", func(r *Rig, busy, _ *Worker) { r.Again(busy) }},
		{"second worker", func(r *Rig, _, w *Worker) { r.Again(w) }},
		{"the callback again", func(r *Rig, _, w *Worker) { r.repost(w, kind) }},
		{"read", func(r *Rig, _, w *Worker) { r.repost(w, "read") }},
		{"sweep", func(r *Rig, _, w *Worker) { r.CallSweep(w) }},
		{"the world goes on", func(r *Rig, _, w *Worker) { r.Serve(w); r.Settle(w) }},
	}
}

// repost posts a copy of a held callback, and has a worker receive it.
func (r *Rig) repost(w *Worker, kind string) {
	if c, _, ok := r.Pending(kind); ok {
		r.postSigned(w, c.Body, c.Header)
		r.ReceiveAll(w)
	}
}

// CallbackCase is one way in which a worker comes to handle a callback.
type CallbackCase struct {
	Name string
	// provider is whose callback it is; Gupshup's by default.
	Provider string
	// fail is what happens to the message at the provider, if anything.
	Fail *simulator.Fault
	// before makes what comes before the worker's part; it may be nil.
	Before func(r *Rig, healthy *Worker)
	// handle is the worker's part, whose every call is struck.
	Handle func(r *Rig, w *Worker)
	// meanwhiles are those to combine with.
	Meanwhiles []Meanwhile
	// accepted is how many messages the provider has taken in the end, the last of which is read.
	Accepted int
}

// SendFirst returns the beginning of a case: the rig's event is sent, and then the callbacks of these kinds are handled.
func SendFirst(kinds ...string) func(r *Rig, w *Worker) {
	return func(r *Rig, w *Worker) {
		r.Hand(w, r.First())

		for _, kind := range kinds {
			r.Handle(w, kind)
		}
	}
}

// BeforeRecord has a worker take the delivery report of a message that another worker has posted and not yet recorded.
func (r *Rig) BeforeRecord(w *Worker) {
	sender := r.NewWorker(Options{})
	sender.Faults.StrikeFirst("HTTP POST", StallAfter, func() { r.Handle(w, "delivered") })
	r.Hand(sender, r.First())
	r.ReceiveAll(w)
}

// Only returns those of all that have one of the names.
func Only(all []Meanwhile, names ...string) []Meanwhile {
	return slices.DeleteFunc(all, func(m Meanwhile) bool { return !slices.Contains(names, m.Name) })
}

// StrikeEveryCall strikes every call that the case's worker makes, at every point, together with each of its meanwhiles,
// each in a rig of its own.
func StrikeEveryCall(t *testing.T, c CallbackCase) {
	t.Helper()
	calls := recordCallback(t, c)
	t.Logf("one callback makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least finding the app, publishing, finding the message, writing and telling", len(calls))
	}

	EachMeanwhile(t, calls, c.Meanwhiles, func(t *testing.T, n int, p Point, m Meanwhile) {
		t.Helper()
		strikeCallback(t, c, n, p, m)
	})
}

// newCallbackRig returns a rig at the point where the case's callback is about to be handled.
func newCallbackRig(t *testing.T, c CallbackCase) (r *Rig, healthy *Worker) {
	t.Helper()
	r = New(t, Options{Provider: c.Provider})
	if c.Fail != nil {
		r.Must(r.Sim.Faults().Set([]simulator.Fault{*c.Fail}))
	}

	healthy = r.NewWorker(Options{})
	if c.Before != nil {
		c.Before(r, healthy)
	}

	return r, healthy
}

// recordCallback returns the calls that the case's worker makes undisturbed.
func recordCallback(t *testing.T, c CallbackCase) []string {
	t.Helper()
	r, healthy := newCallbackRig(t, c)
	w := r.NewWorker(Options{})
	w.Faults.Record()
	c.Handle(r, w)
	calls := w.Faults.Recorded()

	r.Serve(healthy)
	r.Settle(healthy)
	r.checkCallback(t, c)

	return calls
}

// strikeCallback strikes call n of the case's worker, lets a healthy worker go on, and checks the outcome.
func strikeCallback(t *testing.T, c CallbackCase, n int, p Point, m Meanwhile) {
	t.Helper()
	r, healthy := newCallbackRig(t, c)
	busy := r.NewWorker(Options{})
	r.StrikeMeanwhile(busy, healthy, n, p, m)
	c.Handle(r, busy)
	r.Serve(healthy)
	r.Settle(healthy)
	r.checkCallback(t, c)
}

// checkCallback asserts that the order's one message is read by its last attempt, that it holds every status reported, and
// that each of its states was published once.
func (r *Rig) checkCallback(t *testing.T, c CallbackCase) {
	t.Helper()
	if got := r.Sim.Log().AcceptedCount(); got != c.Accepted {
		t.Fatalf("accepted: got %d, want %d; %s", got, c.Accepted, r.Describe())
	}

	all := r.Messages()
	if len(all) != 1 || all[0].Status() != message.StatusRead || all[0].Attempt != c.Accepted {
		t.Fatalf("send log: got %d entries %v, want one read at attempt %d; %s", len(all), Statuses(all), c.Accepted, r.Describe())
	}

	m := all[0]
	want := []string{"inqueue", "read", "sent", "delivered"}

	ids := map[string]bool{}
	for n := 1; n <= c.Accepted; n++ {
		reached := append([]string{"accepted"}, r.Vendor.callbacks...)
		if n < c.Accepted {
			reached = append(slices.DeleteFunc(reached, laterThanEnqueued), "failed")
		}

		slices.Sort(reached)
		if got := slices.Sorted(maps.Keys(m.AttemptAt(n).At)); !slices.Equal(got, reached) {
			t.Errorf("attempt %d: got the statuses %v, want %v; %s", n, got, reached, r.Describe())
		}

		ids[fmt.Sprintf("%s.%d.inqueue", m.ID, n)] = true
	}

	for _, state := range want {
		ids[fmt.Sprintf("%s.%d.%s", m.ID, c.Accepted, state)] = true
	}
	if !priced(m, r.Vendor.priced) {
		t.Errorf("the billing fact is lost: %+v", m.Pricing)
	}
	if diff := cmp.Diff(ids, r.Told()); diff != "" {
		t.Errorf("ids of the activity events (-want +got):\n%s%s", diff, r.Describe())
	}

	r.CheckChain(t)
	r.CheckEndings(t)
}

func laterThanEnqueued(status string) bool {
	return message.RankOf(message.Status(status)) > message.RankAccepted
}

// Told returns the ids of all activity events published so far, as a set.
func (r *Rig) Told() map[string]bool {
	ids := map[string]bool{}
	for _, m := range r.Published(world.CustomerNotifications) {
		ids[m.GetAttributes()["id"]] = true
	}
	return ids
}

// priced reports whether a callback of that kind left a price on the message.
func priced(m message.Message, kind string) bool {
	for key, p := range m.Pricing {
		if strings.HasSuffix(key, kind) && p.Known {
			return true
		}
	}

	return false
}
