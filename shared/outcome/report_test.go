package outcome_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestApply has a callback tell something of an attempt.
func TestApply(t *testing.T) {
	t.Parallel()
	price := message.Pricing{Known: true, Billable: true}
	passing := message.Failure{Class: message.ClassTransient, Code: "131016"}
	delivered := func(m *message.Message) {
		*m = m.WithAttempt(1, message.Attempt{Rank: message.RankDelivered, At: map[string]int64{"delivered": 1}})
		m.Due = time.Time{}
	}
	failed := func(m *message.Message) {
		failedOnce(m)
		m.Phase = message.Failed
		m.Due = time.Time{}
	}
	tests := []struct {
		name   string
		change func(m *message.Message)
		p      message.Progress
		want   message.Status
		phase  message.Phase
		// due is how long from now the message is due again; negative is never.
		due     time.Duration
		retried bool
		told    []string
	}{
		{
			name:  "sent",
			p:     message.Progress{Attempt: 1, Status: message.StatusSent},
			want:  message.StatusSent,
			phase: message.Claimed,
			due:   -1,
			told:  []string{"1.sent"},
		},
		{
			name:  "enqueued is not told",
			p:     message.Progress{Attempt: 1, Status: message.StatusEnqueued},
			want:  message.StatusAccepted,
			phase: message.Claimed,
			due:   -1,
		},
		{
			name:  "ids alone settle",
			p:     message.Progress{Attempt: 1, IDs: []string{"gs-1"}},
			want:  message.StatusSending,
			phase: message.Claimed,
			due:   -1,
		},
		{
			name:  "a price implies that the provider took it",
			p:     message.Progress{Attempt: 1, Pricing: price, PricingKind: "billing"},
			want:  message.StatusAccepted,
			phase: message.Claimed,
			due:   -1,
			told:  []string{"1.inqueue"},
		},
		{
			name:   "the price of what is delivered is no status",
			change: delivered,
			p:      message.Progress{Attempt: 1, Pricing: price, PricingKind: "billing"},
			want:   message.StatusDelivered,
			phase:  message.Claimed,
			due:    -1,
		},
		{
			name:    "a failure that passes gives a new attempt",
			p:       message.Progress{Attempt: 1, Status: message.StatusFailed, Failure: passing},
			want:    message.StatusWaiting,
			phase:   message.Waiting,
			due:     5 * time.Second,
			retried: true,
		},
		{
			name:    "and no second one",
			change:  retrying,
			p:       message.Progress{Attempt: 2, Status: message.StatusFailed, Failure: passing},
			want:    message.StatusFailed,
			phase:   message.Failed,
			due:     -1,
			retried: true,
			told:    []string{"2.failed"},
		},
		{
			name:    "an older attempt's failure changes no phase",
			change:  retrying,
			p:       message.Progress{Attempt: 1, Status: message.StatusFailed, Failure: passing},
			want:    message.StatusSending,
			phase:   message.Claimed,
			due:     30 * time.Second,
			retried: true,
		},
		{
			name:    "a repeated failure changes no phase",
			change:  failedOnce,
			p:       message.Progress{Attempt: 1, Status: message.StatusFailed, At: 1, Failure: message.Failure{Class: message.ClassRecipient}},
			want:    message.StatusWaiting,
			phase:   message.Waiting,
			due:     30 * time.Second,
			retried: true,
		},
		{
			name:   "a failure that passes of what was dropped ends it",
			change: droppedInDoubt,
			p:      message.Progress{Attempt: 1, Status: message.StatusFailed, Failure: passing},
			want:   message.StatusFailed,
			phase:  message.Failed,
			due:    -1,
			told:   []string{"1.failed"},
		},
		{
			name:  "a failure of an unknown kind is no doubt",
			p:     message.Progress{Attempt: 1, Status: message.StatusFailed, Failure: message.Failure{Class: message.ClassUnknown}},
			want:  message.StatusFailed,
			phase: message.Failed,
			due:   -1,
			told:  []string{"1.failed"},
		},
		{
			name:    "delivered after failed",
			change:  failed,
			p:       message.Progress{Attempt: 1, Status: message.StatusDelivered},
			want:    message.StatusDelivered,
			phase:   message.Failed,
			due:     -1,
			retried: true,
			told:    []string{"1.delivered"},
		},
		{
			name:   "failed after delivered",
			change: delivered,
			p:      message.Progress{Attempt: 1, Status: message.StatusFailed, Failure: passing},
			want:   message.StatusDelivered,
			phase:  message.Claimed,
			due:    -1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			m := b.claimed(tt.change)
			p := tt.p
			p.MessageID, p.AppID = messageID, rig.AppID
			if p.At == 0 {
				p.At = b.Clock.Now().UnixMilli()
			}
			b.apply(t, m, p)

			got := b.stored()
			if got.Status() != tt.want || got.Phase != tt.phase || got.Retried != tt.retried {
				t.Errorf("got %s, phase %s, retried %t, want %s, %s, %t", got.Status(), got.Phase, got.Retried, tt.want, tt.phase, tt.retried)
			}
			if due := b.Clock.Now().Add(tt.due); tt.due < 0 && !got.Due.IsZero() || tt.due >= 0 && !got.Due.Equal(due) {
				t.Errorf("due: got %s, want %s from now", got.Due, tt.due)
			}
			if over := got.MaxRank() >= message.RankDelivered || got.Phase == message.Failed; tt.change == nil && over != (len(got.EventData) == 0) {
				t.Errorf("the event has %d bytes, over %t", len(got.EventData), over)
			}
			b.checkTold(t, tt.told...)

			// A callback may come any number of times: nothing is written again, and nothing is told under another id.
			b.apply(t, got, p)
			if diff := cmp.Diff(got, b.stored()); diff != "" {
				t.Errorf("repeated (-before +after):\n%s", diff)
			}
			told := map[string]bool{}
			for _, state := range tt.told {
				told[messageID+"."+state] = true
			}
			if diff := cmp.Diff(told, b.Told()); diff != "" {
				t.Errorf("ids of the activity events after a repetition (-want +got):\n%s", diff)
			}
		})
	}
}

