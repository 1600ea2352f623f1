package brandapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// withCancellable is a world whose first order may be cancelled.
func withCancellable(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.keepAll()
	w.put(orderID, cancellable(t))
	return w
}

func TestCancel(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	got := w.do(http.MethodPost, "/cancel-order", guest, `{"id":"#NC-20417","cancellationReason":" ordered\n twice ","cancelledBy":"bot"}`)
	if got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	w.golden("cancelled", got)
	published := w.actions()
	if len(published) != 1 {
		t.Fatalf("got %d actions, want one", len(published))
	}
	var action map[string]any
	if err := json.Unmarshal(published[0].GetData(), &action); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "811:51230077", "action": "cancel_order", "version": "v1", "accountId": "811", "accountSlug": slug,
		"orderId": orderID, "customerOrderNumber": number, "reason": "ordered twice", "actor": "bot", "mode": "whatsapp",
		"source": "businessonbot", "requestedAt": "2026-11-20T04:50:12Z",
	}
	if diff := cmp.Diff(want, action); diff != "" {
		t.Errorf("action (-want +got):\n%s", diff)
	}
	attributes := map[string]string{"id": "811:51230077", "action": "cancel_order", "account": "811"}
	if diff := cmp.Diff(attributes, published[0].GetAttributes()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	r, err := w.store.CancelRequest(t.Context(), store.OrderID(accountID, orderID))
	if err != nil || r.Actor != "bot" || r.Mode != "whatsapp" || r.PublishedAt.IsZero() || r.Reason != "ordered twice" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestCancelAgain holds that the same cancellation by any of the order's ids, soon or late, is one: also once the platform
// has cancelled and told us, and BusinessOnBot, told by us in turn, asks for it again.
func TestCancelAgain(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	var first answer
	for i, id := range []string{number, orderID, "#" + number, "#20417"} {
		got := w.cancel(id)
		if i == 0 {
			first = got
		}
		if got.Status != http.StatusOK || got.Body != first.Body {
			t.Errorf("%s: got %d %s, want the first answer", id, got.Status, got.Body)
		}
	}
	w.put(orderID, []byte(strings.ReplaceAll(string(fixture(t, orderID)), `"latestStatus": "`, `"latestStatus": "cancelled_`)))
	w.clock.Advance(24 * time.Hour)
	w.handler = w.build()
	if got := w.cancel(number); got.Status != http.StatusOK {
		t.Errorf("a day later: got %d %s", got.Status, got.Body)
	}
	if n := len(w.actions()); n != 1 {
		t.Errorf("got %d actions, want one", n)
	}
	// The platform being down does not matter to what is done already.
	if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.HTML502Before}}); err != nil {
		t.Fatal(err)
	}
	if got := w.cancel(number); got.Status != http.StatusOK {
		t.Errorf("platform down: got %d %s", got.Status, got.Body)
	}
}

// TestCancelledElsewhere holds that an order which is cancelled already is a success and makes nothing happen.
func TestCancelledElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := strings.NewReplacer(
		`"latestStatus": "failed_delivery"`, `"latestStatus": "cancelled_order"`,
		`"latestStatus": "intransit"`, `"latestStatus": "cancelled_order"`,
	).Replace(string(fixture(t, orderID)))
	w.put(orderID, []byte(body))
	if got := w.cancel(orderID); got.Status != http.StatusOK {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if n := len(w.actions()); n != 0 {
		t.Errorf("got %d actions, want none", n)
	}
}

