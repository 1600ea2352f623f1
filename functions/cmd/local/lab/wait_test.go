package lab_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// moving starts a world with the demo's brands that can be moved ahead and calls sweep every minute, and has Ira subscribe.
func moving(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Start(t.Context(), world.Options{
		Clock: clock.NewForward(0), Secrets: demo.Secrets(), Prepare: demo.Seed, SweepEvery: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	if err := w.Forward(t.Context(), 0); err != nil {
		t.Fatal(err)
	}

	return w
}

// waits are what is waited for, by the first words of it.
func waits(t *testing.T, w *world.World) []lab.Wait {
	t.Helper()
	status, text := answerOf(t, w, http.MethodGet, "/local/waits?orderId="+demo.IraOrder, "", "")
	var all []lab.Wait
	if err := json.Unmarshal([]byte(text), &all); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s", status, text)
	}
	for i, wait := range all {
		if wait.What == "" || wait.Why == "" {
			t.Errorf("got %+v, want words", wait)
		}
		if i > 0 && !wait.Until.IsZero() && wait.Until.Before(all[i-1].Until) {
			t.Errorf("%q comes after %q, and is sooner", wait.What, all[i-1].What)
		}
	}

	return all
}

// requireWait wants something to be waited for, and until a time within so long from now; 0 is of no known end. What Pub/Sub delivers again is at
// times on its way: it is looked for again then.
func requireWait(t *testing.T, w *world.World, what, why string, within time.Duration) {
	t.Helper()
	var all []lab.Wait
	for range 100 {
		all = waits(t, w)
		now := w.Clock.Now()
		for _, wait := range all {
			if !strings.HasPrefix(wait.What, what) || !strings.Contains(wait.Why, why) {
				continue
			}
			if wait.Until.IsZero() != (within == 0) || within > 0 && wait.Until.After(now.Add(within)) {
				t.Errorf("%q is waited for until %v, want within %v from %v", wait.What, wait.Until, within, now)
			}
			return
		}
		if err := w.Forward(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("got %+v, want %q since %q", all, what, why)
}

// TestWaitsOfADeadWorker follows a message whose worker dies and whose callbacks are late: its push, its lease, its doubt. The next message goes to a
// phone that is off.
func TestWaitsOfADeadWorker(t *testing.T) {
	t.Parallel()
	w := moving(t)
	settle := func(d time.Duration) {
		t.Helper()
		if err := w.Forward(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	put := func(path, body string) {
		t.Helper()
		if status, text := answerOf(t, w, http.MethodPut, path, "", body); status != http.StatusOK {
			t.Fatalf("PUT %s: got %d %s", path, status, text)
		}
	}
	fail := func() {
		t.Helper()
		now := w.Clock.Now().In(config.IST).Format(time.DateTime)
		post(t, w, "/local/events", with(fixture(t, "shipment-failed_delivery.json"), "status_updated_at", now), http.StatusAccepted)
		settle(0)
	}
	if got := waits(t, w); len(got) != 0 {
		t.Errorf("got %+v before anything happened, want nothing", got)
	}

	// The second death is for nobody: it stays in force.
	put("/local/faults", `{"workers":[{"function":"notify","mode":"dies_after_post","times":2}],
		"simulator":[{"id":"mine","system":"gupshup","mode":"late_callbacks","delayMs":600000}]}`)
	fail()
	requireWait(t, w, "the answer of Gupshup", "a worker has the message", time.Minute)
	requireWait(t, w, "an order event for notify", "it was not taken", time.Minute)
	requireWait(t, w, "a fault in force: The worker dies", "1 more time", 0)
	requireWait(t, w, "a fault in force: Gupshup: late callbacks", "until it is mended", 0)

	settle(2 * time.Minute)
	requireWait(t, w, "a report of the delivery by Gupshup", "its answer was lost", 5*time.Minute)
	requireWait(t, w, "the callback of Gupshup: sent", "when its time has come", 10*time.Minute)

	put("/local/faults", `{}`)
	settle(time.Hour)
	if got := waits(t, w); len(got) != 0 {
		t.Errorf("got %+v in the end, want nothing", got)
	}

	put("/local/phones/919000000001", `{"off":true}`)
	fail()
	settle(time.Minute)
	requireWait(t, w, "the callback of Gupshup: delivered", "the phone is switched off", 0)
}

// TestRequestsOfAnOrder asks what providers got for an order, and of a system; numbers are masked unless they are asked for.
func TestRequestsOfAnOrder(t *testing.T) {
	t.Parallel()
	w := moving(t)
	post(t, w, "/local/events", with(fixture(t, "shipment-failed_delivery.json"), "status_updated_at", hoursAgo(0)), http.StatusAccepted)
	if err := w.Forward(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	list := func(query string) (all []lab.Request, text string) {
		t.Helper()
		status, text := answerOf(t, w, http.MethodGet, "/local/requests?"+query, "", "")
		if err := json.Unmarshal([]byte(text), &all); err != nil || status != http.StatusOK {
			t.Fatalf("%s: got %d %s", query, status, text)
		}
		return all, text
	}

	all, text := list("orderId=" + demo.IraOrder)
	systems := map[string]int{}
	for i, r := range all {
		systems[r.System]++
		if i > 0 && r.ID < all[i-1].ID {
			t.Errorf("request %d comes after %d", r.ID, all[i-1].ID)
		}
	}
	if systems["gupshup"] != 1 || systems["platform"] == 0 || len(systems) != 2 {
		t.Errorf("got requests of %v, want the one message and what the platform was asked", systems)
	}
	if strings.Contains(text, "9000000001") || !strings.Contains(text, "********0001") {
		t.Error("the shopper's number is shown, or nothing of it")
	}
	if _, shown := list("orderId=" + demo.IraOrder + "&system=gupshup&clear=1"); !strings.Contains(shown, "919000000001") || strings.Contains(shown, `"system":"platform"`) {
		t.Errorf("got %s, want Gupshup's request with the number", shown)
	}
	if meta, _ := list("system=meta"); len(meta) == 0 || meta[0].System != "meta" {
		t.Errorf("got %d requests of Meta, want those of its installing", len(meta))
	}
	for query, want := range map[string]string{"": `"field":"orderId"`, "orderId=": `"field":"orderId"`, "system=foo": `\"foo\" is none of gupshup`} {
		if status, text := answerOf(t, w, http.MethodGet, "/local/requests?"+query, "", ""); status != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%q: got %d %s, want 400 and %s", query, status, text, want)
		}
	}
}
