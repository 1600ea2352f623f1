package settings

import (
	"context"
	"errors"
	"fmt"
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

// connecting is how long a number or a webhook is held at most while it is connected or changed, should the process end meanwhile. A request
// ends long before.
const connecting = 2 * time.Minute

// hold takes the sole right to connect the number of an app until it is saved with it, and checks that the number is in no other place. Of
// two places that connect one number at the same time the second is Unavailable, and has told its provider nothing. The caller ends the
// hold with letGo, and gives it to the save.
func (w *Workspace) hold(ctx context.Context, c claim) (store.Hold, error) {
	if c.app.Number == "" || !c.provider.Capabilities().Callbacks {
		return store.Hold{}, nil
	}

	held, err := w.store.HoldNumber(ctx, c.app.Number, w.clock.Now(), connecting)
	if err != nil {
		return store.Hold{}, busy("settings.hold", "the number is being connected, here or in another place, at this moment; try again after Retry-After", err)
	}

	if err = w.unconnected(ctx, c); err != nil {
		w.letGo(ctx, held)
		return store.Hold{}, err
	}

	return held, nil
}

// BusyError says that what is to be changed is being changed by another request.
type BusyError struct {
	// RetryAfter is how long that takes as a rule. If the other request's process has ended, it is two minutes at most.
	RetryAfter time.Duration
}

// Error says how long to wait.
func (e *BusyError) Error() string {
	return fmt.Sprintf("settings: another request is changing it, try again in %v", e.RetryAfter)
}

// busyFor is how long a change takes as a rule that holds what it changes.
const busyFor = 10 * time.Second

// busy is the error of a hold that cannot be had, with a sentence for the case that somebody else has it.
func busy(op, msg string, err error) error {
	if !errors.Is(err, store.ErrHeld) {
		return err
	}

	return &fault.Error{Kind: fault.Unavailable, Op: op, Msg: msg, Err: &BusyError{RetryAfter: busyFor}}
}

// holdWebhook takes the sole right to change the webhook of an app; Unavailable if another request has it. The caller takes it before it reads
// which addresses the app has, and ends it with letGo once the provider was told of another one, and the former ones are noted for their
// end. So the address that the provider was told last is never among those that end. accountID is empty for an app of the platform's.
func (w *Workspace) holdWebhook(ctx context.Context, accountID, appID string) (store.Hold, error) {
	held, err := w.store.HoldWebhook(ctx, accountID, appID, w.clock.Now(), connecting)
	if err != nil {
		return store.Hold{}, busy("settings.holdWebhook", "the app's webhook is being changed at this moment; try again after Retry-After", err)
	}

	return held, nil
}

// letGo ends a hold, unless the save has. After a failure the hold ends by itself.
func (w *Workspace) letGo(ctx context.Context, held store.Hold) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.timeout)
	defer cancel()

	_ = w.store.Release(ctx, held)
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
