package world

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	simbot "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// The demo's accounts at the other providers: Marigold Home on Meta, Jasmine Wear on Kaleyra, Anise Foods on
// BusinessOnBot, each with its app and one order.
const (
	MarigoldID  = "813"
	JasmineID   = "814"
	AniseID     = "815"
	MarigoldApp = "meta-marigold"
	JasmineApp  = "kaleyra-jasmine"
	AniseApp    = "businessonbot-anise"
	ArunOrder   = "51230080"
	LilaOrder   = "51230081"
	OmarOrder   = "51230082"
)

// The names that the simulated providers know the demo's apps by.
const (
	marigoldNumberID = "200000000000813"
	marigoldWABA     = "100000000000813"
	jasmineSID       = "HXAP0000000814IN"
	jasmineWABA      = "100000000000814"
	anisePath        = "anise"
)

func marigoldApp() account.App {
	return account.App{
		ID: MarigoldApp, Provider: meta.Name, Ownership: message.Client, Name: "Marigold on Meta", Number: "919000000803",
		ProviderIDs: map[string]string{meta.KeyPhoneNumberID: marigoldNumberID, meta.KeyWABAID: marigoldWABA},
		Secret:      marigoldKey, Rate: 60,
	}
}

func jasmineApp() account.App {
	return account.App{
		ID: JasmineApp, Provider: kaleyra.Name, Ownership: message.Client, Name: "Jasmine on Kaleyra", Number: "919000000804",
		ProviderIDs: map[string]string{kaleyra.KeyPod: "in", kaleyra.KeySID: jasmineSID, kaleyra.KeyWABA: jasmineWABA},
		Secret:      jasmineKey, Rate: 20,
	}
}

func aniseApp() account.App {
	return account.App{
		ID: AniseApp, Provider: businessonbot.Name, Ownership: message.Client, Name: "Anise on BusinessOnBot", Number: "919000000805",
		ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/" + anisePath},
		Secret:      aniseKey, Rate: 20,
	}
}

// secrets reads the demo's secrets of these names.
func (w *World) secrets(ctx context.Context, names ...string) ([]config.Secret, error) {
	var all []config.Secret
	for _, name := range names {
		s, err := w.Parts.Secrets.Access(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// seedMarigold sets up the number at the simulated Meta, and has Meta call our webhook, which it greets first.
func (w *World) seedMarigold(ctx context.Context) error {
	s, err := w.secrets(ctx, marigoldKey, marigoldSecret, marigoldToken)
	if err != nil {
		return err
	}
	key, signing, token := s[0], s[1], s[2]
	var templates []simmeta.Template
	for _, m := range demoMessages() {
		c := simmeta.Content{Body: m.body, Footer: demoFooter}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, simmeta.Button{Type: simmeta.QuickReply, Text: label})
		}
		templates = append(templates, simmeta.NewTemplate(m.metaID(), m.name, "en", c))
	}
	app := marigoldApp()
	err = w.Simulator.Meta().AddApp(simmeta.App{
		ID: marigoldNumberID, WABAID: marigoldWABA, Phone: app.Number, VerifiedName: "Marigold Home", Token: key.Reveal(),
		AppSecret: signing.Reveal(), Templates: templates,
	})
	if err != nil {
		return err
	}
	if err = w.putCallback(ctx, token, app, MarigoldID, marigoldSecret); err != nil {
		return err
	}
	return w.subscribeApp(ctx, meta.Name, provider.App{
		ID: app.ID, Number: app.Number, ProviderIDs: app.ProviderIDs, Secret: key, Signing: []config.Secret{signing},
	}, token.Reveal())
}

// seedJasmine sets up the number at the simulated Kaleyra, with the callback profile that we publish.
func (w *World) seedJasmine(ctx context.Context) error {
	s, err := w.secrets(ctx, jasmineKey, jasmineSecret, jasmineToken)
	if err != nil {
		return err
	}
	key, signing, token := s[0], s[1], s[2]
	var templates []simkaleyra.Template
	for _, m := range demoMessages() {
		c := simkaleyra.Content{Body: m.body, Footer: demoFooter}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, simkaleyra.Button{Type: simkaleyra.QuickReply, Text: label})
		}
		templates = append(templates, simkaleyra.NewTemplate(m.metaID(), m.name, c))
	}
	app := jasmineApp()
	err = w.Simulator.Kaleyra().AddApp(simkaleyra.App{
		ID: JasmineApp, SID: jasmineSID, APIKey: key.Reveal(), Number: app.Number, WABAID: jasmineWABA, Templates: templates,
		Callback: simkaleyra.Profile{
			URL: w.URL + "/webhook/" + kaleyra.Name + "/" + token.Reveal(), Body: kaleyra.CallbackProfile(),
			Header: http.Header{kaleyra.CallbackHeader: {signing.Reveal()}},
		},
	})
	if err != nil {
		return err
	}
	return w.putCallback(ctx, token, app, JasmineID, jasmineSecret)
}

// seedAnise sets up the brand at the simulated BusinessOnBot, in both directions.
func (w *World) seedAnise(ctx context.Context) error {
	s, err := w.secrets(ctx, aniseKey, aniseGuest)
	if err != nil {
		return err
	}
	if err := w.Simulator.BusinessOnBot().AddTenant(simbot.Tenant{Path: anisePath, GuestKey: s[0].Reveal()}); err != nil {
		return err
	}
	return w.Parts.Store.PutGuestKey(ctx, s[1].Reveal(), AniseID, w.Clock.Now())
}

func (w *World) putCallback(ctx context.Context, token config.Secret, app account.App, accountID, signing string) error {
	return w.Parts.Store.PutWebhook(ctx, token.Reveal(), store.Webhook{
		Provider: app.Provider, AppID: app.ID, AccountID: accountID, ProviderIDs: app.ProviderIDs, Signing: []string{signing},
	})
}

// platformActs is the simulated order platform's side of order-actions: it takes a request, and tells what it did as
// events.
func (w *World) platformActs(events *queue.Publisher) httpx.Handler {
	return func(rw http.ResponseWriter, r *http.Request) error {
		if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
			return err
		}
		body, err := httpx.ReadBody(rw, r, maxLocal)
		if err != nil {
			return err
		}
		if err = httpx.RequireUTF8(body); err != nil {
			return err
		}
		push, err := queue.DecodePush(body, r.Header)
		if err != nil {
			return err
		}
		told, err := w.Simulator.Platform().Act(push.Data)
		if err != nil {
			return fault.Field("message.data", "is not an order action")
		}
		for _, event := range told {
			if _, err := events.Publish(r.Context(), queue.Message{Data: event}); err != nil {
				return err
			}
		}
		httpx.NoContent(rw)
		return nil
	}
}
