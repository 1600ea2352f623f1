package gupshup_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simulated "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The simulator was written from the contract by other hands and shares no code with this package, so what the two
// agree on is more than each one's own reading.

const (
	simApp      = "aaaaaaaa-0000-4000-8000-000000000001"
	simTemplate = "0b6f2c1e-1111-4222-8333-abcdefabcdef"
)

// hook collects the events of callbacks.
type hook struct {
	mu     sync.Mutex
	events []provider.Event
	url    string
}

func newHook(t *testing.T, p *gupshup.Provider) *hook {
	t.Helper()
	h := &hook{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("callback: %v", err)
		}
		events, err := p.ParseWebhook(provider.App{}, body)
		if err != nil {
			t.Errorf("callback %s: %v", body, err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.events = append(h.events, events...)
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func newSimulator(t *testing.T) (*simulator.Simulator, *gupshup.Provider, provider.App) {
	t.Helper()
	sim := simulator.New(simulator.Options{Clock: clock.NewManual(time.Unix(1_780_000_100, 0)), Seed: 1})
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(sim.Close)
	err := sim.Gupshup().AddApp(simulated.App{
		ID: simApp, Name: "KapasAlerts", Phone: "919000000100", APIKey: "key-of-the-test",
		Templates: []simulated.Template{simulated.NewTemplate(simTemplate, "failed_delivery_v1", simulated.Container{
			Header: "Delivery missed", Data: "Hi {{1}}, we could not deliver {{2}}.", Footer: "Reply below",
			Buttons: []simulated.Button{{Type: simulated.QuickReply, Text: "Try again"}},
		})},
	})
	if err != nil {
		t.Fatalf("AddApp: %v", err)
	}
	behaviour := simulated.DefaultBehaviour()
	behaviour.Hold = true
	if err := sim.Gupshup().SetBehaviour(simApp, behaviour); err != nil {
		t.Fatalf("SetBehaviour: %v", err)
	}
	app := provider.App{
		ID: "app1", Number: "919000000100", Secret: config.NewSecret("key-of-the-test"),
		ProviderIDs: map[string]string{gupshup.KeyAppID: simApp, gupshup.KeyAppName: "KapasAlerts"},
	}
	return sim, gupshup.New(gupshup.Config{BaseURL: server.URL + "/gupshup"}), app
}

func TestAgainstSimulator(t *testing.T) {
	t.Parallel()
	sim, p, app := newSimulator(t)
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	if got := p.Check(t.Context(), client, app); got.State != provider.CheckVerified {
		t.Errorf("check: got %s, want %s", got.State, provider.CheckVerified)
	}
	wrong := app
	wrong.Secret = config.NewSecret("another-key")
	if got := p.Check(t.Context(), client, wrong); got.State != provider.CheckInvalidKey {
		t.Errorf("check of a wrong key: got %s, want %s", got.State, provider.CheckInvalidKey)
	}
	other := app
	other.Number = "919000000101"
	if got := p.Check(t.Context(), client, other); got.State != provider.CheckNumberMismatch {
		t.Errorf("check of another number: got %s, want %s", got.State, provider.CheckNumberMismatch)
	}
	approved := checkTemplates(t, p, client, app)

	h := newHook(t, p)
	var made [2]provider.Subscription
	for i := range made {
		var err error
		if made[i], err = p.Subscribe(t.Context(), client, app, h.url); err != nil {
			t.Fatalf("subscribe: %v", err)
		}
	}
	if diff := cmp.Diff(made[0], made[1]); diff != "" {
		t.Errorf("subscribed again (-first +second):\n%s", diff)
	}

	req, err := p.BuildTemplate(t.Context(), app, provider.TemplateMessage{
		To: number(t), Template: approved, Values: []string{"Asha & Söhne", "ORD,1~2"}, Postbacks: []string{"ndr:v1"},
	})
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	receipt, err := provider.Do(t.Context(), client, req, p.ReadReceipt)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	h.check(t, sim, receipt.ID)
}

func number(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.FromE164("+919000000007")
	if err != nil {
		t.Fatalf("phone: %v", err)
	}
	return n
}

func checkTemplates(t *testing.T, p *gupshup.Provider, client *http.Client, app provider.App) template.Template {
	t.Helper()
	got, err := p.Template(t.Context(), client, app, simTemplate)
	if err != nil || !got.Sendable() || got.Params != 2 {
		t.Fatalf("template: got %+v, %v", got, err)
	}
	all, err := p.Templates(t.Context(), client, app)
	if diff := cmp.Diff([]template.Template{got}, all); err != nil || diff != "" {
		t.Errorf("templates: %v (-one +all):\n%s", err, diff)
	}
	if _, err := p.Template(t.Context(), client, app, "no-such-id"); !errors.Is(err, provider.ErrNoTemplate) {
		t.Errorf("unknown template: got %v, want %v", err, provider.ErrNoTemplate)
	}
	return got
}

// check releases the callbacks of the message one after the other and checks that each names it.
func (h *hook) check(t *testing.T, sim *simulator.Simulator, id string) {
	t.Helper()
	for len(sim.Outbox().Pending()) > 0 {
		if err := sim.Outbox().ReleaseAll(t.Context()); err != nil {
			t.Fatalf("release: %v", err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	got := map[string]bool{}
	for _, e := range h.events {
		if e.Status == nil {
			continue
		}
		got[string(e.Kind)+" "+string(e.Status.Status)] = true
		if e.Status.IDs[0] != id || e.Status.Recipient != "919000000007" || e.At == 0 {
			t.Errorf("event %v at %d: want one of %s", e, e.At, id)
		}
		if e.Kind == provider.KindBilling && (!e.Status.Pricing.Known || !e.Status.Pricing.Billable) {
			t.Errorf("price: got %+v", e.Status.Pricing)
		}
	}
	want := []string{"billing "}
	for _, s := range []message.Status{
		message.StatusDelivered, message.StatusEnqueued, message.StatusRead, message.StatusSent,
	} {
		want = append(want, "status "+string(s))
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestButtonsAgainstSimulator sends a text with buttons and has the shopper tap one: it comes back with what was sent for the button,
// and names the message, in both versions of callbacks.
func TestButtonsAgainstSimulator(t *testing.T) {
	t.Parallel()
	for _, version := range []int{2, 3} {
		sim, p, app := newSimulator(t)
		client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
		h := newHook(t, p)
		if _, err := sim.Gupshup().Subscribe(simApp, simulated.Subscription{URL: h.url, Version: version, Modes: []string{"MESSAGE"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := sim.Phones().Reply(number(t).Digits(), simulator.Reply{App: simApp, Text: "hello"}); err != nil {
			t.Fatal(err)
		}

		req, err := p.BuildButtons(t.Context(), app, provider.ButtonMessage{
			To: number(t), Text: "When shall we come?", Ref: "ref.2",
			Buttons: []provider.ReplyButton{{ID: "slot-1", Title: "Today"}, {ID: "slot-2", Title: "Tomorrow"}},
		})
		if err != nil {
			t.Fatalf("build: %v", err)
		}
		receipt, err := provider.Do(t.Context(), client, req, p.ReadReceipt)
		if err != nil {
			t.Fatalf("send: %v", err)
		}
		shown := sim.Phones().Inbox(number(t).Digits())
		if len(shown) != 1 || shown[0].Text != "When shall we come?" || !slices.Equal(shown[0].Buttons, []string{"Today", "Tomorrow"}) {
			t.Errorf("the phone shows %+v", shown)
		}
		if _, err = sim.Phones().Reply(number(t).Digits(), simulator.Reply{Button: "Never", To: receipt.ID}); !errors.Is(err, handset.ErrUnknownButton) {
			t.Errorf("another button: got %v, want %v", err, handset.ErrUnknownButton)
		}
		if _, err = sim.Phones().Reply(number(t).Digits(), simulator.Reply{Button: "Tomorrow"}); err != nil {
			t.Fatal(err)
		}
		if err = sim.Outbox().ReleaseAll(t.Context()); err != nil {
			t.Fatal(err)
		}

		h.mu.Lock()
		last := h.events[len(h.events)-1].Reply
		h.mu.Unlock()
		if last == nil || !last.Tap || last.Postback != "slot-2" || last.Text != "Tomorrow" || !slices.Contains(last.ContextIDs, receipt.ID) {
			t.Errorf("version %d: got %+v, want the second button of %s", version, last, receipt.ID)
		}
	}
}

// TestWhatShoppersWrite holds the simulated phone's messages against what this package reads of them, in both versions of callbacks.
func TestWhatShoppersWrite(t *testing.T) {
	t.Parallel()
	for _, version := range []int{2, 3} {
		sim, p, _ := newSimulator(t)
		h := newHook(t, p)
		if _, err := sim.Gupshup().Subscribe(simApp, simulated.Subscription{URL: h.url, Version: version, Modes: []string{"MESSAGE"}}); err != nil {
			t.Fatal(err)
		}
		for name, tc := range map[string]struct {
			r    simulator.Reply
			good func(r *provider.ReplyEvent) bool
		}{
			"place": {simulator.Reply{Kind: "location", Latitude: new(18.5), Longitude: new(-73.25)}, func(r *provider.ReplyEvent) bool {
				return r.Type == "location" && strings.Contains(string(r.Content), "18.5") && strings.Contains(string(r.Content), "-73.25")
			}},
			"hidden": {simulator.Reply{Text: "who am I", HideNumber: true}, func(r *provider.ReplyEvent) bool {
				return r.From == "" && strings.HasPrefix(r.UserID, "IN.") && r.Text == "who am I"
			}},
		} {
			tc.r.App = simApp
			if _, err := sim.Phones().Reply(number(t).Digits(), tc.r); err != nil {
				t.Fatal(err)
			}
			if err := sim.Outbox().ReleaseAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.mu.Lock()
			last := h.events[len(h.events)-1].Reply
			h.mu.Unlock()
			if last == nil || !tc.good(last) {
				t.Errorf("version %d, %s: got %+v", version, name, last)
			}
		}
	}
}

// TestWhatGupshupDoesNotTell wants a clear error for what its documents have no callback for.
func TestWhatGupshupDoesNotTell(t *testing.T) {
	t.Parallel()
	sim, _, _ := newSimulator(t)
	first, err := sim.Phones().Reply(number(t).Digits(), simulator.Reply{App: simApp, Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	for field, replies := range map[string][]simulator.Reply{
		"standby": {{Text: "x", Standby: true}},
		"product": {{Text: "x", Product: "SOAP-3", CatalogID: "77"}},
		"place":   {{Kind: "location", Place: "Gate 2"}},
		"kind": {
			{Kind: "order", CatalogID: "77", Items: []handset.OrderItem{{RetailerID: "SOAP-3", Quantity: 1, Currency: "INR"}}},
			{Kind: "edit", Text: "x", To: first},
			{Kind: "revoke", To: first},
		},
	} {
		for _, r := range replies {
			r.App = simApp
			_, err := sim.Phones().Reply(number(t).Digits(), r)
			if f, ok := errors.AsType[*handset.FieldError](err); !ok || f.Field != field {
				t.Errorf("%+v: got %v, want an error about %s", r, err, field)
			}
		}
	}
}
