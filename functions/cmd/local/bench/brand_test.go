package bench

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

const (
	brandID    = "811"
	appID      = "gupshup-neem"
	appName    = "NeemAlerts"
	appKey     = "gupshup-neem-api-key"
	simApp     = "aaaaaaaa-0000-4000-8000-000000000001"
	templateID = "0b6f2c1e-1111-4222-8333-000000000004"
	hookToken  = "token-of-the-benchmarks"
)

// threeModes are the statuses that a provider reports of each message.
var threeModes = []string{"SENT", "DELIVERED", "READ"}

// brand is one account with its app, and as many shoppers as asked for; each has one order.
type brand struct {
	parts    *inspect.Parts
	sim      *simulator.Simulator
	shoppers int
	event    []byte
}

// newBrand puts the account into the store and its app into the simulator. Callbacks, if behaviour has any, go to hook.
func newBrand(ctx context.Context, parts *inspect.Parts, sim *simulator.Simulator, hook string, behaviour simgupshup.Behaviour) (*brand, error) {
	key, err := parts.Secrets.Access(ctx, appKey)
	if err != nil {
		return nil, err
	}
	tpl := simgupshup.NewTemplate(templateID, "failed_delivery_v1", simgupshup.Container{
		Data:    "Hi {{1}}, we could not deliver your order {{2}} with {{3}}: {{4}}. What shall we do?",
		Buttons: []simgupshup.Button{{Type: simgupshup.QuickReply, Text: "Try again"}, {Type: simgupshup.QuickReply, Text: "Choose a day"}},
	})
	err = sim.Gupshup().AddApp(simgupshup.App{
		ID: simApp, Name: appName, Phone: "919000000801", APIKey: key.Reveal(), Templates: []simgupshup.Template{tpl},
	})
	if err != nil {
		return nil, err
	}
	if err = sim.Gupshup().SetBehaviour(simApp, behaviour); err != nil {
		return nil, err
	}
	if behaviour.Callbacks {
		_, err = sim.Gupshup().Subscribe(simApp, simgupshup.Subscription{Tag: "bench", URL: hook, Version: 2, Modes: threeModes})
		if err != nil {
			return nil, err
		}
	}
	if err = parts.Store.PutWebhook(ctx, hookToken, store.Webhook{Provider: gupshup.Name, AppID: appID, AccountID: brandID}); err != nil {
		return nil, err
	}
	event, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		return nil, err
	}
	return &brand{parts: parts, sim: sim, event: event}, parts.Store.PutAccount(ctx, settings())
}

// settings are of an account whose rate never binds, and that sends events of any age. The template takes what the event
// holds: a variable that only the order platform knows costs a call to it, and a read and a write of the kept order.
func settings() account.Account {
	return account.Account{
		ID: brandID, Slug: "neem-and-co", Name: "Neem & Co", ConsentMode: account.Explicit, Sender: appID,
		Apps: map[string]account.App{appID: {
			Provider: gupshup.Name, Ownership: message.Client, Name: "Neem", Number: "919000000801", Secret: appKey, Rate: 1e6,
			ProviderIDs: map[string]string{gupshup.KeyAppID: simApp, gupshup.KeyAppName: appName},
		}},
		Events: map[string]account.Event{"shipment/failed_delivery": {
			Enabled: true, TemplateID: templateID, Filling: template.Filling{Variables: []string{"customer_name", "customer_order_id", "courier", "failure_reason"}},
		}},
	}
}

// useMeta has the brand send through a number of its own at Meta.
func useMeta(ctx context.Context, b *brand) error {
	const number, waba, secret, metaTemplate, metaApp = "200000000000811", "100000000000811", "meta-marigold-token", "900000000000004", "meta-neem"
	key, err := b.parts.Secrets.Access(ctx, secret)
	if err != nil {
		return err
	}
	tpl := simmeta.NewTemplate(metaTemplate, "failed_delivery_v1", "en", simmeta.Content{
		Body: "Hi {{1}}, we could not deliver your order {{2}} with {{3}}: {{4}}. What shall we do?",
	})
	err = b.sim.Meta().AddApp(simmeta.App{
		ID: number, WABAID: waba, Phone: "919000000801", VerifiedName: "Neem", Token: key.Reveal(), Templates: []simmeta.Template{tpl},
	})
	if err != nil {
		return err
	}
	a := settings()
	app := a.Apps[appID]
	app.Provider, app.Secret = meta.Name, secret
	app.ProviderIDs = map[string]string{meta.KeyPhoneNumberID: number, meta.KeyWABAID: waba}
	a.Sender, a.Apps = metaApp, map[string]account.App{metaApp: app}
	for kind, e := range a.Events {
		e.TemplateID = metaTemplate
		a.Events[kind] = e
	}
	return b.parts.Store.PutAccount(ctx, a)
}

// firstPhone is the first shopper's number without the country code.
const firstPhone = 9_000_010_000

// more makes n new shoppers, who have subscribed, and returns an event about the order of each.
func (b *brand) more(ctx context.Context, n int) ([][]byte, error) {
	keys, err := b.parts.Keys(ctx)
	if err != nil {
		return nil, err
	}
	events := make([][]byte, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(32)
	for i := range n {
		number := b.shoppers + i
		events[i] = b.eventOf(number)
		group.Go(func() error { return b.addShopper(ctx, keys.Phone, number) })
	}
	b.shoppers += n
	return events, group.Wait()
}

func phoneOf(number int) string { return strconv.Itoa(firstPhone + number) }

// eventOf is the fixture's failed delivery, of another order to another shopper.
func (b *brand) eventOf(number int) []byte {
	event := bytes.ReplaceAll(b.event, []byte("51230077"), []byte(strconv.Itoa(60_000_000+number)))
	event = bytes.ReplaceAll(event, []byte("NC-20417"), fmt.Appendf(nil, "NC-%07d", number))
	return bytes.ReplaceAll(event, []byte("9000000001"), []byte(phoneOf(number)))
}

func (b *brand) addShopper(ctx context.Context, keyer phone.Keyer, number int) error {
	to, err := phone.FromE164("+91" + phoneOf(number))
	if err != nil {
		return err
	}
	key, now := keyer.Key(to), b.parts.Clock.Now()
	entry, state, _ := consent.Record(consent.For(store.CustomerID(brandID, key)), consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, SourceRef: "order:bench",
		Actor: "customer", OccurredAt: now, RecordedAt: now,
	})
	return b.parts.Store.CreateCustomer(ctx, store.Customer{
		ID: store.CustomerID(brandID, key), AccountID: brandID, PhoneKey: key, Phone: to.E164(), Consent: state,
	}, entry...)
}

// waitFor looks every few milliseconds until done; the benchmark fails after a time in which any machine gets there.
func waitFor(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("waited too long for %s", what)
		}
	}
}
