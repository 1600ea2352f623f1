package settings

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// connect makes an app of an account ready for calls, for a caller who may, with its credential as Secret Manager has it now. It is
// NotFound if the app is not installed, and Conflict if there is no credential for it.
func (w *Workspace) connect(ctx context.Context, op string, a account.Account, appID string) (connection, error) {
	installed, ok := a.App(appID)
	if !ok {
		return connection{}, noApp(op)
	}

	return w.connectApp(ctx, op, installed)
}

// connectApp makes an app ready for calls, with its credential as Secret Manager has it now.
func (w *Workspace) connectApp(ctx context.Context, op string, installed account.App) (connection, error) {
	p, ok := w.providers.Get(installed.Provider)
	if !ok {
		return connection{}, fault.New(fault.Internal, op, "the app's provider is not known")
	}

	w.secrets.Forget(installed.Secret) // another instance may have written a newer one

	credential, err := w.secrets.Access(ctx, installed.Secret)
	switch {
	case NoCredential(err):
		return connection{}, &fault.Error{
			Kind: fault.Conflict,
			Op:   op,
			Msg:  "there is no credential for the app; set it anew",
			Err:  err,
		}
	case err != nil:
		return connection{}, err
	}

	app := AppOf(installed)
	app.Secret = credential

	return connection{App: app, Provider: p}, nil
}

// noApp is the error of a call about an app that the account does not have.
func noApp(op string) error { return fault.New(fault.NotFound, op, "the account has no such app") }
