package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestEveryFaultOfASend strikes every call that a send makes, in every way, alone and together with something else that
// happens at the same time, and lets a healthy world go on: the provider has accepted the message exactly once.
func TestEveryFaultOfASend(t *testing.T) {
	t.Parallel()
	calls := rig.RecordSend(t, rig.Options{})
	t.Logf("one send makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least reading, claiming, posting, recording and telling", len(calls))
	}
	rig.StrikeEach(t, rig.Options{}, calls, rig.Actions(), rig.StrikeSend)
}

// TestEveryFaultWithoutCallbacks strikes every call of a send through an app that reports nothing: what is in doubt stays
// so, and nobody gets the message twice.
func TestEveryFaultWithoutCallbacks(t *testing.T) {
	t.Parallel()
	calls := rig.RecordSend(t, rig.Options{})
	for n, call := range calls {
		for _, p := range []rig.Point{rig.FailBefore, rig.FailAfter, rig.DieBefore, rig.DieAfter} {
			t.Run(fmt.Sprintf("%02d %s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{Silent: true})
				faulty, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
				q := r.Event("shipment-failed_delivery")
				faulty.Faults.Strike(n, p, nil)
				r.Hand(faulty, q)
				r.Settle(healthy)
				all := r.Messages()
				if len(all) != 1 {
					t.Fatalf("send log: got %d entries, want 1; %s", len(all), r.Describe())
				}
				accepted := r.Sim.Log().AcceptedCount()
				if accepted > 1 {
					t.Errorf("accepted: got %d, want at most 1", accepted)
				}
				switch s := all[0].Status(); {
				case s == message.StatusAccepted && accepted == 1, s == message.StatusGivenUp:
				default:
					t.Errorf("rests as %s with %d accepted", s, accepted)
				}
			})
		}
	}
}

// TestDoubtIsSettledInTime has a worker die before it posted: the message goes out once more, marked as a possible
// duplicate, as soon as no evidence can be expected any more.
func TestDoubtIsSettledInTime(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	faulty, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
	q := r.Event("shipment-failed_delivery")
	post := -1
	for i, call := range rig.RecordSend(t, rig.Options{}) {
		if strings.HasPrefix(call, "HTTP POST") {
			post = i
		}
	}
	faulty.Faults.Strike(post, rig.DieBefore, nil)
	r.Hand(faulty, q)
	begin := r.Clock.Now()
	for r.Sim.Log().AcceptedCount() == 0 && r.Clock.Now().Sub(begin) < 2*rig.SettledWithin {
		r.Deliver(world.OrderEvents, healthy.Notify)
		r.Deliver(world.ProviderEvents, healthy.Receive)
		r.Clock.Advance(10 * time.Second)
		r.CallSweep(healthy)
	}
	if took := r.Clock.Now().Sub(begin); took > rig.SettledWithin {
		t.Errorf("sent again after %s, want within %s", took, rig.SettledWithin)
	}
	r.Settle(healthy)
	r.CheckOne(t, message.StatusRead)
	if second := r.Messages()[0].Attempts["2"]; !second.PossibleDuplicate {
		t.Errorf("the second attempt is not marked as a possible duplicate: %+v", second)
	}
}
