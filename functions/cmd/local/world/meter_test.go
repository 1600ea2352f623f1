package world_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// metered is the cost of all invocations.
func metered(w *world.World) meter.Cost {
	var sum meter.Cost
	for _, c := range w.Meter().Costs(func(*meter.Invocation) bool { return true }) {
		sum = sum.Plus(c)
	}

	return sum
}

// TestMeterSeesTheWholeStory lets Dev and Ira tick the portal's checkbox and a delivery fail to each. What the invocations did is all that
// Firestore has billed meanwhile. Ira's message, with settings cached, costs what package bench holds of every message, and a read and a write
// of the order, which the demo's template tells of.
func TestMeterSeesTheWholeStory(t *testing.T) {
	t.Parallel()
	w := start(t, world.Options{Clock: clock.NewForward(0)})
	// Published here and not by the lab, which looks at the store to say what an event will do.
	events := w.Parts.Publisher(world.OrderEvents, queue.Options{})
	publish := func(data []byte) {
		t.Helper()
		if _, err := events.Publish(t.Context(), queue.Message{Data: data}); err != nil {
			t.Fatal(err)
		}
		forward(t, w, 5*time.Second)
	}
	forward(t, w, 0)
	before, billed := metered(w), w.Cloud.Firestore().Counts()

	const subscribeDev = `{"contactPhone":"9000000002","customerName":"Dev Sample","email":"dev@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`
	post(t, w, world.OrderPath+demo.DevOrder, subscribeDev, http.StatusOK)
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	publish([]byte(strings.NewReplacer(demo.IraOrder, demo.DevOrder, "9000000001", "9000000002").Replace(string(failed(t, w)))))
	publish(failed(t, w))
	forward(t, w, time.Hour)

	after, now := metered(w), w.Cloud.Firestore().Counts()
	got := firestore.Counts{Reads: after.Reads - before.Reads, Writes: after.Writes - before.Writes, Deletes: after.Deletes - before.Deletes}
	want := firestore.Counts{Reads: now.Reads - billed.Reads, Writes: now.Writes - billed.Writes, Deletes: now.Deletes - billed.Deletes}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by invocation (-billed +metered):\n%s", diff)
	}
	if diff := cmp.Diff(now, w.Meter().Total()); diff != "" {
		t.Errorf("in all (-billed +metered):\n%s", diff)
	}

	story := storyCost(t, w, demo.IraOrder)
	const request, read, write = 400, 375, 1125 // nano-dollars in Mumbai
	notified := meter.Cost{Invocations: 1, Reads: 2 + 1, Writes: 4 + 1, NanoDollars: request + 3*read + 5*write}
	if diff := cmp.Diff(notified, story["notify"]); diff != "" {
		t.Errorf("a notification (-want +got):\n%s", diff)
	}
	callbacks := story["receive"]
	if n := callbacks.Invocations; n < 3 || callbacks.Reads != 1 || callbacks.Writes != n || callbacks.NanoDollars != n*(request+write)+read {
		t.Errorf("got %+v of callbacks, want a write each, and one read in all", callbacks)
	}
	if got := story["subscribe"]; got.Invocations != 1 || got.Writes != 2 {
		t.Errorf("got %+v of the checkbox, want its one change", got)
	}
	for _, other := range []string{"workspace", "console"} {
		if got := story[other]; got.Invocations != 0 {
			t.Errorf("got %+v of %s, which is about no order", got, other)
		}
	}
}

// storyCost is what /local/cost answers of an order, by function; the sum has to be that of the functions.
func storyCost(t *testing.T, w *world.World, orderID string) map[string]meter.Cost {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/local/cost?orderId="+orderID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.Parts.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var c lab.Cost
	if err := json.NewDecoder(a.Body).Decode(&c); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %v", a.StatusCode, err)
	}

	var sum meter.Cost
	by := map[string]meter.Cost{}
	for _, f := range c.Functions {
		by[f.Function] = f.Cost
		sum.Invocations += f.Invocations
		sum.Reads += f.Reads
		sum.Writes += f.Writes
		sum.Deletes += f.Deletes
		sum.NanoDollars += f.NanoDollars
	}
	if _, counted := by["sweep"]; counted {
		t.Errorf("sweep's rounds are in the sum: %+v", by)
	}
	if diff := cmp.Diff(sum, c.Cost); diff != "" || sum.NanoDollars == 0 {
		t.Errorf("the whole is not the sum of its functions (-sum +whole):\n%s", diff)
	}

	return by
}
