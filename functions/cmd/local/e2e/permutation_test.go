package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// reports are what a provider may tell of one message, in every order.
var reports = []string{"enqueued", "sent", "delivered", "read", "failed"}

// arrangements are all orders in which some of the reports may arrive, the empty one left out; complete leaves only those
// in which all do.
func arrangements(complete bool) [][]string {
	var all [][]string
	var extend func(sofar []string)
	extend = func(sofar []string) {
		if len(sofar) == len(reports) || len(sofar) > 0 && !complete {
			all = append(all, slices.Clone(sofar))
		}
		for _, r := range reports {
			if !slices.Contains(sofar, r) {
				extend(append(sofar, r))
			}
		}
	}
	extend(nil)
	return all
}

// folded is what a message shows once it is recorded and the reports have come, whatever their order: written down apart
// from the product's own rule.
func folded(came []string, passing bool) message.Status {
	has := func(r string) bool { return slices.Contains(came, r) }
	switch {
	case has("read"):
		return message.StatusRead
	case has("delivered"):
		return message.StatusDelivered
	case has("failed") && passing:
		return message.StatusWaiting
	case has("failed"):
		return message.StatusFailed
	case has("sent"):
		return message.StatusSent
	default:
		return message.StatusAccepted
	}
}

// reportBodies are the callbacks that the provider holds of the message to a phone, by kind, and a failure made like them.
func reportBodies(r *rig.Rig, digits string, code int) map[string][]byte {
	r.T.Helper()
	bodies := map[string][]byte{}
	id := ""
	for _, a := range r.Sim.Log().Accepted() {
		if a.Destination == digits {
			id = a.MessageID
		}
	}
	for _, c := range r.Sim.Outbox().Pending() {
		if c.MessageID == id {
			bodies[c.Kind] = c.Body
		}
	}
	bodies["failed"] = failedLike(r.T, bodies["sent"], code)
	return bodies
}

// failedLike makes a report of sending into one of failure.
func failedLike(tb testing.TB, sent []byte, code int) []byte {
	tb.Helper()
	var body map[string]any
	if err := json.Unmarshal(sent, &body); err != nil {
		tb.Fatal(err)
	}
	if payload, ok := body["payload"].(map[string]any); ok {
		inner, _ := payload["payload"].(map[string]any)
		payload["type"], payload["payload"] = "failed", map[string]any{"code": code, "reason": "made up", "ts": inner["ts"]}
		delete(payload, "pricing")
	} else {
		entry := body["entry"].([]any)[0].(map[string]any)["changes"].([]any)[0].(map[string]any)["value"].(map[string]any)
		status := entry["statuses"].([]any)[0].(map[string]any)
		status["status"], status["errors"] = "failed", []any{map[string]any{"code": code, "title": "made up"}}
		delete(status, "pricing")
	}
	made, err := json.Marshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	return made
}

func report(r *rig.Rig, w *rig.Worker, body []byte) {
	r.T.Helper()
	if code := r.Post(w, body); code != http.StatusOK {
		r.T.Fatalf("webhook answered %d; %s", code, r.Logs)
	}
	r.ReceiveAll(w)
}

// permutationRun is one way for the reports to meet the message.
type permutationRun struct {
	name      string
	code      int
	behaviour simgupshup.Behaviour
	version   int
	// copies is how often each report comes.
	copies int
	// linked: only arrangements with an enqueued report, which alone ties the provider's two ids together.
	linked bool
	// share: one in so many arrangements is tried.
	share int
}

func (p permutationRun) passing() bool { return p.code == 131016 }

func permutationRuns() []permutationRun {
	held := simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true, AutoRead: true}}
	noGsID := held
	noGsID.OmitGsID = true
	return []permutationRun{
		{name: "plain", code: 131026, behaviour: held, copies: 1, share: 1},
		{name: "passing failure, twice each", code: 131016, behaviour: held, copies: 2, share: 3},
		{name: "without gsId, twice each", code: 131026, behaviour: noGsID, copies: 2, linked: true, share: 3},
		{name: "version 3", code: 131026, behaviour: held, copies: 1, version: 3, share: 5},
	}
}

// of picks the run's share of the arrangements, spread over all of them.
func (p permutationRun) of(all [][]string) [][]string {
	picked := make([][]string, 0, len(all)/p.share)
	for i := range len(all) / p.share {
		picked = append(picked, all[i*p.share+i%p.share])
	}
	return picked
}

// TestReportsAfterTheRecord sends messages, and has the reports of each come in one of the 120 orders: after every report the
// message shows what the fold says of those that have come so far, and nothing is sent again.
func TestReportsAfterTheRecord(t *testing.T) {
	t.Parallel()
	for _, run := range permutationRuns() {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Behaviour: &run.behaviour, Version: run.version})
			r.HeldBack = true
			all := arrangements(true)
			if len(all) != 120 {
				t.Fatalf("got %d permutations, want 120", len(all))
			}
			all = run.of(all)
			for n, order := range all {
				reportAfter(t, r, rig.ParcelOf(n), order, run)
			}
			r.Settle(r.Hooks)
			if got := r.Sim.Log().AcceptedCount(); got != len(all) {
				t.Errorf("accepted: got %d, want %d: something was sent again", got, len(all))
			}
		})
	}
}

