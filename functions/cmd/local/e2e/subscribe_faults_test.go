package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

type faultOf = simulator.Fault

// answered is what the portal's caller gets.
type answered struct {
	status int
	body   string
}

// portal has a shopper ask for a status through the customer portal. The trace, 32 hex digits, marks the ledger's entry.
func (r *rig) portal(w *worker, status consent.Status, trace string) answered {
	body := fmt.Sprintf(`{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":%q,"whatsAppStatus":%q}`, brandID, status)
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/_ah/api/esb/v2/order/51230077", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if trace != "" {
		req.Header.Set("Traceparent", "00-"+trace+"-00000000000000aa-01")
	}
	rec := httptest.NewRecorder()
	w.subscribe.ServeHTTP(rec, req)
	return answered{rec.Code, rec.Body.String()}
}

// change is one change of consent through the portal, and how it began.
type change struct {
	name  string
	asked consent.Status
	begin func(r *rig)
}

func changes() []change {
	return []change{
		{"subscribe", consent.Active, func(r *rig) { r.meet(brandID, shopper, consent.Seen) }},
		{"withdraw", consent.Inactive, func(r *rig) { r.meet(brandID, shopper, consent.Grant) }},
	}
}

func (c change) other() consent.Status {
	if c.asked == consent.Active {
		return consent.Inactive
	}
	return consent.Active
}

const (
	ourTrace   = "000000000000000000000000000000a1"
	theirTrace = "000000000000000000000000000000b2"
)

// consentActions are what may happen in the middle of a struck call of a POST.
func consentActions(c change) []meanwhile {
	return []meanwhile{
		{"nothing", nil},
		{"the same POST", func(r *rig, _, w *worker) { r.portal(w, c.asked, theirTrace) }},
		{"the opposite POST", func(r *rig, _, w *worker) { r.portal(w, c.other(), theirTrace) }},
		{"STOP", func(r *rig, _, w *worker) { r.write(w, "STOP") }},
		{"START", func(r *rig, _, w *worker) { r.write(w, "START") }},
		{"an event", func(r *rig, _, w *worker) { r.hand(w, r.event("shipment-failed_delivery")) }},
	}
}

// write has the shopper write to the brand, and a worker take it.
func (r *rig) write(w *worker, text string) string {
	id, err := r.sim.Phones().Reply(shopper, simulator.Reply{Text: text, App: simApp})
	r.must(err)
	for _, c := range r.sim.Outbox().Pending() {
		if c.MessageID == id {
			r.post(w, c.Body)
		}
	}
	r.receiveAll(w)
	return id
}

// TestEveryFaultOfASubscribe strikes every call that a POST of the portal makes, in every way, alone and together with
// something else: a success is never told that is not in the ledger, each change has one entry, and the chain verifies.
func TestEveryFaultOfASubscribe(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{unsubscribed: true})
			c.begin(r)
			w := r.newWorker("recorded", rigOptions{})
			w.faults.record()
			if a := r.portal(w, c.asked, ourTrace); a.status != http.StatusOK {
				t.Fatalf("POST: got %d %s", a.status, a.body)
			}
			calls := w.faults.recorded()
			t.Logf("one POST makes %d calls: %s", len(calls), strings.Join(calls, ", "))
			if len(calls) < 4 {
				t.Fatalf("got %d calls, want at least order, key, customer and change", len(calls))
			}
			for n, call := range calls {
				for _, p := range everyPoint {
					for _, m := range consentActions(c) {
						if m.do == nil && (p == stallBefore || p == stallAfter) {
							continue
						}
						t.Run(fmt.Sprintf("%02d %s/%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p, m.name), func(t *testing.T) {
							t.Parallel()
							strikeSubscribe(t, c, n, p, m)
						})
					}
				}
			}
		})
	}
}

func strikeSubscribe(t *testing.T, c change, n int, p point, m meanwhile) {
	t.Helper()
	r := newRig(t, rigOptions{unsubscribed: true})
	c.begin(r)
	r.clock.Advance(time.Second)
	busy, healthy := r.newWorker("busy", rigOptions{}), r.newWorker("healthy", rigOptions{})
	var then func()
	if m.do != nil {
		then = func() {
			r.clock.Advance(time.Second)
			m.do(r, busy, healthy)
			r.clock.Advance(time.Second)
		}
	}
	busy.faults.strike(n, p, then)
	first := r.portal(busy, c.asked, ourTrace)
	if first.status != http.StatusOK && first.status < 500 {
		t.Errorf("got %d %s, want 200 or 5xx", first.status, first.body)
	}
	_, ledger := r.checkChain(t)
	if first.status == http.StatusOK && !reached(ledger, c.asked) {
		t.Errorf("false success: the ledger never came to %s: %s", c.asked, actionsOf(ledger))
	}
	if first.status != http.StatusOK && strings.Contains(first.body, "updated successfully") {
		t.Errorf("got %d with the words of success", first.status)
	}
	// Who was not told of success asks again, and whoever asks last has it.
	r.clock.Advance(time.Second)
	if a := r.portal(healthy, c.asked, ourTrace); a.status != http.StatusOK {
		t.Errorf("asked again: got %d %s", a.status, a.body)
	}
	state, ledger := r.checkChain(t)
	if state.Status != c.asked {
		t.Errorf("in the end: got %s, want %s: %s", state.Status, c.asked, actionsOf(ledger))
	}
	checkChanges(t, ledger)
}

// reached tells whether the ledger led to the status after its first entry, which was there before.
func reached(ledger []consent.Entry, want consent.Status) bool {
	for n := 2; n <= len(ledger); n++ {
		if consent.Fold(ledger[:n]).Status == want {
			return true
		}
	}
	return false
}

// checkChanges asserts that every entry but the first changed the status: no change was written twice. Only a STOP on top of
// a withdrawal is written too, since what WhatsApp tells may come out of order.
func checkChanges(t *testing.T, ledger []consent.Entry) {
	t.Helper()
	for n := 2; n <= len(ledger); n++ {
		if ledger[n-1].Source == consent.Keyworded && ledger[n-1].Action == consent.Withdraw {
			continue
		}
		if was, is := consent.Fold(ledger[:n-1]), consent.Fold(ledger[:n]); was.Status == is.Status && was.Updates.Action == is.Updates.Action {
			t.Errorf("entry %d changes nothing: %s", n, actionsOf(ledger))
		}
	}
}

func actionsOf(ledger []consent.Entry) string {
	var all []string
	for _, e := range ledger {
		all = append(all, fmt.Sprintf("%s by %s", e.Action, e.Source))
	}
	return strings.Join(all, ", ")
}
