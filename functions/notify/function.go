// Package notify is the Pub/Sub-triggered function that sends: a push subscription of order-events posts each platform
// event to it, and it decides, claims, sends and records.
package notify

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Notify", boot.Deployed(route, New)) }

// route labels the function's log lines.
const route = "notify"

// New builds the function.
func New(ctx context.Context, f boot.Function) (http.Handler, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	topics := wire.Queue(f, cfg.Project)

	take, answers, err := build(ctx, f, cfg, topics)
	if err != nil {
		return nil, err
	}

	endpoint := boot.Endpoint{
		PushConfig: cfg.Push,
		Verify:     auth.Pushes(ctx, cfg.Pushers, f.Clock, f.Logger),
		Route:      route,
		Logger:     f.Logger,
		Clock:      f.Clock,
		Dead:       wire.DeadLetters(f, topics, cfg.Events.Topic, cfg.Events.Dead),
	}

	return answers.Flushing(newHandler(endpoint, take)), nil
}

// NewTake builds what the function does with a message, without the endpoint that it is pushed to: for what has messages from elsewhere,
// and wants to know what came of each.
func NewTake(ctx context.Context, f boot.Function) (Take, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	take, _, err := build(ctx, f, cfg, wire.Queue(f, cfg.Project))

	return take, err
}

// build builds what decides and sends, and the watch over what providers answer.
func build(ctx context.Context, f boot.Function, cfg Config, topics *queue.Client) (Take, *canary.Answers, error) {
	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, nil, err
	}

	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)
	answers := wire.Answers(f, db, cfg.Providers)
	client := answers.Over(wire.Client(f, cfg.Client, append(cfg.Providers.Addresses(), cfg.Platform.BaseURL)...))
	providers := catalog.New(cfg.Providers)
	accounts, apps := wire.Apps(f, cfg.Settings, wire.AppDeps{
		Store:     db,
		Secrets:   secrets,
		Providers: providers,
		Client:    client,
		Calls:     cfg.Dispatch.Calls,
		News:      wire.Newsroom(f, topics, cfg.News),
	})

	return newTake(dispatch.New(cfg.Dispatch, dispatch.Deps{
		Store:     db,
		Accounts:  accounts,
		Apps:      apps,
		Orders:    orders.New(db, platform.New(cfg.Platform, cfg.Project.ID, client), f.Clock, cfg.Dispatch.Retention.Orders),
		Providers: providers,
		Keys:      wire.Keys(secrets, cfg.Keys),
		Outcomes:  wire.Outcomes(f, db, apps, topics, cfg.Outcomes),
		Client:    client,
		Clock:     f.Clock,
		Logger:    f.Logger,
	})), answers, nil
}
