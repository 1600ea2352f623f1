package settings

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ReasonOf returns why an app is unhealthy after a failure of class account. It is blocked if the provider told no cause.
func ReasonOf(f message.Failure) message.Cause {
	if f.Cause == "" {
		return message.CauseBlocked
	}

	return f.Cause
}

// NoteFailure marks the template as held after template_paused, else the app as failed. The send failed at that time.
func (a *Apps) NoteFailure(ctx context.Context, r Ref, f message.Failure, at time.Time) error {
	return a.accounts.change(ctx, r.AccountID, func(c *account.Condition) bool {
		if f.Class == message.ClassTemplatePaused {
			return c.HoldTemplate(r.TemplateID, at)
		}

		detail := a.explain(c.Apps[r.AppID].Provider, f.Code)

		return c.FailApp(r.AppID, ReasonOf(f), detail, at, a.clock.Now(), f.RetryAfter)
	})
}

// explain returns what a provider has to tell the brand of a code; empty if nothing.
func (a *Apps) explain(providerName, code string) string {
	p, _ := a.providers.Get(providerName)
	return explain(p, code)
}

// explain returns what a provider has to tell the brand of a code; empty if nothing.
func explain(p provider.Provider, code string) string {
	if e, ok := p.(provider.Explainer); ok {
		return e.Explain(code)
	}

	return ""
}

// HoldTemplates notes that the provider does not let templates be sent since that time. Each is named by every id that
// settings may know it by.
func (a *Apps) HoldTemplates(ctx context.Context, accountID string, ids []string, at time.Time) error {
	return a.accounts.change(ctx, accountID, func(c *account.Condition) bool {
		changed := false
		for _, id := range ids {
			changed = c.HoldTemplate(id, at) || changed
		}

		return changed
	})
}

// ReleaseTemplates notes that the provider lets templates be sent again since that time.
func (a *Apps) ReleaseTemplates(ctx context.Context, accountID string, ids []string, at time.Time) error {
	return a.accounts.change(ctx, accountID, func(c *account.Condition) bool {
		changed := false
		for _, id := range ids {
			changed = c.ReleaseTemplate(id, at) || changed
		}

		return changed
	})
}

// Block notes that the provider blocked an app at that time, and that it must be left alone for wait from now.
func (a *Apps) Block(ctx context.Context, r Ref, at time.Time, wait time.Duration) error {
	return a.accounts.change(ctx, r.AccountID, func(c *account.Condition) bool {
		return c.BlockApp(r.AppID, at, a.clock.Now(), wait)
	})
}

// Restore notes that the provider lets an app send again since that time.
func (a *Apps) Restore(ctx context.Context, r Ref, at time.Time) error {
	return a.accounts.change(ctx, r.AccountID, func(c *account.Condition) bool { return c.RestoreApp(r.AppID, at) })
}

// Forgeable reports whether anybody who knows the address of a provider's webhook can make a callback, so that news of it are to be
// given to [Apps.RequestCheck] and [Apps.RequestTemplateChecks].
func (a *Apps) Forgeable(providerName string) bool {
	p, ok := a.providers.Get(providerName)
	return ok && p.Capabilities().Forgeable
}

// RequestCheck notes news of that time about an app that nobody can prove: [Apps.Probe] asks the provider, and what it says counts.
// Until then, and while it says nothing, the app stays as it is. News that come again meanwhile change nothing.
func (a *Apps) RequestCheck(ctx context.Context, r Ref, at time.Time) error {
	return a.accounts.change(ctx, r.AccountID, func(c *account.Condition) bool {
		return c.RequestAppCheck(r.AppID, at, a.clock.Now())
	})
}

// RequestTemplateChecks does for news about templates what RequestCheck does for those about an app. Each template is named by
// every id that settings may know it by.
func (a *Apps) RequestTemplateChecks(ctx context.Context, accountID string, ids []string, at time.Time) error {
	return a.accounts.change(ctx, accountID, func(c *account.Condition) bool {
		changed := false
		for _, id := range ids {
			changed = c.RequestTemplateCheck(id, at, a.clock.Now()) || changed
		}

		return changed
	})
}

