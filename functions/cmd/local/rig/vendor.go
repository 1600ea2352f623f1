package rig

import (
	"net/http"

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
)

// allModes are the callbacks that Gupshup sends to the rig.
var allModes = []string{"ENQUEUED", "SENT", "DELIVERED", "READ", "FAILED", "MESSAGE", "BILLING", "TEMPLATE", "ACCOUNT"}

// vendor is what differs from provider to provider in a rig.
type vendor struct {
	name string
	// template is the id that the provider knows the rig's message by.
	TemplateID string
	// signing are the names of the secrets that the provider's callbacks are signed with.
	signing []string
	// event is the fixture of the event that the rig's tests send, of this kind.
	event, kind string
	// app is the brand's app, but for what all have alike.
	app account.App
	// add puts the brand's app into the provider's simulator; signing are the secrets' values.
	add func(r *Rig, v vendor, o Options, key string, signing []string)
	// callbacks are all that the provider reports of a message that is read; none for a provider without callbacks.
	callbacks []string
	// priced is the callback that names the price.
	priced string
}

// The names that the providers know the brand by.
const (
	vendorWABA         = "100000000000811"
	MetaNumberID       = "200000000000811"
	vendorSID          = "HXAP0000000811IN"
	vendorTenant       = "neem"
	rigToken           = "token-of-the-rig"
	rigBody            = "Hi {{1}}, we could not deliver {{2}}."
	failedOnce         = "shipment-failed_delivery"
	FailedDeliveryKind = "shipment/failed_delivery"
)

// vendorOf returns the provider's part of a rig; Gupshup's for an empty name.
func vendorOf(name string) vendor {
	switch name {
	case meta.Name:
		return vendor{
			name:       name,
			TemplateID: "900000000000004",
			signing:    []string{"meta-marigold-app-secret"},
			event:      failedOnce,
			kind:       FailedDeliveryKind,
			add:        addMeta,
			callbacks:  []string{"sent", "delivered", "read"},
			priced:     "sent",
			app: account.App{
				Secret:      "meta-marigold-token",
				ProviderIDs: map[string]string{meta.KeyPhoneNumberID: MetaNumberID, meta.KeyWABAID: vendorWABA},
			},
		}
	case kaleyra.Name:
		return vendor{
			name:       name,
			TemplateID: "900000000000004",
			signing:    []string{"kaleyra-jasmine-callback-secret"},
			event:      failedOnce,
			kind:       FailedDeliveryKind,
			add:        addKaleyra,
			callbacks:  []string{"sent", "delivered", "read"},
			priced:     "delivered",
			app: account.App{
				Secret:      "kaleyra-jasmine-api-key",
				ProviderIDs: map[string]string{kaleyra.KeyPod: "in", kaleyra.KeySID: vendorSID, kaleyra.KeyWABA: vendorWABA},
			},
		}
	case businessonbot.Name:
		// BusinessOnBot has no word for a failed delivery.
		return vendor{
			name:  name,
			event: "shipment-out_for_delivery",
			kind:  "shipment/out_for_delivery",
			add:   addBot,
			app: account.App{
				Secret:      "businessonbot-anise-guest-key",
				ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/" + vendorTenant},
			},
		}
	default:
		return vendor{
			name:       gupshup.Name,
			TemplateID: TemplateID,
			event:      failedOnce,
			kind:       FailedDeliveryKind,
			add:        addGupshup,
			callbacks:  []string{"enqueued", "sent", "delivered", "read"},
			priced:     "billing",
			app: account.App{
				Secret:      "gupshup-neem-api-key",
				ProviderIDs: map[string]string{gupshup.KeyAppID: GupshupAppID, gupshup.KeyAppName: "NeemAlerts"},
			},
		}
	}
}

// inTemplateMode returns BusinessOnBot for a brand that has it send our templates: it can then report a failed delivery.
func (v vendor) inTemplateMode() vendor {
	v.TemplateID = "failed_delivery_v1:en"
	v.event = failedOnce
	v.kind = FailedDeliveryKind
	v.app.ProviderIDs[businessonbot.KeyMode] = businessonbot.ModeTemplate
	return v
}

// AppID returns the id of the brand's app.
func (v vendor) AppID() string { return v.name + "-neem" }

// path returns the path of the provider's callbacks.
func (v vendor) path() string { return "/webhook/" + v.name + "/" + rigToken }

// Installed returns the brand's app.
func (v vendor) Installed() account.App {
	app := v.app
	app.Provider = v.name
	app.Ownership = message.Client
	app.Name = "Neem"
	app.Number = "919000000801"
	app.Rate = 1000

	return app
}

