package settings

import (
	"context"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// UninstallApp takes an app from an account that is as seen, and returns the account as it is then: with another sender, if it was that.
//
// Nothing is sent through the app as soon as every instance has the settings, within 30 seconds; what waits for it then ends with the
// reason no_sender. Its credential is destroyed an hour later, once no message of the app waits, is held or in doubt. Its callbacks are taken
// for seven days more, for what was sent through it, and so that a STOP still counts; then the address of its webhook ends, with the secret
// of its callbacks. A secret that somebody made by hand is left alone. Of the platform's app the account's part ends, and nothing else.
func (w *Workspace) UninstallApp(ctx context.Context, c access.Caller, accountID, appID string, seen Seen) (account.Account, error) {
	const op = "settings.UninstallApp"

	if err := c.May(access.Write, accountID); err != nil {
		return account.Account{}, err
	}

	a, err := w.readWith(ctx, op, accountID, appID)
	if err != nil {
		return account.Account{}, err
	}
	if err = seen.check(a); err != nil {
		return account.Account{}, err
	}

	var doomed []store.Disposal

	if app := a.Apps[appID]; app.Ownership != message.Platform {
		var held store.Hold
		if held, err = w.holdWebhook(ctx, accountID, appID); err != nil {
			return account.Account{}, err
		}
		defer w.letGo(ctx, held) // else the provider might be told an address after the app was installed again

		if doomed, err = w.doom(ctx, accountID, app, appID); err != nil {
			return account.Account{}, err
		}
	}

	a, err = w.edit(ctx, c, edition{
		accountID: accountID,
		seen:      seen,
		action:    "app.uninstall",
		change: func(a *account.Account) error {
			if _, installed := a.App(appID); !installed {
				return noApp(op)
			}

			delete(a.Apps, appID)

			return nil
		},
	})
	if err != nil {
		w.spare(ctx, doomed, err)
	}

	return a, err
}

// spare ends the disposals of an app that stays after an error. Where nobody knows whether it stays they find out when they are due.
func (w *Workspace) spare(ctx context.Context, doomed []store.Disposal, cause error) {
	if unsure(cause) {
		return
	}

	for _, d := range doomed {
		_ = w.store.EndDisposal(context.WithoutCancel(ctx), d.ID) // else it is found that the app is installed
	}
}

// doom notes for disposal what an app has. Nothing of it is destroyed while that one is installed.
func (w *Workspace) doom(ctx context.Context, accountID string, app account.App, appID string) ([]store.Disposal, error) {
	doomed, err := w.doomed(ctx, accountID, app, appID)
	if err != nil {
		return nil, err
	}

	for _, d := range doomed {
		if err := w.store.PutDisposal(ctx, d); err != nil {
			return nil, err
		}
	}

	return doomed, nil
}

// doomed returns the disposals of what an app has.
func (w *Workspace) doomed(ctx context.Context, accountID string, app account.App, appID string) ([]store.Disposal, error) {
	hooks, err := w.webhooksOf(ctx, accountID, appID)
	if err != nil {
		return nil, err
	}

	ours := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, appSecret) })
	}
	now := w.clock.Now()
	id := secretName(appID)
	name, _ := secretOfName(app.Secret)

	of := store.Disposal{AccountID: accountID, AppID: appID, Credential: name, Uninstalls: accountID != "", InstalledAt: app.InstalledAt}

	credential, callbacks := of, of
	credential.ID, credential.Secrets, credential.At = id, ours([]string{name}), now.Add(unneeded)
	callbacks.ID, callbacks.Secrets, callbacks.At = id+"-callbacks", ours(hooks.signing), now.Add(reported)

	for _, t := range hooks.tokens {
		callbacks.Tokens = append(callbacks.Tokens, t.ID)
	}

	return []store.Disposal{credential, callbacks}, nil
}
