// Package sweep is the function that Cloud Scheduler calls every minute: it publishes again what waits, settles what is in
// doubt, joins parked statuses to their messages and probes unhealthy apps.
package sweep

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
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
	protocol := dispatch.New(cfg.Protocol, dispatch.Deps{
		Store:     db,
		Secrets:   secrets,
		Providers: catalog.New(cfg.Providers),
		Keys:      wire.Keys(secrets, cfg.Keys),
		Events:    wire.Publisher(f, topics, cfg.Events.Topic, queue.Options{}),
		Callbacks: wire.Publisher(f, topics, cfg.Callbacks.Topic, queue.Options{}),
		Outcomes:  wire.Publisher(f, topics, cfg.Outcomes.Topic, queue.Options{}),
		Client:    wire.Client(f, cfg.Client),
		Clock:     f.Clock,
		Logger:    f.Logger,
	})

	endpoint := boot.Endpoint{PushConfig: cfg.Push, Route: route, Logger: f.Logger, Clock: f.Clock}
	return Handler(endpoint, protocol), nil
}
