package world

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// The demo's accounts: NeemID sends through its own Gupshup app, TulsiID through the platform's.
const (
	NeemID   = "811"
	TulsiID  = "812"
	NeemApp  = "gupshup-neem"
	ShareApp = "gupshup-platform"
)

// The demo's orders: Ira's waits for whoever tries the product, Dev's is the start-up story's, Meera's is Tulsi House's.
const (
	IraOrder   = "51230077"
	DevOrder   = "51230078"
	MeeraOrder = "51230079"
)

// demoApp is one Gupshup app of the demo, on both sides.
type demoApp struct {
	installed account.App
	// account is empty for the platform's app.
	account, token, simulated string
}

func demoApps() []demoApp {
	return []demoApp{
		{
			account: NeemID, token: neemToken, simulated: "aaaaaaaa-0000-4000-8000-000000000001",
			installed: account.App{
				ID: NeemApp, Provider: gupshup.Name, Ownership: message.Client, Name: "Neem & Co on Gupshup", Number: "919000000801",
				ProviderIDs: map[string]string{gupshup.KeyAppID: "aaaaaaaa-0000-4000-8000-000000000001", gupshup.KeyAppName: "NeemAlerts"},
				Secret:      neemKey, Rate: 80,
			},
		},
		{
			token: platformToken, simulated: "aaaaaaaa-0000-4000-8000-000000000002",
			installed: account.App{
				ID: ShareApp, Provider: gupshup.Name, Ownership: message.Platform, Name: "The platform's Gupshup", Number: "919000000802",
				ProviderIDs: map[string]string{gupshup.KeyAppID: "aaaaaaaa-0000-4000-8000-000000000002", gupshup.KeyAppName: "OrderAlerts"},
				Secret:      platformKey, Rate: 80,
			},
		},
	}
}

// seed puts the demo into store and simulator. What the store has already, from an earlier run, is left as it is.
func (w *World) seed(ctx context.Context) error {
	for _, app := range demoApps() {
		if err := w.seedApp(ctx, app); err != nil {
			return fmt.Errorf("app %s: %w", app.installed.ID, err)
		}
	}
	for _, brand := range []func(context.Context) error{w.seedMarigold, w.seedJasmine, w.seedAnise} {
		if err := brand(ctx); err != nil {
			return err
		}
	}
	for _, a := range demoAccounts() {
		if err := w.seedAccount(ctx, a); err != nil {
			return fmt.Errorf("account %s: %w", a.ID, err)
		}
	}
	for id, brand := range map[string]string{
		IraOrder: NeemID, DevOrder: NeemID, MeeraOrder: TulsiID, ArunOrder: MarigoldID, LilaOrder: JasmineID, OmarOrder: AniseID,
	} {
		if err := w.seedOrder(ctx, id, brand); err != nil {
			return fmt.Errorf("order %s: %w", id, err)
		}
	}
	return nil
}

// seedApp makes the simulated app, and has the provider call our webhook, by the same calls as an installed app.
func (w *World) seedApp(ctx context.Context, app demoApp) error {
	key, err := w.Parts.Secrets.Access(ctx, app.installed.Secret)
	if err != nil {
		return err
	}
	token, err := w.Parts.Secrets.Access(ctx, app.token)
	if err != nil {
		return err
	}
	err = w.Simulator.AddApp(simulator.App{
		ID: app.simulated, Name: app.installed.ProviderIDs[gupshup.KeyAppName], Phone: app.installed.Number,
		APIKey: key.Reveal(), Templates: demoTemplates(),
	})
	if err != nil {
		return err
	}
	if w.options.Behaviour != nil {
		if err = w.Simulator.SetBehaviour(app.simulated, *w.options.Behaviour); err != nil {
			return err
		}
	}
	err = w.Parts.Store.PutWebhook(ctx, token.Reveal(), store.Webhook{Provider: gupshup.Name, AppID: app.installed.ID, AccountID: app.account})
	if err != nil {
		return err
	}
	return w.subscribeApp(ctx, gupshup.Name, provider.App{
		ID: app.installed.ID, Number: app.installed.Number, ProviderIDs: app.installed.ProviderIDs, Secret: key,
	}, token.Reveal())
}

