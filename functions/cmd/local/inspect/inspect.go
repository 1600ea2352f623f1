// Package inspect opens the product's parts beside the functions, to set up what they find and to look at what they did. The
// demo and the end-to-end tests use it; nothing that is deployed does.
package inspect

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// environment is what is read of the functions' configuration.
type environment struct {
	Project   config.Project
	Secrets   secret.Config
	Keys      wire.KeysConfig
	Client    httpx.ClientConfig
	Providers catalog.Config
}

// Parts are the product's parts, built of the configuration that the functions read. They are safe for concurrent use.
type Parts struct {
	Clock     clock.Clock
	Store     *store.Store
	Secrets   *secret.Store
	Providers *catalog.Catalog
	Client    *http.Client
	// Keys reads the product's own keys.
	Keys func(context.Context) (dispatch.Keys, error)

	function boot.Function
	queue    *queue.Client
}

// Open builds the parts. They close with the function's lifecycle, or by Close if that comes first.
func Open(ctx context.Context, f boot.Function) (*Parts, error) {
	var env environment
	if err := config.Load(ctx, f.Lookuper, &env); err != nil {
		return nil, err
	}

	own := f
	own.Lifecycle = boot.NewLifecycle(f.Logger, 0, f.Clock)
	db, err := wire.Store(ctx, own, env.Project)
	if err != nil {
		return nil, err
	}

	secrets := wire.Secrets(own, env.Project, env.Secrets)
	p := &Parts{
		Clock:     f.Clock,
		Store:     db,
		Secrets:   secrets,
		Providers: catalog.New(env.Providers),
		Client:    wire.Client(own, env.Client, env.Providers.Addresses()...),
		Keys:      wire.Keys(secrets, env.Keys).Get,
		function:  own,
		queue:     wire.Queue(own, env.Project),
	}
	f.OnClose("inspected parts", p.Close)

	return p, nil
}

// Publisher publishes to a topic until the parts are closed.
func (p *Parts) Publisher(topic string, o queue.Options) *queue.Publisher {
	return wire.Publisher(p.function, p.queue, topic, o)
}

// Close closes the parts, the publishers first.
func (p *Parts) Close(ctx context.Context) error { return p.function.Lifecycle.Close(ctx) }
