package browser

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// basilApp is the id that the simulated Gupshup knows Basil Kitchen's app by, and failed the page of an event.
const (
	basilApp = "aaaaaaaa-0000-4000-8000-000000000817"
	failed   = "/accounts/817/notifications/shipment/failed_delivery"
)

// connected makes the account of Basil Kitchen with its app.
func connected(t *testing.T, w *live.World) {
	t.Helper()
	newBrand(t, w)
	workspace(t, w, http.MethodPost, "/v1/accounts/817/apps", `{"ownership":"client","provider":"gupshup","name":"Basil alerts","number":"+919000000817",
		"providerIds":{"appId":"`+basilApp+`","appName":"BasilAlerts"},"credential":"`+basilKey+`"}`, "If-Match", `"1"`)
}

// tabTo presses Tab until the focus is on what a selector finds.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	const most = 150
	for range most {
		b.keys(kb.Tab)
		if b.focused(selector) {
			return
		}
	}
	b.t.Fatalf("at %s the focus never comes to %s", b.path(), selector)
}

// shown returns the message of the preview as a phone has it: header, body and footer, each on lines of its own.
func (b *tab) shown() string {
	b.t.Helper()
	var text string
	b.eval(`[...document.querySelectorAll("#preview .bubble :is(.head, .body, .foot)")].map(e => e.textContent).join("\n")`, &text)
	return text
}

