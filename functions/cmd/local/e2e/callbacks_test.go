package e2e_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

var everyPoint = []point{failBefore, failAfter, dieBefore, dieAfter, stallBefore, stallAfter}

// pending is the first held callback of a kind; false if none is held.
func (r *rig) pending(kind string) (simulator.Callback, int, bool) {
	all := r.sim.Outbox().Pending()
	i := slices.IndexFunc(all, func(c simulator.Callback) bool { return c.Kind == kind })
	if i < 0 {
		return simulator.Callback{}, 0, false
	}
	return all[i], i, true
}

// post posts a callback's body to a worker's webhook and returns the status.
func (r *rig) post(w *worker, body []byte) int { return r.postSigned(w, body, nil) }

// postSigned posts a callback's body with the header that shows whose it is.
func (r *rig) postSigned(w *worker, body []byte, header http.Header) int {
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, strings.TrimPrefix(r.vendor.path(), "/webhook"), bytes.NewReader(body))
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.webhook.ServeHTTP(rec, req)
	return rec.Code
}

// receiveAll delivers once what is queued of provider-events; what a worker did not acknowledge, or died over, is queued
// again.
func (r *rig) receiveAll(w *worker) {
	for _, q := range r.take(world.ProviderEvents) {
		q.attempt++
		if code := r.push(w.receive, q.message, q.attempt); code/100 != 2 || w.faults.isDead() {
			r.giveBack(world.ProviderEvents, q)
		}
	}
}

// handle has a worker's webhook and receive take the provider's callback of a kind. Unless webhook answers 200 the
// provider keeps the callback and posts it again later.
func (r *rig) handle(w *worker, kind string) {
	c, _, ok := r.pending(kind)
	if ok && r.postSigned(w, c.Body, c.Header) == http.StatusOK {
		if now, i, ok := r.pending(kind); ok && bytes.Equal(now.Body, c.Body) {
			r.must(r.sim.Outbox().Drop(i))
		}
	}
	r.receiveAll(w)
}

// again delivers everything of provider-events once more, as Pub/Sub may.
func (r *rig) again(w *worker) {
	for _, m := range r.published(world.ProviderEvents) {
		r.push(w.receive, m, 2)
	}
}

// meanwhile is what happens in the middle of a struck call of a callback; busy is the struck worker.
type meanwhile struct {
	name string
	do   func(r *rig, busy, healthy *worker)
}

func meanwhiles(kind string) []meanwhile {
	return []meanwhile{
		{"nothing", nil},
		{"redelivery", func(r *rig, busy, _ *worker) { r.again(busy) }},
		{"second worker", func(r *rig, _, w *worker) { r.again(w) }},
		{"the callback again", func(r *rig, _, w *worker) { r.repost(w, kind) }},
		{"read", func(r *rig, _, w *worker) { r.repost(w, "read") }},
		{"sweep", func(r *rig, _, w *worker) { r.callSweep(w) }},
		{"the world goes on", func(r *rig, _, w *worker) { r.serve(w); r.settle(w) }},
	}
}

// repost posts a copy of a callback that is held, and has a worker receive it.
func (r *rig) repost(w *worker, kind string) {
	if c, _, ok := r.pending(kind); ok {
		r.postSigned(w, c.Body, c.Header)
		r.receiveAll(w)
	}
}

// callbackCase is one way in which a callback comes to be handled by a worker.
type callbackCase struct {
	name string
	// provider is whose callback it is; Gupshup's by default.
	provider string
	// fail is what happens to the message at the provider, if anything.
	fail *simulator.Fault
	// before makes what comes before the worker's part; it may be nil.
	before func(r *rig, healthy *worker)
	// handle is the worker's part, whose every call is struck.
	handle func(r *rig, w *worker)
	// meanwhiles are those to combine with.
	meanwhiles []meanwhile
	// accepted is how many messages the provider has taken in the end, the last of which is read.
	accepted int
}

func sendFirst(kinds ...string) func(r *rig, w *worker) {
	return func(r *rig, w *worker) {
		r.hand(w, r.first())
		for _, kind := range kinds {
			r.handle(w, kind)
		}
	}
}

