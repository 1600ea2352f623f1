package sweep_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

const (
	lease    = 30 * time.Second
	grace    = 3 * time.Minute
	maxTries = 10
)

// newSweeper returns a Sweeper over the connections of the rig's healthy worker.
func newSweeper(r *rig.Rig) *sweep.Sweeper {
	core := r.Core(r.Hooks)

	return sweep.New(
		sweep.Config{
			Limits:         outcome.Limits{Lease: lease, Grace: grace, MaxTries: maxTries},
			EvidenceWindow: 24 * time.Hour,
		},
		sweep.Deps{
			Store:          r.Parts.Store,
			Accounts:       core.Accounts,
			Apps:           core.Apps,
			Providers:      r.Parts.Providers,
			Outcomes:       core.Outcomes,
			OrderEvents:    r.Parts.Publisher(world.OrderEvents, queue.Options{}),
			ProviderEvents: r.Parts.Publisher(world.ProviderEvents, queue.Options{}),
			Clock:          r.Clock,
		})
}

// swept asserts what one sweep of the rig does.
func swept(t *testing.T, r *rig.Rig, want sweep.Counts) {
	t.Helper()
	got, err := newSweeper(r).Sweep(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("counts (-want +got):\n%s%v", diff, err)
	}
}

// due returns a message of the rig's brand and app that is due now.
func due(r *rig.Rig, id string) message.Message {
	return message.Message{
		ID:         id,
		AccountID:  rig.BrandID,
		AppID:      rig.AppID,
		Provider:   gupshup.Name,
		Event:      rig.FailedDeliveryKind,
		OccurredAt: r.Clock.Now().Unix(),
		Due:        r.Clock.Now(),
		Bucket:     store.Bucket(id),
		EventData:  []byte("{}"),
		EventAttrs: map[string]string{"source": "platform"},
	}
}

// put stores a message that is new.
func put(r *rig.Rig, m message.Message) {
	r.T.Helper()
	_, err := r.Parts.Store.Decide(r.T.Context(), store.Decision{Message: m})
	r.Must(err)
}

func load(r *rig.Rig, id string) message.Message {
	r.T.Helper()
	m, err := r.Parts.Store.Message(r.T.Context(), id)
	r.Must(err)

	return m
}

// republished returns the attributes of the events that wait on order-events.
func republished(r *rig.Rig) []map[string]string {
	var all []map[string]string
	for _, q := range r.Take(world.OrderEvents) {
		all = append(all, q.Message.GetAttributes())
	}

	return all
}

// A due message gets what its phase asks for: its event again, a doubt, or nothing any more.
func TestDueMessage(t *testing.T) {
	t.Parallel()
	again := []map[string]string{{"source": "platform", order.AttributeRetry: "m1"}}
	tests := []struct {
		name   string
		change func(r *rig.Rig, m *message.Message)
		want   sweep.Counts
		events []map[string]string
		phase  message.Phase
		due    time.Duration // since the rig's start; -1: never
	}{
		{
			name:   "waiting",
			change: func(_ *rig.Rig, m *message.Message) { m.Phase = message.Waiting },
			want:   sweep.Counts{Republished: 1}, events: again, phase: message.Waiting,
		},
		{
			name: "waiting, published without attributes",
			change: func(_ *rig.Rig, m *message.Message) {
				m.Phase, m.EventAttrs = message.Waiting, nil
			},
			want: sweep.Counts{Republished: 1}, events: []map[string]string{{order.AttributeRetry: "m1"}}, phase: message.Waiting,
		},
		{
			name: "waiting, without its event",
			change: func(_ *rig.Rig, m *message.Message) {
				m.Phase, m.EventData = message.Waiting, nil
			},
			phase: message.Waiting, due: -1,
		},
		{
			name: "claimed, its lease over",
			change: func(r *rig.Rig, m *message.Message) {
				m.Phase, m.Attempt, m.LeaseUntil = message.Claimed, 1, r.Clock.Now()
			},
			want: sweep.Counts{Doubted: 1}, phase: message.InDoubt, due: grace,
		},
		{
			name: "recorded by a callback after a refusal",
			change: func(_ *rig.Rig, m *message.Message) {
				m.Phase, m.Attempt = message.Waiting, 1
				m.Attempts = map[string]message.Attempt{"1": {Rank: message.RankSent}}
			},
			phase: message.Waiting, due: -1,
		},
		{
			name:   "failed for good",
			change: func(_ *rig.Rig, m *message.Message) { m.Phase = message.Failed },
			phase:  message.Failed, due: -1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			m := due(r, "m1")
			tt.change(r, &m)
			put(r, m)

			swept(t, r, tt.want)
			if diff := cmp.Diff(tt.events, republished(r)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			want := rig.Start.Add(tt.due)
			if tt.due < 0 {
				want = time.Time{}
			}
			if got := load(r, "m1"); got.Phase != tt.phase || !got.Due.Equal(want) {
				t.Errorf("got %s due %s, want %s due %s", got.Phase, got.Due, tt.phase, want)
			}
		})
	}
}

