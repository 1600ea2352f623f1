package meta_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
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
	simulated "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The simulator was written from the contract by itself and shares no code with this package, so what the two agree on is
// more than each one's own reading.

const (
	simNumber  = "118200334455667"
	simAccount = "204411990088"
	simShopper = "919000000007"
)

// world is a simulated Meta, our provider, and a webhook that verifies and parses what comes.
type world struct {
	*simulated.Server
	clock  *clock.Manual
	outbox *callback.Outbox
	phones *handset.Book
	log    *witness.Log
	faults *chaos.List
	p      *meta.Provider
	app    provider.App
	client *http.Client
	hook   string
	// api is the simulator's address, and others the path of a webhook that is another app's.
	api, others string

	mu     sync.Mutex
	events []provider.Event
	posts  int
	status int
}

func newWorld(t *testing.T, templates ...simulated.Template) *world {
	t.Helper()
	w := &world{clock: clock.NewManual(time.Unix(1_795_000_100, 0)), log: witness.New(0), status: http.StatusOK}
	w.client = &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	w.faults, w.phones = chaos.New(w.clock), handset.New(w.clock.Now, 0)
	w.outbox = callback.New(callback.Config{
		Clock: w.clock, Client: w.client, Logger: slog.New(slog.DiscardHandler), Log: w.log, Faults: w.faults, Timeout: 10 * time.Second,
	})
	w.Server = simulated.New(tenant.Config{
		Clock: w.clock, IDs: ident.New(1), Log: w.log, Faults: w.faults, Outbox: w.outbox, Handset: w.phones, Client: w.client,
	})
	api := httptest.NewServer(w.log.Wrap(w.clock.Now, w.Handler()))
	hook := httptest.NewServer(w.webhook(t))
	t.Cleanup(api.Close)
	t.Cleanup(hook.Close)
	t.Cleanup(w.outbox.Close)
	t.Cleanup(w.faults.Close)
	w.hook, w.api = hook.URL+"/meta/token", api.URL
	w.p = meta.New(meta.Config{BaseURL: api.URL})
	w.app = provider.App{
		ID: "app1", Number: "919000000100", Secret: config.NewSecret("token-of-the-test"),
		ProviderIDs: map[string]string{meta.KeyPhoneNumberID: simNumber, meta.KeyWABAID: simAccount},
		Signing:     []config.Secret{config.NewSecret("secret-of-the-test")},
	}
	err := w.AddApp(simulated.App{
		ID: simNumber, WABAID: simAccount, Phone: w.app.Number, VerifiedName: "Kapas Example",
		Token: "token-of-the-test", AppSecret: "secret-of-the-test", Templates: templates,
	})
	if err != nil {
		t.Fatalf("AddApp: %v", err)
	}
	return w
}

// webhook answers the handshake, and takes callbacks that are signed and make sense.
func (w *world) webhook(t *testing.T) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			challenge, err := w.p.Handshake(w.app, r.URL.Query())
			if err != nil || r.URL.Path == w.others {
				rw.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = io.WriteString(rw, challenge)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = w.p.Verify(w.app, r.Header, body)
		}
		if err != nil {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		events, err := w.p.ParseWebhook(w.app, body)
		if err != nil {
			t.Errorf("callback: %v", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events, w.posts = append(w.events, events...), w.posts+1
		rw.WriteHeader(w.status)
	})
}

