package kaleyra_test

import (
	"errors"
	"io"
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
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	simulated "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

// The simulator was written from the contract and shares no code with this package, so what the two agree on is more
// than the reading of either.

const (
	simApp    = "kaleyra-1"
	simSID    = "HXIN1700000001IN"
	simWABA   = "100000000000201"
	simSecret = "secret-of-the-callbacks"
	shopper   = "919000000007"
)

// world is a simulated Kaleyra, our client, and our webhook.
type world struct {
	sim    *simulated.Server
	outbox *callback.Outbox
	phones *handset.Book
	faults *chaos.List
	log    *witness.Log
	p      *kaleyra.Provider
	app    provider.App
	client *http.Client

	mu       sync.Mutex
	events   []provider.Event
	rejected int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewManual(time.Unix(1_780_000_100, 0))
	w := &world{
		log: witness.New(0), faults: chaos.New(clk), phones: handset.New(clk.Now, 0),
		client: &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second},
		app: provider.App{
			ID: "app1", Number: "919000000200", Secret: config.NewSecret("key-of-the-test"),
			ProviderIDs: map[string]string{kaleyra.KeyPod: "in", kaleyra.KeySID: simSID, kaleyra.KeyWABA: simWABA},
			Signing:     []config.Secret{config.NewSecret("an-older-one"), config.NewSecret(simSecret)},
		},
	}
	w.outbox = callback.New(callback.Config{
		Clock: clk, Client: w.client, Log: w.log, Faults: w.faults, Timeout: 10 * time.Second, Logger: nil,
	})
	w.sim = simulated.New(tenant.Config{
		Clock: clk, IDs: ident.New(1), Log: w.log, Faults: w.faults, Outbox: w.outbox, Handset: w.phones, Client: w.client,
	})
	mux := http.NewServeMux()
	mux.Handle("/kaleyra/", http.StripPrefix("/kaleyra", w.sim.Handler()))
	mux.HandleFunc("/webhook", func(rw http.ResponseWriter, r *http.Request) { w.hook(t, rw, r) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(w.outbox.Close)
	t.Cleanup(w.faults.Close)
	w.p = kaleyra.New(kaleyra.Config{BaseURL: server.URL + "/kaleyra"})
	err := w.sim.AddApp(simulated.App{
		ID: simApp, SID: simSID, APIKey: "key-of-the-test", Number: "919000000200", WABAID: simWABA,
		Templates: []simulated.Template{
			simulated.NewTemplate("1600000000000201", "failed_delivery_v1", simulated.Content{
				Header: "Delivery missed", Body: "Hi {{1}}, we could not deliver {{2}}.", Footer: "Reply below",
				Buttons: []simulated.Button{{Type: simulated.QuickReply, Text: "Try again"}},
			}),
			simulated.NewTemplate("", "order_progress", simulated.Content{Body: "Your order:"}),
		},
		Callback: simulated.Profile{
			URL: server.URL + "/webhook", Body: kaleyra.CallbackProfile(),
			Header: http.Header{kaleyra.CallbackHeader: {simSecret}},
		},
	})
	if err != nil {
		t.Fatalf("AddApp: %v", err)
	}
	w.behave(t, func(*simulated.Behaviour) {})
	return w
}

// behave changes the behaviour; callbacks are always held.
func (w *world) behave(t *testing.T, change func(*simulated.Behaviour)) {
	t.Helper()
	b := simulated.DefaultBehaviour()
	b.Hold = true
	change(&b)
	if err := w.sim.SetBehaviour(simApp, b); err != nil {
		t.Fatal(err)
	}
}

// hook is our webhook, POST and GET.
func (w *world) hook(t *testing.T, rw http.ResponseWriter, r *http.Request) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("callback: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.p.Verify(w.app, r.Header, body) != nil {
		w.rejected++
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	var events []provider.Event
	if r.Method == http.MethodGet {
		events, err = w.p.ParseQuery(provider.App{}, r.URL.Query())
	} else {
		events, err = w.p.ParseWebhook(provider.App{}, body)
	}
	if err != nil {
		t.Errorf("callback %s: %v", body, err)
	}
	w.events = append(w.events, events...)
}

// told releases all callbacks and gives what our webhook has heard since the last call.
func (w *world) told(t *testing.T) []provider.Event {
	t.Helper()
	for len(w.outbox.Pending()) > 0 {
		if err := w.outbox.ReleaseAll(t.Context()); err != nil {
			t.Fatalf("release: %v", err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

func (w *world) send(t *testing.T, m provider.TemplateMessage) (provider.Receipt, error) {
	t.Helper()
	to, err := phone.FromE164("+" + shopper)
	if err != nil {
		t.Fatal(err)
	}
	m.To = to
	req, err := w.p.BuildTemplate(t.Context(), w.app, m)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return provider.Do(t.Context(), w.client, req, w.p.ReadReceipt)
}

func (w *world) failedDelivery(t *testing.T) provider.TemplateMessage {
	t.Helper()
	approved, err := w.p.Template(t.Context(), w.client, w.app, "1600000000000201")
	if err != nil || !approved.Sendable() || approved.Params != 2 {
		t.Fatalf("template: got %+v, %v", approved, err)
	}
	return provider.TemplateMessage{
		Template: approved, Values: []string{`Asha "A" & Söhne`, "ORD,1~2"}, Postbacks: []string{"ndr:v1"}, Ref: "v1.77.1.aa",
	}
}

func statusesOf(events []provider.Event) []string {
	var out []string
	for _, e := range events {
		if e.Status != nil {
			out = append(out, string(e.Status.Status))
		}
	}
	return out
}

func TestAgainstSimulator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.p.Check(t.Context(), w.client, w.app); got.State != provider.CheckNumberUnconfirmed {
		t.Errorf("check: got %+v, want %s", got, provider.CheckNumberUnconfirmed)
	}
	wrong := w.app
	wrong.Secret = config.NewSecret("another-key")
	if got := w.p.Check(t.Context(), w.client, wrong); got.State != provider.CheckInvalidKey {
		t.Errorf("check of a wrong key: got %s, want %s", got.State, provider.CheckInvalidKey)
	}
	for _, change := range []func(*simulated.Behaviour){
		func(b *simulated.Behaviour) { b.Price = "0.115" },
		func(b *simulated.Behaviour) { b.LowerCase, b.Literals, b.PlainID = true, true, true },
		func(b *simulated.Behaviour) { b.MetaShape = true },
		func(b *simulated.Behaviour) { b.Shuffle, b.Duplicate = true, 2 },
	} {
		w.behave(t, change)
		receipt, err := w.send(t, w.failedDelivery(t))
		if err != nil {
			t.Fatalf("send: %v", err)
		}
		events := w.told(t)
		got := statusesOf(events)
		slices.Sort(got)
		if diff := cmp.Diff([]string{"delivered", "read", "sent"}, slices.Compact(got)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		for _, e := range events {
			s := e.Status
			if !slices.Contains(s.IDs, receipt.ID) || s.Recipient != shopper || s.Ref != "v1.77.1.aa" || e.At == 0 {
				t.Errorf("event %v at %d: want one of %s with our reference", e, e.At, receipt.ID)
			}
		}
	}
	inbox := w.phones.Inbox(shopper)
	if want := "Delivery missed\nHi Asha \"A\" & Söhne, we could not deliver ORD,1~2.\nReply below"; inbox[0].Text != want || inbox[0].State != "read" {
		t.Errorf("phone shows %+v, want %q", inbox[0], want)
	}
	if got := w.log.Accepted()[0]; got.Provider != "kaleyra" || got.Postbacks[0] != "ndr:v1" || len(got.Params) != 2 {
		t.Errorf("accepted: got %+v", got)
	}
}

func TestPriceAgainstSimulator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for price, want := range map[string]message.Pricing{
		"0.115": {Known: true, Billable: true, Source: "kaleyra"}, "0.00": {Known: true, Source: "kaleyra"}, "": {},
	} {
		w.behave(t, func(b *simulated.Behaviour) { b.Price = price })
		if _, err := w.send(t, w.failedDelivery(t)); err != nil {
			t.Fatal(err)
		}
		for _, e := range w.told(t) {
			expected := message.Pricing{}
			if e.Status.Status == message.StatusDelivered {
				expected = want
			}
			e.Status.Pricing.At = 0
			if diff := cmp.Diff(expected, e.Status.Pricing); diff != "" {
				t.Errorf("price %q, %s (-want +got):\n%s", price, e.Status.Status, diff)
			}
		}
	}
}

func TestRepliesAgainstSimulator(t *testing.T) {
	t.Parallel()
	for _, form := range []string{simulated.FormFlat, simulated.FormMessage, simulated.FormMeta} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.behave(t, func(b *simulated.Behaviour) { b.InboundForm, b.Duplicate = form, 1 })
			receipt, err := w.send(t, w.failedDelivery(t))
			if err != nil {
				t.Fatal(err)
			}
			w.told(t)
			for _, r := range []handset.Reply{
				{Button: "Try again", Name: "Asha"}, {Text: "<hello> \"you\"\nSTOP", Name: "Asha"}, {Kind: "location", Name: "Asha"},
			} {
				if _, err := w.phones.Reply(shopper, r); err != nil {
					t.Fatalf("reply: %v", err)
				}
				events := w.told(t)
				if len(events) != 2 || events[0].Reply == nil || events[0].Reply.ID != events[1].Reply.ID {
					t.Fatalf("%+v: got %v, want the same reply twice", r, events)
				}
				checkReply(t, r, *events[0].Reply, receipt.ID)
			}
		})
	}
}

func checkReply(t *testing.T, r handset.Reply, got provider.ReplyEvent, answered string) {
	t.Helper()
	if got.From != shopper || got.Name != "Asha" {
		t.Errorf("%+v: got from %q, name %q", r, got.From, got.Name)
	}
	switch {
	case r.Button != "":
		if !got.Tap || got.Text != r.Button || got.Postback != "ndr:v1" || !slices.Contains(got.ContextIDs, answered) {
			t.Errorf("tap: got %+v", got)
		}
	case r.Text != "":
		if got.Tap || got.Text != r.Text || got.Type != "text" {
			t.Errorf("text: got %q of type %q, want %q", got.Text, got.Type, r.Text)
		}
	default:
		if got.Type != r.Kind || !strings.Contains(string(got.Content), "18.5204") {
			t.Errorf("%s: got type %q, content %s", r.Kind, got.Type, got.Content)
		}
	}
}

func TestOrderStatusAgainstSimulator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	progress, err := w.p.Template(t.Context(), w.client, w.app, "order_progress:en")
	if err != nil {
		t.Fatal(err)
	}
	tell := func(reference, status string) []string {
		t.Helper()
		receipt, err := w.send(t, provider.TemplateMessage{Template: progress, Ref: "r", OrderStatus: &provider.OrderStatus{
			Reference: reference, Status: status, Description: strings.Repeat("x", 200),
		}})
		if err != nil || receipt.ID == "" {
			t.Fatalf("%s: %v", status, err)
		}
		return statusesOf(w.told(t))
	}
	if diff := cmp.Diff([]string{"failed"}, tell("inv-1", "shipped")); diff != "" {
		t.Errorf("order that nobody was sent (-want +got):\n%s", diff)
	}
	if err := w.sim.AddOrder(simApp, "inv-1"); err != nil {
		t.Fatal(err)
	}
	arrives := []string{"sent", "delivered", "read"}
	for _, status := range []string{
		"processing", "partially_shipped", "shipped", "completed",
	} {
		if diff := cmp.Diff(arrives, tell("inv-1", status)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", status, diff)
		}
	}
	if diff := cmp.Diff([]string{"failed"}, tell("inv-1", "canceled")); diff != "" {
		t.Errorf("canceled after completed (-want +got):\n%s", diff)
	}
}

func TestFaultsAgainstSimulator(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault    chaos.Fault
		want     provider.SendError
		accepted int
	}{
		{chaos.Fault{Mode: chaos.Refuse}, provider.SendError{Failure: message.Failure{Class: message.ClassBadRequest, Code: "WA400"}, HTTPStatus: 400}, 0},
		{chaos.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 9}, provider.SendError{Failure: message.Failure{Class: message.ClassThrottled, Code: "WA429", RetryAfter: 9 * time.Second}, HTTPStatus: 429}, 0},
		{chaos.Fault{Mode: chaos.WrongCredentials}, provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials, Code: "RBC001"}, HTTPStatus: 401}, 0},
		{chaos.Fault{Mode: chaos.Unavailable}, provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: "WA500", RetryAfter: 5 * time.Minute}, HTTPStatus: 503}, 0},
		{chaos.Fault{Mode: chaos.LowBalance}, provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseBalance, Code: "E110"}, HTTPStatus: 400}, 0},
		{chaos.Fault{Mode: chaos.HTML502Before}, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: "http_502"}, HTTPStatus: 502}, 0},
		{chaos.Fault{Mode: chaos.HTML502After}, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: "http_502"}, HTTPStatus: 502}, 1},
		{chaos.Fault{Mode: chaos.NoID}, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}, HTTPStatus: 202}, 1},
		{chaos.Fault{Mode: chaos.Malformed}, provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}, HTTPStatus: 202}, 1},
	}
	for _, tc := range tests {
		t.Run(string(tc.fault.Mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := w.failedDelivery(t)
			tc.fault.AppID, tc.fault.Path = simApp, "/messages"
			if _, err := w.faults.Add(tc.fault); err != nil {
				t.Fatal(err)
			}
			_, err := w.send(t, m)
			if diff := cmp.Diff(error(&tc.want), err); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := w.log.AcceptedCount(); got != tc.accepted {
				t.Errorf("accepted: got %d, want %d", got, tc.accepted)
			}
			// What was accepted is told with our reference, whatever the answer was: that settles the doubt.
			for _, e := range w.told(t) {
				if e.Status.Ref != m.Ref {
					t.Errorf("callback %v without our reference", e)
				}
			}
		})
	}
}

