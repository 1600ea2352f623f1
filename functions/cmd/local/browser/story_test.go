package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// brandOrder is an order of the demo, with its shopper and the number that it has at the shop.
type brandOrder struct{ account, slug, id, phone, number, shopper string }

// The orders of three brands: one with an app of its own, one that sends through the platform's, and one whose provider fills templates of its own.
var (
	neemOrder  = brandOrder{"811", "neem-and-co", "51230077", "9000000001", "NC-20417", "Ira"}
	tulsiOrder = brandOrder{"812", "tulsi-house", "51230079", "9000000003", "TH-30518", "Meera"}
	aniseOrder = brandOrder{"815", "anise-foods", "51230082", "9000000006", "AF-60818", "Omar"}
)

// subscribes has the shopper of an order decide on the portal.
func subscribes(t *testing.T, w *live.World, o brandOrder, status string) {
	t.Helper()
	body := fmt.Sprintf(`{"contactPhone":%q,"customerName":"%s Sample","email":"%s@example.test","accountId":%q,"whatsAppStatus":%q}`,
		o.phone, o.shopper, strings.ToLower(o.shopper), o.account, status)
	if code, answer := w.Do(http.MethodPost, "/_ah/api/esb/v2/order/"+o.id, []byte(body)); code != http.StatusOK {
		t.Fatalf("subscribe: %d %s", code, answer)
	}
}

// publishes has the platform tell the sample of an event, of an order.
func publishes(t *testing.T, w *live.World, o brandOrder, name string) {
	t.Helper()
	data, err := testdata.Files.ReadFile("events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	of := strings.NewReplacer("Ira", o.shopper, neemOrder.slug, o.slug, neemOrder.id, o.id, neemOrder.phone, o.phone, neemOrder.number, o.number, `"811"`, `"`+o.account+`"`, ": 811,", ": "+o.account+",")
	if code, answer := w.Do(http.MethodPost, "/local/events", []byte(of.Replace(string(data)))); code/100 != 2 {
		t.Fatalf("publish: %d %s", code, answer)
	}
}

// TestStoryLooks looks at an order that was told, and answered, on each of its tabs.
func TestStoryLooks(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribes(t, w, neemOrder, "ACTIVE")
	publishes(t, w, neemOrder, "shipment-failed_delivery")
	w.Rest()
	if code, answer := w.Do(http.MethodPost, "/local/inbox/9000000001/reply", []byte(`{"button":"Try again"}`)); code/100 != 2 {
		t.Fatalf("reply: %d %s", code, answer)
	}
	w.Rest()

	b := open(t, w, "support:811", options{mayRefuse: true})
	b.show("/accounts/811/orders/51230077")
	b.reads("Decided to send", "Reported: delivered", "The shopper’s phone", "The shopper tapped “Try again”", "Action: Request delivery attempt")
	b.looks("story")
	for _, tab := range []string{"why", "cost", "receipt", "raw"} {
		b.show("/accounts/811/orders/51230077?tab=" + tab)
		b.looks("story-" + tab)
	}
	b.show("/accounts/811")
	b.looks("home")
	b.show("/accounts/811/stories")
	b.looks("stories")
	b.types("#q", "NC-404")
	b.enters()
	b.reads("Nothing is known by that name.")
	b.types("#q", "DL0099887766")
	b.enters()
	b.reads("Order NC-20417")
}

// TestStoriesOfOtherBrands looks at orders that went through the platform's app, and to a provider with templates of its own.
func TestStoriesOfOtherBrands(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribes(t, w, tulsiOrder, "ACTIVE")
	publishes(t, w, tulsiOrder, "shipment-failed_delivery")
	subscribes(t, w, aniseOrder, "ACTIVE")
	publishes(t, w, aniseOrder, "shipment-out_for_delivery")
	w.Rest()
	publishes(t, w, aniseOrder, "shipment-failed_delivery") // which is off
	w.Rest()
	b := open(t, w, "platform", options{})
	b.show("/accounts/812/orders/" + tulsiOrder.id)
	b.reads("Given to Gupshup", "Charged:")
	b.looks("story-of-the-platforms-app")
	b.show("/accounts/812/orders/" + tulsiOrder.id + "?tab=cost")
	b.looks("story-cost-of-the-platforms-app")
	b.show("/accounts/812")
	b.looks("home-of-the-platforms-app")
	b.show("/accounts/815/orders/" + aniseOrder.id)
	b.reads("Given to BusinessOnBot", "it does not tell what the phone shows")
	b.looks("story-of-a-forwarder")
}
