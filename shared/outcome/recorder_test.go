package outcome_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// messageID names the message that each test records an outcome of.
const messageID = "00000000000000000000000000000001"

// bench is a Recorder on a rig's store, apps and topic.
type bench struct {
	*rig.Rig

	recorder *outcome.Recorder
}

// apply applies p to m, and holds that what it returns is what is stored.
func (b bench) apply(t *testing.T, m message.Message, p message.Progress) {
	t.Helper()
	after, err := b.recorder.Apply(t.Context(), m, p)
	b.Must(err)

	stored, err := b.Parts.Store.Message(t.Context(), m.ID)
	b.Must(err)

	if after.UpdateTime.IsZero() && p.Status != message.StatusFailed {
		t.Errorf("%s: the message is returned without an update time", p.Status)
	}
	if diff := cmp.Diff(stored, after, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(time.Millisecond)); diff != "" && !after.UpdateTime.IsZero() {
		t.Errorf("what is stored, and what is returned (-stored +returned):\n%s", diff)
	}
}

func newBench(t *testing.T) bench {
	t.Helper()
	r := rig.New(t, rig.Options{})
	f := testkit.Function(t, r.Cloud, r.Clock, r.Logs, nil)
	_, apps := wire.Apps(f, settings.Config{}, wire.AppDeps{
		Store:     r.Parts.Store,
		Secrets:   r.Parts.Secrets,
		Providers: r.Parts.Providers,
		Client:    r.Parts.Client,
		Calls:     provider.CallConfig{Timeout: 10 * time.Second},
	})
	topics := wire.OutcomeTopics{Activity: world.CustomerNotifications, Endings: world.MessageOutcomes}

	return bench{Rig: r, recorder: wire.Outcomes(f, r.Parts.Store, apps, wire.Queue(f, config.Project{ID: world.Project}), topics)}
}

// claimed stores a message whose first attempt was just claimed, after a change if that is not nil, and returns it as read.
func (b bench) claimed(change func(m *message.Message)) message.Message {
	b.T.Helper()
	now := b.Clock.Now()
	m := message.Message{
		ID:         messageID,
		AccountID:  rig.BrandID,
		OrderID:    "51230077",
		Event:      rig.FailedDeliveryKind,
		Subject:    "NC-20417-6120-311",
		AppID:      rig.AppID,
		Provider:   gupshup.Name,
		TemplateID: rig.TemplateID,
		Phone:      "+" + rig.Shopper,
		CustomerID: b.CustomerID(),
		Phase:      message.Claimed,
		Attempt:    1,
		Nonce:      "mine",
		LeaseUntil: now.Add(30 * time.Second),
		Due:        now.Add(30 * time.Second),
		Bucket:     store.Bucket(messageID),
		EventData:  []byte("{}"),
		Attempts:   map[string]message.Attempt{"1": {ClaimedAt: now.UnixMilli()}},
		CreatedAt:  now,
		ExpireAt:   now.Add(time.Hour),
	}
	if change != nil {
		change(&m)
	}
	_, err := b.Parts.Store.Decide(b.T.Context(), store.Decision{Message: m})
	b.Must(err)

	return b.stored()
}

// stored returns the message as the store has it.
func (b bench) stored() message.Message {
	b.T.Helper()
	m, err := b.Parts.Store.Message(b.T.Context(), messageID)
	b.Must(err)

	return m
}

// record writes what another worker or a callback knows of the first attempt.
func (b bench) record(p message.Progress) {
	b.T.Helper()
	p.MessageID, p.Attempt, p.AppID = messageID, 1, rig.AppID
	p.At = b.Clock.Now().UnixMilli()
	b.Must(b.Parts.Store.Record(b.T.Context(), p))
}

// checkTold asserts the states that the platform was told of the message, as attempt and state ("1.failed").
func (b bench) checkTold(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, id := range b.ActivityIDs() {
		got = append(got, strings.TrimPrefix(id, messageID+"."))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("activity events (-want +got):\n%s", diff)
	}
}