// TestApplyToDropped has what an app or a template is marked for be told of a message that was dropped: it fails for good, since
// its event is gone, and the mark is made all the same.
func TestApplyToDropped(t *testing.T) {
	t.Parallel()

	for _, class := range []message.Class{message.ClassAccount, message.ClassTemplatePaused} {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			m := b.claimed(droppedInDoubt)
			b.apply(t, m, message.Progress{
				MessageID: messageID,
				Attempt:   1,
				Status:    message.StatusFailed,
				At:        b.Clock.Now().UnixMilli(),
				AppID:     rig.AppID,
				Failure:   message.Failure{Class: class, Code: "1"},
			})

			if got := b.stored(); got.Phase != message.Failed || !got.Due.IsZero() || got.Newest().Class != class {
				t.Errorf("got %s, due %s, class %s, want failed for good as %s", got.Phase, got.Due, got.Newest().Class, class)
			}
			b.checkTold(t, "1.failed")

			a, err := b.Parts.Store.Account(t.Context(), rig.BrandID)
			b.Must(err)
			app, _ := a.App(rig.AppID)
			if app.Health.Healthy() && a.Events[rig.FailedDeliveryKind].Health.Healthy() {
				t.Error("neither app nor template is marked")
			}
		})
	}
}

// TestApplyToWhatChanged writes nothing of a message that is no longer as read: the caller reads it again.
func TestApplyToWhatChanged(t *testing.T) {
	t.Parallel()
	for _, p := range []message.Progress{
		{Status: message.StatusSent},
		{Status: message.StatusRead},
		{Status: message.StatusFailed, Failure: message.Failure{Class: message.ClassTransient}},
		{Pricing: message.Pricing{Known: true}, PricingKind: "billing"},
	} {
		t.Run(string(p.Status), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			m := b.claimed(nil)
			b.record(message.Progress{Status: message.StatusDelivered})
			before := b.stored()

			p.MessageID, p.Attempt, p.At = messageID, 1, 1
			if _, err := b.recorder.Apply(t.Context(), m, p); !store.IsConflict(err) {
				t.Errorf("got %v, want %v", err, store.ErrConflict)
			}
			if diff := cmp.Diff(before, b.stored()); diff != "" {
				t.Errorf("the message (-before +after):\n%s", diff)
			}
			b.checkTold(t)
		})
	}
}

// TestPublishAgain repeats the newest state, of the attempt that reached it, and nothing that the platform does not know.
func TestPublishAgain(t *testing.T) {
	t.Parallel()
	attempt := func(s message.Status) message.Attempt {
		return message.Attempt{Rank: message.RankOf(s), At: map[string]int64{string(s): 1}}
	}
	tests := []struct {
		name string
		m    message.Message
		told []string
	}{
		{"accepted", message.Message{Attempt: 1}.WithAttempt(1, attempt(message.StatusAccepted)), []string{"1.inqueue"}},
		{"read", message.Message{Attempt: 1}.WithAttempt(1, attempt(message.StatusRead)), []string{"1.read"}},
		{
			"delivered by the first of two",
			message.Message{Attempt: 2}.WithAttempt(1, attempt(message.StatusDelivered)).WithAttempt(2, attempt(message.StatusFailed)),
			[]string{"1.delivered"},
		},
		{
			"failed by the second of two",
			message.Message{Attempt: 2, Phase: message.Failed}.WithAttempt(1, attempt(message.StatusFailed)).WithAttempt(2, attempt(message.StatusFailed)),
			[]string{"2.failed"},
		},
		{"known by its id only", message.Message{Attempt: 1}.WithAttempt(1, message.Attempt{IDs: []string{"gs-1"}}), nil},
		{"refused", message.Message{Phase: message.Refused}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			tt.m.ID = messageID
			tt.m.Event = rig.FailedDeliveryKind
			b.Must(b.recorder.PublishAgain(t.Context(), tt.m))
			b.checkTold(t, tt.told...)
		})
	}
}

// TestActivityAttributes are all that consumers route and tell repetitions by; none names the shopper.
func TestActivityAttributes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Must(b.recorder.PublishFailed(t.Context(), b.claimed(retrying)))
	published := b.Published(world.CustomerNotifications)
	if len(published) != 1 {
		t.Fatalf("published: got %d, want 1", len(published))
	}
	want := map[string]string{
		"id":           messageID + ".2.failed",
		"resource":     "customer_notification",
		"eventSubType": "failed",
	}
	if diff := cmp.Diff(want, published[0].GetAttributes()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}
