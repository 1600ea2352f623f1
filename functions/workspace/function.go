// Package workspace is the function that the pages of brands and of the platform call: it shows and changes the settings of accounts, and
// tells what happened to orders and messages. It verifies whose a request is and takes it apart; what callers may do, and does it, is in
// shared/settings,
// shared/story, shared/usage and shared/customers. openapi.yaml beside it describes every route.
package workspace

import (
	"context"
	"net/http"
	"strings"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/throttle"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func init() { functions.HTTP("Workspace", boot.Deployed("workspace", New)) }

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
	answers := wire.Answers(f, db, cfg.Providers)
	client := answers.Over(wire.Client(f, cfg.Client, cfg.Providers.Addresses()...))

	providers := catalog.New(cfg.Providers)
	keyer := wire.PhoneKeyer(secrets, cfg.Keys.Phone)
	accounts := settings.NewAccounts(db, settings.Options{Clock: f.Clock, Timeout: cfg.Calls.Timeout})

	teller := story.New(story.Deps{
		Store:    db,
		Accounts: accounts,
		Keyer:    keyer,
		Clock:    f.Clock,
		Zone:     cfg.Zone.Location(),
	})
	book := usage.New(usage.Deps{Store: db, Accounts: accounts, Providers: providers, Clock: f.Clock})

	return answers.Flushing(newHandler(cfg, deps{
		Whose:   auth.Users(ctx, cfg.Users, f.Clock, f.Logger),
		Callers: throttle.NewCallers(cfg.Rate, cfg.Burst),
		Workspace: settings.NewWorkspace(settings.WorkspaceDeps{
			Store:      db,
			Secrets:    secrets,
			Providers:  providers,
			Client:     client,
			Timeout:    cfg.Calls.Timeout,
			Keys:       wire.WorkspaceKeys(secrets, cfg.Keys),
			WebhookURL: cfg.WebhookURL,
			News:       wire.Newsroom(f, wire.Queue(f, cfg.Project), cfg.News),
			Clock:      f.Clock,
		}),
		Attestor: wire.Attestor(f, db, secrets, cfg.Proof, cfg.Archive),
		Customers: customers.New(customers.Deps{
			Store:    db,
			Accounts: accounts,
			Keyer:    keyer,
			Clock:    f.Clock,
		}),
		Links: signin.New(signin.Deps{
			Store:      db,
			Accounts:   accounts,
			ConsoleURL: strings.TrimSuffix(cfg.ConsoleURL, "/"),
			Clock:      f.Clock,
		}),
		Teller:   teller,
		Book:     book,
		Evidence: &evidence.Gatherer{Teller: teller, Book: book, Clock: f.Clock},
		Clock:    f.Clock,
		Logger:   f.Logger,
	})), nil
}
