package settings

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
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
		switch {
		case f.Class == message.ClassTemplatePaused && r.AppID != c.Sender:
			return c.RequestTemplateCheck(r.TemplateID, at, a.clock.Now()) // as in changeTemplates
		case f.Class == message.ClassTemplatePaused:
			return c.HoldTemplate(r.TemplateID, account.HeldBy{Reason: account.TemplateHeld, Detail: refusedWith(f.Code)}, at)
		}

		detail := a.explain(c.Apps[r.AppID].Provider, f.Code)

		return c.FailApp(r.AppID, ReasonOf(f), detail, at, a.clock.Now(), f.RetryAfter)
	})
}

// refusedWith says that a message was refused with a code.
func refusedWith(code string) string {
	if code == "" {
		return ""
	}

	return "The provider refused a message with this template. Its code: " + code + "."
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

// HoldTemplates notes that templates of an app cannot be sent since that time, and why. Each is named by every id that settings may know it by.
func (a *Apps) HoldTemplates(ctx context.Context, r Ref, ids []string, why account.HeldBy, at time.Time) error {
	return a.changeTemplates(ctx, r, ids, at, func(c *account.Condition, id string) bool { return c.HoldTemplate(id, why, at) })
}

// ReleaseTemplates notes that the provider approves of templates since that time.
func (a *Apps) ReleaseTemplates(ctx context.Context, r Ref, ids []string, at time.Time) error {
	return a.changeTemplates(ctx, r, ids, at, func(c *account.Condition, id string) bool { return c.ReleaseTemplate(id, at, a.clock.Now()) })
}

// ReclassTemplates notes that WhatsApp has put templates into a category since that time, on the word of the newest news of that.
func (a *Apps) ReclassTemplates(ctx context.Context, r Ref, ids []string, category string, at time.Time) error {
	marketing := template.Template{Category: category}.IsMarketing()

	return a.changeTemplates(ctx, r, ids, at, func(c *account.Condition, id string) bool {
		return c.ReclassTemplate(id, marketing, reclassedDetail, at, a.clock.Now())
	})
}

// changeTemplates changes the health of templates, each named by every id that settings may know it by. The events have the templates of the
// sender: what is told at that time of another app's may be about the same ones, or about others that are named alike, so the sender's provider is
// asked.
func (a *Apps) changeTemplates(ctx context.Context, r Ref, ids []string, at time.Time, change func(c *account.Condition, id string) bool) error {
	return a.accounts.change(ctx, r.AccountID, func(c *account.Condition) bool {
		change := change
		if c.Sender != r.AppID {
			change = func(c *account.Condition, id string) bool { return c.RequestTemplateCheck(id, at, a.clock.Now()) }
		}

		changed := false
		for _, id := range ids {
			changed = change(c, id) || changed
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
func (a *Apps) RequestTemplateChecks(ctx context.Context, r Ref, ids []string, at time.Time) error {
	return a.changeTemplates(ctx, r, ids, at, func(c *account.Condition, id string) bool {
		return c.RequestTemplateCheck(id, at, a.clock.Now())
	})
}

// Probe checks the apps and templates whose check is due: the unhealthy ones, and those of which news came that do not say enough. It notes the
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

	g := a.guard(owner)

	for _, kind := range slices.Sorted(maps.Keys(owner.Events)) {
		if owner.Events[kind].Health.CheckDue(now) {
			g.judge(ctx, kind)
		}
	}

	if len(checked)+len(g.judged) == 0 {
		return 0, nil
	}

	err = a.accounts.change(ctx, owner.ID, func(c *account.Condition) bool {
		var changed bool
		changed, recovered = noteChecks(c, checked, now)

		judged, released := g.note(c, now)
		recovered += released

		return judged || changed
	})

	return recovered, err
}

// noteChecks writes the results of checks of apps into the condition. It may be called again on a fresh one.
func noteChecks(c *account.Condition, checked map[string]provider.CheckResult, now time.Time) (changed bool, recovered int) {
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
