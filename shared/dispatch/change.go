package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveTemplate notes a template's change, holds back what would be sent with it, or lets it go. Whatever changed of it but
// its quality, the copy that we fill is out of date.
func (d *Dispatcher) receiveTemplate(ctx context.Context, c Callback) (Outcome, error) {
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID, Result: ResultIgnored}
	t := c.Event.Template
	if t == nil {
		return out, nil
	}
	switch t.Change {
	case "components", "category", "status":
		known, err := d.outdateAll(ctx, c, t)
		if err != nil {
			return out, err
		}
		if known {
			out.Result = ResultApplied
		}
	default:
	}
	d.noteChange(ctx, c, t.Change, t.Status+t.Value)
	if t.Change != "status" || c.AccountID == "" {
		return out, nil
	}
	at := time.UnixMilli(timeOfEvent(c))
	defer d.accounts.Forget(c.AccountID)
	out.Result = ResultApplied
	err := d.Store.ChangeCondition(ctx, c.AccountID, func(f *account.Condition) bool {
		changed := false
		for _, id := range idsOf(t) {
			if t.Status == "APPROVED" {
				changed = f.ReleaseTemplate(id, at) || changed
			} else {
				changed = f.HoldTemplate(id, at) || changed
			}
		}
		return changed
	})
	if errors.Is(err, store.ErrNotFound) {
		out.Result, err = ResultForeign, nil
	}
	return out, err
}

// outdateAll is outdate for all ids that a template is known by.
func (d *Dispatcher) outdateAll(ctx context.Context, c Callback, t *provider.TemplateEvent) (known bool, err error) {
	for _, id := range idsOf(t) {
		have, err := d.outdate(ctx, c.AccountID, c.AppID, id)
		if err != nil {
			return known, err
		}
		known = known || have
	}
	return known, nil
}

// outdate has a template read from the provider again before it is next filled; until that succeeds the old copy serves. It
// reports whether there is a copy.
func (d *Dispatcher) outdate(ctx context.Context, accountID, appID, templateID string) (known bool, err error) {
	defer d.templates.Forget(accountID + " " + appID + " " + templateID)
	kept, err := d.Store.Template(ctx, appID, templateID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || kept.CheckedAt.IsZero() {
		return err == nil, err
	}
	kept.CheckedAt = time.Time{}
	return true, d.Store.PutTemplate(ctx, appID, kept)
}

// noteChange tells the operator of news that cost money or reach when nobody acts: a template that will be charged as
// marketing, bad quality, an account that is warned.
func (d *Dispatcher) noteChange(ctx context.Context, c Callback, change, value string) {
	d.Logger.WarnContext(ctx, "provider changed a template or an account",
		"provider", c.Provider, "account_id", c.AccountID, "app_id", c.AppID, "change", logging.Word(change), "value", logging.Word(value))
}

// idsOf are the ids by which an account's settings may know the template: the provider's, and name with language, which
// stands for the id where a provider's list of templates has none.
func idsOf(t *provider.TemplateEvent) []string {
	ids := []string{t.ID}
	if byName := t.Name + ":" + t.Language; t.Name != "" && t.Language != "" && byName != t.ID {
		ids = append(ids, byName)
	}
	return ids
}

// receiveAccount notes that the provider account was blocked, or is usable again.
func (d *Dispatcher) receiveAccount(ctx context.Context, c Callback) (Outcome, error) {
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID, Result: ResultIgnored}
	e := c.Event.Account
	if e == nil {
		return out, nil
	}
	d.noteChange(ctx, c, e.Change, e.Value)
	if !e.Blocked && !e.Restored || c.AccountID == "" {
		return out, nil
	}
	at := time.UnixMilli(timeOfEvent(c))
	defer d.accounts.Forget(c.AccountID)
	out.Result = ResultApplied
	err := d.Store.ChangeCondition(ctx, c.AccountID, func(f *account.Condition) bool {
		if e.Restored {
			return f.RestoreApp(c.AppID, at)
		}
		return f.BlockApp(c.AppID, at, d.Clock.Now())
	})
	if errors.Is(err, store.ErrNotFound) {
		out.Result, err = ResultForeign, nil
	}
	return out, err
}
