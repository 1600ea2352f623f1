package settings

import (
	"context"
	"errors"
	"maps"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
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
//   - consents to charges, which people give and no revert does;
//   - what the platform sets of the account itself, unless the caller is of the platform.
//
// An event that the revert switches on, or gives another template or filling, is checked as [Workspace.PutNotifications] checks it, at each
// app: [UnfitError] if its template is not approved any more or does not fit, Unavailable if the provider does not answer, Conflict if it
// needs a consent to charges and has none to as much as it costs now, or if another account has the slug since. Nothing is put back then.
func (w *Workspace) Revert(ctx context.Context, c access.Caller, id string, number int64, seen Seen) (account.Account, error) {
	const op = "settings.Revert"

	if err := c.May(access.Write, id); err != nil {
		return account.Account{}, err
	}

	now, err := w.read(ctx, op, id)
	if err != nil {
		return account.Account{}, err
	}

	v, err := w.version(ctx, op, id, number)
	if err != nil {
		return account.Account{}, err
	}
	if err = seen.check(now); err != nil {
		return account.Account{}, err
	}

	choices, err := w.restored(ctx, now, v.Settings)
	if err != nil {
		return account.Account{}, err
	}

	return w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen, // so that all is as it was looked at, but for health
		action:    "settings.revert",
		backTo:    number,
		change: func(a *account.Account) error {
			err := reverting(c, v.Settings)(a)
			maps.Copy(a.Choices, choices)

			return err
		},
	})
}

// restored returns the choices of each app that a revert of now puts back, checked as those of a save are.
func (w *Workspace) restored(ctx context.Context, now, to account.Account) (map[string]map[string]account.Choice, error) {
	var (
		restored = map[string]map[string]account.Choice{}
		findings []EventFinding
	)

	for _, id := range now.AppIDs() {
		if _, installed := to.Apps[id]; !installed {
			continue
		}

		choices := putBack(now.ChoicesAt(id), to, id)

		err := w.checkRestored(ctx, now, id, choices)
		if unfit, ok := errors.AsType[*UnfitError](err); ok {
			findings = append(findings, unfit.Findings...)
		} else if err != nil {
			return nil, err
		}

		restored[id] = choices
	}

	if len(findings) > 0 {
		return nil, &UnfitError{Findings: findings}
	}

	return restored, nil
}

// checkRestored checks the choices that a revert puts back at one app, and notes what their templates call their placeholders.
func (w *Workspace) checkRestored(ctx context.Context, now account.Account, appID string, choices map[string]account.Choice) error {
	const op = "settings.checkRestored"

	l, err := w.lookAt(ctx, op, now, appID)
	if err != nil {
		return err
	}

	on := map[order.Kind]account.Choice{}

	for _, entry := range order.Catalog() {
		choice, set := choices[entry.Kind.String()]
		if !set || !choice.Enabled || same(choice, l.choices[entry.Kind.String()]) {
			continue
		}

		if l.charged() {
			choice.Charges = l.stillAgreed(entry, true)
		}
		if err = l.mayEnable(entry, choice, "notifications."+entry.Kind.String()+"."); err != nil {
			return unreverted(op, err)
		}

		on[entry.Kind] = choice
	}

	_, err = w.verify(ctx, l, on)
	for kind, choice := range on {
		choices[kind.String()] = choice
	}

	return err
}

// unreverted returns the error of an event that a save would refuse, as that of a revert, whose caller has sent nothing that could be wrong.
func unreverted(op string, err error) error {
	field, msg := fault.Public(err)

	return &fault.Error{
		Kind:  fault.Conflict,
		Op:    op,
		Field: field,
		Msg:   msg + "; the version switches the event on, so set it first, or choose another version",
		Err:   err,
	}
}

// reverting returns the change that puts settings back as far as the caller may.
func reverting(c access.Caller, to account.Account) func(*account.Account) error {
	return func(a *account.Account) error {
		if c.May(access.Operate, a.ID) == nil {
			a.Slug, a.Name, a.TimeZone = to.Slug, to.Name, to.TimeZone
			a.ConsentMode, a.Declaration = to.ConsentMode, to.Declaration
			a.PortalLink, a.MarkupBasisPoints, a.Limits = to.PortalLink, to.MarkupBasisPoints, to.Limits
		}

		a.MaxAge, a.Unexpected, a.Quiet, a.Reclassed, a.Keywords = to.MaxAge, to.Unexpected, to.Quiet, to.Reclassed, to.Keywords

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
			a.Choices[id] = putBack(a.Choices[id], to, id)
		}

		return nil
	}
}

// putBack returns the choices at an app of an account as it was, with the consents of now; nil if it had never set anything there.
func putBack(now map[string]account.Choice, to account.Account, appID string) map[string]account.Choice {
	choices := to.ChoicesAt(appID)
	if len(choices) == 0 && to.Choices[appID] == nil {
		return nil
	}

	for kind, choice := range choices {
		choice.Charges = now[kind].Charges
		choices[kind] = choice
	}

	return choices
}
