package settings

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ProposedApp is an app that may be installed.
type ProposedApp struct {
	// ID is the one that it gets, or has if it is Installed.
	ID        string
	Installed bool
	// Check is what the provider said of it; the zero value of an app that is installed, and of one of the platform's.
	Check provider.CheckResult
}

// ProposeApp tells what [Workspace.InstallApp] would do with an input, and does nothing. An app that is not installed is tried at its provider.
// The account need not be there yet. Errors are those of the install, but for what others have connected meanwhile.
func (w *Workspace) ProposeApp(ctx context.Context, c access.Caller, accountID string, in AppInput) (ProposedApp, error) {
	const op = "settings.ProposeApp"

	if err := c.May(access.Write, accountID); err != nil {
		return ProposedApp{}, err
	}

	a, err := w.store.Account(ctx, accountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return ProposedApp{}, err
	}

	switch in.Ownership {
	case message.Platform:
		offered, missing := w.offered(ctx, in.AppID)
		return proposed(a, offered.App.ID), missing
	case message.Client, "":
	default:
		return ProposedApp{}, fault.Field("ownership", "must be client or platform")
	}

	p, app, err := in.check(w.providers, "")
	if err != nil {
		return ProposedApp{}, err
	}

	out := proposed(a, appIDOf(accountID, in.Provider, app))
	if !out.Installed {
		out.Check, err = w.tried(ctx, op, p, app)
	}

	return out, err
}

// proposed returns an app that an account has or may get.
func proposed(a account.Account, appID string) ProposedApp {
	_, installed := a.App(appID)
	return ProposedApp{ID: appID, Installed: installed}
}
