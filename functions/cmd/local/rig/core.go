package rig

import (
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// Core is what intake and sweep are built of. A test that looks at what they return, and not at what a function answers,
// builds them itself.
type Core struct {
	Accounts *settings.Accounts
	Apps     *settings.Apps
	Outcomes *outcome.Recorder
	Logger   *slog.Logger
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

	return Core{
		Accounts: accounts,
		Apps:     apps,
		Outcomes: outcome.New(outcome.Deps{
			Store:         w.Parts.Store,
			Apps:          apps,
			Notifications: w.Parts.Publisher(world.CustomerNotifications, queue.Options{}),
			Clock:         r.Clock,
			Logger:        logger,
		}),
		Logger: logger,
	}
}