// TestLookupsShowACancellation holds that an order which is cancelled is shown as one: its object says so by cancelReason and
// cancelledAt, and has no other word for it.
func TestLookupsShowACancellation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	part := strings.Replace(string(fixture(t, orderID)), `"latestStatus": "intransit"`, `"latestStatus": "cancelled_order"`, 1)
	whole := strings.Replace(part, `"latestStatus": "failed_delivery"`, `"latestStatus": "cancelled_order"`, 1)
	for name, tc := range map[string]struct{ body, reason, at string }{
		"part": {body: part}, "whole": {whole, "other", "2024-02-13T09:50:41Z"},
	} {
		w.keep(accountID, orderID, []byte(tc.body))
		o := shown[businessonbot.Order](w, w.get("/order/"+number))
		last := shown[[]businessonbot.Order](w, w.get("/get-orders/"+shopper))[0]
		p := shown[person](w, w.get("/personal-details/"+shopper)).LastOrder
		for i, got := range []businessonbot.Order{o, last, *p} {
			var reason, at string
			if got.CancelReason != nil {
				reason = *got.CancelReason
			}
			if got.CancelledAt != nil {
				at = *got.CancelledAt
			}
			if reason != tc.reason || at != tc.at {
				t.Errorf("%s, lookup %d: got reason %q at %q, want %q at %q", name, i, reason, at, tc.reason, tc.at)
			}
		}
	}
}

// TestLookupsFollowACancellation holds that what the bot has cancelled is not shown as alive from a kept copy, that nothing
// is called cancelled which the platform has not cancelled, and that the shopper's own reason is shown.
func TestLookupsFollowACancellation(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	if got := w.cancel(number); got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	lookups := func() [3]string {
		t.Helper()
		var reasons [3]string
		for i, o := range []businessonbot.Order{
			shown[businessonbot.Order](w, w.get("/order/"+number)), shown[[]businessonbot.Order](w, w.get("/get-orders/"+shopper))[0],
			*shown[person](w, w.get("/personal-details/"+shopper)).LastOrder,
		} {
			if o.CancelReason != nil && o.CancelledAt != nil {
				reasons[i] = *o.CancelReason + " " + *o.CancelledAt
			}
		}
		return reasons
	}
	if got := lookups(); got != [3]string{} {
		t.Errorf("before the platform has cancelled: got %q", got)
	}
	if _, err := w.sim.Platform().Act(w.actions()[0].GetData()); err != nil {
		t.Fatal(err)
	}
	const want = "ordered twice 2026-11-20T04:50:12Z"
	if got := lookups(); got != [3]string{want, want, want} {
		t.Errorf("afterwards: got %q, want %q", got, want)
	}
	if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.HTML502Before}}); err != nil {
		t.Fatal(err)
	}
	if got := lookups(); got != [3]string{want, want, want} {
		t.Errorf("with the platform down: got %q, want %q", got, want)
	}
}

