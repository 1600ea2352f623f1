package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// withButtons gives the rig's template buttons to tap for every wish.
func withButtons(r *rig.Rig) {
	r.T.Helper()
	container := simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."}
	for _, label := range []string{"Try again", "STOP", "START"} {
		container.Buttons = append(container.Buttons, simgupshup.Button{Type: simgupshup.QuickReply, Text: label})
	}
	r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", container)))
}

// stored is the reply of an inbound id at an app; it fails the test if there is none.
func stored(r *rig.Rig, app, id string) store.Reply {
	r.T.Helper()
	reply, err := r.Parts.Store.Reply(context.WithoutCancel(r.T.Context()), store.ReplyID(gupshup.Name, app, id))
	if err != nil {
		r.T.Fatalf("reply: %v; %s", err, r.Logs)
	}
	return reply
}

// TestEveryInboundMessageIsStoredOnce has the shopper send every kind of message; each is delivered several times, one after
// the other and at once, to several instances.
func TestEveryInboundMessageIsStoredOnce(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		reply simulator.Reply
		shape string
		tap   bool
	}{
		{name: "tap as quick_reply", reply: simulator.Reply{Button: "Try again"}, shape: simgupshup.TapQuickReply, tap: true},
		{name: "tap as text", reply: simulator.Reply{Button: "Try again"}, shape: simgupshup.TapText, tap: true},
	}
	for _, kind := range []string{"text", "image", "document", "audio", "video", "sticker", "location", "contact", "reaction"} {
		c := cases[0]
		c.name, c.tap, c.reply = kind, false, simulator.Reply{Kind: kind, Text: "tomorrow please", App: rig.GupshupAppID}
		cases = append(cases, c)
	}
	for _, version := range []int{2, 3} {
		for _, c := range cases {
			t.Run(fmt.Sprintf("v%d/%s", version, c.name), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{Version: version, Behaviour: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}, TapShape: c.shape}})
				withButtons(r)
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
				r.Clock.Advance(time.Minute)
				id, body := r.Inbound(c.reply)
				receiveSeveralTimes(t, r, body)
				got := stored(r, rig.AppID, id)
				switch {
				case got.Tap != c.tap, got.AccountID != rig.BrandID, got.AppID != rig.AppID, got.Type == "", got.Keyword != "", got.InboundID != id:
					t.Errorf("stored: got %+v", got)
				case c.tap && (got.Text != "Try again" || got.MessageID != r.Messages()[0].ID || got.OrderID != "51230077"):
					t.Errorf("stored: got %q of message %q and order %q", got.Text, got.MessageID, got.OrderID)
				case c.reply.Kind == "text" && got.Text != "tomorrow please":
					t.Errorf("stored: got %q", got.Text)
				case !c.tap && c.reply.Kind != "text" && len(got.Content) == 0:
					t.Errorf("stored: the content is missing")
				}
				customer, err := r.Parts.Store.Customer(t.Context(), r.CustomerID())
				r.Must(err)
				if !customer.LastReplyAt.Equal(got.At) {
					t.Errorf("last reply: got %s, want %s", customer.LastReplyAt, got.At)
				}
				if state, ledger := r.CheckChain(t); state.Status != consent.Active || len(ledger) != 1 {
					t.Errorf("consent: got %s with %d entries, want ACTIVE with 1", state.Status, len(ledger))
				}
			})
		}
	}
}

// receiveSeveralTimes posts a callback twice and delivers it at once to three instances, and again afterwards.
func receiveSeveralTimes(t *testing.T, r *rig.Rig, body []byte) {
	t.Helper()
	workers := r.Workers(3)
	r.Post(workers[0], body)
	r.Post(workers[1], body)
	events := r.Take(world.ProviderEvents)
	var wg sync.WaitGroup
	for i := range 6 {
		for _, q := range events {
			wg.Go(func() {
				if code := r.Push(workers[i%3].Receive, q.Message, 1); code/100 != 2 {
					t.Errorf("receive answered %d; %s", code, r.Logs)
				}
			})
		}
	}
	wg.Wait()
	for _, q := range events {
		if code := r.Push(workers[2].Receive, q.Message, 2); code != http.StatusNoContent {
			t.Errorf("redelivered: receive answered %d", code)
		}
	}
}

