// Package receive is the Pub/Sub-triggered function that takes what providers told webhook: statuses, prices, replies,
// changes of templates, accounts and preferences.
package receive

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Receive", boot.Deployed(route, New)) }

// route labels the function's log lines.
const route = "receive"

// New builds the function.
func New(ctx context.Context, f boot.Function) (http.Handler, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	topics := wire.Queue(f, cfg.Project)

	d, answers, err := build(ctx, f, cfg, topics)
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

	return answers.Flushing(newHandler(endpoint, d)), nil
}

// NewTake builds what the function does with a message, without the endpoint that it is pushed to: for what has messages from elsewhere,
// and wants to know what came of each.
func NewTake(ctx context.Context, f boot.Function) (Take, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	d, _, err := build(ctx, f, cfg, wire.Queue(f, cfg.Project))
	if err != nil {
		return nil, err
	}

	return (&handler{d}).receive, nil
}

// build builds what takes callbacks, and the watch over what providers answer.
func build(ctx context.Context, f boot.Function, cfg Config, topics *queue.Client) (deps, *canary.Answers, error) {
	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return deps{}, nil, err
	}

	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)
	answers := wire.Answers(f, db, cfg.Providers)
	client := answers.Over(wire.Client(f, cfg.Client, append(cfg.Providers.Addresses(), cfg.Platform.Addresses()...)...))
	providers := catalog.New(cfg.Providers)
	accounts, apps := wire.Apps(f, cfg.Settings, wire.AppDeps{
		Store:     db,
		Secrets:   secrets,
		Providers: providers,
		Client:    client,
		Calls:     cfg.Converse.Calls,
		News:      wire.Newsroom(f, topics, cfg.News),
	})
	outcomes := wire.Outcomes(f, db, apps, topics, cfg.Outcomes)

	keys := wire.CallbackKeys(secrets, cfg.Keys)
	shop := platform.NewResolver(cfg.Platform, cfg.Project.ID, client)

	conversations := converse.New(cfg.Converse, converse.Deps{
		Store:     db,
		Accounts:  accounts,
		Apps:      apps,
		Providers: providers,
		Orders:    orders.New(db, shop, f.Clock, cfg.Converse.Retention.Orders),
		Platform:  shop,
		Outcomes:  outcomes,
		Messages:  wire.Publisher(f, topics, cfg.Messages.Topic, queue.Options{}),
		Client:    client,
		Keys:      wire.ConversationKeys(keys),
		Clock:     f.Clock,
		Logger:    f.Logger,
	})

	callbacks := intake.New(cfg.Intake, intake.Deps{
		Store:         db,
		Accounts:      accounts,
		Apps:          apps,
		Providers:     providers,
		Keys:          keys,
		Outcomes:      outcomes,
		Conversations: conversations,
		Clock:         f.Clock,
		Logger:        f.Logger,
	})

	return deps{Intake: callbacks, Providers: providers, Store: db}, answers, nil
}
