package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
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
		known, err := d.refreshTemplate(ctx, c, t)
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

	write := d.apps.HoldTemplates
	if t.Status == "APPROVED" {
		write = d.apps.ReleaseTemplates
	}
	out.Result = ResultApplied
	err := write(ctx, c.AccountID, idsOf(t), time.UnixMilli(timeOfEvent(c)))
	if errors.Is(err, store.ErrNotFound) {
		out.Result, err = ResultForeign, nil
	}
	return out, err
}

// refreshTemplate marks the stored template stale under every id that it is known by; known is false if none is stored.
func (d *Dispatcher) refreshTemplate(ctx context.Context, c Callback, t *provider.TemplateEvent) (known bool, err error) {
	for _, id := range idsOf(t) {
		stored, err := d.apps.RefreshTemplate(ctx, settings.Ref{AccountID: c.AccountID, AppID: c.AppID, TemplateID: id})
		if err != nil {
			return known, err
		}
		known = known || stored
	}

	return known, nil
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

	write := d.apps.Block
	if e.Restored {
		write = d.apps.Restore
	}
	out.Result = ResultApplied
	err := write(ctx, settings.Ref{AccountID: c.AccountID, AppID: c.AppID}, time.UnixMilli(timeOfEvent(c)))
	if errors.Is(err, store.ErrNotFound) {
		out.Result, err = ResultForeign, nil
	}
	return out, err
}
