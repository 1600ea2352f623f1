package demo

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// accounts returns the brands' accounts that are written to the store: all but that of Tulsi House. They have no age limit, so that the events in testdata, which are old, are sent.
func accounts() []account.Account {
	jasmine := accountOf(JasmineID, "jasmine-wear", "Jasmine Wear", jasmineApp())
	jasmine.Events[orderNews().event] = account.Event{
		Enabled:    true,
		TemplateID: orderNews().id(kaleyra.Name),
		Filling:    template.Filling{Payment: template.Payment{Part: template.OrderStatus}},
	}

	return []account.Account{
		accountOf(NeemID, "neem-and-co", "Neem & Co", neemApp()),
		accountOf(MarigoldID, "marigold-home", "Marigold Home", marigoldApp()),
		jasmine,
		accountOf(AniseID, "anise-foods", "Anise Foods", aniseApp()),
	}
}

// accountOf returns an account that sends every message of the demo through the app.
func accountOf(id, slug, name string, app account.App) account.Account {
	events := map[string]account.Event{}
	for _, m := range messages() {
		events[m.event] = account.Event{
			Enabled:    true,
			TemplateID: m.id(app.Provider),
			Filling:    template.Filling{Variables: m.variables},
		}
	}

	return account.Account{
		ID:          id,
		Slug:        slug,
		Name:        name,
		ConsentMode: account.Explicit,
		Sender:      app.ID,
		Apps:        map[string]account.App{app.ID: app},
		Events:      events,
	}
}

// seedAccount writes the account if the store has none of its id. An account of an earlier run stays, also if the demo has
// learnt of another event since.
func seedAccount(ctx context.Context, db *store.Store, a account.Account) error {
	_, err := db.Account(ctx, a.ID)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return db.PutAccount(ctx, a)
}
