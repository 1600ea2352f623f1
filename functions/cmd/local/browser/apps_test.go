package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// basilKey is the API key of Basil Kitchen's app at the simulated Gupshup, which is of no account until a test connects it.
const basilKey = "basil-kitchen-key"

// workspace makes a request to the workspace API as somebody of the platform.
func workspace(t *testing.T, w *live.World, method, path, body string, header ...string) string {
	t.Helper()
	_, text := w.Do(http.MethodPost, "/local/token", []byte(`{"role":"platform","name":"Priya of the platform"}`))
	var token struct {
		Token string `json:"token"`
	}
	w.Must(json.Unmarshal([]byte(text), &token))
	status, answer := w.Do(method, "/workspace"+path, []byte(body), append(header, "Authorization", "Bearer "+token.Token)...)
	if status >= 300 {
		t.Fatalf("%s %s answers %d: %s", method, path, status, answer)
	}
	return answer
}

// newBrand makes the account of Basil Kitchen, which has no app.
func newBrand(t *testing.T, w *live.World) {
	t.Helper()
	workspace(t, w, http.MethodPut, "/v1/accounts/817", `{"slug":"basil-kitchen","name":"Basil Kitchen","timeZone":"Asia/Kolkata"}`)
}

// TestAnAppIsConnected connects an app as a person does who makes one mistake after the other. Each is answered in words of its own, and the secret
// is in no page.
func TestAnAppIsConnected(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	newBrand(t, w)
	b := open(t, w, "editor:817", options{mayRefuse: true})
	hidden := func() {
		t.Helper()
		var pages string
		b.eval(`document.documentElement.outerHTML + [...document.querySelectorAll("input")].map(i => i.value).join()`, &pages)
		for _, secret := range []string{"mistyped-key", basilKey} {
			if strings.Contains(pages, secret) {
				t.Errorf("%s shows the secret %s", b.path(), secret)
			}
		}
	}

	b.show("/accounts/817/apps")
	b.reads("No app is connected yet")
	b.looks("apps-none")
	b.follow("Connect an app")
	b.reads("Where does your WhatsApp number live?")
	b.looks("apps-choose")
	b.leads(clickOn(`a[href$="provider=gupshup"]`))
	b.looks("apps-new")

	b.fill(`[name="name"]`, "Basil alerts")
	b.fill(`[name="number"]`, "+919000000817")
	b.fill(`[name="providerIds.appId"]`, "aaaaaaaa-0000-4000-8000-000000000817")
	b.fill(`[name="providerIds.appName"]`, "BasilAlerts")
	b.fill(`[name="credential"]`, "mistyped-key")
	b.follow("Check and connect")
	b.reads("The app was not connected", "Gupshup refuses this API key")
	b.looks("apps-wrong-key")
	hidden()

	b.fill(`[name="credential"]`, basilKey)
	b.fill(`[name="number"]`, "+919000000818")
	b.follow("Check and connect")
	b.reads("The app was not connected", "The app's number at Gupshup is another one.", "Enter that number")
	hidden()

	w.Must(w.Simulator.Faults().Set([]simulator.Fault{{System: "gupshup", Mode: chaos.Unavailable}}))
	b.fill(`[name="number"]`, "+919000000817")
	b.fill(`[name="credential"]`, basilKey)
	b.follow("Check and connect")
	b.reads("The app was not connected", "Gupshup cannot be reached at the moment.", "Nothing was changed.")
	hidden()
	b.forgive() // the browser calls an answer of 503 an error
	w.Simulator.Faults().Clear()

	b.fill(`[name="credential"]`, basilKey)
	b.follow("Check and connect")
	b.reads("Basil alerts is connected", "Gupshup says", "Works", "Address of the webhook", "Waiting for the first callback")
	b.looks("apps-connected")
	hidden()

	b.follow("All apps")
	b.reads("Basil alerts", "Sends now", "Healthy")
	b.looks("apps-one")
	hidden()
}

// TestAnAppIsLookedAfter asks the provider about an app, renames it, replaces its credential by a wrong one and by a right one, gives its webhook another
// address, and disconnects it.
func TestAnAppIsLookedAfter(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	connected(t, w)
	b := open(t, w, "editor:817", options{mayRefuse: true})
	b.show("/accounts/817/apps")
	b.follow("Basil alerts")
	b.follow("Ask Gupshup now")
	b.reads("Works", "Key, app id and number belong together.")
	b.looks("app-checked")

	b.fill("#name", "Basil of the kitchen")
	b.follow("Rename")
	b.reads("The app has its new name.", "Basil of the kitchen")

	b.fill("#credential", "mistyped-key")
	b.follow("Check and replace")
	b.reads("The credential was not replaced", "Gupshup refuses this API key.")
	b.looks("app-refused")
	b.fill("#credential", basilKey)
	b.follow("Check and replace")
	b.reads("The credential is replaced.")

	b.eval(`(form => fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))}).then(r => r.status))(document.querySelector('[action$="/webhook"]'))`, nil)
	b.follow("Give it another address") // the second click of two: the browser has dropped the answer to the first
	b.reads("Another address for Basil of the kitchen", "The former address", "is taken until")
	b.looks("app-webhook")
	b.follow("To the app")

	b.click("#confirm")
	b.follow("Disconnect")
	b.reads("The app is disconnected.", "No app is connected yet")
}

// TestABrandSendsThroughThePlatform connects the platform's app beside one of the brand's own, agrees to what an event costs, and makes the app the sender.
func TestABrandSendsThroughThePlatform(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	connected(t, w)
	b := open(t, w, "editor:817", options{mayRefuse: true})
	b.show("/accounts/817/apps/new")
	b.leads(clickOn(`a[href*="platform="]`))
	b.looks("apps-platform")
	b.follow("Connect")
	b.reads("The platform's Gupshup is connected")
	b.follow("Choose what shoppers are told")
	b.reads("does not send now", "Price of one")
	b.leads(clickOn(`a[href*="shipment/failed_delivery"]`))
	b.reads("What it costs", "Price of one message")
	if on := b.text(`.tabs [aria-current]`); on != "The platform's Gupshup" {
		t.Errorf("the page is of the app %q", on)
	}
	b.click("#enabled")
	b.follow("Save")
	b.reads("That was not saved", "Agree to the charges first")
	b.looks("notification-charges")
	b.click("#agree")
	b.follow("Save")
	b.reads("The notification is saved", "Agreed")

	b.show("/accounts/817/apps")
	b.choose("#appId", demo.ShareApp)
	b.follow("Change the sender")
	b.reads("The sender is changed", "as somebody chose")
	b.looks("apps-two")
}

// TestThePlatformSeesItsApps shows the platform's people how their apps do, and what can be told through them.
func TestThePlatformSeesItsApps(t *testing.T) {
	t.Parallel()
	b := open(t, live.Start(t, live.Options{}), "platform", options{})
	b.show("/operations")
	b.follow("Platform’s apps")
	b.reads("The platform's Gupshup", "Healthy", "Waiting for the first callback", "8 notifications can be told through it")
	b.click("details summary")
	b.reads("Failed delivery", "utility")
}
