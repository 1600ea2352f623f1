package outcome_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestAcceptedIsFinal forgets the event, which names the shopper, once a provider that reports nothing has it: there is no
// second attempt that it could be needed for.
func TestAcceptedIsFinal(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: businessonbot.Name})
	r.Hand(r.Hooks, r.First())
	if m := r.Sole(t); m.Status() != message.StatusAccepted || len(m.EventData) > 0 {
		t.Errorf("got %s with %d bytes of the event, want accepted without", m.Status(), len(m.EventData))
	}
}

// lost is how a write fails that no client library repeats.
func lost(times int) cloud.Rule {
	return cloud.Rule{Method: "Commit", Match: messageID, Times: times, Mode: cloud.FailBefore, Code: codes.Internal}
}

// TestAccept records that the provider took the message, whatever came in between.
func TestAccept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		silent  bool
		between func(b bench)
		// ids are the attempt's, kept is whether the event is kept, due whether sweep visits the message again.
		ids       []string
		kept, due bool
		want      message.Status
	}{
		{
			name: "first",
			ids:  []string{"gs-1"},
			kept: true,
			want: message.StatusAccepted,
		},
		{
			name:   "by a provider without reports",
			silent: true,
			ids:    []string{messageID},
			want:   message.StatusAccepted,
		},
		{
			name: "after a callback",
			between: func(b bench) {
				b.record(message.Progress{Status: message.StatusDelivered, IDs: []string{"wamid.1"}, Final: true})
			},
			ids:  []string{"wamid.1", "gs-1"},
			due:  true,
			want: message.StatusDelivered,
		},
		{
			name: "after another worker's doubt",
			between: func(b bench) {
				m := b.stored()
				m.Phase = message.InDoubt
				b.Must(b.Parts.Store.Change(b.T.Context(), store.Change{Message: m}))
			},
			ids:  []string{"gs-1"},
			kept: true,
			due:  true,
			want: message.StatusAccepted,
		},
		{
			name: "after two writes failed",
			between: func(b bench) {
				_, err := b.Cloud.Rules().Add(lost(2))
				b.Must(err)
			},
			ids:  []string{"gs-1"},
			kept: true,
			due:  true,
			want: message.StatusAccepted,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			m := b.claimed(nil)
			if tt.between != nil {
				tt.between(b)
			}
			report, err := b.recorder.Accept(t.Context(), m, provider.Receipt{ID: "gs-1", UserID: "user-1"}, !tt.silent)
			b.Must(err)

			if report.Result != outcome.Accepted || report.MessageID != messageID || report.Attempt != 1 {
				t.Errorf("report: got %+v, want accepted of attempt 1", report)
			}
			got := b.stored()
			if got.Status() != tt.want || got.UserID != "user-1" || !got.Recorded() {
				t.Errorf("got %s of user %q, want %s of user-1", got.Status(), got.UserID, tt.want)
			}
			if diff := cmp.Diff(tt.ids, got.AttemptAt(1).IDs); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if kept, due := len(got.EventData) > 0, !got.Due.IsZero(); kept != tt.kept || due != tt.due {
				t.Errorf("event kept %t, due %t, want %t, %t", kept, due, tt.kept, tt.due)
			}
			b.checkTold(t, "1.inqueue")
		})
	}
}

// TestAcceptGivesUp after three writes that failed: the lease ends, and evidence decides.
func TestAcceptGivesUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.claimed(nil)
	_, err := b.Cloud.Rules().Add(lost(0))
	b.Must(err)
	if _, err := b.recorder.Accept(t.Context(), m, provider.Receipt{ID: "gs-1"}, true); err == nil {
		t.Error("got no error, want that of the write")
	}

	if got := b.Cloud.Rules().List()[0].Hits; got != 3 {
		t.Errorf("writes: got %d, want 3", got)
	}
	if diff := cmp.Diff(m, b.stored()); diff != "" {
		t.Errorf("message (-before +after):\n%s", diff)
	}
	b.checkTold(t)
}

// TestUnsent gives a claim back as an attempt that was certainly not made, unless another has it by now.
func TestUnsent(t *testing.T) {
	t.Parallel()
	t.Run("still ours", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		report, err := b.recorder.Unsent(t.Context(), b.claimed(nil))
		b.Must(err)
		got := b.stored()
		if report.Result != outcome.Waiting || got.Phase != message.Waiting || !got.Due.Equal(b.Clock.Now()) {
			t.Errorf("got %s, %s due %s, want waiting, due now", report.Result, got.Phase, got.Due)
		}
		if a := got.AttemptAt(1); a.Class != message.ClassTransient || a.Code != provider.CodeNotSent || got.Unsettled() {
			t.Errorf("attempt: got %+v, want one of which no evidence is expected", a)
		}
		b.checkTold(t)
	})
	t.Run("changed since", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		m := b.claimed(nil)
		b.record(message.Progress{UserID: "user-1"})
		report, err := b.recorder.Unsent(t.Context(), m)
		b.Must(err)
		if got := b.stored(); report.Result != outcome.Duplicate || got.Phase != message.Claimed {
			t.Errorf("got %s, phase %s, want duplicate, untouched", report.Result, got.Phase)
		}
	})
}
