package message

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// attempts are those of one message, from the first.
func attempts(all ...Attempt) Message {
	m := Message{Attempt: len(all), Attempts: map[string]Attempt{}}
	for i, a := range all {
		m.Attempts[Number(i+1)] = a
		for _, id := range a.IDs {
			m.ProviderIDs = append(m.ProviderIDs, "app:"+id)
		}
	}
	return m
}

func TestAttemptOf(t *testing.T) {
	t.Parallel()
	m := attempts(Attempt{IDs: []string{"a", "w"}}, Attempt{IDs: []string{"b"}})
	for id, want := range map[string]int{"a": 1, "w": 1, "b": 2, "none": 2} {
		if got := m.AttemptOf([]string{"x", id}); got != want {
			t.Errorf("attempt of %s: got %d, want %d", id, got, want)
		}
	}
	if got := (Message{}).AttemptOf([]string{"a"}); got != 0 {
		t.Errorf("of a message never tried: got %d, want 0", got)
	}
}

func TestUnsettled(t *testing.T) {
	t.Parallel()
	known := Attempt{Rank: RankSent, IDs: []string{"b"}}
	for name, tt := range map[string]struct {
		m    Message
		want bool
	}{
		"never tried":               {attempts(), false},
		"open":                      {attempts(Attempt{}), true},
		"known":                     {attempts(known), false},
		"refused":                   {attempts(Attempt{Failure: Failure{Class: "transient"}}), false},
		"doubt before a known one":  {attempts(Attempt{}, known), true},
		"doubt after a refused one": {attempts(Attempt{Failure: Failure{Class: "transient"}}, Attempt{}), true},
	} {
		if got := tt.m.Unsettled(); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}

func TestProgressIsNews(t *testing.T) {
	t.Parallel()
	m := attempts(Attempt{Rank: RankSent, At: map[string]int64{"sent": 5, "accepted": 3}, IDs: []string{"a"}})
	m.Pricing = map[string]Pricing{"1.sent": {Model: "PMP"}}
	tests := []struct {
		name string
		p    Progress
		want bool
	}{
		{"repeated", Progress{Status: StatusSent, At: 5, IDs: []string{"a"}}, false},
		{"later copy", Progress{Status: StatusSent, At: 9, IDs: []string{"a"}}, false},
		{"earlier copy", Progress{Status: StatusSent, At: 4, IDs: []string{"a"}}, true},
		{"lower status that was not known", Progress{Status: StatusEnqueued, At: 4}, true},
		{"higher status", Progress{Status: StatusDelivered, At: 4}, true},
		{"new id", Progress{Status: StatusSent, At: 5, IDs: []string{"a", "w"}}, true},
		{"known price", Progress{Pricing: Pricing{Model: "PMP"}, PricingKind: "sent"}, false},
		{"the same of another callback", Progress{Pricing: Pricing{Model: "PMP"}, PricingKind: "billing"}, true},
		{"nothing", Progress{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.p.Attempt, tt.p.AppID = 1, "app"
			if got := tt.p.IsNews(m); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestProgressApply(t *testing.T) {
	t.Parallel()
	m := attempts(Attempt{Rank: RankSent, At: map[string]int64{"sent": 5}, IDs: []string{"a"}})
	before := attempts(Attempt{Rank: RankSent, At: map[string]int64{"sent": 5}, IDs: []string{"a"}})
	got := Progress{
		Attempt: 1, AppID: "app", Status: StatusFailed, At: 9, IDs: []string{"a", "w"}, Failure: Failure{Code: "500", Class: "transient"},
	}.Apply(m)
	want := attempts(Attempt{
		Rank: RankFailed, At: map[string]int64{"sent": 5, "failed": 9}, IDs: []string{"a", "w"}, Failure: Failure{Code: "500", Class: "transient"},
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, m); diff != "" {
		t.Errorf("the message itself (-before +after):\n%s", diff)
	}
	got = Progress{Attempt: 1, AppID: "app", Status: StatusSent, At: 7}.Apply(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a later copy (-want +got):\n%s", diff)
	}
	if got = (Progress{Attempt: 1, Status: StatusRead, At: 1}).Apply(Message{}); got.MaxRank() != RankRead {
		t.Errorf("of nothing: got rank %d, want read", got.MaxRank())
	}
}

func TestProgressSettles(t *testing.T) {
	t.Parallel()
	sent := Progress{Attempt: 1, AppID: "app", Status: StatusSent, At: 1}
	tests := []struct {
		name   string
		phase  Phase
		due    time.Time
		failed bool // the first attempt failed, and a second one is under way
		p      Progress
		want   bool
	}{
		{"claimed", Claimed, noon, false, sent, true},
		{"in doubt", InDoubt, noon, false, sent, true},
		{"already settled", Claimed, time.Time{}, false, sent, false},
		{"waiting", Waiting, noon, false, sent, false},
		{"failure", Claimed, noon, false, Progress{Attempt: 1, Status: StatusFailed, At: 1}, false},
		{"an older attempt that failed", Claimed, noon, true, sent, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := attempts(Attempt{})
			if tt.failed {
				m = attempts(Attempt{Rank: RankFailed}, Attempt{})
			}
			m.Phase, m.Due = tt.phase, tt.due
			if got := tt.p.Settles(m); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
