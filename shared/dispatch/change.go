package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveTemplate notes a template's change, holds back what would be sent with it, or lets it go.
func (d *Dispatcher) receiveTemplate(ctx context.Context, c Callback) (Outcome, error) {
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID, Result: ResultIgnored}
	t := c.Event.Template
	if t == nil || t.Change != "status" || c.AccountID == "" {
		return out, nil
	}
	at := time.UnixMilli(timeOfEvent(c))
	defer d.accounts.Forget(c.AccountID)
	out.Result = ResultApplied
	err := d.Store.ChangeFitness(ctx, c.AccountID, func(f *account.Fitness) bool {
		if t.Status == "APPROVED" {
			return releaseTemplate(f, t.ID, at)
		}
		return holdTemplate(f, t.ID, effect{at: at})
	})
	if errors.Is(err, store.ErrNotFound) {
		out.Result, err = ResultForeign, nil
	}
	return out, err
}

func releaseTemplate(f *account.Fitness, templateID string, at time.Time) bool {
	changed := false
	for _, kind := range f.EventsUsing(templateID) {
		ev := f.Events[kind]
		if ev.HeldReason == "" || ev.HeldSince.After(at) {
			continue
		}
		ev.HeldReason, ev.HeldSince = "", at
		f.Events[kind] = ev
		changed = true
	}
	return changed
}

// receiveAccount notes that the provider account was blocked, or is usable again.
func (d *Dispatcher) receiveAccount(ctx context.Context, c Callback) (Outcome, error) {
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID, Result: ResultIgnored}
	e := c.Event.Account
	if e == nil || !e.Blocked && !e.Restored || c.AccountID == "" {
		return out, nil
	}
	at := time.UnixMilli(timeOfEvent(c))
	defer d.accounts.Forget(c.AccountID)
	out.Result = ResultApplied
	err := d.Store.ChangeFitness(ctx, c.AccountID, func(f *account.Fitness) bool {
		app, ok := f.Apps[c.AppID]
		if !ok || app.Health.Since.After(at) || app.Health.Healthy() == e.Restored {
			return false
		}
		app.Health = account.Health{Since: at}
		if e.Blocked {
			app.Health.Reason, app.Health.RetryAt = account.Blocked, d.Clock.Now().Add(firstProbe)
		}
		f.Apps[c.AppID] = app
		return true
	})
	if errors.Is(err, store.ErrNotFound) {
		out.Result, err = ResultForeign, nil
	}
	return out, err
}
