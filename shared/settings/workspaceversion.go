package settings

import (
	"context"
	"errors"
	"maps"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Versions lists the changes of an account's settings, the newest first, at most limit, beginning before the number before (0: with the
// newest). next is the before of the next page; 0 if there is none.
func (w *Workspace) Versions(ctx context.Context, c access.Caller, id string, before int64, limit int) (all []store.Version, next int64, err error) {
	if err = c.May(access.Read, id); err != nil {
		return nil, 0, err
	}
	if _, err = w.read(ctx, "settings.Versions", id); err != nil {
		return nil, 0, err
	}

	all, err = w.store.Versions(ctx, id, before, limit+1)
	if err != nil || len(all) <= limit {
		return all, 0, err
	}

	return all[:limit], all[limit-1].Number, nil
}

// VersionDetail is one change of an account's settings.
type VersionDetail struct {
	store.Version
	// Revert is what [Workspace.Revert] to the version would change now, for this caller.
	Revert []account.Change
}

// Version returns one change of an account's settings, and what a revert to the version would change now.
func (w *Workspace) Version(ctx context.Context, c access.Caller, id string, number int64) (VersionDetail, error) {
	const op = "settings.Version"

	if err := c.May(access.Read, id); err != nil {
		return VersionDetail{}, err
	}

	now, err := w.read(ctx, op, id)
	if err != nil {
		return VersionDetail{}, err
	}

	v, err := w.version(ctx, op, id, number)
	if err != nil {
		return VersionDetail{}, err
	}

	reverted, err := w.edited(ctx, now, reverting(c, v.Settings))
	if err != nil {
		return VersionDetail{}, err
	}

	return VersionDetail{Version: v, Revert: reverted.ChangesSince(now)}, nil
}

func (w *Workspace) version(ctx context.Context, op, id string, number int64) (store.Version, error) {
	v, err := w.store.Version(ctx, id, number)
	if errors.Is(err, store.ErrNotFound) {
		return store.Version{}, fault.New(fault.NotFound, op, "no such version of this account's settings")
	}

	return v, err
}

// Revert puts the settings of a version back, as a new version, and returns the account as it is then. The account must be as seen. What
// cannot be put back stays as it is now:
//
//   - which apps are installed, with their numbers and credentials; of an app that was installed then and is now, its name comes back;
//   - the choices of an app that is installed since, and a sender while the app that was the sender then is gone;
//   - consents to charges, which people give and no revert does: an event that needs one and has none is off;
//   - what the platform sets of the account itself, unless the caller is of the platform.
func (w *Workspace) Revert(ctx context.Context, c access.Caller, id string, number int64, seen Seen) (account.Account, error) {
	const op = "settings.Revert"

	if err := c.May(access.Write, id); err != nil {
		return account.Account{}, err
	}
	if _, err := w.read(ctx, op, id); err != nil {
		return account.Account{}, err
	}

	v, err := w.version(ctx, op, id, number)
	if err != nil {
		return account.Account{}, err
	}

	if c.May(access.Operate, id) == nil {
		if err := w.checkSlug(ctx, id, v.Settings.Slug); err != nil {
			return account.Account{}, err
		}
	}

	return w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen,
		action:    "settings.revert",
		change:    reverting(c, v.Settings),
	})
}

// reverting returns the change that puts settings back as far as the caller may.
func reverting(c access.Caller, to account.Account) func(*account.Account) error {
	return func(a *account.Account) error {
		if c.May(access.Operate, a.ID) == nil {
			a.Slug, a.Name, a.TimeZone = to.Slug, to.Name, to.TimeZone
			a.ConsentMode, a.Declaration = to.ConsentMode, to.Declaration
			a.PortalLink, a.MarkupBasisPoints = to.PortalLink, to.MarkupBasisPoints
		}

		a.MaxAge, a.Unexpected = to.MaxAge, to.Unexpected

		if _, installed := a.Apps[to.Sender]; installed {
			a.Sender, a.SenderChosen = to.Sender, to.SenderChosen
		}

		for id, app := range a.Apps {
			then, installed := to.Apps[id]
			if !installed {
				continue
			}

			app.Name = then.Name
			a.Apps[id] = app
			a.Choices[id] = putBack(a.Choices[id], to.ChoicesAt(id))
		}

		return nil
	}
}

// putBack returns the choices of then with the consents of now.
func putBack(now, then map[string]account.Choice) map[string]account.Choice {
	choices := maps.Clone(then)
	for kind, choice := range choices {
		choice.Charges = now[kind].Charges
		choices[kind] = choice
	}

	return choices
}
