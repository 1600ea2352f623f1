package settings

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Secrets gives the credential of a Secret Manager name, and forgets a cached one that a provider has refused.
type Secrets interface {
	Access(ctx context.Context, name string) (config.Secret, error)
	Forget(name string)
}

// Providers finds a provider by its name in settings.
type Providers interface {
	Get(name string) (provider.Provider, bool)
}

// Deps are what Apps works with.
type Deps struct {
	Accounts  *Accounts
	Templates TemplateStore
	Secrets   Secrets
	Providers Providers
	// Client calls providers.
	Client *http.Client
}

// Apps connects to the apps that accounts have installed, and knows their templates. It is safe for concurrent use.
type Apps struct {
	accounts  *Accounts
	store     TemplateStore
	secrets   Secrets
	providers Providers
	client    *http.Client
	clock     clock.Clock
	timeout   time.Duration
	templates *cache.Cache[Ref, template.Template]
	asked     askings
}

// NewApps returns Apps; it makes no call.
func NewApps(o Options, d Deps) *Apps {
	a := &Apps{
		accounts:  d.Accounts,
		store:     d.Templates,
		secrets:   d.Secrets,
		providers: d.Providers,
		client:    d.Client,
		clock:     o.Clock,
		timeout:   o.Timeout,
	}
	a.templates = cache.New(o.Cache(), a.loadTemplate)

	return a
}

// Ref names an app of an account, and a template of it where one is meant.
type Ref struct{ AccountID, AppID, TemplateID string }

// connection is an app ready for calls, and its provider.
type connection struct {
	App      provider.App
	Provider provider.Provider
}

// AppOf returns the app as providers know it, without its credential.
func AppOf(installed account.App) provider.App {
	return provider.App{ID: installed.ID, Number: installed.Number, ProviderIDs: installed.ProviderIDs}
}

// Credential returns the app with its credential. [NoCredential] tells an error that is the brand's to mend.
func (a *Apps) Credential(ctx context.Context, installed account.App) (provider.App, error) {
	secret, err := a.secrets.Access(ctx, installed.Secret)
	if err != nil {
		return provider.App{}, err
	}

	app := AppOf(installed)
	app.Secret = secret

	return app, nil
}

// ForgetCredential drops what is cached of an app's credential, which its provider has refused or the brand may have replaced: the value,
// and the settings, which name the credential.
func (a *Apps) ForgetCredential(accountID string, installed account.App) {
	a.accounts.forget(accountID, installed.ID)
	a.secrets.Forget(installed.Secret)
}

// Replaced reports whether an app has another credential than one that its provider has refused, which was forgotten here since.
func (a *Apps) Replaced(ctx context.Context, accountID string, refused provider.App) (bool, error) {
	owner, err := a.accounts.Get(ctx, accountID)
	if err != nil {
		return false, err
	}

	installed, ok := owner.App(refused.ID)
	if !ok {
		return false, nil
	}

	now, err := a.Credential(ctx, installed)

	return err == nil && !now.Secret.Equal(refused.Secret), err
}

// NoCredential reports whether an error of reading a credential means that there is none: there is no secret of that
// name, or the name is not valid. Any other error means that Secret Manager gave no answer.
func NoCredential(err error) bool {
	return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid)
}

// Installed reports whether the account has the app. An account that does not exist has none.
func (a *Apps) Installed(ctx context.Context, r Ref) (bool, error) {
	owner, err := a.accounts.Get(ctx, r.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}

	_, installed := owner.App(r.AppID)

	return installed, nil
}

// Of returns the ids of an account's apps. An account that does not exist has none.
func (a *Apps) Of(ctx context.Context, accountID string) ([]string, error) {
	owner, err := a.accounts.Get(ctx, accountID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}

	return owner.AppIDs(), err
}

// connect makes an installed app ready for calls outside of sending; store.ErrNotFound if the account or the app is not
// there.
func (a *Apps) connect(ctx context.Context, r Ref) (connection, error) {
	owner, err := a.accounts.Get(ctx, r.AccountID)
	if err != nil {
		return connection{}, err
	}

	installed, ok := owner.App(r.AppID)
	if !ok {
		return connection{}, store.ErrNotFound
	}

	p, ok := a.providers.Get(installed.Provider)
	if !ok {
		return connection{}, fault.New(fault.Internal, "settings.Connect", "the app's provider is not known")
	}

	app, err := a.Credential(ctx, installed)
	if err != nil {
		return connection{}, err
	}

	return connection{App: app, Provider: p}, nil
}
