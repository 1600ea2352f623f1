package outcome_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// endings returns all that was told of how messages ended, decoded.
func (b bench) endings() []map[string]any {
	b.T.Helper()
	all, table := []map[string]any{}, columns(b.T)
	for _, m := range b.Published(world.MessageOutcomes) {
		if err := fits(m.GetData(), table); err != nil {
			b.T.Errorf("%s does not fit the table: %v", m.GetData(), err)
		}
		var e map[string]any
		b.Must(json.Unmarshal(m.GetData(), &e))
		if m.GetAttributes()["id"] != e["id"] || m.GetAttributes()["outcome"] != e["outcome"] || m.GetAttributes()["account"] != e["accountId"] {
			b.T.Errorf("attributes %v of %v", m.GetAttributes(), e)
		}
		for _, personal := range []string{rig.Shopper, "9000000001", "Ira", "example.test"} {
			if strings.Contains(string(m.GetData()), personal) {
				b.T.Errorf("personal data in %s", m.GetData())
			}
		}
		all = append(all, e)
	}

	return all
}

// about gives a message what its ending tells of its order.
func about(m *message.Message) {
	m.Ownership = message.Client
	m.OccurredAt = rig.Start.Add(-time.Hour).Unix()
	m.Activity = message.Activity{
		AccountSlug: "neem-and-co", OrderNumber: "NC-20417", CustomerName: "Ira Sample", CustomerPhone: "9000000001", CustomerEmail: "ira@example.test",
	}
}

// TestEnding tells how a message ended, in each way, and again when it is asked to.
func TestEnding(t *testing.T) {
	t.Parallel()
	at := rig.Start.Add(time.Minute)
	failure := message.Failure{Class: message.ClassRecipient, Code: "1002"}
	ended := func(p message.Phase, rank message.Rank, reason message.Reason) func(*message.Message) {
		return func(m *message.Message) {
			about(m)
			m.Phase, m.Reason, m.Grounds.At = p, reason, at.UnixMilli()
			a := message.Attempt{ClaimedAt: rig.Start.UnixMilli(), Rank: rank}
			if s := rank.Status(); s != "" {
				a.At = map[string]int64{string(s): at.UnixMilli()}
			}
			if rank == message.RankFailed {
				a.Failure = failure
			}
			m.Attempts["1"] = a
		}
	}
	refused := func(m *message.Message) {
		ended(message.Refused, message.RankNone, message.OptedOut)(m)
		m.Attempt, m.Attempts = 0, nil
	}
	base := func(outcome string, more map[string]any) map[string]any {
		e := map[string]any{
			"schema": 1.0, "id": messageID + "." + outcome, "accountId": rig.BrandID, "accountSlug": "neem-and-co", "orderId": "51230077",
			"customerOrderNumber": "NC-20417", "shipmentId": "NC-20417-6120-311", "event": rig.FailedDeliveryKind, "messageId": messageID,
			"appId": rig.AppID, "ownership": "client", "outcome": outcome, "deliverable": false, "attempts": 1.0, "at": "2024-02-13T10:01:00Z", "occurredAt": "2024-02-13T09:00:00Z",
		}
		maps.Copy(e, more)

		return e
	}

	for _, tt := range []struct {
		name   string
		change func(*message.Message)
		tell   func(b bench, m message.Message) error
		want   []map[string]any
	}{
		{"delivered", ended(message.Claimed, message.RankDelivered, ""), again, []map[string]any{base("delivered", map[string]any{"deliverable": true})}},
		{"read", ended(message.Claimed, message.RankRead, ""), again, []map[string]any{base("read", map[string]any{"deliverable": true})}},
		{"sent", ended(message.Claimed, message.RankSent, ""), again, []map[string]any{}},
		{"accepted", ended(message.Claimed, message.RankAccepted, ""), again, []map[string]any{}},
		{"failed", ended(message.Failed, message.RankFailed, ""), again, []map[string]any{base("failed", map[string]any{"class": "recipient", "code": "1002"})}},
		{"refused", refused, refusedAgain, []map[string]any{base("refused", map[string]any{"reason": "opted_out", "attempts": 0.0})}},
		{"dropped after a failure", ended(message.Dropped, message.RankFailed, message.Expired), again, []map[string]any{base("dropped", map[string]any{"reason": "expired", "class": "recipient", "code": "1002"})}},
		{
			"a test", func(m *message.Message) { ended(message.Claimed, message.RankRead, "")(m); m.Test = true }, again, []map[string]any{},
		},
		{
			"an answer", func(m *message.Message) {
				ended(message.Claimed, message.RankRead, "")(m)
				m.Session = &message.Session{Kind: "question"}
			}, again, []map[string]any{},
		},
		{"a refused test", func(m *message.Message) { refused(m); m.Test = true }, refusedAgain, []map[string]any{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			m := b.claimed(tt.change)
			for range 2 {
				b.Must(tt.tell(b, m))
			}
			if diff := cmp.Diff(append(slices.Clone(tt.want), tt.want...), b.endings()); diff != "" {
				t.Errorf("twice (-want +got):\n%s", diff)
			}
		})
	}
}

