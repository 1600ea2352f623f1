package settings

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
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
		if p.Followed >= p.Version {
			continue
		}

		err := w.followTemplates(ctx, follower, p)
		if err == nil {
			completed++
		}

		problems = append(problems, err)
	}

	return completed, errors.Join(problems...)
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

// followTemplates has the events of all accounts that send through an app of the platform's be told by its templates as they are now, and
// notes that they are. It goes on after a failure. An account that installs the app meanwhile does so with the present ones.
func (w *Workspace) followTemplates(ctx context.Context, c access.Caller, p account.PlatformApp) error {
	if p.Followed >= p.Version {
		return nil
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

	return w.store.NoteFollowed(ctx, p.App.ID, p.Version)
}