// TestStopAndStart has the shopper order by text and by tap, in both shapes and versions: the order is heeded once however
// often it comes.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	for _, version := range []int{2, 3} {
		for _, shape := range []string{simgupshup.TapQuickReply, simgupshup.TapText} {
			for _, tap := range []bool{false, true} {
				t.Run(fmt.Sprintf("v%d/%s/tap %t", version, shape, tap), func(t *testing.T) {
					t.Parallel()
					r := rig.New(t, rig.Options{Version: version, Behaviour: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}, TapShape: shape}})
					withButtons(r)
					r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
					order := func(word string, want consent.Status, entries int) {
						t.Helper()
						r.Clock.Advance(time.Minute)
						reply := simulator.Reply{Text: strings.ToLower(word) + " ", App: rig.GupshupAppID}
						if tap {
							reply = simulator.Reply{Button: word}
						}
						id, body := r.Inbound(reply)
						receiveSeveralTimes(t, r, body)
						if got := stored(r, rig.AppID, id).Keyword; got != strings.ToLower(word) {
							t.Errorf("%s: stored with the keyword %q", word, got)
						}
						if state, ledger := r.CheckChain(t); state.Status != want || len(ledger) != entries {
							t.Errorf("%s: got %s with %d entries, want %s with %d", word, state.Status, len(ledger), want, entries)
						}
					}
					order("STOP", consent.Inactive, 2)
					order("START", consent.Active, 3)
					order("STOP", consent.Inactive, 4)
					r.Hand(r.Hooks, r.Event("shipment-failed_delivery-second"))
					r.Settle(r.Hooks)
					if got := r.Sim.Log().AcceptedCount(); got != 1 {
						t.Errorf("accepted: got %d, want the one from before the STOP", got)
					}
				})
			}
		}
	}
}

// TestStopBetweenEventAndSend has a STOP arrive at every point of a send: what is not on its way to the provider by then is
// not sent.
func TestStopBetweenEventAndSend(t *testing.T) {
	t.Parallel()
	for n, call := range rig.RecordSend(t, rig.Options{}) {
		for _, p := range []rig.Point{rig.StallBefore, rig.StallAfter, rig.FailBefore} {
			t.Run(fmt.Sprintf("%02d %s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{})
				busy, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
				most := 0
				busy.Faults.Strike(n, p, func() {
					r.Clock.Advance(time.Second)
					most = r.Sim.Log().AcceptedCount()
					if p != rig.FailBefore {
						most = max(most, r.UnderWay())
					}
					r.Write(healthy, "STOP")
				})
				r.Clock.Advance(time.Second)
				r.Hand(busy, r.Event("shipment-failed_delivery"))
				r.Settle(healthy)
				if got := r.Sim.Log().AcceptedCount(); got > most {
					t.Errorf("accepted: got %d, want at most %d; %s", got, most, r.Describe())
				}
				r.CheckLog(t, r.Sim.Log().AcceptedCount())
				if state, ledger := r.CheckChain(t); state.Status != consent.Inactive || len(ledger) != 2 {
					t.Errorf("consent: got %s with %d entries, want INACTIVE with 2", state.Status, len(ledger))
				}
			})
		}
	}
}

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
	if got := stored(r, sharedApp, id); got.Keyword != "stop" || got.AccountID != "" {
		t.Errorf("stored: got the keyword %q and the account %q", got.Keyword, got.AccountID)
	}
	for brand, want := range map[string]consent.Status{"821": consent.Inactive, "822": consent.Inactive, rig.BrandID: consent.Active} {
		if state, _ := r.CheckChainOf(t, r.CustomerOf(brand, rig.Shopper)); state.Status != want {
			t.Errorf("brand %s: got %s, want %s", brand, state.Status, want)
		}
	}
}

