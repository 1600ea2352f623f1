package dispatch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestRefusalIsTold tells of a refusal on message-outcomes, again when the event is delivered again, and not for a later event of the key.
func TestRefusalIsTold(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	event := r.Event("shipment-failed_delivery")
	r.Hand(r.Hooks, event)
	id := r.Sole(t).ID + ".refused"
	if got := r.EndingIDs(); !slices.Equal(got, []string{id}) {
		t.Fatalf("told %v, want %s", got, id)
	}
	r.Hand(r.Hooks, event)
	if got := r.EndingIDs(); !slices.Equal(got, []string{id, id}) {
		t.Errorf("delivered again: told %v, want %s twice", got, id)
	}
	if got := r.ActivityIDs(); len(got) != 0 {
		t.Errorf("the order's activity shows %v", got)
	}
}

// TestRefusalIsToldBeforeItIsAcknowledged has the topic fail: the event comes again until the refusal is told.
func TestRefusalIsToldBeforeItIsAcknowledged(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]cloud.Mode{"before": cloud.FailBefore, "after": cloud.FailAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Unsubscribed: true})
			event := r.Event("shipment-failed_delivery")
			rule, err := r.Cloud.Rules().Add(cloud.Rule{Method: "Publisher/Publish", Match: world.MessageOutcomes, Mode: mode, Code: codes.PermissionDenied})
			r.Must(err)
			r.Hand(r.Hooks, event)
			if r.QueuedAt(world.OrderEvents) != 1 || r.Sole(t).Status() != message.StatusRefused {
				t.Fatalf("the event is acknowledged; %s", r.Describe())
			}
			r.Cloud.Rules().Remove(rule)
			r.Settle(r.Hooks)
			r.CheckEndings(t)
			if got := r.EndingIDs(); len(got) == 0 {
				t.Error("nothing was told")
			}
		})
	}
}

// TestRefusalUnderFaults strikes each call of a worker that refuses an event in turn, before it is carried out and after: the refusal is told.
func TestRefusalUnderFaults(t *testing.T) {
	t.Parallel()
	whole := rig.New(t, rig.Options{Unsubscribed: true})
	w := whole.NewWorker(rig.Options{})
	w.Faults.Record()
	whole.Hand(w, whole.Event("shipment-failed_delivery"))
	calls := w.Faults.Recorded()
	if len(calls) < 4 || !strings.HasSuffix(calls[len(calls)-1], "Publish") {
		t.Fatalf("got the calls %v, want a publication at the end", calls)
	}
	for n, call := range calls {
		for _, p := range []rig.Point{rig.FailBefore, rig.FailAfter, rig.DieBefore, rig.DieAfter} {
			t.Run(fmt.Sprintf("%d %s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{Unsubscribed: true})
				busy := r.NewWorker(rig.Options{})
				busy.Faults.Strike(n, p, nil)
				r.Hand(busy, r.Event("shipment-failed_delivery"))
				r.Settle(r.Hooks)
				if m := r.Sole(t); m.Status() != message.StatusRefused {
					t.Errorf("got %s", m.Status())
				}
				r.CheckEndings(t)
			})
		}
	}
}