func again(b bench, m message.Message) error { return b.recorder.PublishAgain(b.T.Context(), m) }
func refusedAgain(b bench, m message.Message) error {
	return b.recorder.PublishRefused(b.T.Context(), m)
}

// TestEndingOfDrops tells of what is given up and of what is dropped before it is written, so that a crash in between repeats it.
func TestEndingOfDrops(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.claimed(func(m *message.Message) { about(m); m.Phase = message.InDoubt })
	stale := m
	stale.UpdateTime = m.UpdateTime.Add(-time.Second)
	for _, tell := range []func() error{
		func() error { return b.recorder.GiveUp(t.Context(), stale, "age") },
		func() error { _, err := b.recorder.Drop(t.Context(), stale, message.NoSender); return err },
	} {
		if err := tell(); err == nil {
			t.Error("a message that has changed was ended")
		}
	}
	b.Must(b.recorder.GiveUp(t.Context(), m, "age"))
	if got, want := b.EndingIDs(), []string{messageID + ".given_up", messageID + ".dropped", messageID + ".given_up"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// TestEndingOfDropIsNewerThanItsFailure drops a message that failed an hour before: when it was dropped is told, so that the outcome is newer than
// what was told between.
func TestEndingOfDropIsNewerThanItsFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.claimed(func(m *message.Message) {
		about(m)
		m.Phase, m.Reason = message.Dropped, message.Superseded
		m.Attempts["1"] = message.Attempt{Rank: message.RankFailed, At: map[string]int64{"failed": rig.Start.Add(-time.Hour).UnixMilli()}}
	})
	b.Must(b.recorder.PublishDropped(t.Context(), m))
	if got, want := b.endings()[0]["at"], m.UpdateTime.UTC().Format(time.RFC3339Nano); got != want {
		t.Errorf("told at %s, want %s", got, want)
	}
}

// TestEndingIsNewer tells the newer truth under another id when a message arrives that had failed.
func TestEndingIsNewer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.claimed(about)
	for _, s := range []message.Status{message.StatusFailed, message.StatusDelivered, message.StatusRead, message.StatusSent} {
		p := message.Progress{MessageID: m.ID, Attempt: 1, Status: s, At: b.Clock.Now().UnixMilli(), AppID: m.AppID, IDs: []string{"w1"}}
		if s == message.StatusFailed {
			p.Failure = message.Failure{Class: message.ClassBadRequest, Code: "1"}
		}
		b.apply(t, m, p)
		var err error
		m, err = b.Parts.Store.Message(t.Context(), m.ID)
		b.Must(err)
		b.Clock.Advance(time.Second)
	}
	if got, want := b.EndingIDs(), []string{messageID + ".failed", messageID + ".delivered", messageID + ".read"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}