// Probe checks the apps and templates whose check is due: the unhealthy ones, and those of which unproved news came. It notes the
// results, and returns how many apps and templates recovered.
func (a *Apps) Probe(ctx context.Context, owner account.Account) (recovered int, err error) {
	now := a.clock.Now()

	checked := map[string]provider.CheckResult{} // by app id
	for id, app := range owner.Apps {
		if !app.Health.CheckDue(now) {
			continue
		}
		if checked[id], err = a.check(ctx, Ref{AccountID: owner.ID, AppID: id}); err != nil {
			return 0, err
		}
	}

	sendable := map[string]account.Answer{} // by template id
	for _, e := range owner.Events {
		if !e.Health.CheckDue(now) {
			continue
		}
		if _, asked := sendable[e.TemplateID]; !asked {
			sendable[e.TemplateID] = a.sendable(ctx, Ref{AccountID: owner.ID, AppID: owner.Sender, TemplateID: e.TemplateID})
		}
	}

	if len(checked)+len(sendable) == 0 {
		return 0, nil
	}

	err = a.accounts.change(ctx, owner.ID, func(c *account.Condition) bool {
		var changed bool
		changed, recovered = noteChecks(c, checked, sendable, now)

		return changed
	})

	return recovered, err
}

// noteChecks writes the results of checks into the condition. It may be called again on a fresh one.
func noteChecks(
	c *account.Condition, checked map[string]provider.CheckResult, sendable map[string]account.Answer, now time.Time,
) (changed bool, recovered int) {
	for id, result := range checked {
		if result.Works() || result.Refused() {
			changed = c.NoteCheck(id, checkedBy(result, now)) || changed
		}

		switch h := c.Apps[id].Health; {
		case !h.CheckDue(now): // a send has failed meanwhile
		case h.Healthy():
			changed = c.ConfirmApp(id, answerOf(result), result.Detail, now) || changed
		case c.CheckApp(id, result.Works(), result.Detail, now):
			changed = true
			if result.Works() {
				recovered++
			}
		}
	}

	for id, answer := range sendable {
		switch {
		case answer != account.Works:
			changed = c.PostponeTemplate(id, now) || changed
		case c.ReleaseTemplate(id, now):
			changed = true
			recovered++
		}

		// One event may be held with it and another not.
		changed = c.ConfirmTemplate(id, answer, now) || changed
	}

	return changed, recovered
}

// answerOf returns what a check says of an app that was healthy.
func answerOf(r provider.CheckResult) account.Answer {
	switch {
	case r.Refused():
		return account.Refused
	case r.State == provider.CheckThrottled, r.State == provider.CheckProviderDown:
		return account.NoAnswer
	default:
		return account.Works
	}
}

// check tries an app's credential. An app whose provider offers no check counts as working once it is due: the next send
// will tell.
func (a *Apps) check(ctx context.Context, r Ref) (provider.CheckResult, error) {
	owner, err := a.accounts.Get(ctx, r.AccountID)
	if err != nil {
		return provider.CheckResult{}, err
	}

	installed, _ := owner.App(r.AppID)
	a.ForgetCredential(r.AccountID, installed) // the brand may have replaced it

	c, err := a.connect(ctx, r)
	if errors.Is(err, store.ErrNotFound) || NoCredential(err) {
		return provider.CheckResult{State: provider.CheckInvalidKey, Detail: "There is no credential for the app."}, nil
	}
	if err != nil {
		return provider.CheckResult{}, err
	}

	checker, ok := c.Provider.(provider.CredentialChecker)
	if !ok {
		return provider.CheckResult{State: provider.CheckNumberUnconfirmed}, nil
	}

	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()

	return checker.Check(ctx, a.client, c.App), nil
}

// sendable returns whether the provider lets a template be sent.
func (a *Apps) sendable(ctx context.Context, r Ref) account.Answer {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()

	t, err := a.fetchTemplate(ctx, r)
	switch {
	case errors.Is(err, provider.ErrNoTemplate):
		return account.Refused
	case err != nil:
		return account.NoAnswer
	case !t.Sendable():
		return account.Refused
	default:
		return account.Works
	}
}