// beforeRecord has a worker take the report of delivery while another one, who posts the message, does not know yet that
// the provider has it.
func (r *rig) beforeRecord(w *worker) {
	sender := r.newWorker("sender", rigOptions{})
	sender.faults.strikeFirst("HTTP POST", stallAfter, func() { r.handle(w, "delivered") })
	r.hand(sender, r.first())
	r.receiveAll(w)
}

func failure(code int) *simulator.Fault {
	return &simulator.Fault{System: "gupshup", Mode: chaos.FailCallback, Code: code, Times: 1}
}

func only(all []meanwhile, names ...string) []meanwhile {
	return slices.DeleteFunc(all, func(m meanwhile) bool { return !slices.Contains(names, m.name) })
}

func callbackCases() []callbackCase {
	failed := only(meanwhiles("failed"), "nothing", "second worker", "the callback again", "the world goes on")
	return []callbackCase{
		{
			name: "delivered", before: sendFirst("enqueued", "sent"), accepted: 1, meanwhiles: meanwhiles("delivered"),
			handle: func(r *rig, w *worker) { r.handle(w, "delivered") },
		},
		{
			name: "delivered before the record", accepted: 1,
			meanwhiles: only(meanwhiles("delivered"), "nothing", "second worker", "read", "sweep", "the world goes on"),
			handle: func(r *rig, w *worker) {
				r.beforeRecord(w)
			},
		},
		{
			name: "failed for a passing reason", fail: failure(131016), before: sendFirst("enqueued"), accepted: 2,
			meanwhiles: slices.Concat(failed, only(meanwhiles("failed"), "redelivery", "sweep")),
			handle:     func(r *rig, w *worker) { r.handle(w, "failed") },
		},
		{
			name: "failed for the account", fail: failure(131031), before: sendFirst("enqueued"), accepted: 2, meanwhiles: failed,
			handle: func(r *rig, w *worker) { r.handle(w, "failed") },
		},
		{
			name: "failed for a paused template", fail: failure(132015), before: sendFirst("enqueued"), accepted: 2, meanwhiles: failed,
			handle: func(r *rig, w *worker) { r.handle(w, "failed") },
		},
	}
}

// TestEveryFaultOfACallback strikes every call that taking a callback makes, in webhook and in receive, in every way, alone
// and together with something else that happens at the same time, and lets a healthy world go on: the message is in the
// state that the fold says, nothing that was answered with 200 is lost, and the activity was told of every state.
func TestEveryFaultOfACallback(t *testing.T) {
	t.Parallel()
	for _, c := range callbackCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			strikeEveryCall(t, c)
		})
	}
}

func strikeEveryCall(t *testing.T, c callbackCase) {
	t.Helper()
	calls := recordCallback(t, c)
	t.Logf("one callback makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least finding the app, publishing, finding the message, writing and telling", len(calls))
	}
	for n, call := range calls {
		for _, p := range everyPoint {
			for _, m := range c.meanwhiles {
				if m.do == nil && (p == stallBefore || p == stallAfter) {
					continue
				}
				t.Run(fmt.Sprintf("%02d %s/%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p, m.name), func(t *testing.T) {
					t.Parallel()
					strikeCallback(t, c, n, p, m)
				})
			}
		}
	}
}

func newCallbackRig(t *testing.T, c callbackCase) (r *rig, healthy *worker) {
	t.Helper()
	r = newRig(t, rigOptions{provider: c.provider})
	if c.fail != nil {
		r.must(r.sim.Faults().Set([]simulator.Fault{*c.fail}))
	}
	healthy = r.newWorker("healthy", rigOptions{})
	if c.before != nil {
		c.before(r, healthy)
	}
	return r, healthy
}

func recordCallback(t *testing.T, c callbackCase) []string {
	t.Helper()
	r, healthy := newCallbackRig(t, c)
	w := r.newWorker("recorded", rigOptions{})
	w.faults.record()
	c.handle(r, w)
	calls := w.faults.recorded()
	r.serve(healthy)
	r.settle(healthy)
	r.checkCallback(t, c)
	return calls
}

