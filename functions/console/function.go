// Package console is the function that people use in a browser: what happened to an order and why, a brand's apps, notifications, settings,
// usage and consents, and what operators mend. It has no business of its own: it takes forms apart, calls the use cases that the workspace API
// and ops call too, which check what the caller may do, and shows what they return.
package console

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/actions"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Console", boot.Deployed("console", New)) }

// New builds the function.
func New(ctx context.Context, f boot.Function) (http.Handler, error) {
	return NewLocal(ctx, f, Local{})
}

// Local is what a local run has beside the function; a deployed one has nothing of it.
type Local struct {
	// Trier tries replays of dead letters.
	Trier deadletter.Trier
	// Lab is the path of the pages on which people play with the whole product. Every page leads there.
	Lab string
}

// NewLocal is New for a local run.
func NewLocal(ctx context.Context, f boot.Function, local Local) (http.Handler, error) {
	return build(ctx, f, routes, local)
}

// build builds the function with its routes.
func build(ctx context.Context, f boot.Function, all []route, local Local) (http.Handler, error) {
	var cfg Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, err
	}

	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)
	answers := wire.Answers(f, db, cfg.Providers)
	client := answers.Over(wire.Client(f, cfg.Client, cfg.Providers.Addresses()...))

	providers := catalog.New(cfg.Providers)
	keyer := wire.PhoneKeyer(secrets, cfg.Keys.Phone)
	accounts := settings.NewAccounts(db, settings.Options{Clock: f.Clock, Timeout: cfg.Calls.Timeout})
	teller := story.New(story.Deps{Store: db, Accounts: accounts, Keyer: keyer, Clock: f.Clock, Zone: cfg.Zone.Location(), Providers: providers})
	book := usage.New(usage.Deps{Store: db, Accounts: accounts, Providers: providers, Clock: f.Clock})

	topics := wire.Queue(f, cfg.Project)

	h, err := newHandler(cfg, all, deps{
		SessionKey: cache.NewOnce(func(ctx context.Context) (config.Secret, error) {
			return secrets.Access(ctx, cfg.Door.SessionKey.Secret)
		}),
		Staff: staffOf(cfg.Door, f),
		Links: signin.New(signin.Deps{Store: db, Accounts: accounts, Clock: f.Clock}),
		Workspace: settings.NewWorkspace(settings.WorkspaceDeps{
			Store:      db,
			Secrets:    secrets,
			Providers:  providers,
			Client:     client,
			Timeout:    cfg.Calls.Timeout,
			Keys:       wire.WorkspaceKeys(secrets, cfg.Keys),
			WebhookURL: cfg.WebhookURL,
			News:       wire.Newsroom(f, topics, cfg.News),
			Clock:      f.Clock,
		}),
		Attestor:  wire.Attestor(f, db, secrets, cfg.Proof, cfg.Archive),
		Customers: customers.New(customers.Deps{Store: db, Accounts: accounts, Keyer: keyer, Clock: f.Clock}),
		Teller:    teller,
		Book:      book,
		Evidence:  &evidence.Gatherer{Teller: teller, Book: book, Clock: f.Clock},
		DeadLetters: deadletter.New(deadletter.Deps{
			Queue:   topics,
			Topics:  cfg.Dead.Topics(),
			Keeping: queue.KeptOptions{Patience: cfg.Patience},
			Most:    maxLetters,
			Trier:   local.Trier,
			Clock:   f.Clock,
		}),
		GivenUp: reopen.New(db, f.Clock),
		Actions: actions.New(db, f.Clock),
		Audit:   audit.New(db, f.Clock),
		Lab:     local.Lab,
		Ending:  f.Ending(),
		Clock:   f.Clock,
		Logger:  f.Logger,
	})
	if err != nil {
		return nil, err
	}

	return answers.Flushing(h), nil
}

// staffOf returns what finds out who of the staff makes a request, which fetches the proxy's keys; nil for another door.
func staffOf(c DoorConfig, f boot.Function) func(*http.Request) (access.Caller, error) {
	if c.Door != doorStaff {
		return nil
	}

	return auth.Staff(c.Staff, f.Clock, f.Logger)
}
