package outcome

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func TestPhaseAfter(t *testing.T) {
	t.Parallel()
	for class, want := range map[message.Class]message.Phase{
		message.ClassTransient: message.Waiting, message.ClassThrottled: message.Waiting,
		message.ClassAccount: message.Held, message.ClassTemplatePaused: message.Held,
		message.ClassUnknown: message.Claimed, message.ClassRecipient: message.Failed, message.ClassOptedOut: message.Failed,
		message.ClassTemplate: message.Failed, message.ClassBadRequest: message.Failed, "": message.Failed,
	} {
		if got := phaseAfter(message.Failure{Class: class}); got != want {
			t.Errorf("%q: got %s, want %s", class, got, want)
		}
	}
}

func TestLedgerEntry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		failure message.Failure
		action  consent.Action
		purpose consent.Purpose
	}{
		{"not on WhatsApp", message.Failure{Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp}, consent.Unreachable, consent.Everything},
		{"other recipient's", message.Failure{Class: message.ClassRecipient}, "", ""},
		{"opted out", message.Failure{Class: message.ClassOptedOut}, consent.Withdraw, consent.Everything},
		{"opted out of offers", message.Failure{Class: message.ClassOptedOut, Code: "131050"}, consent.Withdraw, consent.Marketing},
		{"account", message.Failure{Class: message.ClassAccount}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := ledgerEntry(tt.failure, "m", time.Unix(0, 0))
			if got.Action != tt.action || got.Purpose != tt.purpose || ok != (tt.action != "") {
				t.Errorf("got %s %s %t, want %s %s", got.Action, got.Purpose, ok, tt.action, tt.purpose)
			}
		})
	}
}
