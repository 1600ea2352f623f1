package outcome_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestRefuse has the provider refuse a post with each class of failure.
func TestRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		failure message.Failure
		result  outcome.Result
		phase   message.Phase
		// due is how long from now the message is due again.
		due time.Duration
		// app and template are the causes that they are held for then.
		app, template message.Cause
		// entry is the ledger's new entry.
		entry   consent.Action
		purpose consent.Purpose
	}{
		{
			name:    "transient",
			failure: message.Failure{Class: message.ClassTransient},
			result:  outcome.Waiting,
			phase:   message.Waiting,
			due:     5 * time.Second,
		},
		{
			name:    "throttled",
			failure: message.Failure{Class: message.ClassThrottled, RetryAfter: 2 * time.Minute},
			result:  outcome.Waiting,
			phase:   message.Waiting,
			due:     2 * time.Minute,
		},
		{
			name:    "account",
			failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseBalance},
			result:  outcome.Held,
			phase:   message.Held,
			due:     5 * time.Second,
			app:     message.CauseBalance,
		},
		{
			name:     "template paused",
			failure:  message.Failure{Class: message.ClassTemplatePaused},
			result:   outcome.Held,
			phase:    message.Held,
			due:      5 * time.Second,
			template: account.TemplateHeld,
		},
		{
			name:    "template",
			failure: message.Failure{Class: message.ClassTemplate, Code: "4003"},
			result:  outcome.Failed,
			phase:   message.Failed,
		},
		{
			name:    "recipient",
			failure: message.Failure{Class: message.ClassRecipient},
			result:  outcome.Failed,
			phase:   message.Failed,
		},
		{
			name:    "not on WhatsApp",
			failure: message.Failure{Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp},
			result:  outcome.Failed,
			phase:   message.Failed,
			entry:   consent.Unreachable,
			purpose: consent.Everything,
		},
		{
			name:    "opted out",
			failure: message.Failure{Class: message.ClassOptedOut, Code: "1"},
			result:  outcome.Failed,
			phase:   message.Failed,
			entry:   consent.Withdraw,
			purpose: consent.Everything,
		},
		{
			name:    "opted out of marketing",
			failure: message.Failure{Class: message.ClassOptedOut, Code: "131050"},
			result:  outcome.Failed,
			phase:   message.Failed,
			entry:   consent.Withdraw,
			purpose: consent.Marketing,
		},
		{
			name:    "bad request",
			failure: message.Failure{Class: message.ClassBadRequest, Code: "unlisted", Cause: message.CauseUnlisted},
			result:  outcome.Failed,
			phase:   message.Failed,
		},
		{
			name:    "unknown",
			failure: message.Failure{Class: message.ClassUnknown},
			result:  outcome.InDoubt,
			phase:   message.Claimed,
			due:     30 * time.Second,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			_, before := b.CheckChain(t)
			m := b.claimed(nil)
			report, err := b.recorder.Refuse(t.Context(), m, tt.failure)
			b.Must(err)

			if report.Result != tt.result || report.Failure != tt.failure {
				t.Errorf("report: got %s %+v, want %s", report.Result, report.Failure, tt.result)
			}
			got := b.stored()
			due := time.Time{}
			if tt.due > 0 {
				due = b.Clock.Now().Add(tt.due)
			}
			if got.Phase != tt.phase || !got.Due.Equal(due) {
				t.Errorf("got %s due %s, want %s due %s", got.Phase, got.Due, tt.phase, due)
			}
			final := tt.phase == message.Failed
			if over := len(got.EventData) == 0; over != final {
				t.Errorf("event forgotten: got %t, want %t", over, final)
			}
			if tt.phase == message.Claimed {
				if diff := cmp.Diff(m, got); diff != "" {
					t.Errorf("in doubt, yet written (-before +after):\n%s", diff)
				}
			} else if a := got.AttemptAt(1); a.Class != tt.failure.Class || a.Code != tt.failure.Code {
				t.Errorf("attempt: got %s %q, want %s %q", a.Class, a.Code, tt.failure.Class, tt.failure.Code)
			}

			b.checkHealth(t, tt.app, tt.template)
			b.checkNewEntry(t, before, tt.entry, tt.purpose)
			if unlisted := strings.Contains(b.Logs.String(), "provider named a code that no table has"); unlisted != (tt.failure.Cause == message.CauseUnlisted) {
				t.Errorf("an engineer is told: %t", unlisted)
			}
			if final {
				b.checkTold(t, "1.failed")
			} else {
				b.checkTold(t)
			}
		})
	}
}

// checkHealth asserts the causes that the brand's app and template are held for.
func (b bench) checkHealth(t *testing.T, app, template message.Cause) {
	t.Helper()
	a, err := b.Parts.Store.Account(t.Context(), rig.BrandID)
	b.Must(err)
	if got := a.Apps[rig.AppID].Health.Reason; got != app {
		t.Errorf("health of the app: got %q, want %q", got, app)
	}
	if got := a.Events[rig.FailedDeliveryKind].Health.Reason; got != template {
		t.Errorf("health of the template: got %q, want %q", got, template)
	}
}

// checkNewEntry asserts that the shopper's ledger has one entry more, from the provider; none if the action is empty.
func (b bench) checkNewEntry(t *testing.T, before []consent.Entry, action consent.Action, purpose consent.Purpose) {
	t.Helper()
	_, ledger := b.CheckChain(t)
	if action == "" {
		if len(ledger) != len(before) {
			t.Errorf("ledger: got %s, want nothing new", rig.ActionsOf(ledger))
		}
		return
	}

	e := ledger[len(ledger)-1]
	if len(ledger) != len(before)+1 || e.Action != action || e.Purpose != purpose || e.Source != consent.ProviderError || e.SourceRef != "message:"+messageID {
		t.Errorf("ledger: got %+v, want one more: %s of %s", ledger, action, purpose)
	}
}

// TestRefuseAfterAnotherWrite records the refusal while the claim is still the worker's own, and leaves alone what another
// decided or knew.
func TestRefuseAfterAnotherWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		between func(b bench)
		result  outcome.Result
		phase   message.Phase
	}{
		{
			name:    "still ours",
			between: func(b bench) { b.record(message.Progress{UserID: "user-1"}) },
			result:  outcome.Waiting,
			phase:   message.Waiting,
		},
		{
			name:    "known to have arrived",
			between: func(b bench) { b.record(message.Progress{Status: message.StatusDelivered}) },
			result:  outcome.Duplicate,
			phase:   message.Claimed,
		},
		{
			name: "in doubt",
			between: func(b bench) {
				m := b.stored()
				m.Phase = message.InDoubt
				b.Must(b.Parts.Store.Change(b.T.Context(), store.Change{Message: m}))
			},
			result: outcome.Duplicate,
			phase:  message.InDoubt,
		},
		{
			name: "claimed by another",
			between: func(b bench) {
				m := b.stored()
				m.Nonce = "another's"
				_, err := b.Parts.Store.Decide(b.T.Context(), store.Decision{Message: m})
				b.Must(err)
			},
			result: outcome.Duplicate,
			phase:  message.Claimed,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			m := b.claimed(nil)
			tt.between(b)
			report, err := b.recorder.Refuse(t.Context(), m, message.Failure{Class: message.ClassTransient})
			b.Must(err)
			if report.Result != tt.result {
				t.Errorf("report: got %s, want %s", report.Result, tt.result)
			}
			if got := b.stored(); got.Phase != tt.phase {
				t.Errorf("got %s, want %s", got.Phase, tt.phase)
			}
			b.checkTold(t)
		})
	}
}
