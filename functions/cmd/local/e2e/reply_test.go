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
func (r *rig) withButtons() {
	r.t.Helper()
	container := simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."}
	for _, label := range []string{"Try again", "STOP", "START"} {
		container.Buttons = append(container.Buttons, simgupshup.Button{Type: simgupshup.QuickReply, Text: label})
	}
	r.must(r.sim.Gupshup().PutTemplate(simApp, simgupshup.NewTemplate(template, "failed_delivery_v1", container)))
}

// inbound has the shopper answer, and returns the message's id and the callback that tells of it.
func (r *rig) inbound(reply simulator.Reply) (id string, body []byte) {
	r.t.Helper()
	id, err := r.sim.Phones().Reply(shopper, reply)
	r.must(err)
	for _, c := range r.sim.Outbox().Pending() {
		if c.MessageID == id {
			body = c.Body
		}
	}
	if body == nil {
		r.t.Fatal("the provider tells nothing of the reply")
	}
	return id, body
}

// stored is the reply of an inbound id at an app; it fails the test if there is none.
func (r *rig) stored(app, id string) store.Reply {
	r.t.Helper()
	reply, err := r.parts.Store.Reply(context.WithoutCancel(r.t.Context()), store.ReplyID(gupshup.Name, app, id))
	if err != nil {
		r.t.Fatalf("reply: %v; %s", err, r.logs)
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
		c.name, c.tap, c.reply = kind, false, simulator.Reply{Kind: kind, Text: "tomorrow please", App: simApp}
		cases = append(cases, c)
	}
	for _, version := range []int{2, 3} {
		for _, c := range cases {
			t.Run(fmt.Sprintf("v%d/%s", version, c.name), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, rigOptions{version: version, behaviour: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}, TapShape: c.shape}})
				r.withButtons()
				r.hand(r.hooks, r.event("shipment-failed_delivery"))
				r.clock.Advance(time.Minute)
				id, body := r.inbound(c.reply)
				r.receiveSeveralTimes(t, body)
				got := r.stored(appID, id)
				switch {
				case got.Tap != c.tap, got.AccountID != brandID, got.AppID != appID, got.Type == "", got.Keyword != "", got.InboundID != id:
					t.Errorf("stored: got %+v", got)
				case c.tap && (got.Text != "Try again" || got.MessageID != r.messages()[0].ID || got.OrderID != "51230077"):
					t.Errorf("stored: got %q of message %q and order %q", got.Text, got.MessageID, got.OrderID)
				case c.reply.Kind == "text" && got.Text != "tomorrow please":
					t.Errorf("stored: got %q", got.Text)
				case !c.tap && c.reply.Kind != "text" && len(got.Content) == 0:
					t.Errorf("stored: the content is missing")
				}
				customer, err := r.parts.Store.Customer(t.Context(), r.customerID())
				r.must(err)
				if !customer.LastReplyAt.Equal(got.At) {
					t.Errorf("last reply: got %s, want %s", customer.LastReplyAt, got.At)
				}
				if state, ledger := r.checkChain(t); state.Status != consent.Active || len(ledger) != 1 {
					t.Errorf("consent: got %s with %d entries, want ACTIVE with 1", state.Status, len(ledger))
				}
			})
		}
	}
}

