package rig

import (
	"context"
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// Core is what intake and sweep are built of. A test that looks at what they return, and not at what a function answers,
// builds them itself.
type Core struct {
	Accounts *settings.Accounts
	Apps     *settings.Apps
	Outcomes *outcome.Recorder
	// Conversations asks the simulated platform for orders.
	Conversations *converse.Conversations
	Logger        *slog.Logger
}

// Core builds a core over a worker's connections, so that the worker's faults strike its calls. Its accounts are read afresh
// each second.
func (r *Rig) Core(w *Worker) Core {
	options := settings.Options{Clock: r.Clock, TTL: time.Second, Timeout: time.Second}
	accounts := settings.NewAccounts(w.Parts.Store, options)
	apps := settings.NewApps(options, settings.Deps{
		Accounts:  accounts,
		Templates: w.Parts.Store,
		Secrets:   w.Parts.Secrets,
		Providers: w.Parts.Providers,
		Client:    w.Parts.Client,
	})
	logger := slog.New(slog.NewJSONHandler(r.Logs, nil))

	outcomes := outcome.New(outcome.Deps{
		Store:         w.Parts.Store,
		Apps:          apps,
		Notifications: w.Parts.Publisher(world.CustomerNotifications, queue.Options{}),
		Endings:       w.Parts.Publisher(world.MessageOutcomes, queue.Options{}),
		Clock:         r.Clock,
		Logger:        logger,
	})

	shop := platform.NewResolver(platform.ResolutionConfig{
		Config: platform.Config{BaseURL: r.http.URL + "/sim/platform", OrderPath: "/_ah/api/esb/v2/order/", Timeout: time.Second},
	}, world.Project, w.Parts.Client)

	return Core{
		Accounts: accounts,
		Apps:     apps,
		Outcomes: outcomes,
		Conversations: converse.New(converse.Config{Calls: provider.CallConfig{Timeout: time.Second}}, converse.Deps{
			Store:     w.Parts.Store,
			Accounts:  accounts,
			Apps:      apps,
			Providers: w.Parts.Providers,
			Orders:    orders.New(w.Parts.Store, shop, r.Clock, 24*time.Hour),
			Platform:  shop,
			Outcomes:  outcomes,
			Messages:  w.Parts.Publisher(world.CustomerMessages, queue.Options{}),
			Client:    w.Parts.Client,
			Keys: cache.NewOnce(func(ctx context.Context) (converse.Keys, error) {
				k, err := w.Parts.Keys(ctx)
				return converse.Keys{Phone: k.Phone, Reference: k.Reference}, err
			}),
			Clock:  r.Clock,
			Logger: logger,
		}),
		Logger: logger,
	}
}
