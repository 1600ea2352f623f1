package settings

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Suspend notes that the provider does not answer for an app since that time; for the platform's app, at every account behind it.
func (a *Apps) Suspend(ctx context.Context, r Ref, at time.Time) error {
	return a.noteAnswering(ctx, r, func(c *account.Condition) bool { return c.SuspendApp(r.AppID, at, a.clock.Now()) })
}

// Resume notes that the provider answered for an app at that time; for the platform's app, at every account behind it.
func (a *Apps) Resume(ctx context.Context, r Ref, at time.Time) error {
	return a.noteAnswering(ctx, r, func(c *account.Condition) bool { return c.ResumeApp(r.AppID, at) })
}

// TakeProbe reports whether the caller may now send one message through an app that does not answer. Of several callers one
// may, of whichever account behind the platform's app they are.
func (a *Apps) TakeProbe(ctx context.Context, r Ref) (may bool, err error) {
	_, may, err = a.changeAnswering(ctx, r, func(c *account.Condition) bool { return c.ProbeApp(r.AppID, a.clock.Now()) })

	return may && err == nil, err
}

// ReturnProbe gives back the turn that TakeProbe gave, so that another message may use it.
func (a *Apps) ReturnProbe(ctx context.Context, r Ref) error {
	_, _, err := a.changeAnswering(ctx, r, func(c *account.Condition) bool { return c.ReturnProbe(r.AppID, a.clock.Now()) })

	return err
}

// noteAnswering changes whether an app's provider answers. An account behind the platform's app that cannot be told now is told
// by [Apps.TellUsers] or [Apps.TakeProbe] later.
func (a *Apps) noteAnswering(ctx context.Context, r Ref, change func(*account.Condition) bool) error {
	app, changed, err := a.changeAnswering(ctx, r, change)
	if err != nil || !changed {
		return err
	}

	return a.TellUsers(ctx, app)
}

// changeAnswering changes the health of an app where it is kept: at the account, or for the platform's app in the app's own
// document, which is where one of many callers wins. The account that is named then follows it. Accounts hold copies, so that a
// decision to send reads nothing more; a copy that is wrong is set right here, before its messages go on.
func (a *Apps) changeAnswering(ctx context.Context, r Ref, change func(*account.Condition) bool) (app account.App, changed bool, err error) {
	noted := func(c *account.Condition) bool {
		changed = change(c)
		return changed
	}

	owner, err := a.accounts.Get(ctx, r.AccountID)
	if err != nil {
		return account.App{}, false, err
	}

	app, _ = owner.App(r.AppID)
	if app.Ownership != message.Platform {
		err = a.accounts.change(ctx, r.AccountID, noted)
		return app, changed, err
	}

	h, err := a.accounts.store.ChangeAppHealth(ctx, app.ID, noted)
	if err != nil {
		return app, false, err
	}

	err = a.accounts.change(ctx, r.AccountID, func(c *account.Condition) bool { return c.FollowApp(app.ID, h) })

	return app, changed, err
}

// TellUsers notes at every account behind the platform's app whether the app's provider answers. An account that knows is only
// read, and is not told of each probe. It does nothing for an account's own app.
func (a *Apps) TellUsers(ctx context.Context, app account.App) error {
	if app.Ownership != message.Platform {
		return nil
	}

	h, err := a.accounts.store.ChangeAppHealth(ctx, app.ID, func(*account.Condition) bool { return false })
	if err != nil {
		return err
	}

	_, err = a.accounts.ForUsers(ctx, app.Provider, app.ID, func(u store.AppUser) error {
		return a.accounts.change(ctx, u.AccountID, func(c *account.Condition) bool {
			knows := c.Apps[app.ID].Health.NotAnswering() == h.NotAnswering()
			return !knows && c.FollowApp(app.ID, h)
		})
	})

	return err
}
