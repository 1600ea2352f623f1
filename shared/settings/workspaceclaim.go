package settings

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

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

// connecting is how long a number is held at most while it is connected, should the process end meanwhile. A request ends long before.
const connecting = 2 * time.Minute

// hold takes the sole right to connect the number of an app until it is saved with it, and checks that the number is in no other place. Of
// two places that connect one number at the same time the second is Unavailable, and has told its provider nothing. The caller ends the
// hold with letGo, and gives it to the save.
func (w *Workspace) hold(ctx context.Context, c claim) (store.NumberHold, error) {
	if c.app.Number == "" || !c.provider.Capabilities().Callbacks {
		return store.NumberHold{}, nil
	}

	held, err := w.store.HoldNumber(ctx, c.app.Number, w.clock.Now(), connecting)
	if errors.Is(err, store.ErrNumberHeld) {
		return store.NumberHold{}, fault.New(fault.Unavailable, "settings.hold", "the number is being connected at this moment, here or in another place; try again in a few minutes")
	}
	if err != nil {
		return store.NumberHold{}, err
	}

	if err = w.unconnected(ctx, c); err != nil {
		w.letGo(ctx, held)
		return store.NumberHold{}, err
	}

	return held, nil
}

// letGo ends a hold, unless the save has. After a failure the hold ends by itself.
func (w *Workspace) letGo(ctx context.Context, held store.NumberHold) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout)
	defer cancel()

	_ = w.store.ReleaseNumber(ctx, held)
}

// unconnected returns a Conflict if the number of an app is in another place already, which would no longer hear of its messages: at an app of
// the platform's, or at one of another account's. That one counts if its provider has confirmed the number, or if it is the very same app, for
// which both have a credential: a number that nobody has confirmed claims nothing. Within an account, and for an app that is never called
// back, there is no conflict. The caller holds the number (see hold).
func (w *Workspace) unconnected(ctx context.Context, c claim) error {
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
