package businessonbot_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	simulated "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	guestKey = "guest-key-of-the-test"
	apiKey   = "api-key-of-the-test"
)

// bob is a simulated BusinessOnBot with one tenant, and our provider in front of it.
type bob struct {
	*testing.T
	sim    *simulated.Server
	faults *chaos.List
	log    *witness.Log
	p      *businessonbot.Provider
	to     phone.Number
	limit  time.Duration // of the client
}

func newBob(t *testing.T) *bob {
	t.Helper()
	clk := clock.NewManual(time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC))
	b := &bob{T: t, faults: chaos.New(clk), log: witness.New(0), limit: 10 * time.Second}
	b.sim = simulated.New(simulated.Config{Clock: clk, Log: b.log, Faults: b.faults})
	if err := b.sim.AddTenant(simulated.Tenant{Path: "neem", GuestKey: guestKey, APIKey: apiKey}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/businessonbot", b.sim.Handler()))
	t.Cleanup(server.Close)
	t.Cleanup(b.faults.Close)
	b.p = businessonbot.New(businessonbot.Config{BaseURL: server.URL + "/businessonbot"})
	var err error
	if b.to, err = phone.FromE164("+919000000001"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bob) app(settings ...string) provider.App {
	ids := map[string]string{businessonbot.KeyBaseURL: "https://customstore.bob.example.com/neem"}
	key := guestKey
	for i := 0; i < len(settings); i += 2 {
		ids[settings[i]] = settings[i+1]
	}
	if ids[businessonbot.KeyMode] == businessonbot.ModeTemplate {
		key = apiKey
	}
	return provider.App{ID: "app1", ProviderIDs: ids, Secret: config.NewSecret(key)}
}

func (b *bob) file(elements ...string) []byte {
	b.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "..", "testdata"}, elements...)...))
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

func (b *bob) client() *http.Client {
	return &http.Client{Transport: testkit.Transport, Timeout: b.limit}
}