func TestOtherCallbacksAgainstSimulator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.sim.SetTemplateStatus(simApp, "failed_delivery_v1", "en", "Paused", "low quality"); err != nil {
		t.Fatal(err)
	}
	want := []provider.Event{{Kind: provider.KindTemplate, At: 1_780_000_100_000, Template: &provider.TemplateEvent{
		ID: "1600000000000201", Name: "failed_delivery_v1", Language: "en", Change: "status", Status: "PAUSED", Reason: "low quality",
	}}}
	if diff := cmp.Diff(want, w.told(t)); diff != "" {
		t.Errorf("template (-want +got):\n%s", diff)
	}
	if status, err := w.sim.EmitQuality(t.Context(), simApp, "FLAGGED", "TIER_10K"); err != nil || status != http.StatusOK {
		t.Fatalf("quality: got %d, %v", status, err)
	}
	want = []provider.Event{
		{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "quality", Value: "FLAGGED", Quality: "FLAGGED"}},
		{Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "limit", Value: "TIER_10K", Limit: "TIER_10K"}},
	}
	if diff := cmp.Diff(want, w.told(t)); diff != "" {
		t.Errorf("quality (-want +got):\n%s", diff)
	}
	w.behave(t, func(b *simulated.Behaviour) { b.WrongSecret = true })
	if err := w.sim.EmitRaw(simApp, []byte(`{"id":"a","status":"READ"}`)); err != nil {
		t.Fatal(err)
	}
	err := w.outbox.ReleaseAll(t.Context())
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil || w.rejected != 1 {
		t.Errorf("wrong secret: got %v and %d refused, want a refusal", err, w.rejected)
	}
}

