package intake_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// askProviders asks the providers about all that needs attention, as sweep does each minute.
func askProviders(r *rig.Rig) {
	r.T.Helper()
	accounts, err := r.Parts.Store.AccountsNeedingAttention(r.T.Context(), "", 10)
	r.Must(err)
	for _, a := range accounts {
		_, err = r.Core(r.Hooks).Apps.Probe(r.T.Context(), a)
		r.Must(err)
	}
}

// told gives Intake what a callback of Gupshup's tells, as if it came now.
func told(r *rig.Rig, from provider.Origin, fixture string) {
	r.T.Helper()
	body, err := os.ReadFile("../../testdata/gupshup/webhook/" + fixture + ".json")
	r.Must(err)
	known, _ := r.Parts.Providers.Get(gupshup.Name)
	events, err := known.(provider.WebhookSource).ParseWebhook(provider.App{}, body)
	r.Must(err)
	for _, e := range events {
		e.At = 0
		if e.Template != nil {
			e.Template.ID = rig.TemplateID
		}
		news(r, from, e)
	}
}

// TestForgedNews holds that one who knows the address of Gupshup's webhook, whose callbacks nobody signs, can neither hold nor
// release messages: the news only have Gupshup asked, and what it says counts. While it says nothing, all stays as it was, and it
// is asked again.
func TestForgedNews(t *testing.T) {
	t.Parallel()

	blocked := account.Health{Reason: message.CauseBlocked, Since: rig.Start, RetryAt: rig.Start.Add(10 * time.Minute)}
	held := account.Health{Reason: account.TemplateHeld, Since: rig.Start, RetryAt: rig.Start.Add(10 * time.Minute)}
	empty, hours := blocked, blocked
	empty.Reason, hours.RetryAt = message.CauseBalance, rig.Start.Add(3*time.Hour)

	fault := func(mode chaos.Mode) func(*rig.Rig) {
		return func(r *rig.Rig) { r.Fault(simulator.Fault{System: gupshup.Name, Mode: mode}) }
	}
	paused := func(r *rig.Rig) {
		r.Must(r.Sim.Gupshup().SetTemplateStatus(rig.GupshupAppID, rig.TemplateID, "PAUSED", ""))
	}
	blocks := []string{"account_disabled", "account_restricted", "account_offboarded", "account_app_uninstalled", "v3_account_offboarded", "v3_account_app_uninstalled"}
	restores := []string{"account_verified", "account_reconnected", "onboarding_live", "v3_account_reconnected"}
	pauses := []string{"template_paused", "template_old_form", "v3_template_paused"}

	tests := []struct {
		name     string
		fixtures []string
		// app and template are their health before the news.
		app, template account.Health
		// gupshup says what is true there.
		gupshup func(*rig.Rig)
		// wantApp and wantTemplate are the reasons of ill health once Gupshup was asked.
		wantApp, wantTemplate message.Cause
		// again says that it is asked again.
		again bool
	}{
		{name: "blocked, but all is well", fixtures: blocks},
		{name: "blocked, and the key is refused", fixtures: blocks, gupshup: fault(chaos.WrongCredentials), wantApp: message.CauseBlocked, again: true},
		{name: "blocked, and Gupshup is down", fixtures: blocks, gupshup: fault(chaos.Unavailable), again: true},
		{name: "blocked, and Gupshup is silent", fixtures: blocks[:1], gupshup: fault(chaos.ResetBefore), again: true},
		{name: "blocked, and Gupshup is asked too often", fixtures: blocks, gupshup: fault(chaos.Throttle), again: true},
		{name: "restored, and all is well", fixtures: restores, app: blocked},
		{name: "restored, but the key is refused", fixtures: restores, app: blocked, gupshup: fault(chaos.WrongCredentials), wantApp: message.CauseBlocked, again: true},
		{name: "restored, and Gupshup is down", fixtures: restores, app: blocked, gupshup: fault(chaos.Unavailable), wantApp: message.CauseBlocked, again: true},
		{name: "restored, but the wallet was empty", fixtures: restores, app: empty, wantApp: message.CauseBalance, again: true},
		{name: "restored, but it shall be left alone", fixtures: restores, app: hours, wantApp: message.CauseBlocked, again: true},
		{name: "what only informs", fixtures: []string{"account_tier", "account_review", "account_violation", "account_capability"}},

		{name: "template paused, but it is approved", fixtures: pauses},
		{name: "template paused", fixtures: pauses, gupshup: paused, wantTemplate: account.TemplateHeld, again: true},
		{name: "template paused, and Gupshup is down", fixtures: pauses, gupshup: fault(chaos.Unavailable), again: true},
		{name: "template paused, and the key is refused", fixtures: pauses, gupshup: fault(chaos.WrongCredentials), again: true},
		{name: "template approved", fixtures: []string{"template_approved"}, template: held},
		{name: "template approved, but it is paused", fixtures: []string{"template_approved"}, template: held, gupshup: paused, wantTemplate: account.TemplateHeld, again: true},
	}
	for _, tt := range tests {
		for _, fixture := range tt.fixtures {
			for _, from := range []provider.Origin{ownApp, platformApp} {
				t.Run(tt.name+"/"+fixture+"/"+from.AccountID, func(t *testing.T) {
					t.Parallel()
					r := rig.New(t, rig.Options{})
					r.ChangeAccount(func(a *account.Account) {
						app := a.Apps[rig.AppID]
						app.Health = tt.app
						a.Apps[rig.AppID] = app
						rig.SetEvent(a, func(e *account.Event) { e.Health = tt.template })
					})
					if tt.gupshup != nil {
						tt.gupshup(r)
					}
					reasons := func() (app, template message.Cause) {
						a := brand(r)
						return a.Apps[rig.AppID].Health.Reason, a.Events[rig.FailedDeliveryKind].Health.Reason
					}

					told(r, from, fixture)
					if app, template := reasons(); app != tt.app.Reason || template != tt.template.Reason {
						t.Errorf("before Gupshup was asked: got %q and %q, want %q and %q", app, template, tt.app.Reason, tt.template.Reason)
					}

					askProviders(r)
					if app, template := reasons(); app != tt.wantApp || template != tt.wantTemplate {
						t.Errorf("got %q and %q, want %q and %q", app, template, tt.wantApp, tt.wantTemplate)
					}
					accounts, err := r.Parts.Store.AccountsNeedingAttention(t.Context(), "", 10)
					r.Must(err)
					if again := len(accounts) == 1; again != tt.again {
						t.Errorf("asked again: %t, want %t", again, tt.again)
					}
				})
			}
		}
	}
}

