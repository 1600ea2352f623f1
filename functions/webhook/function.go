// Package webhook is the function that providers call. It does no business: it verifies the raw body, splits it into
// events, makes them durable in one batch, and acknowledges.
package webhook

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Webhook", boot.Deployed("webhook", New)) }

// maxBatch is the most events of concurrent callbacks that share one publish request.
const maxBatch = 1000

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

	topics := wire.Queue(f, cfg.Project)
	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)

	return newHandler(deps{
		Tokens:    cache.New(wire.Settings(f, cfg.Settings).Cache(), db.WebhookByToken),
		Secrets:   secrets,
		Sealer:    wire.Sealer(secrets, cfg.Reference),
		Providers: catalog.New(catalog.Config{}),
		Events:    wire.Publisher(f, topics, cfg.Events.Topic, queue.Options{MaxBatch: maxBatch}),
		Shapes:    canary.NewWatch(f.Clock),
		Timeout:   cfg.Timeout,
		Clock:     f.Clock,
		Logger:    f.Logger,
	}), nil
}