// What setting up the demo is given, however little time the functions have for their calls: a provider may look whether
// the webhook answers, and on a busy machine that may take it several looks.
const (
	setUpTimeout = 30 * time.Second
	setUpTries   = 10
)

// subscribeApp has the provider report to the app's webhook.
func (w *World) subscribeApp(ctx context.Context, name string, app provider.App, token string) error {
	p, _ := w.Parts.Providers.Get(name)
	subscriber, ok := p.(provider.Subscriber)
	if !ok {
		return fmt.Errorf("%s cannot subscribe", name)
	}
	client := httpx.Client(setUpTimeout)
	defer client.CloseIdleConnections()
	var err error
	for range setUpTries {
		_, err = subscriber.Subscribe(ctx, client, app, w.URL+"/webhook/"+name+"/"+token)
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

func demoAccounts() []account.Account {
	apps := demoApps()
	gupshupEvents, metaEvents := map[string]account.Event{}, map[string]account.Event{}
	for _, m := range demoMessages() {
		gupshupEvents[m.event] = account.Event{Enabled: true, TemplateID: m.gupshupID(), Filling: template.Filling{Variables: m.variables}}
		metaEvents[m.event] = account.Event{Enabled: true, TemplateID: m.metaID(), Filling: template.Filling{Variables: m.variables}}
	}
	// Demo accounts have no age limit, so that the events in testdata, which are old, are sent.
	return []account.Account{
		{
			ID: NeemID, Slug: "neem-and-co", Name: "Neem & Co", ConsentMode: account.Explicit, Sender: NeemApp,
			Apps: map[string]account.App{NeemApp: apps[0].installed}, Events: gupshupEvents, Version: 1,
		},
		{
			ID: TulsiID, Slug: "tulsi-house", Name: "Tulsi House", ConsentMode: account.Explicit, Sender: ShareApp,
			Apps: map[string]account.App{ShareApp: apps[1].installed}, Events: gupshupEvents, Version: 1,
		},
		{
			ID: MarigoldID, Slug: "marigold-home", Name: "Marigold Home", ConsentMode: account.Explicit, Sender: MarigoldApp,
			Apps: map[string]account.App{MarigoldApp: marigoldApp()}, Events: metaEvents, Version: 1,
		},
		{
			ID: JasmineID, Slug: "jasmine-wear", Name: "Jasmine Wear", ConsentMode: account.Explicit, Sender: JasmineApp,
			Apps: map[string]account.App{JasmineApp: jasmineApp()}, Events: metaEvents, Version: 1,
		},
		{
			ID: AniseID, Slug: "anise-foods", Name: "Anise Foods", ConsentMode: account.Explicit, Sender: AniseApp,
			Apps: map[string]account.App{AniseApp: aniseApp()}, Events: metaEvents, Version: 1,
		},
	}
}

func (w *World) seedAccount(ctx context.Context, a account.Account) error {
	_, err := w.Parts.Store.Account(ctx, a.ID)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return w.Parts.Store.PutAccount(ctx, a)
}

// seedOrder gives the order to the simulated platform, and makes its customer, who has not subscribed.
func (w *World) seedOrder(ctx context.Context, id, brand string) error {
	json, err := testdata.Files.ReadFile("orders/" + id + ".json")
	if err != nil {
		return err
	}
	w.Simulator.PutOrder(id, json)
	o, err := order.ParseOrder(json)
	if err != nil {
		return err
	}
	to, err := phone.Parse(o.Customer.Phone, o.Customer.Region)
	if err != nil {
		return err
	}
	keys, err := w.Parts.Keys(ctx)
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	entry, state, _ := consent.Record(consent.State{}, consent.Entry{
		Action: consent.Seen, Source: consent.OrderEvent, Purpose: consent.OrderUpdates, SourceRef: "order:" + id,
		Actor: "platform", OccurredAt: now, RecordedAt: now,
	})
	key := keys.Phone.Key(to)
	err = w.Parts.Store.CreateCustomer(ctx, store.Customer{
		ID: store.CustomerID(brand, key), AccountID: brand, PhoneKey: key, Phone: to.E164(),
		Email: o.Customer.Email, Name: o.Customer.Name, Consent: state,
	}, entry)
	if errors.Is(err, store.ErrExists) {
		return nil
	}
	return err
}
