package intake_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	sharedSim   = "aaaaaaaa-0000-4000-8000-000000000009"
	sharedApp   = "gupshup-shared"
	sharedToken = "token-of-the-shared-app"
)

// shareApp makes the platform's own app, through which brands send.
func shareApp(r *rig.Rig, brands ...string) {
	r.T.Helper()
	ctx := r.T.Context()
	key, err := r.Parts.Secrets.Access(ctx, "gupshup-platform-api-key")
	r.Must(err)
	r.Must(r.Sim.Gupshup().AddApp(simgupshup.App{ID: sharedSim, Name: "SharedAlerts", Phone: "919000000809", APIKey: key.Reveal()}))
	r.Must(r.Sim.Gupshup().SetBehaviour(sharedSim, simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}}))
	r.Must(r.Parts.Store.PutWebhook(ctx, sharedToken, store.Webhook{Provider: gupshup.Name, AppID: sharedApp}))
	for _, id := range brands {
		r.Must(r.Parts.Store.PutAccount(ctx, account.Account{
			ID: id, Slug: "brand-" + id, ConsentMode: account.Explicit, Sender: sharedApp,
			Apps: map[string]account.App{sharedApp: {
				Provider: gupshup.Name, Ownership: message.Platform, Number: "919000000809", Secret: "gupshup-platform-api-key", Rate: 100,
				ProviderIDs: map[string]string{gupshup.KeyAppID: sharedSim, gupshup.KeyAppName: "SharedAlerts"},
			}},
		}))
	}
}

// postShared posts a callback of the shared app.
func postShared(r *rig.Rig, w *rig.Worker, body []byte) {
	r.T.Helper()
	req := httptest.NewRequestWithContext(r.T.Context(), http.MethodPost, "/gupshup/"+sharedToken, strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.Webhook.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		r.T.Fatalf("webhook answered %d; %s", rec.Code, r.Logs)
	}
}

// TestStopAtTheSharedApp has a shopper of several brands say STOP to the platform's number: it holds for every brand that
// sends from it, and for no other.
func TestStopAtTheSharedApp(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	shareApp(r, "821", "822")
	for _, brand := range []string{"821", "822"} {
		r.Meet(brand, rig.Shopper, consent.Grant)
	}
	r.Clock.Advance(time.Minute)
	id, body := r.Inbound(simulator.Reply{Text: "Stop", App: sharedSim})
	postShared(r, r.Hooks, body)
	postShared(r, r.Hooks, body)
	r.ReceiveAll(r.Hooks)
	if got := r.StoredReply(sharedApp, id); got.Keyword != "stop" || got.AccountID != "" {
		t.Errorf("stored: got the keyword %q and the account %q", got.Keyword, got.AccountID)
	}
	for brand, want := range map[string]consent.Status{"821": consent.Inactive, "822": consent.Inactive, rig.BrandID: consent.Active} {
		if state, _ := r.CheckChainOf(t, r.CustomerOf(brand, rig.Shopper)); state.Status != want {
			t.Errorf("brand %s: got %s, want %s", brand, state.Status, want)
		}
	}
}

// TestOwnWordsAtTheSharedApp has a brand's own words said to the platform's number: a stop counts if the brand knows the number, for all brands
// behind it, and a start only in answer to the brand's message.
func TestOwnWordsAtTheSharedApp(t *testing.T) {
	t.Parallel()
	const other, nobodys = "822", "823"
	for text, want := range map[string]consent.Status{"ruk jao": consent.Inactive, "Ruk jao!": consent.Inactive, "ruk jao bhai": consent.Active, "halt": consent.Active} {
		r := rig.New(t, rig.Options{})
		shareApp(r, "821", other, nobodys)
		for brand, words := range map[string]consent.Words{"821": {Stop: []string{"Ruk jao"}, Start: []string{"weiter"}}, nobodys: {Stop: []string{"halt"}}} {
			a, err := r.Parts.Store.Account(t.Context(), brand)
			r.Must(err)
			a.Keywords = words
			r.Must(r.Parts.Store.PutAccount(t.Context(), a))
		}
		for _, brand := range []string{"821", other} {
			r.Meet(brand, rig.Shopper, consent.Grant)
		}

		say := func(text string) {
			r.Clock.Advance(time.Minute)
			_, body := r.Inbound(simulator.Reply{Text: text, App: sharedSim})
			postShared(r, r.Hooks, body)
			r.ReceiveAll(r.Hooks)
		}
		say(text)
		say("weiter") // answers no message of the brand's
		for _, brand := range []string{"821", other} {
			if state, _ := r.CheckChainOf(t, r.CustomerOf(brand, rig.Shopper)); state.Status != want {
				t.Errorf("%q, brand %s: got %s, want %s", text, brand, state.Status, want)
			}
		}
	}
}

