package brands_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// fiveEvents are an order's life, with the demo's number of the template for each and what BusinessOnBot is told: the
// endpoint and the status, nothing where it has no word for the event.
var fiveEvents = []struct {
	event            string
	template         int
	endpoint, status string
}{
	{"shipment/created", 1, "orders-create", ""},
	{"shipment/out_for_delivery", 3, "fulfillments-events-create", "In-transit"},
	{"shipment/failed_delivery", 4, "", ""},
	{"shipment/delivered", 5, "fulfillments-events-create", "Delivered"},
	{"returnShipment/created", 6, "", ""},
}

// shown is a message on a phone, with the shopper's, the order's and the brand's names taken out.
type shown struct {
	Text, Template, State string
	Buttons               []string
	// Reached are the states that a provider reports.
	Reached []string
}

// show takes the names out of what a phone shows.
func show(s shopper, m *simulator.Message) shown {
	given, _, _ := strings.Cut(s.Shipping.Name, " ")
	text := strings.NewReplacer(s.Shipping.Name, "SHOPPER", given, "SHOPPER", s.Number, "ORDER", s.Items[0].Info.Product.Brand, "BRAND").Replace(m.Text)
	out := shown{Text: text, Template: m.Template, State: m.State, Buttons: append([]string{}, m.Buttons...)}
	for _, state := range []string{"sent", "delivered", "read"} {
		if _, ok := m.At[state]; ok {
			out.Reached = append(out.Reached, state)
		}
	}
	return out
}

// line is what the send log says of an event.
type line struct {
	Event     string
	Status    message.Status
	Reason    message.Reason
	App       string
	Provider  string
	Ownership message.Ownership
	Template  string
	Attempts  int
}

func lineOf(e *lab.LogEntry) line {
	return line{e.Event, e.Status, e.Reason, e.App, e.Provider, e.Ownership, e.Template, len(e.Attempts)}
}

func gupshupTemplate(n int) string { return fmt.Sprintf("0b6f2c1e-1111-4222-8333-%012d", n) }
func metaTemplate(n int) string    { return fmt.Sprintf("90000000000%04d", n) }

func TestSameEventsThroughEveryProvider(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	brands := []struct {
		brand
		app, provider string
		template      func(n int) string
	}{
		{neem, demo.NeemApp, "gupshup", gupshupTemplate},
		{marigold, demo.MarigoldApp, "meta", metaTemplate},
		{jasmine, demo.JasmineApp, "kaleyra", metaTemplate},
		{anise, demo.AniseApp, "businessonbot", nil},
	}

	// No page lets a brand enable what its provider has no words for, but an account may have it from the app that it had before.
	a, err := r.Parts.Store.Account(t.Context(), demo.AniseID)
	r.Must(err)
	for _, e := range fiveEvents {
		a.Events[e.event] = account.Event{Enabled: true}
	}
	r.Must(r.Parts.Store.PutAccount(t.Context(), a))

	shoppers := make([]shopper, len(brands))
	for i, b := range brands {
		shoppers[i] = r.subscribe(b.brand)
	}
	for n, e := range fiveEvents {
		for i, b := range brands {
			r.happen(b.brand, shoppers[i], e.event, n)
		}
		for _, b := range brands {
			want := line{Event: e.event, Status: message.StatusRead, App: b.app, Provider: b.provider, Ownership: message.Client, Attempts: 1}
			switch {
			case b.template != nil:
				want.Template = b.template(e.template)
			case e.endpoint == "":
				want.Status, want.Reason, want.Attempts = message.StatusRefused, message.UnsupportedByProvider, 0
			default:
				want.Status = message.StatusAccepted
			}
			entry := r.logged(b.brand, n, want.Status)
			if diff := cmp.Diff(want, lineOf(&entry)); diff != "" {
				t.Errorf("%s, %s: the send log differs (-want +got):\n%s", b.name, e.event, diff)
			}
			if entry.Account != b.account || entry.Order != b.order {
				t.Errorf("%s, %s: logged for account %s and order %s", b.name, e.event, entry.Account, entry.Order)
			}
		}
	}
	r.Rest()
	var reference []shown
	for i, b := range brands[:3] {
		var screen []shown
		for _, m := range r.inbox(shoppers[i]) {
			screen = append(screen, show(shoppers[i], &m))
		}
		if reference == nil {
			reference = screen
			checkReference(t, screen)
		}
		if diff := cmp.Diff(reference, screen); diff != "" {
			t.Errorf("the phone of %s shows something else than that of %s (-%s +%s):\n%s", b.name, neem.name, neem.name, b.name, diff)
		}
		if got := len(r.log(b.brand)); got != len(fiveEvents) {
			t.Errorf("%s: the send log has %d lines, want %d", b.name, got, len(fiveEvents))
		}
	}
	r.checkBot(shoppers[3])
	if got := r.inbox(shoppers[3]); len(got) != 0 {
		t.Errorf("the phone of %s shows %d messages that no bot sent", anise.name, len(got))
	}
}

