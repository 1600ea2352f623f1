package wire

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Settings returns how a function caches settings.
func Settings(f boot.Function, cfg settings.Config) settings.Options {
	return settings.Options{Clock: f.Clock, TTL: cfg.TTL}
}

// AppDeps are what the apps of accounts are reached with.
type AppDeps struct {
	Store     *store.Store
	Secrets   *secret.Store
	Providers *catalog.Catalog
	// Client calls providers, each call no longer than Calls says.
	Client *http.Client
	Calls  provider.CallConfig
	// News tells of changes of health; nil tells nobody.
	News *settings.Newsroom
}

// Apps returns the accounts and their apps, over one cache.
func Apps(f boot.Function, cfg settings.Config, d AppDeps) (*settings.Accounts, *settings.Apps) {
	options := Settings(f, cfg)
	options.Timeout, options.News = d.Calls.Timeout, d.News
	accounts := settings.NewAccounts(d.Store, options)
	apps := settings.NewApps(options, settings.Deps{
		Accounts:  accounts,
		Templates: d.Store,
		Secrets:   d.Secrets,
		Providers: d.Providers,
		Client:    d.Client,
	})

	return accounts, apps
}

// Outcomes returns the recorder of outcomes, which publishes to the topics.
func Outcomes(f boot.Function, db *store.Store, apps *settings.Apps, q *queue.Client, topics OutcomeTopics) *outcome.Recorder {
	outcomes := outcome.New(outcome.Deps{
		Store:         db,
		Apps:          apps,
		Notifications: Publisher(f, q, topics.Activity, queue.Options{}),
		Endings:       Publisher(f, q, topics.Endings, queue.Options{}),
		Clock:         f.Clock,
		Logger:        f.Logger,
	})
	f.OnClose("app times", outcomes.FlushAppTimes)

	return outcomes
}
