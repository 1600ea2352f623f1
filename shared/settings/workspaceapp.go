package settings

import (
	"context"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// AppDetail is an app of an account, with what is known of it beside its settings. It holds no credential.
type AppDetail struct {
	account.App
	// Sender says that the account's messages go through it.
	Sender bool
	// Reports says that the provider reports what becomes of messages.
	Reports  bool
	Standing account.Standing
	// Witness is when the last report of a message was of; zero if none has ever come.
	Witness time.Time
	// Version is that of the account's settings that hold the app.
	Version int64
}

// Apps lists the apps of an account in the order of their install, with the account.
func (w *Workspace) Apps(ctx context.Context, c access.Caller, accountID string) ([]AppDetail, account.Account, error) {
	if err := c.May(access.Read, accountID); err != nil {
		return nil, account.Account{}, err
	}

	a, err := w.read(ctx, "settings.Apps", accountID)
	if err != nil {
		return nil, account.Account{}, err
	}

	all := make([]AppDetail, 0, len(a.Apps))
	for _, id := range a.AppIDs() {
		one, err := w.detail(ctx, a, id)
		if err != nil {
			return nil, account.Account{}, err
		}

		all = append(all, one)
	}

	slices.SortStableFunc(all, func(a, b AppDetail) int { return a.InstalledAt.Compare(b.InstalledAt) })

	return all, a, nil
}

// App returns an app of an account.
func (w *Workspace) App(ctx context.Context, c access.Caller, accountID, appID string) (AppDetail, error) {
	const op = "settings.App"

	if err := c.May(access.Read, accountID); err != nil {
		return AppDetail{}, err
	}

	a, err := w.readWith(ctx, op, accountID, appID)
	if err != nil {
		return AppDetail{}, err
	}

	return w.detail(ctx, a, appID)
}

// readWith reads an account that has the app, for a caller who may.
func (w *Workspace) readWith(ctx context.Context, op, accountID, appID string) (account.Account, error) {
	a, err := w.read(ctx, op, accountID)
	if err != nil {
		return account.Account{}, err
	}
	if _, installed := a.App(appID); !installed {
		return account.Account{}, noApp(op)
	}

	return a, nil
}

// detail returns what is known of an app of the account.
func (w *Workspace) detail(ctx context.Context, a account.Account, appID string) (AppDetail, error) {
	times, err := w.store.AppTimes(ctx, appID)
	if err != nil {
		return AppDetail{}, err
	}

	return w.detailAt(a, appID, times), nil
}

// savedApp returns what is known of an app of an account that was just saved. It reads nothing that the answer needs: a failure here would
// hide that the app was saved, and lose the address of its webhook, which is shown once. Without the app's times it looks like one of
// which nothing was reported yet.
func (w *Workspace) savedApp(ctx context.Context, saved account.Account, appID string) AppDetail {
	times, _ := w.store.AppTimes(ctx, appID)

	return w.detailAt(saved, appID, times)
}

// detailAt returns what is known of an app whose messages were sent and reported at these times.
func (w *Workspace) detailAt(a account.Account, appID string, times store.AppTimes) AppDetail {
	app, _ := a.App(appID)

	d := AppDetail{App: app, Sender: a.Sender == appID, Witness: times.Witness, Version: a.Version}
	if p, ok := w.providers.Get(app.Provider); ok {
		d.Reports = p.Capabilities().Callbacks
	}

	d.Standing = app.Standing(signsOf(d.Reports, times), w.clock.Now())

	return d
}

// signsOf returns the signs of an app whose provider reports what becomes of messages, or does not.
func signsOf(reports bool, times store.AppTimes) account.Signs {
	return account.Signs{
		Reports: reports,
		Taken:   times.Taken,
		Witness: times.Witness,
		Agent:   times.Agent,
	}
}

// RenameApp gives an app another name. The account must be as seen.
func (w *Workspace) RenameApp(ctx context.Context, c access.Caller, accountID, appID, name string, seen Seen) (AppDetail, error) {
	if err := c.May(access.Write, accountID); err != nil {
		return AppDetail{}, err
	}
	if !isLine(name, maxName) {
		return AppDetail{}, fault.Field("name", "must be one line, at most 100 characters")
	}

	return w.changeApp(ctx, c, appChange{
		accountID: accountID,
		appID:     appID,
		seen:      seen,
		action:    "app.rename",
		change:    func(app *account.App) { app.Name = name },
	})
}

// appChange is a change of an app's settings.
type appChange struct {
	accountID, appID string
	seen             Seen
	action           string
	change           func(*account.App)
}

// changeApp makes a change of an installed app, and returns it as it is then.
func (w *Workspace) changeApp(ctx context.Context, c access.Caller, e appChange) (AppDetail, error) {
	a, err := w.edit(ctx, c, edition{
		accountID: e.accountID,
		seen:      e.seen,
		action:    e.action,
		change: func(a *account.Account) error {
			app, installed := a.App(e.appID)
			if !installed {
				return noApp("settings." + e.action)
			}

			e.change(&app)
			a.Apps[e.appID] = app

			return nil
		},
	})
	if err != nil {
		return AppDetail{}, err
	}

	return w.savedApp(ctx, a, e.appID), nil
}

// own reads an account that has an app which the brand itself connected. It is Conflict if the app is the platform's.
func (w *Workspace) own(ctx context.Context, op, accountID, appID string) (account.Account, error) {
	a, err := w.readWith(ctx, op, accountID, appID)
	if err == nil && a.Apps[appID].Ownership == message.Platform {
		err = fault.New(fault.Conflict, op, "the app is the platform's, which alone looks after it")
	}

	return a, err
}

// webhooks are the addresses of an app's callbacks.
type webhooks struct {
	// tokens are all that are taken, the oldest first: those of an app that was uninstalled and installed again too, for a while.
	tokens []store.WebhookToken
	// signing are the names of all secrets that callbacks are signed with or carry, and present those of the newest address, which
	// stay when the former ones are destroyed.
	signing, present []string
}

// webhooksOf returns the webhooks of an app.
func (w *Workspace) webhooksOf(ctx context.Context, accountID, appID string) (webhooks, error) {
	all, err := w.store.WebhookTokens(ctx, appID)
	if err != nil {
		return webhooks{}, err
	}

	var hooks webhooks

	for _, t := range all {
		if t.AccountID != accountID {
			continue
		}

		hooks.tokens = append(hooks.tokens, t)
		hooks.signing = append(hooks.signing, t.Signing...)
		hooks.present = t.Signing
	}

	slices.Sort(hooks.signing)
	hooks.signing = slices.Compact(hooks.signing)

	return hooks, nil
}