// forward tells an event, as if it were of that subtype, with and without the order's own JSON.
func (b *bob) forward(app provider.App, event, subType string, withOrder bool) (provider.Receipt, error) {
	b.Helper()
	e, err := order.ParseEvent(b.file("events", event+".json"), nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	if subType != "" {
		e.SubType = subType
	}
	m := provider.OrderMessage{To: b.to, Event: e}
	if withOrder {
		m.OrderJSON = b.file("orders", "51230077.json")
		if e.SubType == "cancelled_order" {
			// The event is of one shipment; its other line is cancelled too.
			m.OrderJSON = bytes.ReplaceAll(m.OrderJSON, []byte(`"latestStatus": "intransit"`), []byte(`"latestStatus": "cancelled_order"`))
		}
		if m.Order, err = order.ParseOrder(m.OrderJSON); err != nil {
			b.Fatal(err)
		}
	}
	req, err := b.p.BuildOrder(b.Context(), app, m)
	if err != nil {
		b.Fatalf("build %s: %v", event, err)
	}
	return provider.Do(b.Context(), b.client(), req, b.p.ReadReceipt)
}

func TestAgainstSimulator(t *testing.T) {
	t.Parallel()
	b := newBob(t)
	type line struct{ Endpoint, OrderID, Phone, Status string }
	var want []line
	const number, shopper = "NC-20417", "919000000001"
	for _, tc := range []struct{ event, subType, endpoint, status string }{
		{"shipment-created", "", "orders-create", ""},
		{"shipment-intransit", "packed", "fulfillments-create", ""},
		{"shipment-intransit", "picked_up", "fulfillments-events-create", "Dispatched"},
		{"shipment-intransit", "dispatched", "fulfillments-events-create", "Dispatched"},
		{"shipment-intransit", "", "fulfillments-events-create", "In-transit"},
		{"shipment-out_for_delivery", "", "fulfillments-events-create", "In-transit"},
		{"shipment-delivered", "", "fulfillments-events-create", "Delivered"},
		{"shipment-rto_created", "", "fulfillments-events-create", "Returned"},
		{"shipment-rto_created", "rto_delivered", "fulfillments-events-create", "Returned"},
		{"shipment-cancelled_order", "", "orders-cancelled", ""},
	} {
		for _, withOrder := range []bool{true, false} {
			receipt, err := b.forward(b.app(), tc.event, tc.subType, withOrder)
			if err != nil || receipt.ID != "unnamed" {
				t.Errorf("%s %s (order %t): got %v, %v", tc.event, tc.subType, withOrder, receipt, err)
			}
			want = append(want, line{tc.endpoint, number, shopper, tc.status})
		}
	}
	if _, err := b.forward(b.app(), "cart-abandoned", "", false); err != nil {
		t.Errorf("cart: %v", err)
	}
	want = append(want, line{"abandoned-cart", "CHK-90001", shopper, ""})
	var got []line
	for _, r := range b.sim.Inbox() {
		got = append(got, line{r.Endpoint, r.OrderID, r.Phone, r.Status})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inbox (-want +got):\n%s", diff)
	}
	if n := len(b.sim.Told("neem", number)); n != len(want)-1 {
		t.Errorf("told of the order: got %d, want %d", n, len(want)-1)
	}
	if n := len(b.sim.ToldOf("+91 90000 00001")); n != len(want) {
		t.Errorf("told of the shopper: got %d, want %d", n, len(want))
	}
	if b.log.AcceptedCount() != len(want) {
		t.Errorf("accepted: got %d, want %d", b.log.AcceptedCount(), len(want))
	}
}

func TestTemplateAgainstSimulator(t *testing.T) {
	t.Parallel()
	b := newBob(t)
	app := b.app(businessonbot.KeyMode, businessonbot.ModeTemplate)
	m := provider.TemplateMessage{
		To: b.to, Template: template.Template{ID: "order_packed_v1:en_US"}, Values: []string{"Asha", "NC-20417"},
		Media: provider.Media{Link: "https://cdn.example.com/p.jpg"},
	}
	req, err := b.p.BuildTemplate(t.Context(), app, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = provider.Do(t.Context(), b.client(), req, b.p.ReadReceipt); err != nil {
		t.Fatalf("send: %v", err)
	}
	got := b.sim.Inbox()
	if len(got) != 1 || got[0].Template != "order_packed_v1" || strings.Join(got[0].Params, "|") != "Asha|NC-20417" ||
		got[0].Phone != "919000000001" {
		t.Errorf("got %+v", got)
	}
}

// TestFaults has the simulator fail in every way: what we make of it, and what it took.
func TestFaults(t *testing.T) {
	t.Parallel()
	for mode, want := range map[chaos.Mode]struct {
		class message.Class
		taken int
	}{
		chaos.Refuse:           {message.ClassBadRequest, 0},
		chaos.Throttle:         {message.ClassThrottled, 0},
		chaos.WrongCredentials: {message.ClassAccount, 0},
		chaos.Unavailable:      {message.ClassTransient, 0},
		chaos.HTML502Before:    {message.ClassUnknown, 0},
		chaos.TimeoutBefore:    {message.ClassUnknown, 0},
		chaos.ResetBefore:      {message.ClassUnknown, 0},
		chaos.HTML502After:     {message.ClassUnknown, 1},
		chaos.TimeoutAfter:     {message.ClassUnknown, 1},
		chaos.ResetAfter:       {message.ClassUnknown, 1},
		chaos.Truncated:        {message.ClassUnknown, 1},
		chaos.NoID:             {message.ClassUnknown, 1},
		chaos.Malformed:        {message.ClassUnknown, 1},
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			b := newBob(t)
			if _, err := b.faults.Add(chaos.Fault{System: simulated.System, AppID: "neem", Mode: mode, Times: 1}); err != nil {
				t.Fatal(err)
			}
			patient := b.limit
			if mode == chaos.TimeoutBefore || mode == chaos.TimeoutAfter {
				b.limit = 3 * time.Second // the simulator has to have taken it by then
			}
			_, err := b.forward(b.app(), "shipment-created", "", true)
			b.limit = patient
			if got := provider.ClassOf(err); err == nil || got != want.class {
				t.Errorf("got %v, want %s", err, want.class)
			}
			if n := len(b.sim.Inbox()); n != want.taken {
				t.Errorf("taken: got %d, want %d", n, want.taken)
			}
			if _, err := b.forward(b.app(), "shipment-created", "", true); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		settings []string
		key      string
		fault    chaos.Mode
		want     provider.CheckState
	}{
		"events":        {want: provider.CheckNumberUnconfirmed},
		"template":      {settings: []string{businessonbot.KeyMode, businessonbot.ModeTemplate}, want: provider.CheckNumberUnconfirmed},
		"wrong_key":     {key: "another", want: provider.CheckInvalidKey},
		"no_key":        {key: " ", want: provider.CheckInvalidKey},
		"wrong_address": {settings: []string{businessonbot.KeyBaseURL, "https://customstore.bob.example.com/other"}, want: provider.CheckUnknownApp},
		"no_address":    {settings: []string{businessonbot.KeyBaseURL, ""}, want: provider.CheckUnknownApp},
		"throttled":     {fault: chaos.Throttle, want: provider.CheckThrottled},
		"down":          {fault: chaos.Unavailable, want: provider.CheckProviderDown},
		"html":          {fault: chaos.HTML502Before, want: provider.CheckProviderDown},
		"cut":           {fault: chaos.ResetBefore, want: provider.CheckProviderDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBob(t)
			if tc.fault != "" {
				if _, err := b.faults.Add(chaos.Fault{Mode: tc.fault}); err != nil {
					t.Fatal(err)
				}
			}
			app := b.app(tc.settings...)
			if tc.key != "" {
				app.Secret = config.NewSecret(tc.key)
			}
			got := b.p.Check(t.Context(), b.client(), app)
			if got.State != tc.want || got.Detail == "" {
				t.Errorf("got %+v, want %s", got, tc.want)
			}
			if strings.Contains(got.Detail, guestKey) || len(b.sim.Inbox()) != 0 {
				t.Errorf("a check told something: %q, %v", got.Detail, b.sim.Inbox())
			}
		})
	}
}
