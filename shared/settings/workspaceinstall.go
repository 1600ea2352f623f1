package settings

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Installed is an app that was just connected.
type Installed struct {
	AppDetail
	// Check is what the provider said of the credential.
	Check provider.CheckResult
	// Webhook is where the provider has to report to; nil for an app that is never called back, and for the platform's.
	Webhook *Webhook
	// Steps are what is left to be done at the provider, one plain sentence a step.
	Steps []string
}

// Webhook is the address of an app's webhook. It is shown once: only its hash is kept.
type Webhook struct {
	URL string
	// Subscribed says that the provider has been told the address, and holds it.
	Subscribed bool
	// OldUntil is until when the addresses are taken that this one replaces; zero if it replaces none.
	OldUntil time.Time
}

// InstallApp connects an app to an account that is as seen. One of the brand's own is tried at its provider, where nothing is installed
// unless it works; its credential goes to Secret Manager and nowhere else, and where the provider can be told over its API where to report
// to, it is. One of the platform's takes nothing but its name.
//
// Errors name the field that is wrong, with the provider's word as [fault.Error.Code]; Conflict means that the app is installed already, or
// that its number is in another place (see unconnected); Unavailable that the provider gave no answer. After any of them
// nothing is installed. A caller that hangs up may have installed it, and finds it there.
//
// What is made for the app is noted for disposal first, so that a process that ends in between leaves nothing for longer than an hour.
func (w *Workspace) InstallApp(ctx context.Context, c access.Caller, accountID string, in AppInput, seen Seen) (Installed, error) {
	const op = "settings.InstallApp"

	if err := c.May(access.Write, accountID); err != nil {
		return Installed{}, err
	}
	if in.Name != "" && !isLine(in.Name, maxName) {
		return Installed{}, fault.Field("name", "must be one line, at most 100 characters")
	}

	a, err := w.read(ctx, op, accountID)
	if err != nil {
		return Installed{}, err
	}
	if err := seen.check(a); err != nil {
		return Installed{}, err
	}

	switch in.Ownership {
	case message.Platform:
		return w.installPlatform(ctx, c, a, in, seen)
	case message.Client, "":
		return w.installOwn(ctx, c, a, in, seen)
	default:
		return Installed{}, fault.Field("ownership", "must be client or platform")
	}
}

// errInstalled is the error of an install of what is installed.
func errInstalled(op string) error {
	return fault.New(fault.Conflict, op, "this app is installed already")
}

// installPlatform connects one of the platform's apps.
func (w *Workspace) installPlatform(ctx context.Context, c access.Caller, a account.Account, in AppInput, seen Seen) (Installed, error) {
	const op = "settings.installPlatform"

	if in.Provider != "" || in.Number != "" || len(in.ProviderIDs) > 0 || !in.Credential.IsZero() || !in.Signing.IsZero() {
		return Installed{}, fault.Field("ownership", "platform takes no provider, number or credential: they are the platform's")
	}

	p, err := w.offered(ctx, in.AppID)
	if err != nil {
		return Installed{}, err
	}

	saved, err := w.edit(ctx, c, edition{
		accountID: a.ID,
		seen:      seen,
		action:    "app.install",
		change: func(a *account.Account) error {
			if _, installed := a.App(p.App.ID); installed {
				return errInstalled(op)
			}

			app := p.Installed(w.clock.Now())
			app.Name = cmp.Or(in.Name, app.Name)
			a.Apps[p.App.ID] = app

			return nil
		},
	})
	if err != nil {
		return Installed{}, err
	}

	return Installed{
		AppDetail: w.savedApp(ctx, saved, p.App.ID),
		Steps:     []string{"Nothing is left to be done: messages go through the platform's account, and are charged to the brand once it agrees to that for an event."},
	}, nil
}

// offered returns the platform's app of that id, or the only one there is.
func (w *Workspace) offered(ctx context.Context, id string) (account.PlatformApp, error) {
	const op = "settings.offered"

	all, err := w.store.PlatformApps(ctx)
	if err != nil {
		return account.PlatformApp{}, err
	}

	found := slices.IndexFunc(all, func(p account.PlatformApp) bool { return p.App.ID == id })

	switch {
	case found >= 0:
		return all[found], nil
	case len(all) == 0:
		return account.PlatformApp{}, fault.New(fault.Conflict, op, "the platform offers no app")
	case id == "" && len(all) == 1:
		return all[0], nil
	case id == "":
		return account.PlatformApp{}, fault.Field("appId", "is needed: the platform has several apps, name one of "+namesOfApps(all))
	default:
		return account.PlatformApp{}, fault.Field("appId", "must be one of the platform's apps: "+namesOfApps(all))
	}
}

