package sweep_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

const (
	lease      = 30 * time.Second
	grace      = 3 * time.Minute
	quietGrace = 15 * time.Minute
	maxTries   = 10
)

// newSweeper returns a Sweeper over the connections of the rig's healthy worker.
func newSweeper(r *rig.Rig) *sweep.Sweeper {
	return newSweeperWith(r, attest.New(attest.Deps{Store: r.Parts.Store, Bucket: archive.New(archive.Options{}), Clock: r.Clock}))
}

// newSweeperWith returns one that publishes by an Attestor.
func newSweeperWith(r *rig.Rig, attestor *attest.Attestor) *sweep.Sweeper {
	core := r.Core(r.Hooks)

	return sweep.New(
		sweep.Config{
			WebhookURL: r.WebhookURL(),
			Limits:     outcome.Limits{Lease: lease, Grace: grace, QuietGrace: quietGrace, MaxTries: maxTries},
		},
		sweep.Deps{
			Store:       r.Parts.Store,
			Accounts:    core.Accounts,
			Apps:        core.Apps,
			Providers:   r.Parts.Providers,
			Outcomes:    core.Outcomes,
			Disposals:   settings.NewDisposals(r.Parts.Store, r.Parts.Secrets, r.Clock),
			Workspace:   settings.NewWorkspace(settings.WorkspaceDeps{Store: r.Parts.Store, Providers: r.Parts.Providers, Clock: r.Clock}),
			Book:        usage.New(usage.Deps{Store: r.Parts.Store, Accounts: core.Accounts, Providers: r.Parts.Providers, Clock: r.Clock}),
			Attestor:    attestor,
			OrderEvents: r.Parts.Publisher(world.OrderEvents, queue.Options{MaxBatch: 1}), // a request that fails fails one message
			Callbacks:   r.Parts.Publisher(world.ProviderEvents, queue.Options{}),
			Client:      r.Parts.Client,
			Sealer: cache.NewOnce(func(ctx context.Context) (message.Sealer, error) {
				keys, err := r.Parts.Keys(ctx)
				return keys.Reference, err
			}),
			Clock:  r.Clock,
			Logger: core.Logger,
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
		ExpireAt:   r.Clock.Now().Add(90 * 24 * time.Hour),
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

// republished returns the attributes of the events that wait on order-events, without the ticket, which must be the message's.
func republished(r *rig.Rig) []map[string]string {
	var all []map[string]string
	for _, q := range r.Take(world.OrderEvents) {
		attrs := maps.Clone(q.Message.GetAttributes())
		if ticket := attrs[order.AttributeTicket]; ticket == "" || ticket != load(r, attrs[order.AttributeRetry]).Ticket {
			r.T.Errorf("event of %s: got ticket %q, want the message's", attrs[order.AttributeRetry], ticket)
		}
		delete(attrs, order.AttributeTicket)
		all = append(all, attrs)
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
			want:   sweep.Counts{Republished: 1}, events: again, phase: message.Waiting, due: time.Minute,
		},
		{
			name: "waiting, published without attributes",
			change: func(_ *rig.Rig, m *message.Message) {
				m.Phase, m.EventAttrs = message.Waiting, nil
			},
			want: sweep.Counts{Republished: 1}, events: []map[string]string{{order.AttributeRetry: "m1"}}, phase: message.Waiting, due: time.Minute,
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

// A doubt whose grace is over ends by what is known: the message is given up if nothing can have told of it, sent once more if
// the silence about it proves that it was not taken, and looked at again otherwise.
func TestSettleDoubt(t *testing.T) {
	t.Parallel()
	// The rig's app took a message, and a status came, at the rig's start, which is the end of the lease here.
	times := func(taken, witness time.Duration) func(*rig.Rig, *message.Message) {
		return func(r *rig.Rig, _ *message.Message) {
			r.Must(r.Parts.Store.RecordAppTimes(r.T.Context(), rig.AppID, store.AppTimes{
				Taken:   rig.Start.Add(taken),
				Witness: rig.Start.Add(witness),
			}))
		}
	}
	const customer, atAnotherBrand, another = "811:k", "812:k", "811:x"
	parkedAt := func(at time.Duration, customerID string) func(*rig.Rig, *message.Message) {
		return func(r *rig.Rig, m *message.Message) {
			times(time.Second, 2*time.Minute)(r, m)
			r.Must(r.Parts.Store.Park(r.T.Context(), store.Unknown{
				Progress: message.Progress{
					AppID:  rig.AppID,
					IDs:    []string{"gs-unknown"},
					Status: message.StatusSent,
					At:     rig.Start.Add(at).UnixMilli(),
				},
				CustomerID: customerID,
				Witness:    rig.Start.Add(at),
				Due:        rig.Start.Add(time.Hour),
				ExpireAt:   rig.Start.Add(2 * time.Hour),
			}))
		}
	}
	takenAt := func(at time.Duration) func(*rig.Rig, *message.Message) {
		return func(r *rig.Rig, _ *message.Message) {
			other := due(r, "m2")
			other.Phase, other.Due = message.Claimed, time.Time{}
			put(r, other)
			r.Must(r.Parts.Store.Record(r.T.Context(), message.Progress{
				MessageID: "m2", Attempt: 1, Status: message.StatusAccepted, AppID: rig.AppID, ClaimedAt: rig.Start.Add(at).UnixMilli(),
			}))
		}
	}
	const week = 7 * 24 * time.Hour
	postponed, resent, givenUp := sweep.Counts{Postponed: 1}, sweep.Counts{Resent: 1}, sweep.Counts{GivenUp: 1}
	tests := []struct {
		name   string
		change func(r *rig.Rig, m *message.Message)
		beat   time.Duration // since the rig's start; 0: none
		want   sweep.Counts
		phase  message.Phase
		due    time.Duration // after now
		rests  message.Silence
	}{
		{name: "no heartbeat", change: times(time.Second, 2*time.Minute), want: postponed, phase: message.InDoubt, due: 10 * time.Second},
		{
			name: "heartbeat from within the grace", change: times(time.Second, 2*time.Minute), beat: grace - time.Second,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{
			name: "later messages were reported", change: times(time.Second, 61*time.Second), beat: grace,
			want: resent, phase: message.Waiting, due: time.Minute, rests: message.SilenceWitnessed,
		},
		{
			name: "reports are not late enough", change: times(2*time.Minute, time.Minute), beat: grace,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{name: "quiet app", beat: quietGrace, want: resent, phase: message.Waiting, due: time.Minute, rests: message.SilenceQuiet},
		{name: "quiet app within the quiet grace", beat: quietGrace - time.Second, want: postponed, phase: message.InDoubt, due: 10 * time.Second},
		{
			name: "app that owes a report", change: times(20*time.Second, 10*time.Second), beat: 2 * quietGrace,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{
			name: "app that owes a report, which an instance has not written on it", change: takenAt(time.Second), beat: quietGrace,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{
			name: "app whose newest message was reported", change: takenAt(-time.Second), beat: quietGrace,
			want: resent, phase: message.Waiting, due: time.Minute, rests: message.SilenceQuiet,
		},
		{
			name: "status that no message owns", change: parkedAt(-10*time.Second, customer), beat: grace,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{
			name: "status that no message owns, parked under another brand's customer", change: parkedAt(-10*time.Second, atAnotherBrand), beat: grace,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{
			name: "status that no message owns, by a clock behind ours", change: parkedAt(-lease-5*time.Second, customer), beat: grace,
			want: postponed, phase: message.InDoubt, due: 10 * time.Second,
		},
		{
			name: "status to another shopper", change: parkedAt(-10*time.Second, another), beat: grace,
			want: resent, phase: message.Waiting, due: time.Minute, rests: message.SilenceWitnessed,
		},
		{
			name: "status from before the claim", change: parkedAt(-lease-6*time.Second, customer), beat: grace,
			want: resent, phase: message.Waiting, due: time.Minute, rests: message.SilenceWitnessed,
		},
		{
			name: "second doubt", beat: quietGrace, change: func(_ *rig.Rig, m *message.Message) { m.Doubts = 2 },
			want: givenUp, phase: message.GivenUp, due: week,
		},
		{
			name: "its event is gone", beat: quietGrace, change: func(_ *rig.Rig, m *message.Message) { m.EventData = nil },
			want: givenUp, phase: message.GivenUp, due: week,
		},
		{
			name: "provider that we do not have", beat: quietGrace, change: func(_ *rig.Rig, m *message.Message) { m.Provider = "another" },
			want: givenUp, phase: message.GivenUp, due: week,
		},
		{
			name: "app that never had a status", beat: quietGrace, change: func(_ *rig.Rig, m *message.Message) { m.AppID = "another" },
			want: givenUp, phase: message.GivenUp, due: week,
		},
		{
			name: "too old", beat: quietGrace, change: func(r *rig.Rig, m *message.Message) { r.Clock.Advance(m.Born().Add(24 * time.Hour).Sub(rig.Start)) },
			want: givenUp, phase: message.GivenUp, due: week,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			m := due(r, "m1")
			m.CustomerID = customer
			m.Phase, m.Attempt, m.LeaseUntil, m.Doubts = message.InDoubt, 1, rig.Start, 1
			m.Attempts = map[string]message.Attempt{"1": {ClaimedAt: rig.Start.Add(-lease).UnixMilli()}}
			if tt.change != nil {
				tt.change(r, &m)
			}
			put(r, m)
			if tt.beat > 0 {
				r.Must(r.Parts.Store.PutHeartbeat(t.Context(), rig.Start.Add(tt.beat)))
			}

			swept(t, r, tt.want)
			want := r.Clock.Now().Add(tt.due)
			got := load(r, "m1")
			if got.Phase != tt.phase || !got.Due.Equal(want) || got.Silence != tt.rests || got.Resent != (tt.rests != "") {
				t.Errorf("got %s due %s, silence %q, want %s due %s, %q", got.Phase, got.Due, got.Silence, tt.phase, want, tt.rests)
			}
			if events := republished(r); len(events) != tt.want.Resent {
				t.Errorf("events: got %v, want %d", events, tt.want.Resent)
			}
			if told := len(r.Published(world.CustomerNotifications)); told != tt.want.GivenUp {
				t.Errorf("told the platform %d times, want %d", told, tt.want.GivenUp)
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
		{"the last heartbeat cannot be read", cloud.Rule{Method: "BatchGetDocuments", Match: "system/heartbeat"}, 2},
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
		Checked:     9,
		Disposed:    10,
		Followed:    11,

		Conversations: 12,
	})
	want := `"counts":{"republished":1,"doubted":2,"resent":3,"given_up":4,"adopted":5,"joined":6,"postponed":7,"recovered":8,"checked":9,"disposed":10,"followed":11,"conversations":12}`
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
			c := sweep.Config{WebhookURL: "https://webhook.example.com", Limits: outcome.Limits{Grace: tt.grace}, Parking: outcome.Parking{After: 20 * time.Second}}
			if err := c.Validate(); (err == nil) != tt.ok {
				t.Errorf("got %v, want it taken: %t", err, tt.ok)
			}
		})
	}
}

// TestBacklogOfOneAppDelaysNoOther has far more of one app overdue than a page, and a little of another due last: that is brought
// back among the first, in the round that follows the first page.
func TestBacklogOfOneAppDelaysNoOther(t *testing.T) {
	t.Parallel()
	const many, page, others = 1200, 500, 2
	const first = page + page/2 + others // a round of two apps has half a page of each; which of a round is published first is left to chance
	r := rig.New(t, rig.Options{})
	waiting := func(id, app string) {
		m := due(r, id)
		m.AppID, m.Phase = app, message.Waiting
		put(r, m)
	}
	for i := range many {
		waiting(fmt.Sprintf("a%04d", i), rig.AppID)
	}
	r.Clock.Advance(time.Second)
	waiting("b1", "another")
	waiting("b2", "another")

	swept(t, r, sweep.Counts{Republished: many + 2})

	for i, attrs := range republished(r) {
		if id := attrs[order.AttributeRetry]; strings.HasPrefix(id, "b") && i >= first {
			t.Errorf("%s came as number %d, want it among the first %d", id, i, first)
		}
	}
}
