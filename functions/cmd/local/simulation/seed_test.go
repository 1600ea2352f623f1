package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	pbfirestore "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	simbot "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

type firestoreValue = pbfirestore.Value

// vendorApp is what the provider calls an app of the plan.
type vendorApp struct {
	// key tells the app's requests from those of the provider's other apps: it stands in the path, in a header or in the body.
	key string
	// simulated is the id by which the simulator knows the app.
	simulated string
	number    string
	waba      string
	ids       map[string]string
}

// vendor returns what the provider calls app i.
func (w *World) vendor(i int) vendorApp {
	a := w.plan.Apps[i]
	v := vendorApp{number: fmt.Sprint(919000000800 + i), waba: fmt.Sprint(100000000000800 + i)}

	switch a.Provider {
	case gupshup.Name:
		v.key = fmt.Sprintf("Alerts%d", i)
		v.simulated = fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i+1)
		v.ids = map[string]string{gupshup.KeyAppID: v.simulated, gupshup.KeyAppName: v.key}
	case meta.Name:
		v.simulated = fmt.Sprint(200000000000800 + i)
		v.key = v.simulated
		v.ids = map[string]string{meta.KeyPhoneNumberID: v.simulated, meta.KeyWABAID: v.waba}
	case kaleyra.Name:
		v.simulated = a.ID
		v.key = fmt.Sprintf("HXAP00000008%02dIN", i)
		v.ids = map[string]string{kaleyra.KeyPod: "in", kaleyra.KeySID: v.key, kaleyra.KeyWABA: v.waba}
	default:
		v.simulated = fmt.Sprintf("tenant-%d", i)
		v.key = v.simulated
		v.ids = map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/" + v.simulated}
		if a.ByTemplate {
			v.ids[businessonbot.KeyMode] = businessonbot.ModeTemplate
		}
	}

	return v
}

// templateOf returns the id by which app i's provider knows the template of an event. Each event has its own.
func (w *World) templateOf(i int, kind string) string {
	name := strings.ReplaceAll(strings.TrimPrefix(kind, "shipment/"), "/", "_")
	switch w.plan.Apps[i].Provider {
	case gupshup.Name:
		return fmt.Sprintf("0b6f2c1e-1111-4222-8333-%012d", kindNumber(kind)+1)
	case businessonbot.Name:
		if !w.plan.Apps[i].ByTemplate {
			return ""
		}
		return name + "_v1:en"
	default:
		return fmt.Sprint(900000000000000 + i*100 + kindNumber(kind))
	}
}

// seed sets up the accounts, the apps at their providers, and the orders.
func (w *World) seed() error {
	var names []string
	for _, a := range w.plan.Apps {
		names = append(names, a.ID+"-key", a.ID+"-signing")
	}
	if err := world.EnsureSecrets(w.ctx, w.cloud.Secrets(), world.Project, names...); err != nil {
		return err
	}

	for i, a := range w.plan.Apps {
		if err := w.seedApp(i); err != nil {
			return fmt.Errorf("app %d: %w", i, err)
		}
		if a.Brand >= 0 {
			continue
		}
		if err := w.offer(i); err != nil {
			return fmt.Errorf("app %d: %w", i, err)
		}
	}

	for i, b := range w.plan.Brands {
		if err := w.parts.Store.PutAccount(w.ctx, w.accountOf(b)); err != nil {
			return err
		}

		w.seedOrders(i)
	}

	return nil
}

// filling is what fills every template.
func filling() template.Filling {
	return template.Filling{Variables: []string{"latest_remark", "customer_order_id"}}
}

// offer makes app i known as one of the platform's, with its templates, by which the events of its brands are told.
func (w *World) offer(i int) error {
	p := account.PlatformApp{App: w.installed(i), Templates: map[string]account.Content{}}
	for _, kind := range kinds {
		if id := w.templateOf(i, kind.name); id != "" {
			p.Templates[kind.name] = account.Content{TemplateID: id, Filling: filling()}
		}
	}

	saved, err := w.parts.Store.SavePlatformApp(w.ctx, w.plan.Apps[i].ID, store.Author{}, time.Now(), func(account.PlatformApp) (account.PlatformApp, error) { return p, nil })
	if err != nil {
		return err
	}

	return w.parts.Store.NoteFollowed(w.ctx, saved.App.ID, saved.Version, nil)
}

// accountOf returns a brand's account as it begins.
func (w *World) accountOf(b Brand) account.Account {
	mode := account.Explicit
	if b.Declared {
		mode = account.BrandDeclared
	}

	sender := w.plan.Apps[b.Sender]
	a := account.Account{
		ID: b.ID, Slug: b.Slug, Name: "Brand " + b.ID, ConsentMode: mode, Sender: sender.ID, MaxAge: b.MaxAge, MarkupBasisPoints: b.Markup, Quiet: b.Quiet.settings(),
		Apps: map[string]account.App{sender.ID: w.installed(b.Sender)}, Events: map[string]account.Event{},
	}

	if b.SendsReclassed {
		a.Reclassed = account.SendReclassed
	}

	for _, kind := range kinds {
		a.Events[kind.name] = account.Event{Enabled: b.on(kind.name), TemplateID: w.templateOf(b.Sender, kind.name), Filling: filling()}
	}

	testkit.Agree(&a)

	return a
}