// TestStopOfAStranger has somebody say STOP whom the brand does not know yet: it is remembered when the first event comes,
// even where the brand declares the opt-in of whoever orders.
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
	// The subscription was renewed meanwhile, which alone leaves no trace: hence a withdrawal before it.
	if a := r.Portal(r.Hooks, consent.Inactive, ""); a.Status != http.StatusOK {
		t.Fatalf("withdraw: got %d", a.Status)
	}
	if a := r.Portal(r.Hooks, consent.Active, ""); a.Status != http.StatusOK {
		t.Fatalf("subscribe: got %d", a.Status)
	}
	receiveSeveralTimes(t, r, body)
	if got := stored(r, rig.AppID, id).Keyword; got != "stop" {
		t.Errorf("stored with the keyword %q", got)
	}
	if state, ledger := r.CheckChain(t); state.Status != consent.Active || len(ledger) != 3 {
		t.Errorf("consent: got %s after %s, want ACTIVE after 3 entries", state.Status, rig.ActionsOf(ledger))
	}
}

// stopActions are what may happen in the middle of a struck call of receiving a STOP.
func stopActions() []rig.Meanwhile {
	return []rig.Meanwhile{
		{Name: "nothing"},
		{Name: "second worker", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Again(w) }},
		{Name: "an event", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Hand(w, r.Event("shipment-failed_delivery-second")) }},
		{Name: "withdraw", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Portal(w, consent.Inactive, rig.TheirTrace) }},
		{Name: "subscribe", Do: func(r *rig.Rig, _, w *rig.Worker) {
			r.Clock.Advance(time.Second)
			r.Portal(w, consent.Active, rig.TheirTrace)
		}},
	}
}

// TestEveryFaultOfAStop strikes every call that taking a STOP makes, in webhook and in receive: it is stored once, heeded
// once, and nothing is sent after it was.
func TestEveryFaultOfAStop(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T) *rig.Rig {
		t.Helper()
		r := rig.New(t, rig.Options{})
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		r.Settle(r.Hooks)
		_, _ = r.Inbound(simulator.Reply{Text: "STOP", App: rig.GupshupAppID})
		return r
	}
	r := begin(t)
	w := r.NewWorker(rig.Options{})
	w.Faults.Record()
	r.Handle(w, "inbound")
	calls := w.Faults.Recorded()
	t.Logf("one STOP makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least finding the app, publishing, the key, the customer and the write", len(calls))
	}
	rig.EachMeanwhile(t, calls, stopActions(), func(t *testing.T, n int, p rig.Point, m rig.Meanwhile) {
		t.Helper()
		r := begin(t)
		c, _, _ := r.Pending("inbound")
		busy, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
		r.StrikeMeanwhile(busy, healthy, n, p, m)
		r.Handle(busy, "inbound")
		r.Serve(healthy)
		r.Settle(healthy)
		checkStop(t, r, c.MessageID, m.Name)
	})
}

func checkStop(t *testing.T, r *rig.Rig, inboundID, meanwhile string) {
	t.Helper()
	if got := stored(r, rig.AppID, inboundID).Keyword; got != "stop" {
		t.Errorf("stored with the keyword %q", got)
	}
	state, ledger := r.CheckChain(t)
	stops := 0
	for _, e := range ledger {
		if e.Source == consent.Keyworded {
			stops++
		}
	}
	switch meanwhile {
	case "subscribe":
		// A subscription in between counts only while there was something to subscribe again.
		if stops > 1 {
			t.Errorf("ledger: %s", rig.ActionsOf(ledger))
		}
	case "withdraw":
		if state.Status != consent.Inactive || stops > 1 {
			t.Errorf("consent: got %s after %s, want INACTIVE and at most one STOP", state.Status, rig.ActionsOf(ledger))
		}
	default:
		if state.Status != consent.Inactive || stops != 1 || len(ledger) != 2 {
			t.Errorf("consent: got %s after %s, want INACTIVE and one STOP", state.Status, rig.ActionsOf(ledger))
		}
	}
	again := r.Sim.Log().AcceptedCount()
	r.Clock.Advance(time.Hour)
	if state.Status == consent.Inactive {
		r.Hand(r.Hooks, r.EventData(rig.Parcel{Phone: rig.Shopper, Order: "51230077", Number: "NC-20417"}.Event("2024-02-13 15:29:00")))
		r.Settle(r.Hooks)
		if got := r.Sim.Log().AcceptedCount(); got != again {
			t.Errorf("accepted after the STOP: got %d more", got-again)
		}
	}
	if _, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(gupshup.Name, rig.AppID, "another")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a reply that never was: %v", err)
	}
}
