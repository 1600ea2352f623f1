package demo

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	simbot "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// The apps of the brands at Meta, Kaleyra and BusinessOnBot.
const (
	MarigoldApp = "meta-gsy3i6uyzgj4"
	JasmineApp  = "kaleyra-4xje3f26ktlh"
	AniseApp    = "businessonbot-yfgtdemvwwpw"
)

// The names that the providers know these brands by.
const (
	MarigoldNumberID = "200000000000813"
	MarigoldWABA     = "100000000000813"
	jasmineSID       = "HXAP0000000814IN"
	jasmineWABA      = "100000000000814"
	anisePath        = "anise"

	// lilaReference names Lila's order at WhatsApp: the customer's number of it. The demo begins after it was sent for payment.
	lilaReference = "JW-50718"

	// cloveOrder is Ira's order of Clove House.
	cloveOrder = "51230083"
)

func marigoldApp() account.App {
	return account.App{
		ID:          MarigoldApp,
		Provider:    meta.Name,
		Ownership:   message.Client,
		Name:        "Marigold on Meta",
		Number:      "919000000803",
		ProviderIDs: map[string]string{meta.KeyPhoneNumberID: MarigoldNumberID, meta.KeyWABAID: MarigoldWABA},
		Secret:      marigoldKey,
		Rate:        60,
	}
}

func jasmineApp() account.App {
	return account.App{
		ID:          JasmineApp,
		Provider:    kaleyra.Name,
		Ownership:   message.Client,
		Name:        "Jasmine on Kaleyra",
		Number:      "919000000804",
		ProviderIDs: map[string]string{kaleyra.KeyPod: "in", kaleyra.KeySID: jasmineSID, kaleyra.KeyWABA: jasmineWABA},
		Secret:      jasmineKey,
		Rate:        20,
	}
}

func aniseApp() account.App {
	return account.App{
		ID:          AniseApp,
		Provider:    businessonbot.Name,
		Ownership:   message.Client,
		Name:        "Anise on BusinessOnBot",
		Number:      "919000000805",
		ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/" + anisePath},
		Secret:      aniseKey,
		Rate:        20,
	}
}

// seedMarigold makes the number at the simulated Meta, and subscribes our webhook, which Meta verifies at once.
func seedMarigold(ctx context.Context, w *world.World) error {
	s, err := secrets(ctx, w, marigoldKey, marigoldSecret, marigoldToken)
	if err != nil {
		return err
	}

	key, signing, token := s[0], s[1], s[2]

	app := marigoldApp()
	err = w.Simulator.Meta().AddApp(simmeta.App{
		ID:           MarigoldNumberID,
		WABAID:       MarigoldWABA,
		Phone:        app.Number,
		VerifiedName: "Marigold Home",
		Token:        key.Reveal(),
		AppSecret:    signing.Reveal(),
		Templates:    metaTemplates(),
	})
	if err != nil {
		return err
	}
	if err = putCallback(ctx, w, token, app, MarigoldID, marigoldSecret); err != nil {
		return err
	}

	connected := settings.AppOf(app)
	connected.Secret = key
	connected.Signing = []config.Secret{signing}

	return subscribeApp(ctx, w, meta.Name, connected, token.Reveal())
}

// metaTemplates returns the templates of a brand at Meta.
func metaTemplates() []simmeta.Template {
	var templates []simmeta.Template
	for _, m := range messages() {
		c := simmeta.Content{Body: m.body, Footer: footer}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, simmeta.Button{Type: simmeta.QuickReply, Text: label})
		}

		templates = append(templates, simmeta.NewTemplate(m.id(meta.Name), m.name, "en", c))
	}

	return templates
}

// seedClove makes the number of Clove House at the simulated Meta, and its order at the platform. With us it is no account until
// somebody puts it and connects the number, as functions/README.md shows: testdata/accounts has it, and that page the token and the app secret.
func seedClove(_ context.Context, w *world.World) error {
	json, err := testdata.Files.ReadFile("orders/" + cloveOrder + ".json")
	if err != nil {
		return err
	}

	w.Simulator.Platform().PutOrder(cloveOrder, json)

	return w.Simulator.Meta().AddApp(simmeta.App{
		ID:           "200000000000816",
		WABAID:       "100000000000816",
		Phone:        "919000000816",
		VerifiedName: "Clove House",
		Token:        "clove-house-token",
		AppSecret:    "clove-house-app-secret",
		Templates:    metaTemplates(),
	})
}

// seedJasmine makes the number at the simulated Kaleyra, with the callback profile that we publish.
func seedJasmine(ctx context.Context, w *world.World) error {
	s, err := secrets(ctx, w, jasmineKey, jasmineSecret, jasmineToken)
	if err != nil {
		return err
	}

	key, signing, token := s[0], s[1], s[2]

	var templates []simkaleyra.Template
	for _, m := range append(messages(), orderNews()) {
		c := simkaleyra.Content{Body: m.body, Footer: footer}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, simkaleyra.Button{Type: simkaleyra.QuickReply, Text: label})
		}

		templates = append(templates, simkaleyra.NewTemplate(m.id(kaleyra.Name), m.name, c))
	}

	app := jasmineApp()
	err = w.Simulator.Kaleyra().AddApp(simkaleyra.App{
		ID:        JasmineApp,
		SID:       jasmineSID,
		APIKey:    key.Reveal(),
		Number:    app.Number,
		WABAID:    jasmineWABA,
		Templates: templates,
		Callback: simkaleyra.Profile{
			URL:    webhookURL(w, kaleyra.Name, token.Reveal()),
			Body:   kaleyra.CallbackProfile(),
			Header: http.Header{kaleyra.CallbackHeader: {signing.Reveal()}},
		},
	})
	if err != nil {
		return err
	}

	if err = w.Simulator.Kaleyra().AddOrder(JasmineApp, lilaReference); err != nil {
		return err
	}

	return putCallback(ctx, w, token, app, JasmineID, jasmineSecret)
}

// seedAnise makes the brand at the simulated BusinessOnBot, with a key for each direction.
func seedAnise(ctx context.Context, w *world.World) error {
	s, err := secrets(ctx, w, aniseKey, aniseGuest)
	if err != nil {
		return err
	}
	if err := w.Simulator.BusinessOnBot().AddTenant(simbot.Tenant{Path: anisePath, GuestKey: s[0].Reveal()}); err != nil {
		return err
	}

	return w.Parts.Store.PutGuestKey(ctx, s[1].Reveal(), AniseID, w.Clock.Now())
}

// seedFennel makes a number at the simulated Kaleyra and a bot at the simulated BusinessOnBot. With us they are of no account until somebody
// installs them, as functions/README.md shows.
func seedFennel(_ context.Context, w *world.World) error {
	err := w.Simulator.Kaleyra().AddApp(simkaleyra.App{
		ID:     "kaleyra-fennel",
		SID:    "HXAP0000000818IN",
		APIKey: "fennel-kaleyra-key",
		Number: "919000000818",
		WABAID: "100000000000818",
	})
	if err != nil {
		return err
	}

	return w.Simulator.BusinessOnBot().AddTenant(simbot.Tenant{Path: "fennel", GuestKey: "fennel-bot-key"})
}

// putCallback has our webhook take the app's callbacks at the URL with the token.
func putCallback(ctx context.Context, w *world.World, token config.Secret, app account.App, accountID, signing string) error {
	return w.Parts.Store.PutWebhook(ctx, token.Reveal(), store.Webhook{
		Provider:    app.Provider,
		AppID:       app.ID,
		AccountID:   accountID,
		ProviderIDs: app.ProviderIDs,
		Signing:     []string{signing},
	})
}