// A doubt whose grace is over ends by what is known: the message is given up if nothing can have told of it, looked at again
// while callbacks may be on their way, and sent once more otherwise.
func TestSettleDoubt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(r *rig.Rig, m *message.Message)
		beat   time.Duration // since the rig's start; 0: none
		want   sweep.Counts
		phase  message.Phase
		due    time.Duration // after now; -1: never
	}{
		{name: "no heartbeat", want: sweep.Counts{Postponed: 1}, phase: message.InDoubt, due: 10 * time.Second},
		{name: "an old heartbeat", beat: grace - time.Second, want: sweep.Counts{Postponed: 1}, phase: message.InDoubt, due: 10 * time.Second},
		{name: "a heartbeat after the grace", beat: grace, want: sweep.Counts{Resent: 1}, phase: message.Waiting},
		{
			name: "sent twice already", beat: grace, change: func(_ *rig.Rig, m *message.Message) { m.Resent = true },
			want: sweep.Counts{GivenUp: 1}, phase: message.InDoubt, due: -1,
		},
		{
			name: "its event is gone", beat: grace, change: func(_ *rig.Rig, m *message.Message) { m.EventData = nil },
			want: sweep.Counts{GivenUp: 1}, phase: message.InDoubt, due: -1,
		},
		{
			name: "a provider that we do not have", beat: grace, change: func(_ *rig.Rig, m *message.Message) { m.Provider = "another" },
			want: sweep.Counts{GivenUp: 1}, phase: message.InDoubt, due: -1,
		},
		{
			name: "an app that never had a callback", beat: grace, change: func(_ *rig.Rig, m *message.Message) { m.AppID = "another" },
			want: sweep.Counts{GivenUp: 1}, phase: message.InDoubt, due: -1,
		},
		{
			name: "an app whose last callback is too old", beat: grace,
			change: func(r *rig.Rig, _ *message.Message) { r.Clock.Advance(24*time.Hour + time.Second) },
			want:   sweep.Counts{GivenUp: 1}, phase: message.InDoubt, due: -1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			m := due(r, "m1")
			m.Phase, m.Attempt, m.LeaseUntil = message.InDoubt, 1, rig.Start
			if tt.change != nil {
				tt.change(r, &m)
			}
			put(r, m)
			if tt.beat > 0 {
				r.Must(r.Parts.Store.PutHeartbeat(t.Context(), rig.Start.Add(tt.beat)))
			}

			swept(t, r, tt.want)
			want := r.Clock.Now().Add(tt.due)
			if tt.due < 0 {
				want = time.Time{}
			}
			got := load(r, "m1")
			if got.Phase != tt.phase || !got.Due.Equal(want) || got.Resent != (m.Resent || tt.want.Resent == 1) {
				t.Errorf("got %s due %s, resent %t, want %s due %s", got.Phase, got.Due, got.Resent, tt.phase, want)
			}
			if events := republished(r); len(events) != tt.want.Resent {
				t.Errorf("events: got %v, want %d", events, tt.want.Resent)
			}
		})
	}
}

// Each sweep publishes a heartbeat of its own time.
func TestSweepSendsHeartbeat(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	swept(t, r, sweep.Counts{})
	r.ReceiveAll(r.Hooks)
	if got, err := r.Parts.Store.Heartbeat(t.Context()); err != nil || !got.Equal(r.Clock.Now()) {
		t.Errorf("got %s, %v, want %s", got, err, r.Clock.Now())
	}
	for _, m := range r.Published(world.ProviderEvents) {
		if got := m.GetAttributes()[provider.AttributeKind]; got != string(provider.KindHeartbeat) {
			t.Errorf("kind: got %q", got)
		}
	}
}

// A failure of one kind of work is reported, and does not keep the other kinds waiting.
func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		rule cloud.Rule
		want int // how many of two waiting messages are published again
	}{
		{"the heartbeat is not published", cloud.Rule{Method: "Publish", Match: world.ProviderEvents}, 2},
		{"parked statuses cannot be read", cloud.Rule{Method: "RunQuery", Match: "parked"}, 2},
		{"accounts cannot be read", cloud.Rule{Method: "RunQuery", Match: "accounts"}, 2},
		{"one message is not published", cloud.Rule{Method: "Publish", Match: world.OrderEvents, Times: 1}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			for _, id := range []string{"m1", "m2"} {
				m := due(r, id)
				m.Phase = message.Waiting
				put(r, m)
			}
			tt.rule.Mode, tt.rule.Code = cloud.FailBefore, codes.InvalidArgument
			_, err := r.Cloud.Rules().Add(tt.rule)
			r.Must(err)

			got, err := newSweeper(r).Sweep(t.Context())
			if err == nil || got.Republished != 2 {
				t.Errorf("got %+v, %v, want both messages tried and an error", got, err)
			}
			if events := republished(r); len(events) != tt.want {
				t.Errorf("events: got %v, want %d", events, tt.want)
			}
		})
	}
}

// The log line of a sweep has every count.
func TestCountsInTheLog(t *testing.T) {
	t.Parallel()
	var line strings.Builder
	slog.New(slog.NewJSONHandler(&line, nil)).InfoContext(t.Context(), "swept", "counts", sweep.Counts{
		Republished: 1,
		Doubted:     2,
		Resent:      3,
		GivenUp:     4,
		Adopted:     5,
		Joined:      6,
		Postponed:   7,
		Recovered:   8,
	})
	want := `"counts":{"republished":1,"doubted":2,"resent":3,"given_up":4,"adopted":5,"joined":6,"postponed":7,"recovered":8}`
	if !strings.Contains(line.String(), want) {
		t.Errorf("got %s, want %s", line.String(), want)
	}
}

// The grace must outlast the parking of statuses.
func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		grace time.Duration
		ok    bool
	}{
		{"longer than twice the parking", 41 * time.Second, true},
		{"twice the parking", 40 * time.Second, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := sweep.Config{Limits: outcome.Limits{Grace: tt.grace}, Parking: outcome.Parking{After: 20 * time.Second}}
			if err := c.Validate(); (err == nil) != tt.ok {
				t.Errorf("got %v, want it taken: %t", err, tt.ok)
			}
		})
	}
}
