package settings_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	next := noon.Add(time.Minute)
	ids := []string{"t0", templated}
	paused := account.HeldBy{Reason: account.TemplateHeld, Detail: "paused"}
	tests := []struct {
		name          string
		note          func(context.Context, *settings.Apps) error
		app, template account.Health
	}{
		{
			"credentials", func(ctx context.Context, a *settings.Apps) error {
				return a.NoteFailure(ctx, ref(), message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials, Code: "401"}, noon)
			},
			account.Health{Reason: message.CauseCredentials, Detail: "about 401", Since: noon, RetryAt: next},
			account.Health{},
		},
		{
			"no_cause", func(ctx context.Context, a *settings.Apps) error {
				return a.NoteFailure(ctx, ref(), message.Failure{Class: message.ClassAccount}, noon)
			},
			account.Health{Reason: message.CauseBlocked, Detail: "about ", Since: noon, RetryAt: next},
			account.Health{},
		},
		{
			"paused_template", func(ctx context.Context, a *settings.Apps) error {
				return a.NoteFailure(ctx, ref(), message.Failure{Class: message.ClassTemplatePaused}, noon)
			},
			account.Health{},
			account.Health{Reason: account.TemplateHeld, Since: noon, RetryAt: next},
		},
		{
			"held", func(ctx context.Context, a *settings.Apps) error {
				return a.HoldTemplates(ctx, ref(), ids, paused, noon)
			},
			account.Health{},
			account.Health{Reason: account.TemplateHeld, Detail: "paused", Since: noon, RetryAt: next},
		},
		{
			"held_and_released", func(ctx context.Context, a *settings.Apps) error {
				return errors.Join(a.HoldTemplates(ctx, ref(), ids, paused, noon), a.ReleaseTemplates(ctx, ref(), ids, next))
			},
			account.Health{},
			account.Health{Since: next, RetryAt: noon},
		},
		{
			"paused_template_of_another_app", func(ctx context.Context, a *settings.Apps) error {
				other := settings.Ref{AccountID: neem, AppID: "another", TemplateID: ref().TemplateID}
				return a.NoteFailure(ctx, other, message.Failure{Class: message.ClassTemplatePaused}, noon)
			},
			account.Health{},
			account.Health{RetryAt: noon},
		},
		{
			"blocked", func(ctx context.Context, a *settings.Apps) error { return a.Block(ctx, ref(), noon, 0) },
			account.Health{Reason: message.CauseBlocked, Since: noon, RetryAt: next},
			account.Health{},
		},
		{
			"blocked_and_restored", func(ctx context.Context, a *settings.Apps) error {
				return errors.Join(a.Block(ctx, ref(), noon, 0), a.Restore(ctx, ref(), next))
			},
			account.Health{Since: next},
			account.Health{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.health(t, appID) // cached before the change
			if err := tt.note(t.Context(), w.apps); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.app, w.health(t, appID)); diff != "" {
				t.Errorf("app (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.template, w.templateHealth(t)); diff != "" {
				t.Errorf("template (-want +got):\n%s", diff)
			}
		})
	}

	if err := newWorld(t).apps.Block(t.Context(), settings.Ref{AccountID: "999"}, noon, 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of an unknown account: got %v, want %v", err, store.ErrNotFound)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	ill := account.Health{Reason: message.CauseBalance, Since: noon.Add(-time.Hour), RetryAt: noon, Checks: 1}
	held := account.Health{Reason: account.TemplateHeld, Since: noon.Add(-time.Hour), RetryAt: noon}
	passed := account.Health{Since: noon, Checks: 1}
	asked := account.Health{Since: noon.Add(-time.Hour), RetryAt: noon}
	quiet := account.Health{Since: noon.Add(-time.Hour)}
	askedAgain := account.Health{Since: noon.Add(-time.Hour), RetryAt: noon.Add(time.Minute)}
	says := func(state provider.CheckState) func(*world) {
		return func(w *world) { w.provider.check = provider.CheckResult{State: state, Detail: "why"} }
	}
	refused := account.Health{Reason: message.CauseBlocked, Detail: "why", Since: noon, RetryAt: noon.Add(time.Minute)}
	tests := []struct {
		name          string
		app, template account.Health
		change        func(*world)
		wantApp       account.Health
		wantTemplate  account.Health
		recovered     int
	}{
		{
			"healthy",
			account.Health{},
			account.Health{},
			func(*world) {},
			account.Health{},
			account.Health{},
			0,
		},
		{
			"app_passes", ill,
			account.Health{},
			func(w *world) { w.provider.check.State = provider.CheckVerified },
			passed,
			account.Health{},
			1,
		},
		{
			"app_fails", ill,
			account.Health{},
			func(w *world) {
				w.provider.check = provider.CheckResult{State: provider.CheckInvalidKey, Detail: "why"}
			},
			ill.FailCheck("why", noon),
			account.Health{},
			0,
		},
		{
			"app_has_no_credential", ill,
			account.Health{},
			func(w *world) { clear(w.secrets.values) },
			ill.FailCheck("There is no credential for the app.", noon),
			account.Health{},
			0,
		},
		{
			"template_passes",
			account.Health{},
			held, func(*world) {},
			account.Health{},
			account.Health{Since: noon},
			1,
		},
		{
			"template_is_still_paused",
			account.Health{},
			held, func(w *world) { w.provider.status = "PAUSED" },
			account.Health{},
			held.FailCheck("The template's status at WhatsApp is PAUSED.", noon), 0,
		},
		{
			"template_without_an_answer",
			account.Health{},
			held, func(w *world) { w.provider.err = errDown },
			account.Health{},
			held.FailCheck("", noon), 0,
		},
		{
			"not_due", ill.FailCheck("", noon),
			account.Health{},
			func(*world) {},
			ill.FailCheck("", noon),
			account.Health{},
			0,
		},
		{
			"both_pass", ill, held, func(w *world) { w.provider.check.State = provider.CheckVerified },
			passed,
			account.Health{Since: noon},
			2,
		},
		// News that nobody can prove: only a refusal makes ill.
		{name: "news_app_verified", app: asked, change: says(provider.CheckVerified), wantApp: quiet},
		{name: "news_app_number_unconfirmed", app: asked, change: says(provider.CheckNumberUnconfirmed), wantApp: quiet},
		{name: "news_app_of_another_number", app: asked, change: says(provider.CheckNumberMismatch), wantApp: quiet},
		{name: "news_app_key_refused", app: asked, change: says(provider.CheckInvalidKey), wantApp: refused},
		{name: "news_app_not_known", app: asked, change: says(provider.CheckUnknownApp), wantApp: refused},
		{name: "news_app_throttled", app: asked, change: says(provider.CheckThrottled), wantApp: askedAgain},
		{name: "news_app_without_an_answer", app: asked, change: says(provider.CheckProviderDown), wantApp: askedAgain},
		{name: "news_app_not_due", app: askedAgain, change: says(provider.CheckInvalidKey), wantApp: askedAgain},
		{name: "news_template_approved", template: asked, change: func(*world) {}, wantTemplate: quiet},
		{
			name: "news_template_paused", template: asked, change: func(w *world) { w.provider.status = "PAUSED" },
			wantTemplate: account.Health{
				Reason: account.TemplateHeld, Detail: "The template's status at WhatsApp is PAUSED.", Since: noon, RetryAt: noon.Add(time.Minute),
			},
		},
		{
			name: "news_template_gone", template: asked, change: func(w *world) { w.provider.err = provider.ErrNoTemplate },
			wantTemplate: account.Health{
				Reason: account.TemplateHeld, Detail: "The provider has no such template.", Since: noon, RetryAt: noon.Add(time.Minute),
			},
		},
		{name: "news_template_without_an_answer", template: asked, change: func(w *world) { w.provider.err = errDown }, wantTemplate: askedAgain},
		{name: "news_template_without_a_credential", template: asked, change: func(w *world) { clear(w.secrets.values) }, wantTemplate: askedAgain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.store.accounts[neem]
			app := a.Apps[appID]
			app.Health = tt.app
			a.Apps[appID] = app
			a.Events["e"] = account.Event{TemplateID: templated, Health: tt.template}
			a.Events["f"] = account.Event{TemplateID: templated, Health: tt.template}
			tt.change(w)

			owner, err := w.accounts.Get(t.Context(), neem)
			if err != nil {
				t.Fatal(err)
			}
			recovered, err := w.apps.Probe(t.Context(), owner)
			if recovered != tt.recovered || err != nil {
				t.Errorf("got %d recovered, %v, want %d", recovered, err, tt.recovered)
			}
			if diff := cmp.Diff(tt.wantApp, w.health(t, appID)); diff != "" {
				t.Errorf("app (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantTemplate, w.templateHealth(t)); diff != "" {
				t.Errorf("template (-want +got):\n%s", diff)
			}
			if w.provider.asked > 2 {
				t.Errorf("the provider was asked %d times: once for the app and once for the template are enough", w.provider.asked)
			}
		})
	}
}

func TestProbeOfAProviderWithoutChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.store.accounts[neem]
	a.Apps["plain"] = account.App{Provider: "plain", Secret: "key", Health: account.Health{Reason: message.CauseBalance}}
	if recovered, err := w.apps.Probe(t.Context(), a); recovered != 1 || err != nil {
		t.Errorf("got %d, %v, want one that recovered", recovered, err)
	}
	if !slices.Contains(w.secrets.forgotten, "key") {
		t.Error("the cached credential was not forgotten before the check")
	}

	a.Apps["plain"] = account.App{Provider: "plain", Secret: "key", Health: account.Health{Reason: message.CauseBalance}}
	w.secrets.err = errDown
	if _, err := w.apps.Probe(t.Context(), a); !errors.Is(err, errDown) {
		t.Errorf("while Secret Manager fails: got %v, want %v", err, errDown)
	}
}
