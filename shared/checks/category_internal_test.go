package checks

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestNoMarketingIsNotNoConsent tells a shopper who agreed to news of orders alone from one who agreed to nothing.
func TestNoMarketingIsNotNoConsent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		grounds message.Grounds
		want    Words
	}{
		{"orders_only", message.Grounds{Unwanted: message.NotOptedIn, Consent: "ACTIVE", Marketing: true}, noMarketing},
		{"offers_stopped", message.Grounds{Unwanted: message.OptedOut, Consent: "ACTIVE", Marketing: true}, noMarketing},
		{"never_met", message.Grounds{Unwanted: message.NotOptedIn, Marketing: true}, reasons[message.NotOptedIn]},
		{"no_marketing", message.Grounds{Unwanted: message.NotOptedIn, Consent: "ACTIVE"}, reasons[message.NotOptedIn]},
		{"off_whatsapp", message.Grounds{Unwanted: message.Unreachable, Consent: "ACTIVE", Marketing: true}, reasons[message.Unreachable]},
	} {
		m := message.Message{Phase: message.Refused, Reason: tc.grounds.Unwanted, Grounds: tc.grounds}
		if got := Decided(m).Words; got != tc.want {
			t.Errorf("%s: decided with %+v, want %+v", tc.name, got, tc.want)
		}
		if e := Explain(m, nil); e.Sentence != tc.want.Sentence || e.Advice != tc.want.Advice {
			t.Errorf("%s: explained with %q and %q, want %+v", tc.name, e.Sentence, e.Advice, tc.want)
		}
	}
	if wrong := sound(noMarketing); wrong != "" {
		t.Error(wrong)
	}
}

// TestWaitForAHoldSaysWhy has the decision on a held message say what its explanation says.
func TestWaitForAHoldSaysWhy(t *testing.T) {
	t.Parallel()
	for grounds, want := range map[message.Grounds]message.Cause{
		{Template: account.CategoryHeld}: account.CategoryHeld,
		{Template: account.TemplateHeld}: account.TemplateHeld,
		{App: message.CauseBalance}:      message.CauseBalance,
	} {
		d := Decided(message.Message{Phase: message.Held, Grounds: grounds})
		if d.Outcome != Waits || d.Words != causes[want] {
			t.Errorf("%+v: got %s with %+v, want the words of %s", grounds, d.Outcome, d.Words, want)
		}
	}
}
