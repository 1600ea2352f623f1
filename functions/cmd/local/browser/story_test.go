package browser

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// subscribes has the shopper of the sample order subscribe on the portal.
func subscribes(t *testing.T, w *live.World, status string) {
	t.Helper()
	body := `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"` + status + `"}`
	if code, answer := w.Do(http.MethodPost, "/_ah/api/esb/v2/order/51230077", []byte(body)); code != http.StatusOK {
		t.Fatalf("subscribe: %d %s", code, answer)
	}
}

// publishes has the platform tell the sample of an event.
func publishes(t *testing.T, w *live.World, name string) {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if code, answer := w.Do(http.MethodPost, "/local/events", data); code/100 != 2 {
		t.Fatalf("publish: %d %s", code, answer)
	}
}

// TestStoryLooks looks at an order that was told, on each of its tabs.
func TestStoryLooks(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribes(t, w, "ACTIVE")
	publishes(t, w, "shipment-failed_delivery")
	w.Rest()

	b := open(t, w, "support:811", options{})
	b.show("/accounts/811/orders/51230077")
	b.reads("Order", "Decided to send", "Reported: delivered", "The shopper’s phone")
	b.looks("story")
	for _, tab := range []string{"why", "cost", "receipt", "raw"} {
		b.show("/accounts/811/orders/51230077?tab=" + tab)
		b.looks("story-" + tab)
	}
	b.show("/accounts/811")
	b.looks("home")
	b.show("/accounts/811/stories")
	b.looks("stories")
}