// failedOnce makes the first attempt one that failed and is to be followed by another.
func failedOnce(m *message.Message) {
	failed := m.AttemptAt(1)
	failed.Rank = message.RankFailed
	failed.At = map[string]int64{string(message.StatusFailed): m.CreatedAt.UnixMilli()}
	failed.Failure = message.Failure{Class: message.ClassTransient, Code: "131016"}
	*m = m.WithAttempt(1, failed)
	m.Phase = message.Waiting
	m.Retried = true
}

// retrying makes the message one whose second attempt was just claimed, after the first had failed.
func retrying(m *message.Message) {
	failedOnce(m)
	*m = m.WithAttempt(2, message.Attempt{ClaimedAt: m.CreatedAt.UnixMilli()})
	m.Attempt = 2
	m.Phase = message.Claimed
}

// droppedInDoubt makes the message one whose first attempt was in doubt, and that was then dropped, since a newer event had come.
func droppedInDoubt(m *message.Message) {
	m.Phase = message.Dropped
	m.Reason = message.Superseded
	m.Resent = true
	m.Due = time.Time{}
	m.EventData = nil
}

// TestDoubt gives a message in doubt its grace after the lease, unless another writer knew more.
func TestDoubt(t *testing.T) {
	t.Parallel()
	t.Run("nothing known", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		m := b.claimed(nil)
		b.Must(b.recorder.Doubt(t.Context(), m, time.Minute))
		if got := b.stored(); got.Phase != message.InDoubt || !got.Due.Equal(m.LeaseUntil.Add(time.Minute)) {
			t.Errorf("got %s due %s, want in doubt until a minute after the lease", got.Phase, got.Due)
		}
		b.checkTold(t)
	})
	t.Run("changed since", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		m := b.claimed(nil)
		b.record(message.Progress{Status: message.StatusSent})
		if err := b.recorder.Doubt(t.Context(), m, time.Minute); err != nil {
			t.Errorf("got %v, want no error", err)
		}
		if got := b.stored(); got.Phase != message.Claimed || got.Status() != message.StatusSent {
			t.Errorf("got %s %s, want the other's word", got.Phase, got.Status())
		}
	})
}

// TestDrop ends a message that waits, forgets its event, and tells the platform.
func TestDrop(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(m *message.Message)
		told   []string
	}{
		{
			name: "never tried",
			change: func(m *message.Message) {
				m.Phase, m.Attempt, m.Attempts = message.Held, 0, nil
			},
			told: []string{"0.dropped"},
		},
		{name: "failed before", change: failedOnce, told: []string{"1.failed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			m := b.claimed(tt.change)
			report, err := b.recorder.Drop(t.Context(), m, message.NoSender)
			b.Must(err)

			if report.Result != outcome.Dropped || report.Reason != string(message.NoSender) {
				t.Errorf("report: got %s %s, want dropped no_sender", report.Result, report.Reason)
			}
			got := b.stored()
			if got.Status() != message.StatusDropped || got.Reason != message.NoSender || !got.Due.IsZero() || len(got.EventData) > 0 {
				t.Errorf("got %s %s due %s with %d bytes, want dropped for good", got.Status(), got.Reason, got.Due, len(got.EventData))
			}
			b.checkTold(t, tt.told...)
		})
	}
	t.Run("changed since", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		m := b.claimed(failedOnce)
		b.record(message.Progress{Status: message.StatusDelivered})
		if _, err := b.recorder.Drop(t.Context(), m, message.NoSender); !store.IsConflict(err) {
			t.Errorf("got %v, want %v", err, store.ErrConflict)
		}
		if got := b.stored(); got.Status() != message.StatusDelivered {
			t.Errorf("got %s, want it delivered", got.Status())
		}
		b.checkTold(t, "1.failed") // of what was read; the delivery is told as well
	})
}
