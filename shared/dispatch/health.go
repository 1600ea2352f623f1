package dispatch

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// noteUnlisted tells loudly of a code that is in none of a provider's tables: somebody must find out what it means.
func (d *Dispatcher) noteUnlisted(ctx context.Context, providerName, appID string, e effect) {
	if e.Cause == message.CauseUnlisted {
		d.Logger.ErrorContext(ctx, "provider named a code that no table has",
			"provider", logging.Word(providerName), "app_id", logging.Word(appID), "code", logging.Word(e.Code))
	}
}

// markUnhealthy notes on the account why an app or a template cannot send.
func (d *Dispatcher) markUnhealthy(ctx context.Context, m message.Message, e effect) error {
	defer d.accounts.Forget(m.AccountID)
	return d.Store.ChangeFitness(ctx, m.AccountID, func(f *account.Fitness) bool {
		if e.Class == message.ClassTemplatePaused {
			return holdTemplate(f, m.TemplateID, e)
		}
		app, ok := f.Apps[m.AppID]
		if !ok || app.Health.Since.After(e.at) || app.Health.Reason == healthReason(e) {
			return false
		}
		app.Health = ill(app.Health, e, d.Clock.Now())
		app.Health.Detail = d.explain(app.Provider, e.Code)
		f.Apps[m.AppID] = app
		return true
	})
}

// explain is what a provider has to tell the brand of a code; empty if nothing.
func (d *Dispatcher) explain(providerName, code string) string {
	p, _ := d.Providers.Get(providerName)
	if e, ok := p.(provider.Explainer); ok {
		return e.Explain(code)
	}
	return ""
}

const (
	// firstProbe is how long an unhealthy app is left alone before its credentials are tried.
	firstProbe = time.Minute
	// relapse is how soon after its recovery an app must fail for the probe to have been wrong: an empty wallet, say,
	// does not show in the credentials. Then it is left alone for longer each time.
	relapse = time.Hour
)

// ill is the health of an app that could not send.
func ill(before account.Health, e effect, now time.Time) account.Health {
	checks := 0
	if !before.Since.IsZero() && e.at.Sub(before.Since) < relapse {
		checks = before.Checks + 1
	}
	return account.Health{
		Reason: healthReason(e), Since: e.at, Checks: checks, RetryAt: now.Add(max(firstProbe, backoff(checks+2))),
	}
}

func healthReason(e effect) message.Cause {
	if e.Cause == "" {
		return message.CauseBlocked
	}
	return e.Cause
}

func holdTemplate(f *account.Fitness, templateID string, e effect) bool {
	changed := false
	for _, kind := range f.EventsUsing(templateID) {
		ev := f.Events[kind]
		if ev.HeldSince.After(e.at) {
			continue
		}
		if ev.HeldReason == "" {
			ev.HeldRetryAt, ev.HeldChecks = e.at.Add(firstProbe), 0
		}
		ev.HeldReason, ev.HeldSince = heldTemplate, e.at
		f.Events[kind] = ev
		changed = true
	}
	return changed
}
