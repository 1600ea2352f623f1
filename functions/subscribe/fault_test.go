package subscribe_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// TestEveryCallFails records the calls of a POST, and then has each of them fail before it is done and after.
func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{false, true} {
		t.Run(fmt.Sprintf("platform_down_%t", down), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			calls := w.callsOf(700, down)
			if len(calls) < 4 {
				t.Fatalf("only %d calls: %v", len(calls), calls)
			}
			n, failed := 701, 0
			for i, call := range calls {
				for _, rule := range []cloud.Rule{
					{Mode: cloud.FailBefore, Code: codes.Internal},
					{Mode: cloud.FailAfter, Code: codes.Internal},
					{Mode: cloud.FailAfter, Code: codes.Unavailable}, // which the client itself tries again
					{Mode: cloud.Cut},
				} {
					rule.Method, rule.Skip, rule.Times = call, earlier(calls[:i], call), 1
					if w.failing(n, down, rule) {
						failed++
					}
					n++
				}
			}
			if failed == 0 {
				t.Error("no POST failed: the rules hit nothing")
			}
		})
	}
}

func earlier(calls []string, call string) (n int) {
	for _, c := range calls {
		if c == call {
			n++
		}
	}
	return n
}

// prepare makes an order with a shopper of its own, stored if the platform is to be down.
func (w *world) prepare(n int, down bool) (path, body, customer string) {
	w.Helper()
	number := fmt.Sprint(9000000000 + n)
	id := fmt.Sprint(53000000 + n)
	w.sim.Faults().Clear()
	w.sim.Platform().PutOrder(id, bytes.ReplaceAll(fixture(w), []byte(shopper), []byte(number)))
	customer = w.customer(accountID, number)
	if down {
		w.get(route + id)
		if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.HTML502Before}}); err != nil {
			w.Fatal(err)
		}
	}
	w.handler = w.build() // with nothing cached
	return route + id, bodyOf(number), customer
}

func bodyOf(number string) string { return body("contactPhone", `"`+number+`"`) }

func (w *world) callsOf(n int, down bool) []string {
	w.Helper()
	path, body, _ := w.prepare(n, down)
	w.cloud.Calls().Trace(true)
	if a := w.post(path, body); a.Status != http.StatusOK {
		w.Fatalf("POST = %d %s", a.Status, a.Body)
	}
	w.cloud.Calls().Trace(false)
	var calls []string
	for _, c := range w.cloud.Calls().Calls() {
		calls = append(calls, c.Method)
	}
	return calls
}

// failing posts twice, the first time with a call failing, and reports whether that POST failed.
func (w *world) failing(n int, down bool, rule cloud.Rule) bool {
	w.Helper()
	path, body, customer := w.prepare(n, down)
	what := fmt.Sprintf("%s %s %s (skip %d)", rule.Mode, rule.Code, rule.Method, rule.Skip)
	if _, err := w.cloud.Rules().Add(rule); err != nil {
		w.Fatal(err)
	}
	first := w.post(path, body)
	w.cloud.Rules().Clear()
	state, entries := w.ledger(customer)
	switch {
	case first.Status == http.StatusOK && state.Status != consent.Active:
		w.Errorf("%s: false success", what)
	case first.Status != http.StatusOK && first.Status < 500:
		w.Errorf("%s: got %d %s, want 200 or 5xx", what, first.Status, first.Body)
	case len(entries) > 2:
		w.Errorf("%s: %d entries after one POST", what, len(entries))
	}
	if a := w.post(path, body); a.Status != http.StatusOK {
		w.Errorf("%s: repeated POST = %d %s", what, a.Status, a.Body)
	}
	if state, entries = w.ledger(customer); state.Status != consent.Active || len(entries) != 2 {
		w.Errorf("%s: %s with %d entries, want ACTIVE with 2", what, state.Status, len(entries))
	}
	return first.Status != http.StatusOK
}

// TestGetWithoutAStore holds that the page shows its order while the store, or the key, is out of reach: without the key, since
// a checkbox that does nothing must not be offered.
func TestGetWithoutAStore(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]cloud.Rule{
		"reads_fail":   {Method: "Firestore/BatchGetDocuments", Mode: cloud.FailBefore, Code: codes.Internal},
		"no_answer":    {Method: "Firestore/BatchGetDocuments", Mode: cloud.Delay, Delay: time.Hour},
		"unavailable":  {Method: "Firestore/RunQuery", Mode: cloud.FailBefore, Code: codes.Unavailable},
		"queries_fail": {Method: "Firestore/RunQuery", Mode: cloud.FailBefore, Code: codes.PermissionDenied},
		"secrets_fail": {Method: "AccessSecretVersion", Mode: cloud.FailBefore, Code: codes.PermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "REQUEST_TIMEOUT", "6s")
			if _, err := w.cloud.Rules().Add(rule); err != nil {
				t.Fatal(err)
			}
			if a := w.get(route + orderID); a.Status != http.StatusOK || a.Body != string(fixture(t)) {
				t.Errorf("GET = %d, want 200 with the order untouched", a.Status)
			}
			if got := strings.Count(w.logs.String(), "order shown without its WhatsApp key"); got != 1 {
				t.Errorf("%d lines in the log, want one", got)
			}
			w.cloud.Rules().Clear()
			w.handler = w.build() // with no call under way
			if got := w.key(); got != "0" {
				t.Errorf("key afterwards = %q, want 0", got)
			}
		})
	}
}

// TestGetThatCannotStore shows the order with its key although the copy of it was not stored.
func TestGetThatCannotStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.FailBefore, Code: codes.Internal}); err != nil {
		t.Fatal(err)
	}
	if got := w.key(); got != "0" {
		t.Errorf("key = %q, want 0", got)
	}
	w.cloud.Rules().Clear()
}

func TestConflictsAreTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conflict := cloud.Rule{ID: "c", Method: "Firestore/Commit", Mode: cloud.FailBefore, Code: codes.FailedPrecondition, Times: 3}
	if _, err := w.cloud.Rules().Add(conflict); err != nil {
		t.Fatal(err)
	}
	if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
		t.Errorf("after three conflicts: %d %s", a.Status, a.Body)
	}
	conflict.Times = 0
	if _, err := w.cloud.Rules().Add(conflict); err != nil {
		t.Fatal(err)
	}
	problem(t, "without end", w.post(route+orderID, withdrawal()), http.StatusServiceUnavailable)
	w.cloud.Rules().Clear()
	if state, entries := w.ledger(customerID(t, accountID, shopper)); state.Status != consent.Active || len(entries) != 2 {
		t.Errorf("%s with %d entries, want ACTIVE with 2", state.Status, len(entries))
	}
}

func TestMissingKeyIsOurFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.handler = w.build("PHONE_KEY_SECRET", "no-such-secret")
	if a := w.get(route + orderID); a.Status != http.StatusOK || a.Body != string(fixture(t)) {
		t.Errorf("GET = %d, want 200 with the order untouched", a.Status)
	}
	problem(t, "POST", w.post(route+orderID, body()), http.StatusInternalServerError)
}