func TestConcurrentCancels(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	var wg sync.WaitGroup
	answers := make(chan answer, 20)
	for range cap(answers) {
		wg.Go(func() { answers <- w.cancel(number) })
	}
	wg.Wait()
	close(answers)
	for got := range answers {
		if got.Status != http.StatusOK {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
	if n := len(w.actions()); n != 1 {
		t.Errorf("got %d actions, want one", n)
	}
}

// TestCancelsOfManyInstances may refuse some for the moment, but never cancels twice, and never says success before it is
// durable.
func TestCancelsOfManyInstances(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	handlers := []http.Handler{w.build(), w.build(), w.build(), w.build()}
	var wg sync.WaitGroup
	answers := make(chan answer, len(handlers))
	for _, h := range handlers {
		other := *w
		other.handler = h
		wg.Go(func() { answers <- other.cancel(number) })
	}
	wg.Wait()
	close(answers)
	succeeded := 0
	for got := range answers {
		switch got.Status {
		case http.StatusOK:
			succeeded++
		case http.StatusInternalServerError:
		default:
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
	if n := len(w.actions()); n != 1 || succeeded == 0 {
		t.Errorf("got %d actions and %d successes, want one and some", n, succeeded)
	}
	if got := w.cancel(number); got.Status != http.StatusOK {
		t.Errorf("afterwards: got %d %s", got.Status, got.Body)
	}
}

func TestCancelRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keepAll()
	w.put("1", orderOf(t, "1", "NC-1", "2024-02-10 05:35:02", `"isCancellable": false`, `"isCancellable": true`, `"NC-20417-7002"`, `"NC-1-2"`))
	half := strings.Replace(string(orderOf(t, "2", "NC-2", "2024-02-10 05:35:02")), `"isCancellable": false`, `"isCancellable": true`, 1)
	w.put("2", []byte(half))
	refused := failure("400", "Bad payload!!")
	for name, body := range map[string]string{
		"not_cancellable":   `{"id":"NC-20417","cancellationReason":"x","cancelledBy":"bot"}`,
		"half_cancellable":  `{"id":"2","cancellationReason":"x","cancelledBy":"bot"}`,
		"unknown":           `{"id":"NC-404","cancellationReason":"x","cancelledBy":"bot"}`,
		"unknown_number":    `{"id":99999999,"cancellationReason":"x","cancelledBy":"bot"}`,
		"another_accounts":  `{"id":"TH-30518","cancellationReason":"x","cancelledBy":"bot"}`,
		"no_id":             `{"cancellationReason":"x","cancelledBy":"bot"}`,
		"empty_id":          `{"id":" ","cancellationReason":"x","cancelledBy":"bot"}`,
		"null_id":           `{"id":null,"cancellationReason":"x","cancelledBy":"bot"}`,
		"object_id":         `{"id":{"a":1},"cancellationReason":"x","cancelledBy":"bot"}`,
		"negative_id":       `{"id":-1,"cancellationReason":"x","cancelledBy":"bot"}`,
		"no_reason":         `{"id":"1","cancelledBy":"bot"}`,
		"reason_no_text":    `{"id":"1","cancellationReason":1,"cancelledBy":"bot"}`,
		"nobody":            `{"id":"1","cancellationReason":"x"}`,
		"somebody_else":     `{"id":"1","cancellationReason":"x","cancelledBy":"admin"}`,
		"list":              `[]`,
		"null":              `null`,
		"text":              `"id"`,
		"cut":               `{"id":"1","cancellationReason":"x"`,
		"twice":             `{"id":"1","cancellationReason":"x","cancelledBy":"bot"}{}`,
		"not_utf8":          "{\"id\":\"1\",\"cancellationReason\":\"\xff\",\"cancelledBy\":\"bot\"}",
		"deep":              `{"id":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"huge":              `{"id":"1","cancelledBy":"bot","cancellationReason":"` + strings.Repeat("x", 70<<10) + `"}`,
		"id_with_control":   `{"id":"1\u0000","cancellationReason":"x","cancelledBy":"bot"}`,
		"id_out_of_bounds":  `{"id":"` + strings.Repeat("1", 500) + `","cancellationReason":"x","cancelledBy":"bot"}`,
		"path_in_place_of_": `{"id":"../../x","cancellationReason":"x","cancelledBy":"bot"}`,
	} {
		w.want(name, w.do(http.MethodPost, "/cancel-order", guest, body), http.StatusBadRequest, refused)
	}
	w.want("no_body", w.do(http.MethodPost, "/cancel-order", guest, ""), http.StatusBadRequest, refused)
	form := w.do(http.MethodPost, "/cancel-order", guest, "id=1", "Content-Type", "application/x-www-form-urlencoded")
	w.want("form", form, http.StatusBadRequest, refused)
	if got := w.do(http.MethodGet, "/cancel-order", guest, ""); got.Status != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d", got.Status)
	}
	if n := len(w.actions()); n != 0 {
		t.Errorf("got %d actions, want none", n)
	}
	// The number as a number, and a long reason, are fine.
	long := `{"id":1,"cancelledBy":"bot","cancellationReason":"` + strings.Repeat("ß", 2000) + `","more":1}`
	if got := w.do(http.MethodPost, "/cancel-order", guest, long); got.Status != http.StatusOK {
		t.Errorf("long reason: got %d %s", got.Status, got.Body)
	}
	r, err := w.store.CancelRequest(t.Context(), store.OrderID(accountID, "1"))
	if err != nil || len([]rune(r.Reason)) != 500 {
		t.Errorf("got a reason of %d characters, %v, want 500", len([]rune(r.Reason)), err)
	}
}

// TestCancelFaults has each call of a cancellation fail before and after it is done. Whatever happens, success is said only
// of what is durable, and repeating leads to exactly one cancellation, or to one that came twice under one id.
func TestCancelFaults(t *testing.T) {
	t.Parallel()
	probe := withCancellable(t)
	probe.cloud.Calls().Trace(true)
	if got := probe.cancel(number); got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	probe.cloud.Calls().Trace(false)
	var calls []string
	for _, c := range probe.cloud.Calls().Calls() {
		calls = append(calls, c.Method)
	}
	failed := 0
	for i, call := range calls {
		for _, mode := range []cloud.Rule{
			{Mode: cloud.FailBefore, Code: codes.Internal}, {Mode: cloud.FailAfter, Code: codes.Internal},
		} {
			w := withCancellable(t)
			rule := mode
			rule.Method, rule.Times = call, 1
			for _, before := range calls[:i] {
				if before == call {
					rule.Skip++
				}
			}
			if _, err := w.cloud.Rules().Add(rule); err != nil {
				t.Fatal(err)
			}
			what := call + " " + string(rule.Mode)
			first := w.cancel(number)
			w.cloud.Rules().Clear()
			seen := w.actions()
			if first.Status == http.StatusOK && len(seen) == 0 {
				t.Errorf("%s: success with %d actions", what, len(seen))
			}
			if first.Status != http.StatusOK {
				failed++
				w.want(what, first, http.StatusInternalServerError, failure("500", "Internal Server Error!!"))
			}
			w.clock.Advance(time.Minute) // a lease, at most
			if again := w.cancel(number); again.Status != http.StatusOK {
				t.Errorf("%s: again: got %d %s", what, again.Status, again.Body)
			}
			seen = append(seen, w.actions()...)
			ids := map[string]bool{}
			for _, m := range seen {
				ids[m.GetAttributes()["id"]] = true
			}
			if len(ids) != 1 || len(seen) > 2 {
				t.Errorf("%s: got %d actions under %d ids, want one id", what, len(seen), len(ids))
			}
		}
	}
	if failed == 0 {
		t.Error("no cancellation failed: the rules hit nothing")
	}
}

// TestCancelNeedsThePlatform: what may be cancelled only the platform knows.
func TestCancelNeedsThePlatform(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	if err := w.sim.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.HTML502Before}}); err != nil {
		t.Fatal(err)
	}
	w.want("down", w.cancel(number), http.StatusInternalServerError, failure("500", "Internal Server Error!!"))
	if n := len(w.actions()); n != 0 {
		t.Errorf("got %d actions, want none", n)
	}
	w.sim.Faults().Clear()
	if got := w.cancel(number); got.Status != http.StatusOK {
		t.Errorf("afterwards: got %d %s", got.Status, got.Body)
	}
}

// TestBot is BusinessOnBot's bot at work, over real HTTP.
func TestBot(t *testing.T) {
	t.Parallel()
	w := withCancellable(t)
	bot := w.bot(guest)
	ctx := t.Context()
	for name, ask := range map[string]func() (int, error){
		"order":    func() (int, error) { a, err := bot.Order(ctx, "#"+number); return a.Status, err },
		"by_phone": func() (int, error) { a, err := bot.CustomerByPhone(ctx, "+91 90000 00001"); return a.Status, err },
		"by_email": func() (int, error) { a, err := bot.CustomerByEmail(ctx, email); return a.Status, err },
		"last":     func() (int, error) { a, err := bot.LastOrders(ctx, "919000000001"); return a.Status, err },
		"cancel":   func() (int, error) { a, err := bot.Cancel(ctx, number, `"changed" my mind`); return a.Status, err },
	} {
		if status, err := ask(); err != nil || status != http.StatusOK {
			t.Errorf("%s: got %d, %v", name, status, err)
		}
	}
	stranger := w.bot("")
	if a, err := stranger.Order(ctx, number); err != nil || a.Status != http.StatusUnauthorized {
		t.Errorf("without a key: got %d, %v", a.Status, err)
	}
}
