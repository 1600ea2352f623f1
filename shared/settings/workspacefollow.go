package settings

import (
	"context"
	"errors"
	"iter"
	"maps"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// follower is who makes the versions of accounts that sweep has follow an app of the platform's.
var follower = access.Caller{Subject: "service:sweep", Name: "sweep"}

// FollowPlatformApps completes what a change of an app of the platform's has begun, and has not ended: that the events of the accounts which
// send through it are told by its present templates. It can be repeated, goes on after a failure, and returns how many apps it completed.
func (w *Workspace) FollowPlatformApps(ctx context.Context) (completed int, err error) {
	all, err := w.store.PlatformApps(ctx)
	if err != nil {
		return 0, err
	}

	var problems []error

	for _, p := range all {
		lag, err := w.lags(ctx, p)
		if lag {
			err = w.followTemplates(ctx, follower, p)
		}
		if lag && err == nil {
			completed++
		}

		problems = append(problems, err)
	}

	return completed, errors.Join(problems...)
}

// usersOf walks over the accounts that have an app of a provider installed, as they are stored. One that is gone meanwhile is left out.
func (w *Workspace) usersOf(ctx context.Context, provider, appID string) iter.Seq2[account.Account, error] {
	return func(yield func(account.Account, error) bool) {
		for page, err := range userPages(ctx, w.store, provider, appID) {
			if err != nil && !yield(account.Account{}, err) {
				return
			}

			for _, u := range page {
				a, err := w.store.Account(ctx, u.AccountID)
				if !errors.Is(err, store.ErrNotFound) && !yield(a, err) {
					return
				}
			}
		}
	}
}

// followed has the events of an account be told by the present templates of its apps of the platform's.
func followed(accountID string) edition {
	return edition{
		accountID: accountID,
		follows:   true,
		action:    "platform_app.put",
		change:    func(*account.Account) error { return nil },
	}
}

// lags reports whether accounts may not have followed an app of the platform's: it was changed since, or WhatsApp has put a template of it
// into another category, so that a consent to the charges may not cover it any more. The second is looked at once in lookAgain.
func (w *Workspace) lags(ctx context.Context, p account.PlatformApp) (bool, error) {
	if p.Followed < p.Version {
		return true, nil
	}
	if now := w.clock.Now(); !now.Truncate(lookAgain).Equal(now.Truncate(time.Minute)) {
		return false, nil
	}

	categories, err := w.categories(ctx, p.App.ID, p.Templates)

	return err == nil && !maps.Equal(categories, p.Categories), err
}

// lookAgain is how often the categories of the platform's templates are looked at, and so for how long messages may be charged by another one
// after the copy of a template has shown that.
const lookAgain = 10 * time.Minute

// followTemplates has the events of all accounts that send through an app of the platform's be told by its templates as they are now, and
// notes that they are. It goes on after a failure. An account that installs the app meanwhile does so with the present ones.
func (w *Workspace) followTemplates(ctx context.Context, c access.Caller, p account.PlatformApp) error {
	categories, err := w.categories(ctx, p.App.ID, p.Templates)
	if err != nil {
		return err
	}

	var problems []error

	for page, err := range userPages(ctx, w.store, p.App.Provider, p.App.ID) {
		if err != nil {
			problems = append(problems, err)
		}

		for _, u := range page {
			_, err := w.edit(ctx, c, followed(u.AccountID))
			if err != nil && !fault.Is(err, fault.NotFound) {
				problems = append(problems, err)
			}
		}
	}

	if len(problems) > 0 {
		return errors.Join(problems...)
	}

	return w.store.NoteFollowed(ctx, p.App.ID, p.Version, categories)
}