// TestStopOfAStranger has somebody say STOP whom the brand does not know yet: it is remembered when the first event comes,
// even where the brand declares the opt-in of everyone who orders.
func TestStopOfAStranger(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	a.ConsentMode = account.BrandDeclared
	r.Must(r.Parts.Store.PutAccount(t.Context(), a))
	_, body := r.Inbound(simulator.Reply{Text: "STOP", App: rig.GupshupAppID})
	receiveSeveralTimes(t, r, body)
	r.Clock.Advance(time.Minute)
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if got := r.Sim.Log().AcceptedCount(); got != 0 {
		t.Errorf("accepted: got %d, want 0", got)
	}
	all := r.Messages()
	if len(all) != 1 || all[0].Reason != message.OptedOut {
		t.Errorf("send log: got %v, want one refused as opted out", rig.Statuses(all))
	}
	if _, ledger := r.CheckChain(t); len(ledger) != 1 {
		t.Errorf("ledger: got %s, want the one STOP", rig.ActionsOf(ledger))
	}
}

// TestStaleStop has a STOP arrive after a subscription that was made later: it is stored, and changes nothing.
func TestStaleStop(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	r.Meet(rig.BrandID, rig.Shopper, consent.Grant)
	r.Clock.Advance(time.Minute)
	id, body := r.Inbound(simulator.Reply{Text: "STOP", App: rig.GupshupAppID})
	r.Clock.Advance(7 * 24 * time.Hour)
	// The subscription was ended and made again meanwhile.
	if a := r.Portal(r.Hooks, consent.Inactive, ""); a.Status != http.StatusOK {
		t.Fatalf("withdraw: got %d", a.Status)
	}
	if a := r.Portal(r.Hooks, consent.Active, ""); a.Status != http.StatusOK {
		t.Fatalf("subscribe: got %d", a.Status)
	}
	receiveSeveralTimes(t, r, body)
	if got := r.StoredReply(rig.AppID, id).Keyword; got != "stop" {
		t.Errorf("stored with the keyword %q", got)
	}
	if state, ledger := r.CheckChain(t); state.Status != consent.Active || len(ledger) != 3 {
		t.Errorf("consent: got %s after %s, want ACTIVE after 3 entries", state.Status, rig.ActionsOf(ledger))
	}
}

// The shopper asks the portal for the same twice. What WhatsApp tells late, of a time between the two, does not overrule the later
// one, and what is asked ten times has one entry.
func TestLateWordBetweenTwoOfThePortal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		word  string
		asked consent.Status
	}{{"START", consent.Inactive}, {"STOP", consent.Active}} {
		t.Run(tt.word, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Unsubscribed: true})
			ask := func() {
				t.Helper()
				r.Clock.Advance(time.Minute)
				if a := r.Portal(r.Hooks, tt.asked, ""); a.Status != http.StatusOK {
					t.Fatalf("portal: got %d", a.Status)
				}
			}
			ask()
			r.Clock.Advance(time.Minute)
			_, body := r.Inbound(simulator.Reply{Text: tt.word, App: rig.GupshupAppID})
			for range 10 {
				ask()
			}
			if _, ledger := r.CheckChain(t); len(ledger) != 1 {
				t.Errorf("ledger: got %s, want one entry", rig.ActionsOf(ledger))
			}
			receiveSeveralTimes(t, r, body)
			if state, ledger := r.CheckChain(t); state.Status != tt.asked {
				t.Errorf("got %s after %s, want %s", state.Status, rig.ActionsOf(ledger), tt.asked)
			}
		})
	}
}
