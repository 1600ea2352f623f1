// Package receive is the Pub/Sub-triggered function that takes what providers told webhook: statuses, prices, replies,
// changes of templates, accounts and preferences.
package receive

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Receive", boot.Deployed(route, New)) }

// route labels the function's log lines.
const route = "receive"

// New builds the function. Providers are only read here and never called, so it needs none of their addresses.
func New(ctx context.Context, f boot.Function) (http.Handler, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, err
	}

	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)
	topics := wire.Queue(f, cfg.Project)
	providers := catalog.New(catalog.Config{})
	accounts, apps := wire.Apps(f, cfg.Settings, wire.AppDeps{
		Store:     db,
		Secrets:   secrets,
		Providers: providers,
		Calls:     cfg.Calls,
		News:      wire.Newsroom(f, topics, cfg.News),
	})
	outcomes := wire.Outcomes(f, db, apps, wire.Publisher(f, topics, cfg.Outcomes.Topic, queue.Options{}))

	callbacks := intake.New(cfg.Intake, intake.Deps{
		Store:    db,
		Accounts: accounts,
		Apps:     apps,
		Keys:     wire.CallbackKeys(secrets, cfg.Keys),
		Outcomes: outcomes,
		Clock:    f.Clock,
		Logger:   f.Logger,
	})

	endpoint := boot.Endpoint{
		PushConfig: cfg.Push,
		Verify:     auth.Pushes(ctx, cfg.Pushers, f.Clock, f.Logger),
		Route:      route,
		Logger:     f.Logger,
		Clock:      f.Clock,
		Dead:       wire.DeadLetters(f, topics, cfg.Events.Topic, cfg.Events.Dead),
	}

	return newHandler(endpoint, deps{Intake: callbacks, Providers: providers, Store: db}), nil
}
