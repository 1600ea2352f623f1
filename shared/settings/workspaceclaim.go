package settings

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// claim is an app that is to be connected, whose provider takes its credential.
type claim struct {
	// accountID is that of its account, and empty for an app of the platform's.
	accountID string
	provider  connectable
	app       provider.App
	said      provider.CheckResult
}

// claimants is how many accounts with a number are looked at.
const claimants = 100

// errConnected is the error of an app whose number is in another place. It names nobody.
var errConnected = &fault.Error{
	Kind:  fault.Conflict,
	Op:    "settings.unconnected",
	Field: "number",
	Msg:   "is connected to another workspace, or to an app of the platform's, and can be in one place only; uninstall it there first",
}

// unconnected returns a Conflict if the number of an app is in another place already, which would no longer hear of its messages: at an app of
// the platform's, or at one of another account's. That one counts if its provider has confirmed the number, or if it is the very same app, for
// which both have a credential: a number that nobody has confirmed claims nothing. Within an account, and for an app that is never called
// back, there is no conflict. Two places that connect the same number in the same second both get it.
func (w *Workspace) unconnected(ctx context.Context, c claim) error {
	if c.app.Number == "" || !c.provider.Capabilities().Callbacks {
		return nil
	}

	all, err := w.store.PlatformApps(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(p account.PlatformApp) bool {
		return p.App.Number == c.app.Number && (c.accountID != "" || p.App.ID != c.app.ID) && w.calledBack(p.App)
	}) {
		return errConnected
	}

	owners, err := w.store.AccountsWithNumber(ctx, c.app.Number, claimants)
	if err != nil {
		return err
	}

	for _, id := range owners {
		if id == c.accountID {
			continue
		}

		a, err := w.store.Account(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if slices.ContainsFunc(slices.Collect(maps.Values(a.Apps)), c.meets) {
			return errConnected
		}
	}

	return nil
}

// meets reports whether an app of another account's is connected to what is claimed.
func (c claim) meets(other account.App) bool {
	if other.Number != c.app.Number || other.Ownership != message.Client {
		return false
	}

	confirmed := other.Checked.Confirmed && (c.said.State == provider.CheckVerified || c.accountID == "")
	key := c.provider.Form().IDs[0].Key

	return confirmed || other.Provider == c.provider.Name() && other.ProviderIDs[key] == c.app.ProviderIDs[key]
}

// calledBack reports whether the provider of an app reports what becomes of messages.
func (w *Workspace) calledBack(app account.App) bool {
	p, ok := w.providers.Get(app.Provider)
	return ok && p.Capabilities().Callbacks
}