// namesOfApps lists the ids of apps of the platform's, which every account may see.
func namesOfApps(apps []account.PlatformApp) string {
	ids := make([]string, len(apps))
	for i, p := range apps {
		ids[i] = p.App.ID
	}

	slices.Sort(ids)

	return strings.Join(ids, ", ")
}

// installOwn connects an app of the brand's own.
func (w *Workspace) installOwn(ctx context.Context, c access.Caller, a account.Account, in AppInput, seen Seen) (Installed, error) {
	const op = "settings.installOwn"

	if in.AppID != "" {
		return Installed{}, fault.Field("appId", "is that of the platform's app, and goes with ownership platform")
	}

	p, app, err := in.check(w.providers, "")
	if err != nil {
		return Installed{}, err
	}

	app.ID = appIDOf(a.ID, in.Provider, app)
	if _, installed := a.App(app.ID); installed {
		return Installed{}, errInstalled(op)
	}

	said, err := w.tried(ctx, op, p, app)
	if err != nil {
		return Installed{}, err
	}

	held, err := w.hold(ctx, claim{accountID: a.ID, provider: p, app: app, said: said})
	if err != nil {
		return Installed{}, err
	}
	defer w.letGo(ctx, held)

	made, err := w.make(ctx, a.ID, p, app)
	if err != nil {
		return Installed{}, err
	}

	now := w.clock.Now()
	saved, err := w.edit(ctx, c, edition{
		accountID: a.ID,
		seen:      seen,
		action:    "app.install",
		also:      []store.Also{held},
		change: func(a *account.Account) error {
			if _, installed := a.App(app.ID); installed {
				return errInstalled(op)
			}

			a.Apps[app.ID] = account.App{
				ID:           app.ID,
				Provider:     in.Provider,
				Ownership:    message.Client,
				Name:         cmp.Or(in.Name, in.Provider),
				InstalledAt:  now,
				Number:       app.Number,
				ProviderIDs:  app.ProviderIDs,
				Secret:       made.credential,
				Last4:        last4(in.Credential),
				CredentialAt: now,
				WebhookAt:    made.at(now),
				Checked:      checkedBy(said, now),
			}

			return nil
		},
	})
	if err != nil {
		w.abandon(ctx, made, err)
		return Installed{}, err
	}

	_ = w.store.EndDisposal(context.WithoutCancel(ctx), made.disposal.ID) // else it is found that the app has all of it

	return Installed{AppDetail: w.savedApp(ctx, saved, app.ID), Check: said, Webhook: made.webhook, Steps: made.steps}, nil
}

// appIDOf returns the id of an account's app. A connection that is installed again is the same app again, so that callbacks of what was sent
// through it before, and what shoppers answer to that, still find their messages.
func appIDOf(accountID, providerName string, app provider.App) string {
	of := cmp.Or(app.Number, app.ProviderIDs["baseUrl"])
	sum := sha256.Sum256([]byte(strings.Join([]string{accountID, providerName, of}, "\n")))

	return providerName + "-" + lower(sum[:])[:12]
}

// secretName returns a name for a secret of an app that no other has had.
func secretName(appID string) string {
	return appSecret + appID + "-" + strings.ToLower(rand.Text()[:8])
}

// lower writes bytes in small letters and digits.
func lower(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// tried asks the provider about an app that is to be installed, or is to have another credential.
func (w *Workspace) tried(ctx context.Context, op string, p provider.Provider, app provider.App) (provider.CheckResult, error) {
	checker, ok := p.(provider.CredentialChecker)
	if !ok {
		return provider.CheckResult{State: provider.CheckNumberUnconfirmed}, nil
	}

	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()

	r := checker.Check(ctx, w.client, app)
	if c, ok := p.(connectable); ok && r.Works() && r.Signature == "" && c.Form().Signing != provider.NotSigned {
		r.Signature = provider.SignatureUnproved
	}

	return r, refused(op, r)
}

// checkedBy returns what is kept of a check.
func checkedBy(said provider.CheckResult, now time.Time) account.Checked {
	return account.Checked{
		At:        now,
		Quality:   said.Facts.Quality,
		Limit:     said.Facts.Limit,
		Currency:  said.Facts.Currency,
		Confirmed: said.State == provider.CheckVerified,
	}
}