// installed returns app i as accounts have it.
func (w *World) installed(i int) account.App {
	a, v := w.plan.Apps[i], w.vendor(i)
	owner := message.Client
	if a.Brand < 0 {
		owner = message.Platform
	}

	return account.App{
		Provider: a.Provider, Ownership: owner, Name: a.ID, Number: v.number, ProviderIDs: v.ids, Secret: a.ID + "-key", Rate: 1000,
	}
}

// reports whether the provider of an app posts callbacks.
func (a App) reports() bool { return !a.Silent && a.Provider != businessonbot.Name }

// echoes reports whether the app's provider repeats our reference in its callbacks.
func (a App) echoes() bool { return a.Provider == meta.Name || a.Provider == kaleyra.Name }

// webhookOf returns the address of an app's callbacks.
func (a App) webhookOf() string { return functionsURL + "/webhook/" + a.Provider + "/" + a.token() }

func (a App) token() string { return "token-of-" + a.ID }

// seedApp puts app i into its provider's simulator, and makes its webhook known.
func (w *World) seedApp(i int) error {
	a := w.plan.Apps[i]

	key, err := w.parts.Secrets.Access(w.ctx, a.ID+"-key")
	if err != nil {
		return err
	}

	signing, err := w.parts.Secrets.Access(w.ctx, a.ID+"-signing")
	if err != nil {
		return err
	}

	w.signing[i] = signing.Reveal()
	if err = w.addApp(i, key.Reveal(), signing.Reveal()); err != nil || !a.reports() {
		return err
	}

	hook := store.Webhook{Provider: a.Provider, AppID: a.ID, ProviderIDs: w.vendor(i).ids}
	if a.Brand >= 0 {
		hook.AccountID = w.plan.Brands[a.Brand].ID
	}
	if a.Provider != gupshup.Name {
		hook.Signing = []string{a.ID + "-signing"}
	}
	if err = w.parts.Store.PutWebhook(w.ctx, a.token(), hook); err != nil {
		return err
	}

	// The app had a callback today, so that evidence is expected of it.
	return w.parts.Store.RecordAppTimes(w.ctx, a.ID, store.AppTimes{Taken: time.Now(), Witness: time.Now()})
}

const templateBody = "News of {{1}}, about {{2}}."

// addApp puts app i into its provider's simulator.
func (w *World) addApp(i int, key, signing string) error {
	a, v := w.plan.Apps[i], w.vendor(i)
	course := tenant.Behaviour{
		Callbacks: a.reports(), Hold: true, AutoRead: a.Callbacks.Read > 0,
		Lag: tenant.Lag{
			Enqueued: 200 * time.Millisecond, Sent: a.Callbacks.Sent, Delivered: a.Callbacks.Delivered, Read: a.Callbacks.Read,
			Failed: a.Callbacks.Sent, Billing: time.Second, Inbound: 300 * time.Millisecond,
		},
	}

	switch a.Provider {
	case gupshup.Name:
		return w.addGupshup(i, v, key, course)
	case meta.Name:
		return w.addMeta(i, v, key, signing, course)
	case kaleyra.Name:
		return w.addKaleyra(i, v, key, signing, course)
	default:
		return w.sim.BusinessOnBot().AddTenant(simbot.Tenant{Path: v.simulated, GuestKey: key, APIKey: key})
	}
}

func (w *World) addGupshup(i int, v vendorApp, key string, course tenant.Behaviour) error {
	var all []simgupshup.Template
	for _, k := range kinds {
		content := simgupshup.Container{Data: templateBody}
		for _, label := range w.buttonsOf(i, k) {
			content.Buttons = append(content.Buttons, simgupshup.Button{Type: simgupshup.QuickReply, Text: label})
		}

		all = append(all, simgupshup.NewTemplate(w.templateOf(i, k.name), k.template(), content))
	}

	server := w.sim.Gupshup()
	if err := server.AddApp(simgupshup.App{ID: v.simulated, Name: v.key, Phone: v.number, APIKey: key, Templates: all}); err != nil {
		return err
	}
	if err := server.SetBehaviour(v.simulated, simgupshup.Behaviour{Behaviour: course}); err != nil || !course.Callbacks {
		return err
	}

	_, err := server.Subscribe(v.simulated, simgupshup.Subscription{
		Tag: "simulation", URL: w.plan.Apps[i].webhookOf(), Version: w.plan.Apps[i].Version,
		Modes: []string{"ENQUEUED", "SENT", "DELIVERED", "READ", "FAILED", "MESSAGE", "BILLING", "TEMPLATE", "ACCOUNT"},
	})

	return err
}

