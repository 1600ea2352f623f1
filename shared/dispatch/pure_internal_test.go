package dispatch

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var noon = time.Date(2024, 2, 13, 12, 0, 0, 0, time.UTC)

func TestOccurredAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		event     order.Event
		published time.Time
		want      time.Time
	}{
		{"unknown", order.Event{OccurredAt: noon}, noon, time.Time{}},
		{"past", order.Event{OccurredKnown: true, OccurredAt: noon.Add(-time.Hour)}, noon, noon.Add(-time.Hour)},
		{"a little ahead", order.Event{OccurredKnown: true, OccurredAt: noon.Add(time.Hour)}, noon, noon.Add(time.Hour)},
		{"far ahead", order.Event{OccurredKnown: true, OccurredAt: noon.Add(time.Hour + 1)}, noon, noon},
		{"far ahead of nothing", order.Event{OccurredKnown: true, OccurredAt: noon}, time.Time{}, noon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := occurredAt(tt.event, tt.published); !got.Equal(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWithoutAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		age      time.Duration
		occurred time.Time
		want     time.Time
	}{
		{"no limit", 0, noon.Add(-time.Hour), noon.Add(patience)},
		{"no time", time.Hour, time.Time{}, noon.Add(patience)},
		{"before it is too old", time.Hour, noon.Add(-30 * time.Minute), noon.Add(24 * time.Minute)},
		{"at once", time.Hour, noon.Add(-55 * time.Minute), noon.Add(-time.Minute)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := &job{account: account.Account{MaxAge: tt.age}, occurred: tt.occurred}
			if got := j.withoutAt(noon); !got.Equal(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestPhaseOfAnError(t *testing.T) {
	t.Parallel()
	for class, want := range map[message.Class]message.Phase{
		message.ClassTransient: message.Waiting, message.ClassThrottled: message.Waiting,
		message.ClassAccount: message.Held, message.ClassTemplatePaused: message.Held,
		message.ClassUnknown: message.Claimed, message.ClassRecipient: message.Failed, message.ClassOptedOut: message.Failed,
		message.ClassTemplate: message.Failed, message.ClassBadRequest: message.Failed, "": message.Failed,
	} {
		if got := (effect{Failure: message.Failure{Class: class}}).phase(); got != want {
			t.Errorf("%q: got %s, want %s", class, got, want)
		}
	}
}

func TestWordOfAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		effect  effect
		action  consent.Action
		purpose consent.Purpose
	}{
		{"not on WhatsApp", effect{Failure: message.Failure{Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp}}, consent.Unreachable, consent.Everything},
		{"other recipient's", effect{Failure: message.Failure{Class: message.ClassRecipient}}, "", ""},
		{"opted out", effect{Failure: message.Failure{Class: message.ClassOptedOut}}, consent.Withdraw, consent.Everything},
		{"opted out of offers", effect{Failure: message.Failure{Class: message.ClassOptedOut, Code: "131050"}}, consent.Withdraw, consent.Marketing},
		{"account", effect{Failure: message.Failure{Class: message.ClassAccount}}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := wordOf(tt.effect, "m")
			if got.Action != tt.action || got.Purpose != tt.purpose || ok != (tt.action != "") {
				t.Errorf("got %s %s %t, want %s %s", got.Action, got.Purpose, ok, tt.action, tt.purpose)
			}
		})
	}
}

// attempts are those of one message, from the first.
func attempts(all ...message.Attempt) message.Message {
	m := message.Message{Attempt: len(all), Attempts: map[string]message.Attempt{}}
	for i, a := range all {
		m.Attempts[message.Number(i+1)] = a
		for _, id := range a.IDs {
			m.ProviderIDs = append(m.ProviderIDs, "app:"+id)
		}
	}
	return m
}

func TestAttemptInDoubt(t *testing.T) {
	t.Parallel()
	const lease = 30 * time.Second
	open := message.Attempt{ClaimedAt: noon.UnixMilli()}
	tests := []struct {
		name  string
		m     message.Message
		first time.Time
		now   time.Time
		want  int
	}{
		{"within the lease", attempts(open), noon.Add(time.Second), noon.Add(lease), 1},
		{"lease still living", attempts(open), noon.Add(time.Second), noon.Add(lease - 1), 0},
		{"provider's clock behind", attempts(open), noon.Add(-evidenceSlack), noon.Add(time.Hour), 1},
		{"too early", attempts(open), noon.Add(-evidenceSlack - time.Millisecond), noon.Add(time.Hour), 0},
		{"provider's clock ahead", attempts(open), noon.Add(lease + evidenceSlack), noon.Add(time.Hour), 1},
		{"too late", attempts(open), noon.Add(lease + evidenceSlack + time.Millisecond), noon.Add(time.Hour), 0},
		{"known by an id", attempts(message.Attempt{ClaimedAt: open.ClaimedAt, IDs: []string{"a"}}), noon, noon.Add(time.Hour), 0},
		{"known by a rank", attempts(message.Attempt{ClaimedAt: open.ClaimedAt, Rank: message.RankSent}), noon, noon.Add(time.Hour), 0},
		{"refused for sure", attempts(message.Attempt{ClaimedAt: open.ClaimedAt, Failure: message.Failure{Class: "throttled"}}), noon, noon.Add(time.Hour), 0},
		{
			"the older of two", attempts(open, message.Attempt{ClaimedAt: noon.Add(5 * time.Minute).UnixMilli(), IDs: []string{"b"}}),
			noon.Add(time.Second), noon.Add(time.Hour), 1,
		},
		{
			"the newer of two", attempts(open, message.Attempt{ClaimedAt: noon.Add(5 * time.Minute).UnixMilli()}),
			noon.Add(5 * time.Minute), noon.Add(time.Hour), 2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &Dispatcher{Deps: Deps{Clock: clock.NewManual(tt.now)}, cfg: Config{Lease: lease}}
			p := store.Parked{At: map[string]int64{"read": tt.first.Add(time.Hour).UnixMilli(), "sent": tt.first.UnixMilli()}}
			if got := d.attemptInDoubt(p, tt.m); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestLookAgainAt(t *testing.T) {
	t.Parallel()
	d := &Dispatcher{Deps: Deps{Clock: clock.NewManual(noon)}, cfg: Config{Grace: 4 * time.Minute}}
	for age, want := range map[time.Duration]time.Duration{
		0: 30 * time.Second, time.Minute: 30 * time.Second, 10 * time.Minute: 5 * time.Minute, 24 * time.Hour: time.Hour,
	} {
		p := store.Parked{At: map[string]int64{"sent": noon.Add(-age).UnixMilli()}}
		if got := d.lookAgainAt(p).Sub(noon); got != want {
			t.Errorf("parked for %s: got %s, want %s", age, got, want)
		}
	}
}
