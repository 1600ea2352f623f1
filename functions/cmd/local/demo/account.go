package demo

import (
	"context"
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// brand is one whose account the demo makes.
type brand struct {
	id, slug, name string
	// app is as the workspace installs it; its Secret names the secret that the credential is read from.
	app account.App
	// signing names the secret that the provider signs callbacks with, where the brand enters it.
	signing string
	// more are messages that no other brand sends.
	more []eventMessage
}

// brands returns the demo's brands. They have no age limit, so that the events in testdata, which are old, are sent.
func brands() []brand {
	return []brand{
		{id: NeemID, slug: "neem-and-co", name: "Neem & Co", app: neemApp()},
		{id: TulsiID, slug: "tulsi-house", name: "Tulsi House", app: shareApp()},
		{id: MarigoldID, slug: "marigold-home", name: "Marigold Home", app: marigoldApp(), signing: marigoldSecret},
		{id: JasmineID, slug: "jasmine-wear", name: "Jasmine Wear", app: jasmineApp(), more: []eventMessage{orderNews()}},
		{id: AniseID, slug: "anise-foods", name: "Anise Foods", app: aniseApp()},
	}
}

// seedAccounts makes the platform's app and the brands' accounts over the workspace API. What is there from an earlier run stays, also if
// the demo has learnt of another event since.
func seedAccounts(ctx context.Context, w *world.World) error {
	o, err := newOperator(ctx, w)
	if err != nil {
		return err
	}

	if err = o.putShare(ctx); err != nil {
		return fmt.Errorf("app %s: %w", ShareApp, err)
	}

	for _, b := range brands() {
		if err = o.seedBrand(ctx, b); err != nil {
			return fmt.Errorf("account %s: %w", b.id, err)
		}
	}

	return nil
}