// settle lets time pass until nothing more is to come, and takes what came.
func (w *world) settle(t *testing.T, d time.Duration) []provider.Event {
	t.Helper()
	for range 10 {
		w.clock.Advance(d / 10)
		if err := w.outbox.Settle(t.Context()); err != nil {
			t.Fatalf("settle: %v", err)
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
	req, err := w.p.BuildTemplate(t.Context(), w.app, m)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return provider.Do(t.Context(), w.client, req, w.p.ReadReceipt)
}

func shopper(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.FromE164("+" + simShopper)
	if err != nil {
		t.Fatalf("phone: %v", err)
	}
	return n
}

func missed() simulated.Template {
	return simulated.NewTemplate("930041187712006", "failed_delivery_v1", "en", simulated.Content{
		HeaderFormat: "TEXT", Header: "Order {{1}}", Body: "Hi {{1}}, we could not deliver {{2}}.", Footer: "Reply below",
		Buttons: []simulated.Button{
			{Type: "URL", Text: "Track", URL: "https://shop.example.com/t/{{1}}"},
			{Type: simulated.QuickReply, Text: "Try again"},
		},
	})
}

func TestAgainstSimulator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, missed())
	approved, err := w.p.Template(t.Context(), w.client, w.app, "930041187712006")
	if err != nil || !approved.Sendable() || approved.Params != 4 {
		t.Fatalf("template: got %+v, %v", approved, err)
	}
	if _, err = w.p.Template(t.Context(), w.client, w.app, "930041187712999"); !errors.Is(err, provider.ErrNoTemplate) {
		t.Errorf("unknown template: got %v, want %v", err, provider.ErrNoTemplate)
	}
	for range 2 {
		var s provider.Subscription
		if s, err = w.p.Subscribe(t.Context(), w.client, w.app, w.hook); err != nil || !s.Active || s.URL != w.hook {
			t.Fatalf("subscribe: got %+v, %v", s, err)
		}
	}
	posts := 0
	for _, r := range w.log.Requests() {
		if r.Method == http.MethodPost {
			posts++
		}
	}
	if posts != 3 {
		t.Errorf("subscribing twice: got %d changes, want 3", posts)
	}

	receipt, err := w.send(t, provider.TemplateMessage{
		To: shopper(t), Template: approved, Values: []string{"88412", "आशा & Söhne", "ORD,1~2", "88412?s=wa é"},
		Postbacks: []string{"", "ndr:v1"}, Ref: "ref.1",
	})
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	var got []string
	for _, e := range w.settle(t, 10*time.Second) {
		if e.Status == nil || e.Status.IDs[0] != receipt.ID || e.Status.Ref != "ref.1" || e.Status.Recipient != simShopper || e.At == 0 {
			t.Errorf("event %v: want a status of %s", e, receipt.ID)
			continue
		}
		got = append(got, string(e.Status.Status)+" "+e.Status.Pricing.Category)
	}
	if diff := cmp.Diff([]string{"sent utility", "delivered utility", "read "}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	w.checkTap(t, receipt.ID)
}

// checkTap taps the button of the message, and answers within the window that opens.
func (w *world) checkTap(t *testing.T, id string) {
	t.Helper()
	inbox := w.phones.Inbox(simShopper)
	if len(inbox) != 1 || inbox[0].Text != "Order 88412\nHi आशा & Söhne, we could not deliver ORD,1~2.\nReply below" {
		t.Fatalf("inbox: got %+v", inbox)
	}
	if _, err := w.phones.Reply(simShopper, handset.Reply{Button: "Try again"}); err != nil {
		t.Fatalf("tap: %v", err)
	}
	events := w.settle(t, time.Second)
	if len(events) != 1 || events[0].Reply == nil {
		t.Fatalf("tap: got %v", events)
	}
	r := events[0].Reply
	if !r.Tap || r.Postback != "ndr:v1" || r.Text != "Try again" || !slices.Contains(r.ContextIDs, id) || r.From != simShopper {
		t.Errorf("tap: got postback %q of %q, context %q", r.Postback, r.Text, r.ContextIDs)
	}
	req, err := w.p.BuildButtons(t.Context(), w.app, provider.ButtonMessage{
		To: shopper(t), Text: "When?", Ref: "ref.2",
		Buttons: []provider.ReplyButton{{ID: "slot-1", Title: "Today"}, {ID: "slot-2", Title: "Tomorrow"}},
	})
	if err != nil {
		t.Fatalf("buttons: %v", err)
	}
	if _, err = provider.Do(t.Context(), w.client, req, w.p.ReadReceipt); err != nil {
		t.Fatalf("buttons: %v", err)
	}
	w.settle(t, 10*time.Second)
	if _, err := w.phones.Reply(simShopper, handset.Reply{Button: "Tomorrow"}); err != nil {
		t.Fatalf("tap: %v", err)
	}
	if events = w.settle(t, time.Second); len(events) != 1 || events[0].Reply == nil || events[0].Reply.Postback != "slot-2" || !events[0].Reply.Tap {
		t.Errorf("tap on a session message's button: got %v", events)
	}
}

// TestEveryParameterKindIsTaken sends what each kind of template needs and has the simulator hold it against the contract.
func TestEveryParameterKindIsTaken(t *testing.T) {
	t.Parallel()
	kind := func(id, header string, buttons ...simulated.Button) simulated.Template {
		return simulated.NewTemplate(id, "kind_"+id, "en_US", simulated.Content{HeaderFormat: header, Body: "Hi {{customer_name}}.", Buttons: buttons})
	}
	status := kind("1000000009", "")
	status.SubCategory = "ORDER_STATUS"
	w := newWorld(t, kind("1000000001", "IMAGE"), kind("1000000002", "VIDEO"), kind("1000000003", "DOCUMENT"), kind("1000000004", "LOCATION"),
		kind("1000000005", "", simulated.Button{Type: "COPY_CODE", Text: "Copy"}),
		kind("1000000006", "", simulated.Button{Type: "ORDER_DETAILS", Text: "Review and pay"}),
		kind("1000000007", "", simulated.Button{Type: "PHONE_NUMBER", Text: "Call", PhoneNumber: "+919000000100"}), status)
	all, err := w.p.Templates(t.Context(), w.client, w.app)
	if err != nil || len(all) != 8 {
		t.Fatalf("templates: got %d, %v", len(all), err)
	}
	if err := w.Subscribe(simNumber, w.hook); err != nil {
		t.Fatal(err)
	}
	order := func(status string) func(*provider.TemplateMessage) {
		return func(m *provider.TemplateMessage) {
			m.OrderStatus = &provider.OrderStatus{Reference: "inv-88412", Status: status, Description: "News"}
		}
	}
	for _, c := range []struct {
		id, code string
		fill     func(m *provider.TemplateMessage)
	}{
		{"1000000001", "", func(m *provider.TemplateMessage) { m.Media.Link = "https://cdn.example.com/1.jpg" }},
		{"1000000001", "", func(m *provider.TemplateMessage) { m.Media.ID = "77" }},
		{"1000000002", "", func(m *provider.TemplateMessage) { m.Media.Link = "https://cdn.example.com/1.mp4" }},
		{"1000000003", "", func(m *provider.TemplateMessage) {
			m.Media.Link, m.Media.Filename = "https://cdn.example.com/1.pdf", "1.pdf"
		}},
		{"1000000004", "", func(m *provider.TemplateMessage) {
			m.Media = provider.Media{Latitude: "18.5", Longitude: "73.8", Name: "Shop", Address: "1 Example Road"}
		}},
		{"1000000005", "", func(m *provider.TemplateMessage) { m.CopyCode = "SAVE10" }},
		{"1000000009", "2046", order("shipped")},
		{"1000000006", "", func(m *provider.TemplateMessage) {
			m.OrderDetails = &provider.OrderDetails{
				Reference: "inv-88412", Goods: "physical-goods", Currency: "INR", PaymentType: "upi", Settings: []byte(`[]`),
				Items:    []provider.OrderItem{{SKU: "SK101", Name: "Tea", Quantity: 2, Amount: 50_000_000}},
				Subtotal: 100_000_000, Total: 100_000_000,
			}
		}},
		{"1000000009", "", order("shipped")},
		{"1000000009", "2046", order("processing")},
		{"1000000009", "", order("completed")},
		{"1000000007", "", func(*provider.TemplateMessage) {}},
	} {
		at := slices.IndexFunc(all, func(t template.Template) bool { return t.ID == c.id })
		m := provider.TemplateMessage{To: shopper(t), Template: all[at], Values: []string{"Asha"}}
		c.fill(&m)
		if _, err := w.send(t, m); err != nil {
			t.Errorf("%s: %v", c.id, err)
		}
		code := "nothing came"
		for _, e := range w.settle(t, time.Minute) {
			if e.Status != nil {
				code = e.Status.Code
			}
		}
		if code != c.code {
			t.Errorf("%s: got code %q, want %q", c.id, code, c.code)
		}
	}
}

func TestTemplatesByPage(t *testing.T) {
	t.Parallel()
	var many []simulated.Template
	for i := range 250 {
		id := strconv.Itoa(1_000_000_000 + i)
		many = append(many, simulated.NewTemplate(id, "t_"+id, "en", simulated.Content{Body: "Hello"}))
	}
	w := newWorld(t, many...)
	all, err := w.p.Templates(t.Context(), w.client, w.app)
	if err != nil || len(all) != len(many) {
		t.Fatalf("got %d templates, %v, want %d", len(all), err, len(many))
	}
	for i, got := range all {
		if got.ID != many[i].ID || got.Body != "Hello" {
			t.Fatalf("template %d: got %+v", i, got)
		}
	}
	if pages := len(w.log.Requests()); pages != 3 {
		t.Errorf("got %d requests, want 3", pages)
	}
}

func TestCheckAgainstSimulator(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world) error
		want   provider.CheckState
	}{
		"verified":     {func(*world) error { return nil }, provider.CheckVerified},
		"unconfirmed":  {func(w *world) error { w.app.Number = ""; return nil }, provider.CheckNumberUnconfirmed},
		"wrong_token":  {func(w *world) error { w.app.Secret = config.NewSecret("another"); return nil }, provider.CheckInvalidKey},
		"no_token":     {func(w *world) error { w.app.Secret = config.Secret{}; return nil }, provider.CheckInvalidKey},
		"wrong_number": {func(w *world) error { w.app.Number = "919000000101"; return nil }, provider.CheckNumberMismatch},
		"wrong_id":     {func(w *world) error { w.app.ProviderIDs[meta.KeyPhoneNumberID] = "118200334455668"; return nil }, provider.CheckUnknownApp},
		"wrong_account": {
			func(w *world) error { w.app.ProviderIDs[meta.KeyWABAID] = "204411990089"; return nil }, provider.CheckUnknownApp,
		},
		"id_of_other_account": {func(w *world) error {
			w.app.ProviderIDs[meta.KeyPhoneNumberID], w.app.Number = "118200334455669", "919000000102"
			return w.AddApp(simulated.App{ID: "118200334455669", WABAID: "204411990090", Phone: "919000000102", Token: "token-of-the-test"})
		}, provider.CheckUnknownApp},
		"no_id":        {func(w *world) error { delete(w.app.ProviderIDs, meta.KeyWABAID); return nil }, provider.CheckUnknownApp},
		"disconnected": {func(w *world) error { return w.SetHealth(simNumber, "DISCONNECTED", "AVAILABLE") }, provider.CheckUnknownApp},
		"blocked":      {func(w *world) error { return w.SetHealth(simNumber, "CONNECTED", "BLOCKED") }, provider.CheckUnknownApp},
		"limited":      {func(w *world) error { return w.SetHealth(simNumber, "CONNECTED", "LIMITED") }, provider.CheckVerified},
		"throttled":    {func(w *world) error { return w.faults.Set([]chaos.Fault{{Mode: chaos.Throttle}}) }, provider.CheckThrottled},
		"down":         {func(w *world) error { return w.faults.Set([]chaos.Fault{{Mode: chaos.HTML502Before}}) }, provider.CheckProviderDown},
		"out":          {func(w *world) error { return w.faults.Set([]chaos.Fault{{Mode: chaos.Unavailable}}) }, provider.CheckProviderDown},
		"no_templates": {func(w *world) error {
			return w.faults.Set([]chaos.Fault{{Mode: chaos.Refuse, Status: 403, Path: "/message_templates"}})
		}, provider.CheckInvalidKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := c.change(w); err != nil {
				t.Fatal(err)
			}
			got := w.p.Check(t.Context(), w.client, w.app)
			if got.State != c.want || got.Detail == "" {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

func TestSubscribeRefusals(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world){
		"no_app_secret":  func(w *world) { w.app.Signing = nil },
		"no_token":       func(w *world) { w.app.Secret = config.Secret{} },
		"long_address":   func(w *world) { w.hook += string(make([]byte, 200)) },
		"no_webhook":     func(w *world) { w.hook = "http://127.0.0.1:1/meta/token" },
		"refused":        func(w *world) { _ = w.faults.Set([]chaos.Fault{{Mode: chaos.Refuse, Path: "/subscribed_apps"}}) },
		"wrong_token":    func(w *world) { w.app.Secret = config.NewSecret("another") },
		"answer_is_html": func(w *world) { _ = w.faults.Set([]chaos.Fault{{Mode: chaos.HTML502After, Skip: 1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change(w)
			if s, err := w.p.Subscribe(t.Context(), w.client, w.app, w.hook); err == nil {
				t.Errorf("got %+v, want an error", s)
			}
		})
	}
}

// TestForeignNumbersStayOut has two numbers of one account call one address: each app sees its own news only.
func TestForeignNumbersStayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, missed())
	const second = "118200334455669"
	if err := w.AddApp(simulated.App{
		ID: second, WABAID: simAccount, Phone: "919000000102", Token: "token-of-the-test", AppSecret: "secret-of-the-test",
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Subscribe(simNumber, w.hook); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{simNumber, second} {
		if _, err := w.phones.Reply(simShopper, handset.Reply{Text: "Hello " + id, App: id}); err != nil {
			t.Fatal(err)
		}
		if err := w.EmitPreference(id, simShopper, "stop"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetTemplateStatus(second, "930041187712006", "PAUSED", "low quality"); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range w.settle(t, time.Second) {
		kinds = append(kinds, string(e.Kind))
		if e.Reply != nil && e.Reply.Text != "Hello "+simNumber {
			t.Error("got a message of the other number")
		}
	}
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{"preference", "reply", "template"}, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if w.posts != 5 {
		t.Errorf("got %d callbacks, want 5", w.posts)
	}
}
