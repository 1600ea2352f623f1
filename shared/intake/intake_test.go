package intake_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

const (
	parkAfter   = 20 * time.Second
	keepParked  = 7 * 24 * time.Hour
	keepReplies = 90 * 24 * time.Hour
)

// newIntake returns an Intake over a worker's connections.
func newIntake(r *rig.Rig, w *rig.Worker) *intake.Intake {
	core := r.Core(w)

	return intake.New(
		intake.Config{
			Parking:   outcome.Parking{After: parkAfter},
			Retention: intake.Retention{Replies: keepReplies, Conversations: keepReplies, Parked: keepParked},
		},
		intake.Deps{
			Store:    w.Parts.Store,
			Accounts: core.Accounts,
			Apps:     core.Apps,
			Outcomes: core.Outcomes,

			Providers:     w.Parts.Providers,
			Conversations: core.Conversations,

			Clock:  r.Clock,
			Logger: core.Logger,
			Keys: cache.NewOnce(func(ctx context.Context) (intake.Keys, error) {
				k, err := w.Parts.Keys(ctx)
				return intake.Keys{Phone: k.Phone, Reference: k.Reference}, err
			}),
		})
}

// callback returns an event of the rig's own app, published now.
func callback(r *rig.Rig, e provider.Event) intake.Callback {
	return intake.Callback{
		Origin:      provider.Origin{Provider: gupshup.Name, AppID: rig.AppID, AccountID: rig.BrandID},
		Event:       e,
		PublishedAt: r.Clock.Now(),
	}
}

// What says nothing that can be acted on is acknowledged, so that it is not delivered again.
func TestReceiveIgnores(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		event provider.Event
	}{
		{"a kind that we do not know", provider.Event{Kind: provider.KindUnknown}},
		{"a status without content", provider.Event{Kind: provider.KindStatus}},
		{"a price without content", provider.Event{Kind: provider.KindBilling}},
		{"a reply without content", provider.Event{Kind: provider.KindReply}},
		{"a reply without an id", provider.Event{Kind: provider.KindReply, Reply: &provider.ReplyEvent{Text: "STOP"}}},
		{"news of a template without content", provider.Event{Kind: provider.KindTemplate}},
		{"a call without content", provider.Event{Kind: provider.KindCall}},
		{"a new number without content", provider.Event{Kind: provider.KindIdentity}},
		{"news of an account without content", provider.Event{Kind: provider.KindAccount}},
		{"a preference without content", provider.Event{Kind: provider.KindPreference}},
		{"an opt-in at the provider", provider.Event{Kind: provider.KindUser, Preference: &provider.PreferenceEvent{From: rig.Shopper}}},
	}

	r := rig.New(t, rig.Options{})
	taker := newIntake(r, r.Hooks)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := taker.Receive(t.Context(), callback(r, tt.event))
			if err != nil || got.Result != outcome.Ignored || got.AppID != rig.AppID {
				t.Errorf("got %+v, %v, want it ignored", got, err)
			}
		})
	}
}

// A heartbeat vouches for what was published before it, so the time that is stored is its own if it names one.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	own, received, published := rig.Start.Add(time.Second), rig.Start.Add(2*time.Second), rig.Start.Add(3*time.Second)
	tests := []struct {
		name  string
		event provider.Event
		want  time.Time
	}{
		{"with its own time", provider.Event{At: own.UnixMilli(), ReceivedAt: received.UnixMilli()}, own},
		{"with the time that webhook took it", provider.Event{ReceivedAt: received.UnixMilli()}, received},
		{"with the time of its publication", provider.Event{}, published},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			c := callback(r, tt.event)
			c.Event.Kind = provider.KindHeartbeat
			c.PublishedAt = published

			got, err := newIntake(r, r.Hooks).Receive(t.Context(), c)
			if diff := cmp.Diff(outcome.Report{Result: outcome.Heartbeat}, got); err != nil || diff != "" {
				t.Errorf("report (-want +got):\n%s%v", diff, err)
			}
			if beat, err := r.Parts.Store.Heartbeat(t.Context()); err != nil || !beat.Equal(tt.want) {
				t.Errorf("stored: got %s, %v, want %s", beat, err, tt.want)
			}
		})
	}
}

// The times of an app are written at most every 30 seconds by an instance, and what is left over at the next heartbeat.
func TestAppTimes(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.HeldBack = true
	r.Hand(r.Hooks, r.First())
	id := r.Sole(t).Newest().IDs[0]
	taker := newIntake(r, r.Hooks)
	tell := func(e provider.Event) {
		t.Helper()
		if _, err := taker.Receive(t.Context(), callback(r, e)); err != nil {
			t.Fatal(err)
		}
	}
	status := func(s message.Status, age time.Duration) provider.Event {
		return r.StatusNotice(provider.StatusEvent{IDs: []string{id}, Status: s, Recipient: rig.Shopper}, age)
	}
	foreign := r.StatusNotice(provider.StatusEvent{IDs: []string{"gs-foreign"}, Recipient: rig.Shopper, Status: message.StatusRead}, 0)
	foreign.ReceivedAt = r.Clock.Now().Add(-parkAfter).UnixMilli()

	for _, step := range []struct {
		name  string
		at    time.Duration // since the rig's start
		event func() provider.Event
		want  time.Duration
	}{
		{"foreign status", time.Second, func() provider.Event { return foreign }, 0},
		{"first", time.Minute, func() provider.Event { return status(message.StatusSent, time.Second) }, 59 * time.Second},
		{"too soon", time.Minute + 29*time.Second, func() provider.Event { return status(message.StatusDelivered, 0) }, 59 * time.Second},
		{"heartbeat", time.Minute + 29*time.Second, func() provider.Event { return provider.Event{Kind: provider.KindHeartbeat} }, 89 * time.Second},
		{"provider's clock ahead", 3 * time.Minute, func() provider.Event {
			e := status(message.StatusRead, 0)
			e.At += time.Hour.Milliseconds()
			return e
		}, 3 * time.Minute},
	} {
		r.Clock.Advance(rig.Start.Add(step.at).Sub(r.Clock.Now()))
		tell(step.event())
		got, err := r.Parts.Store.AppTimes(t.Context(), rig.AppID)
		if err != nil || got.Witness.Sub(rig.Start) != step.want {
			t.Errorf("%s: got %s, %v, want %s", step.name, got.Witness.Sub(rig.Start), err, step.want)
		}
	}
}

// TestConfig has a retention that is not positive refused, by the name of its variable.
func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kept intake.Retention
		ok   bool
	}{
		{"all positive", intake.Retention{Replies: time.Hour, Conversations: time.Hour, Parked: time.Hour}, true},
		{"replies not kept", intake.Retention{Conversations: time.Hour, Parked: time.Hour}, false},
		{"parked statuses not kept", intake.Retention{Replies: time.Hour, Conversations: time.Hour}, false},
		{"conversations not kept", intake.Retention{Replies: time.Hour, Parked: time.Hour}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := (intake.Config{Retention: tt.kept}).Validate(); (err == nil) != tt.ok {
				t.Errorf("got %v, want it taken: %t", err, tt.ok)
			}
		})
	}
}