func reportAfter(t *testing.T, r *rig.Rig, p rig.Parcel, order []string, run permutationRun) {
	t.Helper()
	w := r.Hooks
	r.Meet(rig.BrandID, p.Phone, consent.Grant)
	r.Clock.Advance(20 * time.Millisecond) // for the sender's rate
	if code := r.Push(w.Notify, r.EventData(p.Event(rig.UsualTime)).Message, 1); code != http.StatusNoContent {
		t.Fatalf("%v: notify answered %d; %s", order, code, r.Logs)
	}
	bodies := reportBodies(r, p.Phone, run.code)
	known := !run.linked
	for i, kind := range order {
		for range run.copies {
			report(r, w, bodies[kind])
		}
		if known = known || kind == "enqueued"; !known {
			continue // under an id that nobody has heard of yet: delivered again until enqueued has come
		}
		r.ReceiveAll(w)
		if got, want := r.SoleOf(p).Status(), folded(order[:i+1], run.passing()); run.passing() && want == message.StatusFailed || got != want {
			t.Errorf("%v: got %s, want %s", order[:i+1], got, want)
		}
	}
	for _, kind := range slices.Backward(order) {
		report(r, w, bodies[kind])
	}
	if got := r.SoleOf(p).Status(); got != message.StatusRead {
		t.Errorf("%v and all again: got %s, want read", order, got)
	}
	if left := r.QueuedAt(world.ProviderEvents); left != 0 {
		t.Errorf("%v: %d reports are left over", order, left)
	}
}

// lateness is how much time passes between a message's post and its record.
type lateness struct {
	name string
	// parked: the reports are no longer delivered again but parked. over: the lease has ended as well, and sweep has made the
	// message out by the reports.
	parked, over bool
}

// TestReportsBeforeTheRecord has a worker stall after its post, and the reports come meanwhile, some or all of them in every
// order: whether they are delivered again, are parked, or have settled the message by the time the worker comes back, it
// shows what the fold says.
func TestReportsBeforeTheRecord(t *testing.T) {
	t.Parallel()
	for _, late := range []lateness{{name: "at once"}, {name: "parked", parked: true}, {name: "after the lease", parked: true, over: true}} {
		for _, run := range permutationRuns() {
			t.Run(late.name+"/"+run.name, func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{Behaviour: &run.behaviour, Version: run.version})
				r.HeldBack = true
				sender := r.NewWorker(rig.Options{})
				sent, again := 0, 0
				for n, order := range run.of(arrangements(run.linked || run.version == 3 || run.share == 1 && (!late.parked || late.over))) {
					reportBefore(t, r, sender, rig.ParcelOf(n), order, run, late)
					if sent++; folded(order, run.passing()) == message.StatusWaiting {
						again++
					}
				}
				r.Settle(r.Hooks)
				if got := r.Sim.Log().AcceptedCount(); got != sent+again {
					t.Errorf("accepted: got %d, want %d and %d new attempts; %s", got, sent, again, r.Describe())
				}
			})
		}
	}
}

func reportBefore(t *testing.T, r *rig.Rig, sender *rig.Worker, p rig.Parcel, order []string, run permutationRun, late lateness) {
	t.Helper()
	w := r.Hooks
	r.Meet(rig.BrandID, p.Phone, consent.Grant)
	r.Clock.Advance(20 * time.Millisecond) // for the sender's rate
	sender.Faults.StrikeFirst("HTTP POST", rig.StallAfter, func() {
		bodies := reportBodies(r, p.Phone, run.code)
		for _, kind := range order {
			for range run.copies {
				report(r, w, bodies[kind])
			}
		}
		if late.parked {
			r.Clock.Advance(21 * time.Second)
			r.ReceiveAll(w)
		}
		if late.over {
			r.Clock.Advance(15 * time.Second)
			for range 3 {
				r.CallSweep(w)
			}
		}
	})
	if code := r.Push(sender.Notify, r.EventData(p.Event(rig.UsualTime)).Message, 1); code/100 != 2 {
		t.Fatalf("%v: notify answered %d; %s", order, code, r.Logs)
	}
	r.ReceiveAll(w)
	r.ReceiveAll(w) // once more for those that only enqueued, further on in the queue, ties to the message
	if late.parked {
		r.CallSweep(w)
	}
	if late.parked && run.linked {
		r.Clock.Advance(31 * time.Second) // what was looked at before it was linked is looked at again after a lease
		r.CallSweep(w)
	}
	if got, want := r.SoleOf(p).Status(), folded(order, run.passing()); got != want {
		t.Errorf("%v: got %s, want %s", order, got, want)
	}
	// The new attempt, if there is one, is not reported on.
	r.Take(world.ProviderEvents)
}
