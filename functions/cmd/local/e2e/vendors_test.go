package e2e_test

import (
	"bytes"
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
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// vendor is what differs from provider to provider in a rig.
type vendor struct {
	name string
	// template is the id that the provider knows the rig's message by.
	template string
	// signing are the names of the secrets that the provider's callbacks are signed with.
	signing []string
	// event is the fixture of the event that the rig's tests send, of this kind.
	event, kind string
	// app is the brand's app, but for what all have alike.
	app account.App
	// add puts the brand's app into the provider's simulator; signing are the secrets' values.
	add func(r *rig, v vendor, o rigOptions, key string, signing []string)
	// callbacks are all that the provider reports of a message that is read; none for a provider without callbacks.
	callbacks []string
	// priced is the callback that names the price.
	priced string
}

const (
	vendorWABA   = "100000000000811"
	vendorNumber = "200000000000811"
	vendorSID    = "HXAP0000000811IN"
	vendorTenant = "neem"
	rigToken     = "token-of-the-rig"
	rigBody      = "Hi {{1}}, we could not deliver {{2}}."
	failedOnce   = "shipment-failed_delivery"
	failedKind   = "shipment/failed_delivery"
)

// vendorOf is the provider's part of a rig; Gupshup's for an empty name.
func vendorOf(name string) vendor {
	switch name {
	case meta.Name:
		return vendor{
			name: name, template: "900000000000004", signing: []string{"meta-marigold-app-secret"}, event: failedOnce, kind: failedKind,
			add: addMeta, callbacks: []string{"sent", "delivered", "read"}, priced: "sent",
			app: account.App{
				Secret:      "meta-marigold-token",
				ProviderIDs: map[string]string{meta.KeyPhoneNumberID: vendorNumber, meta.KeyWABAID: vendorWABA},
			},
		}
	case kaleyra.Name:
		return vendor{
			name: name, template: "900000000000004", signing: []string{"kaleyra-jasmine-callback-secret"}, event: failedOnce, kind: failedKind,
			add: addKaleyra, callbacks: []string{"sent", "delivered", "read"}, priced: "delivered",
			app: account.App{
				Secret:      "kaleyra-jasmine-api-key",
				ProviderIDs: map[string]string{kaleyra.KeyPod: "in", kaleyra.KeySID: vendorSID, kaleyra.KeyWABA: vendorWABA},
			},
		}
	case businessonbot.Name:
		// BusinessOnBot has no word for a failed delivery.
		return vendor{
			name: name, event: "shipment-out_for_delivery", kind: "shipment/out_for_delivery", add: addBot,
			app: account.App{
				Secret:      "businessonbot-anise-guest-key",
				ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/" + vendorTenant},
			},
		}
	default:
		return vendor{
			name: gupshup.Name, template: template, event: failedOnce, kind: failedKind, add: addGupshup,
			callbacks: []string{"enqueued", "sent", "delivered", "read"}, priced: "billing",
			app: account.App{
				Secret:      "gupshup-neem-api-key",
				ProviderIDs: map[string]string{gupshup.KeyAppID: simApp, gupshup.KeyAppName: "NeemAlerts"},
			},
		}
	}
}

// inTemplateMode is BusinessOnBot for a brand that has it send our templates: it can then tell of a failed delivery.
func (v vendor) inTemplateMode() vendor {
	v.template, v.event, v.kind = "failed_delivery_v1:en", failedOnce, failedKind
	v.app.ProviderIDs[businessonbot.KeyMode] = businessonbot.ModeTemplate
	return v
}

// appID is that of the brand's app.
func (v vendor) appID() string { return v.name + "-neem" }

// path is that of the provider's callbacks.
func (v vendor) path() string { return "/webhook/" + v.name + "/" + rigToken }

// installed is the brand's app.
func (v vendor) installed() account.App {
	app := v.app
	app.Provider, app.Ownership, app.Name, app.Number, app.Rate = v.name, message.Client, "Neem", "919000000801", 1000
	return app
}

func addGupshup(r *rig, v vendor, o rigOptions, key string, _ []string) {
	tpl := simgupshup.NewTemplate(template, "failed_delivery_v1", simgupshup.Container{
		Data: rigBody, Buttons: []simgupshup.Button{{Type: simgupshup.QuickReply, Text: "Try again"}},
	})
	r.must(r.sim.Gupshup().AddApp(simgupshup.App{ID: simApp, Name: "NeemAlerts", Phone: "919000000801", APIKey: key, Templates: []simgupshup.Template{tpl}}))
	behaviour := simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: !o.silent, Hold: true, AutoRead: true}}
	if o.behaviour != nil {
		behaviour = *o.behaviour
	}
	r.must(r.sim.Gupshup().SetBehaviour(simApp, behaviour))
	if o.silent {
		return
	}
	_, err := r.sim.Gupshup().Subscribe(simApp, simgupshup.Subscription{
		Tag: "rig", URL: r.http.URL + v.path(), Version: max(o.version, 2), Modes: allModes,
	})
	r.must(err)
}