func strikeCallback(t *testing.T, c callbackCase, n int, p point, m meanwhile) {
	t.Helper()
	r, healthy := newCallbackRig(t, c)
	busy := r.newWorker("busy", rigOptions{})
	var then func()
	if m.do != nil {
		then = func() { m.do(r, busy, healthy) }
	}
	busy.faults.strike(n, p, then)
	c.handle(r, busy)
	r.serve(healthy)
	r.settle(healthy)
	r.checkCallback(t, c)
}

// checkCallback asserts that the order's one message is read, by its last attempt, that every status the provider told is
// on it, and that the activity heard of each of its states, under one id.
func (r *rig) checkCallback(t *testing.T, c callbackCase) {
	t.Helper()
	if got := r.sim.Log().AcceptedCount(); got != c.accepted {
		t.Fatalf("accepted: got %d, want %d; %s", got, c.accepted, r.describe())
	}
	all := r.messages()
	if len(all) != 1 || all[0].Status() != message.StatusRead || all[0].Attempt != c.accepted {
		t.Fatalf("send log: got %d entries %v, want one read at attempt %d; %s", len(all), statuses(all), c.accepted, r.describe())
	}
	m := all[0]
	want := []string{"inqueue", "read", "sent", "delivered"}
	ids := map[string]bool{}
	for n := 1; n <= c.accepted; n++ {
		reached := append([]string{"accepted"}, r.vendor.callbacks...)
		if n < c.accepted {
			reached = append(slices.DeleteFunc(reached, laterThanEnqueued), "failed")
		}
		slices.Sort(reached)
		if got := slices.Sorted(maps.Keys(m.AttemptAt(n).At)); !slices.Equal(got, reached) {
			t.Errorf("attempt %d: got the statuses %v, want %v; %s", n, got, reached, r.describe())
		}
		ids[fmt.Sprintf("%s.%d.inqueue", m.ID, n)] = true
	}
	for _, state := range want {
		ids[fmt.Sprintf("%s.%d.%s", m.ID, c.accepted, state)] = true
	}
	if !priced(m, r.vendor.priced) {
		t.Errorf("the billing fact is lost: %+v", m.Pricing)
	}
	if diff := cmp.Diff(ids, r.told()); diff != "" {
		t.Errorf("ids of the activity events (-want +got):\n%s%s", diff, r.describe())
	}
	r.checkChain(t)
}

func laterThanEnqueued(status string) bool {
	return message.RankOf(message.Status(status)) > message.RankAccepted
}

// told are the ids of the activity events.
func (r *rig) told() map[string]bool {
	ids := map[string]bool{}
	for _, m := range r.published(world.CustomerNotifications) {
		ids[m.GetAttributes()["id"]] = true
	}
	return ids
}

// checkChain asserts that the shopper's ledger is whole.
func (r *rig) checkChain(t *testing.T) (consent.State, []consent.Entry) {
	t.Helper()
	return r.checkChainOf(t, r.customerID())
}

func (r *rig) checkChainOf(t *testing.T, id string) (consent.State, []consent.Entry) {
	t.Helper()
	customer, err := r.parts.Store.Customer(r.t.Context(), id)
	if err != nil {
		t.Fatalf("customer: %v", err)
	}
	ledger, err := r.parts.Store.Ledger(r.t.Context(), id)
	if err != nil {
		t.Fatalf("ledger: %v", err)
	}
	if err := customer.Consent.Verify(ledger); err != nil {
		t.Errorf("ledger: %v", err)
	}
	return customer.Consent, ledger
}