func TestNumberOfVersion1AgainstSimulator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.failedDelivery(t)
	err := w.sim.AddApp(simulated.App{
		ID: "kaleyra-old", SID: simSID, APIKey: "key-of-the-test", Number: "919000000201", WABAID: "100000000000202", Version1: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.app.Number = "919000000201"
	_, err = w.send(t, m)
	want := &provider.SendError{
		Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials, Code: "WA401_other_version"}, HTTPStatus: 401,
	}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := kaleyra.New(kaleyra.Config{}).Explain("WA401_other_version"); !strings.Contains(text, "version 1") {
		t.Errorf("explanation: got %q", text)
	}
	w.app.Number = "919000000299"
	if _, err = w.send(t, m); provider.ClassOf(err) != message.ClassAccount || !strings.Contains(err.Error(), "WA401_foreign_number") {
		t.Errorf("foreign number: got %v", err)
	}
}

// TestButtonsAgainstSimulator sends a text with buttons and has the shopper tap one: it comes back with the button's id, in every form
// that callbacks may have.
func TestButtonsAgainstSimulator(t *testing.T) {
	t.Parallel()
	to, err := phone.FromE164("+" + shopper)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{simulated.FormFlat, simulated.FormMessage, simulated.FormMeta} {
		w := newWorld(t)
		w.behave(t, func(b *simulated.Behaviour) { b.InboundForm = form })
		if _, err = w.phones.Reply(shopper, handset.Reply{App: simApp, Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		w.told(t)

		req, err := w.p.BuildButtons(t.Context(), w.app, provider.ButtonMessage{
			To: to, Text: "When shall we come?", Ref: "v1.77.2.aa",
			Buttons: []provider.ReplyButton{{ID: "slot-1", Title: "Today"}, {ID: "slot-2", Title: "Tomorrow"}},
		})
		if err != nil {
			t.Fatalf("build: %v", err)
		}
		receipt, err := provider.Do(t.Context(), w.client, req, w.p.ReadReceipt)
		if err != nil {
			t.Fatalf("send: %v", err)
		}
		if got := statusesOf(w.told(t)); !slices.Contains(got, "delivered") {
			t.Errorf("%s: got the statuses %v", form, got)
		}
		shown := w.phones.Inbox(shopper)
		if len(shown) != 1 || shown[0].Text != "When shall we come?" || !slices.Equal(shown[0].Buttons, []string{"Today", "Tomorrow"}) {
			t.Errorf("%s: the phone shows %+v", form, shown)
		}
		if _, err = w.phones.Reply(shopper, handset.Reply{Button: "Never", To: receipt.ID}); !errors.Is(err, handset.ErrUnknownButton) {
			t.Errorf("%s: another button: got %v, want %v", form, err, handset.ErrUnknownButton)
		}
		if _, err = w.phones.Reply(shopper, handset.Reply{Button: "Tomorrow"}); err != nil {
			t.Fatal(err)
		}
		events := w.told(t)
		if len(events) != 1 || events[0].Reply == nil {
			t.Fatalf("%s: got %v, want one reply", form, events)
		}
		if r := events[0].Reply; !r.Tap || r.Postback != "slot-2" || r.Text != "Tomorrow" || !slices.Contains(r.ContextIDs, receipt.ID) {
			t.Errorf("%s: got %+v, want the second button of %s", form, r, receipt.ID)
		}
	}
}

// TestWhatShoppersWrite holds the simulated phone's messages against what this package reads of them, in every form of callbacks.
func TestWhatShoppersWrite(t *testing.T) {
	t.Parallel()
	for _, form := range []string{simulated.FormFlat, simulated.FormMessage, simulated.FormMeta} {
		w := newWorld(t)
		w.behave(t, func(b *simulated.Behaviour) { b.InboundForm = form })
		for name, tc := range map[string]struct {
			r       handset.Reply
			kind    string
			content []string
		}{
			"place":   {handset.Reply{Kind: "location", Latitude: new(18.5), Longitude: new(-73.25), Place: "Gate 2"}, "location", []string{"18.5", "-73.25", "Gate 2"}},
			"order":   {handset.Reply{Kind: "order", CatalogID: "77", Items: []handset.OrderItem{{RetailerID: "SOAP-3", Quantity: 2, Price: 249.5, Currency: "INR"}}}, "order", []string{"SOAP-3", "249.5", "INR"}},
			"product": {handset.Reply{Text: "in stock?", Product: "SOAP-3", CatalogID: "77"}, "text", []string{"SOAP-3", "77"}},
		} {
			tc.r.App = simApp
			if _, err := w.phones.Reply(shopper, tc.r); err != nil {
				t.Fatal(err)
			}
			events := w.told(t)
			if len(events) != 1 || events[0].Reply == nil {
				t.Fatalf("%s, %s: got %v, want one reply", form, name, events)
			}
			r := events[0].Reply
			if r.Type != tc.kind || r.Text != tc.r.Text || r.From != shopper {
				t.Errorf("%s, %s: got %+v", form, name, r)
			}
			for _, word := range tc.content {
				if !strings.Contains(string(r.Content), word) {
					t.Errorf("%s, %s: got %s, want %s in it", form, name, r.Content, word)
				}
			}
		}

		first, err := w.phones.Reply(shopper, handset.Reply{App: simApp, Text: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		for field, r := range map[string]handset.Reply{
			"hideNumber": {Text: "x", HideNumber: true}, "standby": {Text: "x", Standby: true}, "kind": {Kind: "edit", Text: "x", To: first},
		} {
			r.App = simApp
			_, err := w.phones.Reply(shopper, r)
			if f, ok := errors.AsType[*handset.FieldError](err); !ok || f.Field != field {
				t.Errorf("%+v: got %v, want an error about %s", r, err, field)
			}
		}
	}
}
