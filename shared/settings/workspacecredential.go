package settings

import (
	"context"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// appSecret is what the names of secrets begin with that are an app's alone. Others were made by hand, and may be several apps'.
const appSecret = "app-"

// RotateCredential gives an app of the brand's own another credential, of which only the last characters can be read from then on. The
// account must be as seen. The credential is tried at the provider first, and nothing is changed unless it works; an app that was held is
// released then.
//
// No send fails for it: each instance goes on with the credential that it knows until the provider refuses that, or for five minutes, and
// reads the present one after that. So the brand ends the former one at its provider when this has succeeded. It is destroyed here at once.
func (w *Workspace) RotateCredential(ctx context.Context, c access.Caller, accountID, appID string, credential config.Secret, seen Seen) (Verified, error) {
	const op = "settings.RotateCredential"

	if err := c.May(access.Write, accountID); err != nil {
		return Verified{}, err
	}

	a, err := w.own(ctx, op, accountID, appID)
	if err != nil {
		return Verified{}, err
	}
	if err = seen.check(a); err != nil {
		return Verified{}, err
	}

	installed, _ := a.App(appID)

	known, _ := w.providers.Get(installed.Provider)

	p, ok := known.(connectable)
	if !ok {
		return Verified{}, fault.New(fault.Internal, op, "the app's provider is not known")
	}
	if !isCredential(credential) {
		return Verified{}, errCredential(p.Form())
	}

	app := AppOf(installed)
	app.Secret = credential

	said, err := w.tried(ctx, op, p, app)
	if err != nil {
		return Verified{}, err
	}

	name, version, err := w.replaceSecret(ctx, accountID, installed, credential)
	if err != nil {
		return Verified{}, err
	}

	now := w.clock.Now()
	_, err = w.changeApp(ctx, c, appChange{
		accountID: accountID,
		appID:     appID,
		seen:      seen,
		action:    "app.credential",
		change: func(app *account.App) {
			app.Secret, app.Last4, app.CredentialAt = name, last4(credential), now
		},
	})
	if err != nil {
		return Verified{}, err
	}

	// Should either fail, the next rotation, or the next check of the app, makes up for it.
	_ = w.secrets.Prune(ctx, name, version)

	if err = w.noteCheck(ctx, accountID, appID, said, now); err != nil {
		return Verified{}, err
	}

	d, err := w.App(ctx, c, accountID, appID)

	return Verified{AppDetail: d, Check: said}, err
}

// replaceSecret writes a credential as the newest version of the app's secret. A secret that was made by hand stays as it is, and the app
// gets one of its own.
func (w *Workspace) replaceSecret(ctx context.Context, accountID string, app account.App, credential config.Secret) (name, version string, err error) {
	name = app.Secret
	if !strings.HasPrefix(name, appSecret) {
		name = secretName(app.ID)

		err = w.store.PutDisposal(ctx, store.Disposal{
			ID:         name,
			AccountID:  accountID,
			AppID:      app.ID,
			Credential: name,
			Secrets:    []string{name},
			At:         w.clock.Now().Add(unadopted),
		})
		if err != nil {
			return "", "", err
		}
	}

	version, err = w.secrets.Add(ctx, name, credential)

	return name, version, err
}