// checkReference holds the phone of the first brand against the demo's templates, so that not all can be wrong together.
func checkReference(t *testing.T, screen []shown) {
	t.Helper()
	if len(screen) != len(fiveEvents) {
		t.Fatalf("the phone of %s shows %d messages, want %d", neem.name, len(screen), len(fiveEvents))
	}
	want := shown{
		Text: "Hi SHOPPER, we could not deliver your order ORDER from BRAND: customer not reachable. What shall we do?\n" +
			"Reply STOP to get no more messages",
		Template: "failed_delivery_v1", State: "read", Buttons: []string{"Try again", "Choose a day", "Cancel order"},
		Reached: []string{"sent", "delivered", "read"},
	}
	if diff := cmp.Diff(want, screen[2]); diff != "" {
		t.Errorf("the phone of %s differs (-want +got):\n%s", neem.name, diff)
	}
}

// checkBot holds what BusinessOnBot was told against the events that it has words for.
func (r *rig) checkBot(s shopper) {
	r.Helper()
	var want, got []string
	for _, e := range fiveEvents {
		if e.endpoint != "" {
			want = append(want, e.endpoint+" "+e.status)
		}
	}
	for _, told := range r.bot(s.Number) {
		got = append(got, told.Endpoint+" "+told.Status)
		if !strings.HasSuffix(told.Phone, s.Shipping.Phone) {
			r.Errorf("%s: told of another shopper", told.Endpoint)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("BusinessOnBot was told something else (-want +got):\n%s", diff)
	}
}

func TestSwitchingTheSenderShowsTheSameProduct(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	s := r.subscribe(neem)
	r.adopt(demo.MarigoldID, lab.TokenPrefix+demo.MarigoldApp, "meta-marigold-app-secret")
	r.adopt(demo.JasmineID, lab.TokenPrefix+demo.JasmineApp, "kaleyra-jasmine-callback-secret")
	r.adopt(demo.AniseID, "", "")
	settings, err := r.Parts.Store.Account(t.Context(), demo.NeemID)
	r.Must(err)
	other, err := r.Parts.Store.Account(t.Context(), demo.MarigoldID)
	r.Must(err)
	templates := settings.Events
	var reference shown
	for n, sender := range []string{demo.NeemApp, demo.MarigoldApp, demo.JasmineApp, demo.AniseApp, demo.NeemApp} {
		settings.Sender, settings.Events = sender, other.Events
		if sender == demo.NeemApp {
			settings.Events = templates
		}
		r.Must(r.Parts.Store.PutAccount(t.Context(), settings))
		before := len(r.inbox(s))
		if sender == demo.AniseApp {
			r.happen(neem, s, "shipment/out_for_delivery", n)
			if entry := r.logged(neem, n, message.StatusAccepted); entry.App != sender {
				t.Errorf("sent through %s, want %s", entry.App, sender)
			}
			if told := r.bot(s.Number); len(told) != 1 || told[0].Status != "In-transit" {
				t.Errorf("BusinessOnBot was told %d things of the order, want its way to the shopper", len(told))
			}
			continue
		}
		r.happen(neem, s, "shipment/failed_delivery", n)
		if entry := r.logged(neem, n, message.StatusRead); entry.App != sender || len(entry.Attempts) != 1 {
			t.Errorf("sent through %s in %d attempts, want once through %s", entry.App, len(entry.Attempts), sender)
		}
		screen := r.inbox(s)
		if len(screen) != before+1 {
			t.Fatalf("%s: the phone shows %d messages, want %d", sender, len(screen), before+1)
		}
		got := show(s, &screen[before])
		if reference.Text == "" {
			reference = got
		}
		if diff := cmp.Diff(reference, got); diff != "" {
			t.Errorf("through %s the phone shows something else (-before +now):\n%s", sender, diff)
		}
	}
}

// adopt gives Neem & Co the app of another brand, with its callbacks where it has some.
func (r *rig) adopt(from, token, signing string) {
	r.Helper()
	app := r.app(from)
	r.Must(r.Parts.Store.ChangeCondition(r.Context(), demo.NeemID, func(f *account.Condition) bool {
		f.Apps = maps.Clone(f.Apps)
		f.Apps[app.ID] = app
		return true
	}))
	if token == "" {
		return
	}
	r.Must(r.Parts.Store.PutWebhook(r.Context(), r.Secret(token), store.Webhook{
		Provider: app.Provider, AppID: app.ID, AccountID: demo.NeemID, ProviderIDs: app.ProviderIDs, Signing: []string{signing},
	}))
}

// status is the consent of the shopper of the brand's order.
func (r *rig) status(b brand, s shopper) consent.Status {
	r.Helper()
	return r.customer(b, s).Consent.Status
}

func (r *rig) customer(b brand, s shopper) store.Customer {
	r.Helper()
	keys, err := r.Parts.Keys(r.Context())
	r.Must(err)
	n, err := phone.Parse(s.Shipping.Phone, "IN")
	r.Must(err)
	c, err := r.Parts.Store.Customer(r.Context(), store.CustomerID(b.account, keys.Phone.Key(n)))
	r.Must(err)
	return c
}

func TestStopAndStartThroughEveryProvider(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	brands := []brand{neem, marigold, jasmine}
	shoppers := make([]shopper, len(brands))
	for i, b := range brands {
		shoppers[i] = r.subscribe(b)
		r.happen(b, shoppers[i], "shipment/created", 0)
		r.logged(b, 0, message.StatusRead)
	}
	for n, step := range []struct {
		word   string
		want   consent.Status
		status message.Status
		reason message.Reason
	}{
		// The first STOP comes in the same second as the opt-in: a provider that tells whole seconds dates it before that.
		{"STOP", consent.Inactive, message.StatusRefused, message.OptedOut},
		{"start ", consent.Active, message.StatusRead, ""},
	} {
		if n > 0 {
			time.Sleep(1100 * time.Millisecond) // a shopper who says both within a second is taken to have said STOP last
		}
		for i := range brands {
			path := "/local/inbox/" + shoppers[i].Shipping.Phone + "/reply"
			r.call(http.MethodPost, path, map[string]string{"text": step.word}, http.StatusAccepted, nil)
		}
		r.Rest()
		for i, b := range brands {
			if got := r.status(b, shoppers[i]); got != step.want {
				t.Errorf("%s: after %q the shopper is %s, want %s", b.name, step.word, got, step.want)
			}
			r.happen(b, shoppers[i], "shipment/failed_delivery", n+1)
			if entry := r.logged(b, n+1, step.status); entry.Reason != step.reason {
				t.Errorf("%s: after %q the reason is %q, want %q", b.name, step.word, entry.Reason, step.reason)
			}
		}
	}
}