// receiveSeveralTimes posts a callback twice and delivers it at once to three instances, and again afterwards.
func (r *rig) receiveSeveralTimes(t *testing.T, body []byte) {
	t.Helper()
	workers := r.workers(3)
	r.post(workers[0], body)
	r.post(workers[1], body)
	events := r.take(world.ProviderEvents)
	var wg sync.WaitGroup
	for i := range 6 {
		for _, q := range events {
			wg.Go(func() {
				if code := r.push(workers[i%3].receive, q.message, 1); code/100 != 2 {
					t.Errorf("receive answered %d; %s", code, r.logs)
				}
			})
		}
	}
	wg.Wait()
	for _, q := range events {
		if code := r.push(workers[2].receive, q.message, 2); code != http.StatusNoContent {
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
					r := newRig(t, rigOptions{version: version, behaviour: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}, TapShape: shape}})
					r.withButtons()
					r.hand(r.hooks, r.event("shipment-failed_delivery"))
					order := func(word string, want consent.Status, entries int) {
						t.Helper()
						r.clock.Advance(time.Minute)
						reply := simulator.Reply{Text: strings.ToLower(word) + " ", App: simApp}
						if tap {
							reply = simulator.Reply{Button: word}
						}
						id, body := r.inbound(reply)
						r.receiveSeveralTimes(t, body)
						if got := r.stored(appID, id).Keyword; got != strings.ToLower(word) {
							t.Errorf("%s: stored with the keyword %q", word, got)
						}
						if state, ledger := r.checkChain(t); state.Status != want || len(ledger) != entries {
							t.Errorf("%s: got %s with %d entries, want %s with %d", word, state.Status, len(ledger), want, entries)
						}
					}
					order("STOP", consent.Inactive, 2)
					order("START", consent.Active, 3)
					order("STOP", consent.Inactive, 4)
					r.hand(r.hooks, r.event("shipment-failed_delivery-second"))
					r.settle(r.hooks)
					if got := r.sim.Log().AcceptedCount(); got != 1 {
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
	for n, call := range recordSend(t, rigOptions{}) {
		for _, p := range []point{stallBefore, stallAfter, failBefore} {
			t.Run(fmt.Sprintf("%02d %s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, rigOptions{})
				busy, healthy := r.newWorker("busy", rigOptions{}), r.newWorker("healthy", rigOptions{})
				most := 0
				busy.faults.strike(n, p, func() {
					r.clock.Advance(time.Second)
					most = r.sim.Log().AcceptedCount()
					if p != failBefore {
						most = max(most, r.underWay())
					}
					r.write(healthy, "STOP")
				})
				r.clock.Advance(time.Second)
				r.hand(busy, r.event("shipment-failed_delivery"))
				r.settle(healthy)
				if got := r.sim.Log().AcceptedCount(); got > most {
					t.Errorf("accepted: got %d, want at most %d; %s", got, most, r.describe())
				}
				r.checkLog(t, r.sim.Log().AcceptedCount())
				if state, ledger := r.checkChain(t); state.Status != consent.Inactive || len(ledger) != 2 {
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
func (r *rig) shareApp(brands ...string) {
	r.t.Helper()
	ctx := r.t.Context()
	key, err := r.parts.Secrets.Access(ctx, "gupshup-platform-api-key")
	r.must(err)
	r.must(r.sim.Gupshup().AddApp(simgupshup.App{ID: sharedSim, Name: "SharedAlerts", Phone: "919000000809", APIKey: key.Reveal()}))
	r.must(r.sim.Gupshup().SetBehaviour(sharedSim, simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}}))
	r.must(r.parts.Store.PutWebhook(ctx, sharedToken, store.Webhook{Provider: gupshup.Name, AppID: sharedApp}))
	for _, id := range brands {
		r.must(r.parts.Store.PutAccount(ctx, account.Account{
			ID: id, Slug: "brand-" + id, ConsentMode: account.Explicit, Sender: sharedApp,
			Apps: map[string]account.App{sharedApp: {
				Provider: gupshup.Name, Ownership: message.Platform, Number: "919000000809", Secret: "gupshup-platform-api-key", Rate: 100,
				ProviderIDs: map[string]string{gupshup.KeyAppID: sharedSim, gupshup.KeyAppName: "SharedAlerts"},
			}},
		}))
	}
}

// postShared posts a callback of the shared app.
func (r *rig) postShared(w *worker, body []byte) {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/gupshup/"+sharedToken, strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.webhook.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		r.t.Fatalf("webhook answered %d; %s", rec.Code, r.logs)
	}
}

// TestStopAtTheSharedApp has a shopper of several brands say STOP to the platform's number: it holds for every brand that
// sends from it, and for no other.
func TestStopAtTheSharedApp(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.shareApp("821", "822")
	for _, brand := range []string{"821", "822"} {
		r.meet(brand, shopper, consent.Grant)
	}
	r.clock.Advance(time.Minute)
	id, body := r.inbound(simulator.Reply{Text: "Stop", App: sharedSim})
	r.postShared(r.hooks, body)
	r.postShared(r.hooks, body)
	r.receiveAll(r.hooks)
	if got := r.stored(sharedApp, id); got.Keyword != "stop" || got.AccountID != "" {
		t.Errorf("stored: got the keyword %q and the account %q", got.Keyword, got.AccountID)
	}
	for brand, want := range map[string]consent.Status{"821": consent.Inactive, "822": consent.Inactive, brandID: consent.Active} {
		if state, _ := r.checkChainOf(t, r.customerOf(brand, shopper)); state.Status != want {
			t.Errorf("brand %s: got %s, want %s", brand, state.Status, want)
		}
	}
}

// TestStopOfAStranger has somebody say STOP whom the brand does not know yet: it is remembered when the first event comes,
// even where the brand declares the opt-in of whoever orders.
func TestStopOfAStranger(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{unsubscribed: true})
	a, err := r.parts.Store.Account(t.Context(), brandID)
	r.must(err)
	a.ConsentMode = account.BrandDeclared
	r.must(r.parts.Store.PutAccount(t.Context(), a))
	_, body := r.inbound(simulator.Reply{Text: "STOP", App: simApp})
	r.receiveSeveralTimes(t, body)
	r.clock.Advance(time.Minute)
	r.hand(r.hooks, r.event("shipment-failed_delivery"))
	r.settle(r.hooks)
	if got := r.sim.Log().AcceptedCount(); got != 0 {
		t.Errorf("accepted: got %d, want 0", got)
	}
	all := r.messages()
	if len(all) != 1 || all[0].Reason != message.OptedOut {
		t.Errorf("send log: got %v, want one refused as opted out", statuses(all))
	}
	if _, ledger := r.checkChain(t); len(ledger) != 1 {
		t.Errorf("ledger: got %s, want the one STOP", actionsOf(ledger))
	}
}

// TestStaleStop has a STOP arrive after a subscription that was made later: it is stored, and changes nothing.
func TestStaleStop(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{unsubscribed: true})
	r.meet(brandID, shopper, consent.Grant)
	r.clock.Advance(time.Minute)
	id, body := r.inbound(simulator.Reply{Text: "STOP", App: simApp})
	r.clock.Advance(7 * 24 * time.Hour)
	// The subscription was renewed meanwhile, which alone leaves no trace: hence a withdrawal before it.
	if a := r.portal(r.hooks, consent.Inactive, ""); a.status != http.StatusOK {
		t.Fatalf("withdraw: got %d", a.status)
	}
	if a := r.portal(r.hooks, consent.Active, ""); a.status != http.StatusOK {
		t.Fatalf("subscribe: got %d", a.status)
	}
	r.receiveSeveralTimes(t, body)
	if got := r.stored(appID, id).Keyword; got != "stop" {
		t.Errorf("stored with the keyword %q", got)
	}
	if state, ledger := r.checkChain(t); state.Status != consent.Active || len(ledger) != 3 {
		t.Errorf("consent: got %s after %s, want ACTIVE after 3 entries", state.Status, actionsOf(ledger))
	}
}

// stopActions are what may happen in the middle of a struck call of receiving a STOP.
func stopActions() []meanwhile {
	return []meanwhile{
		{"nothing", nil},
		{"second worker", func(r *rig, _, w *worker) { r.again(w) }},
		{"an event", func(r *rig, _, w *worker) { r.hand(w, r.event("shipment-failed_delivery-second")) }},
		{"withdraw", func(r *rig, _, w *worker) { r.portal(w, consent.Inactive, theirTrace) }},
		{"subscribe", func(r *rig, _, w *worker) {
			r.clock.Advance(time.Second)
			r.portal(w, consent.Active, theirTrace)
		}},
	}
}

// TestEveryFaultOfAStop strikes every call that taking a STOP makes, in webhook and in receive: it is stored once, heeded
// once, and nothing is sent after it was.
func TestEveryFaultOfAStop(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T) *rig {
		t.Helper()
		r := newRig(t, rigOptions{})
		r.hand(r.hooks, r.event("shipment-failed_delivery"))
		r.settle(r.hooks)
		_, _ = r.inbound(simulator.Reply{Text: "STOP", App: simApp})
		return r
	}
	r := begin(t)
	w := r.newWorker("recorded", rigOptions{})
	w.faults.record()
	r.handle(w, "inbound")
	calls := w.faults.recorded()
	t.Logf("one STOP makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least finding the app, publishing, the key, the customer and the write", len(calls))
	}
	for n, call := range calls {
		for _, p := range everyPoint {
			for _, m := range stopActions() {
				if m.do == nil && (p == stallBefore || p == stallAfter) {
					continue
				}
				t.Run(fmt.Sprintf("%02d %s/%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p, m.name), func(t *testing.T) {
					t.Parallel()
					r := begin(t)
					c, _, _ := r.pending("inbound")
					busy, healthy := r.newWorker("busy", rigOptions{}), r.newWorker("healthy", rigOptions{})
					var then func()
					if m.do != nil {
						then = func() { m.do(r, busy, healthy) }
					}
					busy.faults.strike(n, p, then)
					r.handle(busy, "inbound")
					r.serve(healthy)
					r.settle(healthy)
					checkStop(t, r, c.MessageID, m.name)
				})
			}
		}
	}
}