func addGupshup(r *Rig, v vendor, o Options, key string, _ []string) {
	var buttons []simgupshup.Button
	for _, label := range o.buttons() {
		buttons = append(buttons, simgupshup.Button{Type: simgupshup.QuickReply, Text: label})
	}

	tpl := simgupshup.NewTemplate(TemplateID, "failed_delivery_v1", simgupshup.Container{
		Data: rigBody, Buttons: buttons,
	})
	r.Must(r.Sim.Gupshup().AddApp(simgupshup.App{
		ID:        GupshupAppID,
		Name:      "NeemAlerts",
		Phone:     "919000000801",
		APIKey:    key,
		Templates: []simgupshup.Template{tpl},
	}))

	behaviour := simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: !o.Silent, Hold: true, AutoRead: true}}
	if o.Behaviour != nil {
		behaviour = *o.Behaviour
	}

	r.Must(r.Sim.Gupshup().SetBehaviour(GupshupAppID, behaviour))
	if o.Silent {
		return
	}

	_, err := r.Sim.Gupshup().Subscribe(GupshupAppID, simgupshup.Subscription{
		Tag:     "rig",
		URL:     r.http.URL + v.path(),
		Version: max(o.Version, 2),
		Modes:   allModes,
	})
	r.Must(err)
}

func addMeta(r *Rig, v vendor, o Options, key string, signing []string) {
	var buttons []simmeta.Button
	for _, label := range o.buttons() {
		buttons = append(buttons, simmeta.Button{Type: simmeta.QuickReply, Text: label})
	}

	tpl := simmeta.NewTemplate(v.TemplateID, "failed_delivery_v1", "en", simmeta.Content{
		Body: rigBody, Buttons: buttons,
	})
	r.Must(r.Sim.Meta().AddApp(simmeta.App{
		ID:           MetaNumberID,
		WABAID:       vendorWABA,
		Phone:        "919000000801",
		VerifiedName: "Neem",
		Token:        key,
		AppSecret:    signing[0],
		Templates:    []simmeta.Template{tpl},
	}))
	r.Must(r.Sim.Meta().SetBehaviour(MetaNumberID, simmeta.Behaviour{Behaviour: tenant.Behaviour{Callbacks: !o.Silent, Hold: true, AutoRead: true}}))
	if !o.Silent {
		r.Must(r.Sim.Meta().Subscribe(MetaNumberID, r.http.URL+v.path()))
	}
}

func addKaleyra(r *Rig, v vendor, o Options, key string, signing []string) {
	var buttons []simkaleyra.Button
	for _, label := range o.buttons() {
		buttons = append(buttons, simkaleyra.Button{Type: simkaleyra.QuickReply, Text: label})
	}

	tpl := simkaleyra.NewTemplate(v.TemplateID, "failed_delivery_v1", simkaleyra.Content{
		Body: rigBody, Buttons: buttons,
	})
	r.Must(r.Sim.Kaleyra().AddApp(simkaleyra.App{
		ID:        v.AppID(),
		SID:       vendorSID,
		APIKey:    key,
		Number:    "919000000801",
		WABAID:    vendorWABA,
		Templates: []simkaleyra.Template{tpl},
		Callback: simkaleyra.Profile{
			URL: r.http.URL + v.path(), Body: kaleyra.CallbackProfile(), Header: http.Header{kaleyra.CallbackHeader: signing[:1]},
		},
	}))
	r.Must(r.Sim.Kaleyra().SetBehaviour(v.AppID(), simkaleyra.Behaviour{Behaviour: tenant.Behaviour{Callbacks: !o.Silent, Hold: true, AutoRead: true}, Price: "0.30"}))
}

func addBot(r *Rig, _ vendor, _ Options, key string, _ []string) {
	r.Must(r.Sim.BusinessOnBot().AddTenant(simbot.Tenant{Path: vendorTenant, GuestKey: key, APIKey: key}))
}

// SilentWays returns the ways to send of which nothing is ever reported: BusinessOnBot with our templates, and apps whose
// callbacks were never set up. The template says the event's remark, so that each acceptance can be told from the others.
func SilentWays() map[string]Options {
	remark := []string{"customer_name", "failure_reason"}

	return map[string]Options{
		"BusinessOnBot by template":     {Provider: businessonbot.Name, ByTemplate: true, Variables: remark},
		"Meta without its callbacks":    {Provider: meta.Name, Silent: true, Variables: remark},
		"Kaleyra without its callbacks": {Provider: kaleyra.Name, Silent: true, Variables: remark},
	}
}

// Name returns the provider's.
func (v vendor) Name() string { return v.name }

// EventFile names the fixture of the event that the rig's tests send.
func (v vendor) EventFile() string { return v.event }

// SimulatedApp returns the id by which the provider's simulator knows the brand's app.
func (v vendor) SimulatedApp() string {
	switch v.name {
	case meta.Name:
		return MetaNumberID
	case gupshup.Name:
		return GupshupAppID
	default:
		return v.AppID()
	}
}

// Webhook returns the webhook of the rig's app.
func (v vendor) Webhook(shared bool) store.Webhook {
	w := store.Webhook{Provider: v.name, AppID: v.AppID()}
	if !shared {
		w.AccountID = BrandID
	}

	return w
}
