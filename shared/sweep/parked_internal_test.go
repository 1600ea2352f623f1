package sweep

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var noon = time.Date(2024, 2, 13, 12, 0, 0, 0, time.UTC)

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
		{"provider's clock behind", attempts(open), noon.Add(-clockSlack), noon.Add(time.Hour), 1},
		{"too early", attempts(open), noon.Add(-clockSlack - time.Millisecond), noon.Add(time.Hour), 0},
		{"provider's clock ahead", attempts(open), noon.Add(lease + clockSlack), noon.Add(time.Hour), 1},
		{"too late", attempts(open), noon.Add(lease + clockSlack + time.Millisecond), noon.Add(time.Hour), 0},
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
			s := New(Config{Limits: outcome.Limits{Lease: lease}}, Deps{Clock: clock.NewManual(tt.now)})
			p := store.Parked{At: map[string]int64{"read": tt.first.Add(time.Hour).UnixMilli(), "sent": tt.first.UnixMilli()}}
			got, over := s.attemptInDoubt(p, tt.m)
			if !over {
				got = 0
			}
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestNextLook(t *testing.T) {
	t.Parallel()
	s := New(Config{Limits: outcome.Limits{Grace: 4 * time.Minute}}, Deps{Clock: clock.NewManual(noon)})
	for age, want := range map[time.Duration]time.Duration{
		0: 30 * time.Second, time.Minute: 30 * time.Second, 10 * time.Minute: 5 * time.Minute, 24 * time.Hour: time.Hour,
	} {
		p := store.Parked{At: map[string]int64{"sent": noon.Add(-age).UnixMilli()}}
		if got := s.nextLook(p).Sub(noon); got != want {
			t.Errorf("parked for %s: got %s, want %s", age, got, want)
		}
	}
}