// TestAnEventIsEnabledByKeyboard sets up an event without a mouse: a placeholder that nothing fills is named with its part and its place; mended, the
// preview is what the phone shows then.
func TestAnEventIsEnabledByKeyboard(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	connected(t, w)
	b := open(t, w, "editor:817", options{mayRefuse: true})
	enter := func() { b.leads(chromedp.KeyEvent(kb.Enter)) }

	b.show("/accounts/817/notifications")
	b.reads("Every notification is off", "Failed delivery")
	b.tabTo(`a[href^="` + failed + `"]`)
	enter()
	b.reads("Choose a template to see it here.")
	b.tabTo("#enabled")
	b.keys(" ")
	b.tabTo("#template")
	b.keys("failed_delivery")
	b.reads("Hi Asha Sample, we could not deliver your order ORD123456", "To be mended before it is saved", "Body, placeholder 4",
		"Nothing is chosen for {{4}} of the body.") // three are suggested
	b.looks("notification-lint")
	b.tabTo(`button[value="save"]`)
	enter()
	b.reads("That was not saved", "Body, placeholder 4: Nothing is chosen for {{4}} of the body. Choose a variable, or write a text.")
	b.looks("notification-refused")
	b.focuses(".problem")
	b.keys(kb.Tab)
	b.keys(kb.Enter)
	b.focuses("#value-3")
	b.keys(kb.Escape) // the Enter of this keyboard, which goes on to where the focus went, has opened the list
	b.keys("Reason")
	b.reads("Customer not reachable")
	b.tabTo(`button[value="save"]`)
	enter()
	b.reads("The notification is saved", "Customer not reachable")
	b.looks("notification-saved")

	if _, err := w.Simulator.Phones().Reply("919000000001", simulator.Reply{App: basilApp, Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	w.Rest()
	watching := open(t, w, "viewer:817", options{})
	watching.show("/accounts/817/apps")
	watching.reads("Waiting for the first callback")
	b.tabTo("#to")
	b.keys("9000000001")
	b.tabTo(`button[value="test"]`)
	enter()
	b.reads("The test is on its way")
	preview := b.shown()
	inbox := w.Simulator.Phones().Inbox("919000000001")
	if len(inbox) == 0 || inbox[len(inbox)-1].Text != preview || !strings.HasPrefix(preview, "Hi Asha Sample") {
		t.Errorf("the phone has %+v, the preview %q", inbox, preview)
	}
	watching.reads("The last report of a message came") // by itself
}

// TestAnEventIsSetUpWithoutScripts chooses a template, looks at what is suggested, and saves: by buttons alone.
func TestAnEventIsSetUpWithoutScripts(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	connected(t, w)
	b := open(t, w, "editor:817", options{noScript: true})
	b.show(failed)
	b.eval(`[...document.querySelectorAll("#template option")].find(o => o.text.startsWith("failed_delivery")).selected = true`, nil)
	b.click("#enabled")
	b.follow("Save")
	b.reads("Nothing was saved yet", "Body, placeholder 4", "Hi Asha Sample")
	b.eval(`[...document.querySelectorAll("#value-3 option")].find(o => o.text.startsWith("Reason")).selected = true`, nil)
	b.follow("Show the preview")
	b.reads("Customer not reachable")
	b.follow("Save")
	b.reads("The notification is saved")
}

// TestAChangeOfAnotherIsShown has somebody else change the event while a form is filled in: what was typed stays, beside what the other changed.
func TestAChangeOfAnotherIsShown(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "editor:813", options{mayRefuse: true})
	const page = "/accounts/813/notifications/shipment/created"
	b.show(page)
	other := open(t, w, "platform", options{})
	other.show(page)
	other.click("#enabled")
	other.follow("Save")
	other.reads("The notification is saved")

	b.fill("#age", "3")
	b.follow("Save")
	b.reads("Somebody changed the settings meanwhile", "What was changed meanwhile", "Priya of the platform", "Order created at Marigold on Meta")
	var age string
	b.eval(`document.querySelector("#age").value`, &age)
	if age != "3" {
		t.Errorf("what was typed became %q", age)
	}
	b.looks("notification-stale")
	b.follow("Save")
	b.reads("The notification is saved")
}

// TestAVersionComesBack looks at who changed what, and goes back to it.
func TestAVersionComesBack(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "editor:813", options{})
	b.show("/accounts/813/notifications")
	var seen bool
	if b.eval(`document.querySelector("main button.primary").getBoundingClientRect().bottom <= innerHeight`, &seen); !seen {
		t.Error("the button that saves what is on is out of sight")
	}
	b.click(`[id="on-shipment/created"]`)
	b.follow("Save")
	b.reads("The notifications are saved")
	b.follow("History")
	b.reads("Set the notifications", "Asha of Marigold Home")
	b.leads(clickOn("tbody tr:nth-child(2) a"))
	b.reads("Going back to it", "Order created at Marigold on Meta")
	b.looks("version-before")
	b.leads(clickOn("main button.danger"))
	b.reads("The settings of that version are back", "Went back to version 3")
	b.show("/accounts/813/notifications")
	var on bool
	b.eval(`document.getElementById("on-shipment/created").checked`, &on)
	if !on {
		t.Error("the event is still off")
	}
}

// TestAnEventIsSwitchedOffWhileItsProviderIsDown shows what fills the message although nobody can tell of its template, and keeps that.
func TestAnEventIsSwitchedOffWhileItsProviderIsDown(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	before, err := w.Parts.Store.Account(t.Context(), demo.NeemID)
	w.Must(err)
	w.Must(w.Simulator.Faults().Set([]simulator.Fault{{System: "gupshup", Mode: chaos.Unavailable}}))
	b := open(t, w, "editor:811", options{})
	b.show("/accounts/811/notifications/shipment/failed_delivery")
	b.reads("There is no preview: The provider does not answer; try again in a minute.", "Placeholder 4")
	b.looks("notification-down")
	b.click("#enabled")
	b.follow("Save")
	b.reads("The notification is saved", "Placeholder 4")
	after, err := w.Parts.Store.Account(t.Context(), demo.NeemID)
	w.Must(err)
	was, is := before.Choices[before.Sender]["shipment/failed_delivery"], after.Choices[after.Sender]["shipment/failed_delivery"]
	if was.Enabled = false; !cmp.Equal(was, is) {
		t.Errorf("(-was +is):\n%s", cmp.Diff(was, is))
	}
}