func addMeta(r *rig, v vendor, o rigOptions, key string, signing []string) {
	tpl := simmeta.NewTemplate(v.template, "failed_delivery_v1", "en", simmeta.Content{
		Body: rigBody, Buttons: []simmeta.Button{{Type: simmeta.QuickReply, Text: "Try again"}},
	})
	r.must(r.sim.Meta().AddApp(simmeta.App{
		ID: vendorNumber, WABAID: vendorWABA, Phone: "919000000801", VerifiedName: "Neem", Token: key, AppSecret: signing[0],
		Templates: []simmeta.Template{tpl},
	}))
	r.must(r.sim.Meta().SetBehaviour(vendorNumber, simmeta.Behaviour{Behaviour: tenant.Behaviour{Callbacks: !o.silent, Hold: true, AutoRead: true}}))
	if !o.silent {
		r.must(r.sim.Meta().Subscribe(vendorNumber, r.http.URL+v.path()))
	}
}

func addKaleyra(r *rig, v vendor, o rigOptions, key string, signing []string) {
	tpl := simkaleyra.NewTemplate(v.template, "failed_delivery_v1", simkaleyra.Content{
		Body: rigBody, Buttons: []simkaleyra.Button{{Type: simkaleyra.QuickReply, Text: "Try again"}},
	})
	r.must(r.sim.Kaleyra().AddApp(simkaleyra.App{
		ID: v.appID(), SID: vendorSID, APIKey: key, Number: "919000000801", WABAID: vendorWABA, Templates: []simkaleyra.Template{tpl},
		Callback: simkaleyra.Profile{
			URL: r.http.URL + v.path(), Body: kaleyra.CallbackProfile(), Header: http.Header{kaleyra.CallbackHeader: signing[:1]},
		},
	}))
	r.must(r.sim.Kaleyra().SetBehaviour(v.appID(), simkaleyra.Behaviour{Behaviour: tenant.Behaviour{Callbacks: !o.silent, Hold: true, AutoRead: true}, Price: "0.30"}))
}

func addBot(r *rig, _ vendor, _ rigOptions, key string, _ []string) {
	r.must(r.sim.BusinessOnBot().AddTenant(simbot.Tenant{Path: vendorTenant, GuestKey: key, APIKey: key}))
}

// first publishes the event that the rig's provider is tried with; second one of the same kind that is another occurrence
// for the same shopper.
func (r *rig) first() *queued {
	r.t.Helper()
	return r.event(r.vendor.event)
}

func (r *rig) second() *queued {
	r.t.Helper()
	if r.vendor.event == failedOnce {
		return r.event("shipment-failed_delivery-second")
	}
	data, err := testdata.Files.ReadFile("events/" + r.vendor.event + ".json")
	r.must(err)
	return r.eventData(bytes.ReplaceAll(data, []byte("NC-20417-6120-311"), []byte("NC-20417-6120-312")))
}