func (w *World) addMeta(i int, v vendorApp, key, signing string, course tenant.Behaviour) error {
	var all []simmeta.Template
	for _, k := range kinds {
		content := simmeta.Content{Body: templateBody}
		for _, label := range w.buttonsOf(i, k) {
			content.Buttons = append(content.Buttons, simmeta.Button{Type: simmeta.QuickReply, Text: label})
		}

		all = append(all, simmeta.NewTemplate(w.templateOf(i, k.name), k.template(), "en", content))
	}

	server := w.sim.Meta()
	if err := server.AddApp(simmeta.App{
		ID: v.simulated, WABAID: v.waba, Phone: v.number, VerifiedName: "Brand", Token: key, AppSecret: signing, Templates: all,
	}); err != nil {
		return err
	}
	if err := server.SetBehaviour(v.simulated, simmeta.Behaviour{Behaviour: course}); err != nil || !course.Callbacks {
		return err
	}

	return server.Subscribe(v.simulated, w.plan.Apps[i].webhookOf())
}

func (w *World) addKaleyra(i int, v vendorApp, key, signing string, course tenant.Behaviour) error {
	var all []simkaleyra.Template
	for _, k := range kinds {
		content := simkaleyra.Content{Body: templateBody}
		for _, label := range w.buttonsOf(i, k) {
			content.Buttons = append(content.Buttons, simkaleyra.Button{Type: simkaleyra.QuickReply, Text: label})
		}

		all = append(all, simkaleyra.NewTemplate(w.templateOf(i, k.name), k.template(), content))
	}

	server := w.sim.Kaleyra()
	if err := server.AddApp(simkaleyra.App{
		ID: v.simulated, SID: v.key, APIKey: key, Number: v.number, WABAID: v.waba, Templates: all,
		Callback: simkaleyra.Profile{
			URL: w.plan.Apps[i].webhookOf(), Body: kaleyra.CallbackProfile(), Header: http.Header{kaleyra.CallbackHeader: {signing}},
		},
	}); err != nil {
		return err
	}

	return server.SetBehaviour(v.simulated, simkaleyra.Behaviour{Behaviour: course, Price: "0.30"})
}

// on reports whether an event is on for the brand at the beginning.
func (b Brand) on(kind string) bool { return slices.Contains(b.Kinds, kind) }

// orderID returns the id of a shopper's order.
func orderID(brand, shopper, order int) string {
	return fmt.Sprint(52000000 + brand*100000 + shopper*100 + order)
}

// orderNumber returns what the shopper calls the order.
func orderNumber(brand, shopper, order int) string {
	return fmt.Sprintf("SO-%d-%d-%d", brand, shopper, order)
}

// shipmentID returns the id of an order's shipment.
func shipmentID(s Step) string {
	return fmt.Sprintf("%s-S%d", orderNumber(s.Brand, s.Shopper, s.Order), s.Shipment)
}

// seedOrders gives the platform every order of a brand that the plan names.
func (w *World) seedOrders(brand int) {
	for _, s := range w.plan.Steps {
		if s.Brand == brand && (s.Kind == Happens || s.Kind == Portal || s.Kind == Looks || s.Kind == Guesses) && !w.early(s) {
			w.sim.Platform().PutOrder(orderID(brand, s.Shopper, s.Order), w.orderBody(s))
		}
	}
}

// orderBody returns an order as the platform's API has it.
func (w *World) orderBody(s Step) []byte {
	shopper := w.plan.Brands[s.Brand].Shoppers[s.Shopper]
	address := map[string]any{
		"city": "Pune", "countryCode": shopper.country(), "postalCode": "411001", "addressLine1": "12 Sample Street", "addressLine2": "",
		"state": "Maharashtra", "countryName": shopper.country(), "contactPhone": shopper.written(), "customerName": shopper.Name,
		"email": shopper.Email,
	}

	body, err := json.Marshal(map[string]any{
		"orderId": json.Number(orderID(s.Brand, s.Shopper, s.Order)), "accountId": json.Number(w.plan.Brands[s.Brand].ID),
		"accountSlug":       w.plan.Brands[s.Brand].Slug,
		"externalChannelID": "CH6120", "customerOrderNumber": orderNumber(s.Brand, s.Shopper, s.Order), "vendorOrderNumber": "#1",
		"orderDate": "2026-03-01 05:35:02.0", "isCOD": 1, "paymentType": "COD", "orderTotal": 500.0, "balanceDue": 500.0,
		"shippingAddress": address, "billingAddress": address, "items": w.linesOf(s),
	})
	if err != nil {
		panic(err) // made of strings and numbers
	}

	return body
}

// background is for what must not end with the run.
func background() context.Context { return context.Background() }
