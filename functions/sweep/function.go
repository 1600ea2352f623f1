// Package sweep is the function that Cloud Scheduler calls every minute: it publishes again what waits, settles what is in
// doubt, joins parked statuses to their messages, probes unhealthy apps, checks those that are well once a day, destroys what apps no
// longer need, has accounts follow the platform's apps, and publishes the daily roots of consents.
package sweep

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Sweep", boot.Deployed(route, New)) }

// route labels the function's log lines.
const route = "sweep"

// New builds the function.
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
	answers := wire.Answers(f, db, cfg.Providers)
	client := answers.Over(wire.Client(f, cfg.Client, append(cfg.Providers.Addresses(), cfg.Sweep.WebhookURL)...))
	providers := catalog.New(cfg.Providers)
	accounts, apps := wire.Apps(f, cfg.Settings, wire.AppDeps{
		Store:     db,
		Secrets:   secrets,
		Providers: providers,
		Client:    client,
		Calls:     cfg.Calls,
		News:      wire.Newsroom(f, topics, cfg.News),
	})
	outcomes := wire.Outcomes(f, db, apps, topics, cfg.Outcomes)

	sweeper := sweep.New(cfg.Sweep, sweep.Deps{
		Store:       db,
		Accounts:    accounts,
		Apps:        apps,
		Providers:   providers,
		Outcomes:    outcomes,
		Disposals:   settings.NewDisposals(db, secrets, f.Clock),
		Workspace:   settings.NewWorkspace(settings.WorkspaceDeps{Store: db, Providers: providers, Clock: f.Clock}),
		Book:        usage.New(usage.Deps{Store: db, Accounts: accounts, Providers: providers, Clock: f.Clock}),
		Attestor:    wire.Attestor(f, db, secrets, cfg.Proof, cfg.Archive),
		OrderEvents: wire.Publisher(f, topics, cfg.Events.Topic, queue.Options{}),
		Callbacks:   wire.Publisher(f, topics, cfg.Callbacks.Topic, queue.Options{}),
		Client:      client,
		Sealer:      wire.Sealer(secrets, cfg.Reference),
		Clock:       f.Clock,
		Logger:      f.Logger,
	})

	endpoint := boot.Endpoint{
		PushConfig: cfg.Push,
		Verify:     auth.Pushes(ctx, cfg.Pushers, f.Clock, f.Logger),
		Route:      route,
		Logger:     f.Logger,
		Clock:      f.Clock,
	}

	return answers.Flushing(newHandler(endpoint, sweeper)), nil
}
