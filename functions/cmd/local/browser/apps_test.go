package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

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
