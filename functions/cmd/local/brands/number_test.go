package brands_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// TestNumberOfVersion1 sends through a number that Kaleyra serves by its older API only: the message is kept, and the
// brand reads what to ask Kaleyra for.
func TestNumberOfVersion1(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	s := r.subscribe(jasmine)
	app := r.app(demo.JasmineID)
	const old = "919000000899"
	r.Must(r.Simulator.Kaleyra().AddApp(simkaleyra.App{
		ID: "kaleyra-old", SID: app.ProviderIDs[kaleyra.KeySID], APIKey: r.Secret(app.Secret), Number: old, WABAID: "100000000000899", Version1: true,
	}))
	a, err := r.Parts.Store.Account(t.Context(), demo.JasmineID)
	r.Must(err)
	app.Number = old
	a.Apps[app.ID] = app
	r.Must(r.Parts.Store.PutAccount(t.Context(), a))

	r.happen(jasmine, s, "shipment/created", 0)
	r.logged(jasmine, 0, "held")
	r.Rest() // the message is held before the account says why
	if got := r.app(demo.JasmineID).Health; got.Reason != message.CauseCredentials || !strings.Contains(got.Detail, "version 1") {
		t.Errorf("health: got reason %q and detail %q", got.Reason, got.Detail)
	}
	if got := r.inbox(s); len(got) != 0 {
		t.Errorf("the phone shows %d messages, want none", len(got))
	}
	for _, e := range r.log(jasmine) {
		if e.Status == message.StatusFailed {
			t.Errorf("%s failed: it can be sent once the number is moved", e.Event)
		}
	}
}
