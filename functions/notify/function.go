// Package notify is the Pub/Sub-triggered function that sends: a push subscription of order-events posts each platform
// event to it, and it decides, claims, sends and records.
package notify

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
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
	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, err
	}

	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)
	client := wire.Client(f, cfg.Client)
	topics := wire.Queue(f, cfg.Project)
	protocol := dispatch.New(cfg.Protocol, dispatch.Deps{
		Store:     db,
		Secrets:   secrets,
		Orders:    platform.New(cfg.Platform, client),
		Providers: catalog.New(cfg.Providers),
		Keys:      wire.Keys(secrets, cfg.Keys),
		Outcomes:  wire.Publisher(f, topics, cfg.Outcomes.Topic, queue.Options{}),
		Client:    client,
		Clock:     f.Clock,
		Logger:    f.Logger,
	})

	endpoint := boot.Endpoint{PushConfig: cfg.Push, Route: route, Logger: f.Logger, Clock: f.Clock}
	return Handler(endpoint, protocol), nil
}