func checkStop(t *testing.T, r *rig, inboundID, meanwhile string) {
	t.Helper()
	if got := r.stored(appID, inboundID).Keyword; got != "stop" {
		t.Errorf("stored with the keyword %q", got)
	}
	state, ledger := r.checkChain(t)
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
			t.Errorf("ledger: %s", actionsOf(ledger))
		}
	case "withdraw":
		if state.Status != consent.Inactive || stops > 1 {
			t.Errorf("consent: got %s after %s, want INACTIVE and at most one STOP", state.Status, actionsOf(ledger))
		}
	default:
		if state.Status != consent.Inactive || stops != 1 || len(ledger) != 2 {
			t.Errorf("consent: got %s after %s, want INACTIVE and one STOP", state.Status, actionsOf(ledger))
		}
	}
	again := r.sim.Log().AcceptedCount()
	r.clock.Advance(time.Hour)
	if state.Status == consent.Inactive {
		r.hand(r.hooks, r.eventData(parcel{phone: shopper, order: "51230077", number: "NC-20417"}.event("2024-02-13 15:29:00")))
		r.settle(r.hooks)
		if got := r.sim.Log().AcceptedCount(); got != again {
			t.Errorf("accepted after the STOP: got %d more", got-again)
		}
	}
	if _, err := r.parts.Store.Reply(t.Context(), store.ReplyID(gupshup.Name, appID, "another")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a reply that never was: %v", err)
	}
}