// TestNewsAreConfirmedLater has Gupshup out of reach when news come: what it says once it answers counts.
func TestNewsAreConfirmedLater(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(simulator.Fault{System: gupshup.Name, Mode: chaos.Unavailable})
	told(r, ownApp, "account_disabled")
	for range 3 {
		askProviders(r)
		if h := brand(r).Apps[rig.AppID].Health; !h.Healthy() {
			t.Errorf("while Gupshup is out of reach: got %+v, want it healthy", h)
		}
		r.Clock.Advance(time.Minute)
	}

	r.Sim.Faults().Clear()
	r.Fault(simulator.Fault{System: gupshup.Name, Mode: chaos.WrongCredentials})
	askProviders(r)
	if h := brand(r).Apps[rig.AppID].Health; h.Reason != message.CauseBlocked || h.Detail == "" {
		t.Errorf("once it answers: got %+v, want it blocked, and why", h)
	}
}

// TestForgedNewsWarnNobody holds that news which anybody may have made write no warning, be they of an app or of a template. The same
// of a provider that signs do.
func TestForgedNewsWarnNobody(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]provider.Event{
		"app":      {Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "account_update", Value: "DISABLED_UPDATE", Blocked: true}},
		"quality":  {Kind: provider.KindAccount, Account: &provider.AccountEvent{Change: "quality", Value: "FLAGGED"}},
		"template": {Kind: provider.KindTemplate, Template: &provider.TemplateEvent{ID: "t", Change: "status", Status: "PAUSED"}},
	} {
		for _, from := range []provider.Origin{ownApp, platformApp, provedApp, provedPlatform} {
			t.Run(name+"/"+from.Provider+"/"+from.AccountID, func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{})
				news(r, from, e)

				level := "WARN"
				if from.Provider == gupshup.Name {
					level = "INFO"
				}
				var lines []string
				for line := range strings.Lines(r.Logs.String()) {
					if strings.Contains(line, "provider changed a template or an account") {
						lines = append(lines, line)
					}
				}
				if len(lines) != 1 || !strings.Contains(lines[0], `:"`+level) {
					t.Errorf("got %q, want one line of level %s", lines, level)
				}
			})
		}
	}
}
