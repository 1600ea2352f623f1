package demo

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// The Gupshup apps: Neem & Co's own, and the platform's, through which Tulsi House sends.
const (
	NeemApp  = "gupshup-felrcxvc4c2y"
	ShareApp = "gupshup-platform"

	// NeemGupshupID and ShareGupshupID are the ids that Gupshup knows them by.
	NeemGupshupID  = "aaaaaaaa-0000-4000-8000-000000000001"
	ShareGupshupID = "aaaaaaaa-0000-4000-8000-000000000002"

	// basilOrder is Ira's order of Basil Kitchen.
	basilOrder = "51230084"
)

// gupshupApp is one app, as installed with us and at Gupshup.
type gupshupApp struct {
	installed account.App
	// account is empty for the platform's app.
	account string
	// token names the secret with the token of the webhook's URL.
	token string
}

func gupshupApps() []gupshupApp {
	return []gupshupApp{
		{
			installed: neemApp(),
			account:   NeemID,
			token:     neemToken,
		},
		{
			installed: shareApp(),
			token:     platformToken,
		},
	}
}

// neemApp is Neem & Co's own app.
func neemApp() account.App {
	return account.App{
		ID:          NeemApp,
		Provider:    gupshup.Name,
		Ownership:   message.Client,
		Name:        "Neem & Co on Gupshup",
		Number:      "919000000801",
		ProviderIDs: map[string]string{gupshup.KeyAppID: NeemGupshupID, gupshup.KeyAppName: "NeemAlerts"},
		Secret:      neemKey,
		Rate:        80,
	}
}

// shareApp is the platform's app.
func shareApp() account.App {
	return account.App{
		ID:          ShareApp,
		Provider:    gupshup.Name,
		Ownership:   message.Platform,
		Name:        "The platform's Gupshup",
		Number:      "919000000802",
		ProviderIDs: map[string]string{gupshup.KeyAppID: ShareGupshupID, gupshup.KeyAppName: "OrderAlerts"},
		Secret:      platformKey,
		Rate:        80,
	}
}

// seedGupshup makes the app at the simulated Gupshup, and subscribes our webhook by the same calls as for an installed app.
func seedGupshup(ctx context.Context, w *world.World, app gupshupApp) error {
	s, err := secrets(ctx, w, app.installed.Secret, app.token)
	if err != nil {
		return err
	}

	key, token := s[0], s[1]

	err = w.Simulator.Gupshup().AddApp(simgupshup.App{
		ID:        app.installed.ProviderIDs[gupshup.KeyAppID],
		Name:      app.installed.ProviderIDs[gupshup.KeyAppName],
		Phone:     app.installed.Number,
		APIKey:    key.Reveal(),
		Templates: gupshupTemplates(),
	})
	if err != nil {
		return err
	}

	err = w.Parts.Store.PutWebhook(ctx, token.Reveal(), store.Webhook{
		Provider:  gupshup.Name,
		AppID:     app.installed.ID,
		AccountID: app.account,
	})
	if err != nil {
		return err
	}

	connected := settings.AppOf(app.installed)
	connected.Secret = key

	return subscribeApp(ctx, w, gupshup.Name, connected, token.Reveal())
}

// seedBasil makes the app of Basil Kitchen at the simulated Gupshup, and its order at the platform. With us it is no account until
// somebody makes it over the workspace API, as README.md shows, which has the app's id and key.
func seedBasil(_ context.Context, w *world.World) error {
	json, err := testdata.Files.ReadFile("orders/" + basilOrder + ".json")
	if err != nil {
		return err
	}

	w.Simulator.Platform().PutOrder(basilOrder, json)

	return w.Simulator.Gupshup().AddApp(simgupshup.App{
		ID:        "aaaaaaaa-0000-4000-8000-000000000817",
		Name:      "BasilAlerts",
		Phone:     "919000000817",
		APIKey:    "basil-kitchen-key",
		Templates: gupshupTemplates(),
	})
}

// gupshupTemplates returns the demo's messages as templates that Gupshup has approved.
func gupshupTemplates() []simgupshup.Template {
	var all []simgupshup.Template
	for _, m := range messages() {
		c := simgupshup.Container{Data: m.body, Footer: footer}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, simgupshup.Button{Type: simgupshup.QuickReply, Text: label})
		}

		all = append(all, simgupshup.NewTemplate(m.id(gupshup.Name), m.name, c))
	}

	return all
}