// TestTransientFailureGetsOneAttempt has every attempt fail by callback: the message is sent twice and has failed then.
func TestTransientFailureGetsOneAttempt(t *testing.T) {
	t.Parallel()
	for _, code := range []int{500, 131016, 130429} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			fault := failure(code)
			fault.Times = 0
			r.must(r.sim.Faults().Set([]simulator.Fault{*fault}))
			r.hand(r.hooks, r.event("shipment-failed_delivery"))
			r.settle(r.hooks)
			all := r.messages()
			if len(all) != 1 || all[0].Status() != message.StatusFailed {
				t.Fatalf("send log: got %d entries %v, want one failed; %s", len(all), statuses(all), r.describe())
			}
			if got := r.sim.Log().AcceptedCount(); got != 2 {
				t.Errorf("accepted: got %d, want 2", got)
			}
			m := all[0]
			want := map[string]bool{m.ID + ".1.inqueue": true, m.ID + ".2.inqueue": true, m.ID + ".2.failed": true}
			if diff := cmp.Diff(want, r.told()); diff != "" {
				t.Errorf("ids of the activity events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHeldUntilHealthy has an attempt fail by callback for something that stops the whole account or template: nothing goes
// out while it lasts, and the message goes out once it is over.
func TestHeldUntilHealthy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		code         int
		begin, mend  func(r *rig)
		wantMeantime message.Status
	}{
		{"balance", 1003, func(r *rig) {
			_, err := r.sim.Faults().Add(simulator.Fault{System: "gupshup", Path: "/template", Mode: chaos.WrongCredentials})
			r.must(err)
		}, func(r *rig) { r.sim.Faults().Clear() }, message.StatusHeld},
		{"paused template", 132015, func(r *rig) {
			r.must(r.sim.Gupshup().SetTemplateStatus(simApp, template, "PAUSED", "low quality"))
		}, func(r *rig) {
			r.must(r.sim.Gupshup().SetTemplateStatus(simApp, template, "APPROVED", ""))
		}, message.StatusHeld},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			r.must(r.sim.Faults().Set([]simulator.Fault{*failure(c.code)}))
			r.hand(r.hooks, r.event("shipment-failed_delivery"))
			r.sim.Faults().Clear()
			c.begin(r)
			for range 30 {
				r.round(r.hooks)
			}
			// A second occurrence is held as well, and not refused.
			r.hand(r.hooks, r.event("shipment-failed_delivery-second"))
			for range 6 {
				r.round(r.hooks)
			}
			for _, m := range r.messages() {
				if m.Status() != c.wantMeantime {
					t.Errorf("meanwhile: got %s, want %s; %s", m.Status(), c.wantMeantime, r.describe())
				}
			}
			if got := r.sim.Log().AcceptedCount(); got != 1 {
				t.Errorf("accepted meanwhile: got %d, want 1; %s", got, r.describe())
			}
			c.mend(r)
			for range 200 {
				r.round(r.hooks)
			}
			r.settle(r.hooks)
			if got := r.sim.Log().AcceptedCount(); got != 3 {
				t.Errorf("accepted in the end: got %d, want 3; %s", got, r.describe())
			}
			if all := r.messages(); len(all) != 2 || all[0].Status() != message.StatusRead || all[1].Status() != message.StatusRead {
				t.Errorf("send log: got %v, want two read", statuses(all))
			}
		})
	}
}

// TestHeldIsNotSentAfterOptOut has a message that waits for its new attempt meet an opt-out.
func TestHeldIsNotSentAfterOptOut(t *testing.T) {
	t.Parallel()
	for _, code := range []int{131016, 131031, 132015} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			r.must(r.sim.Faults().Set([]simulator.Fault{*failure(code)}))
			r.hand(r.hooks, r.event("shipment-failed_delivery"))
			r.handle(r.hooks, "enqueued")
			r.handle(r.hooks, "failed")
			r.clock.Advance(time.Second)
			r.subscribeShopper(consent.Withdraw)
			r.settle(r.hooks)
			all := r.messages()
			if len(all) != 1 || all[0].Status() != message.StatusDropped || all[0].Reason != message.OptedOut {
				t.Errorf("send log: got %v, want one dropped as opted out; %s", statuses(all), r.describe())
			}
			if got := r.sim.Log().AcceptedCount(); got != 1 {
				t.Errorf("accepted: got %d, want 1", got)
			}
		})
	}
}

// priced tells whether a callback of that kind left a price on the message.
func priced(m message.Message, kind string) bool {
	for key, p := range m.Pricing {
		if strings.HasSuffix(key, kind) && p.Known {
			return true
		}
	}
	return false
}
