package dispatch_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestTriesEnd has a message dropped that was postponed too often.
func TestTriesEnd(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	w := r.NewWorker(rig.Options{Config: map[string]string{"MAX_TRIES": "3"}})
	r.Fault(simulator.Fault{Mode: chaos.Throttle})
	r.Hand(w, r.Event("shipment-failed_delivery"))
	r.Settle(w)
	if m := r.Sole(t); m.Status() != message.StatusDropped || m.Reason != message.Limit || m.Attempt != 3 {
		t.Errorf("got %s %s after %d attempts, want dropped limit after 3", m.Status(), m.Reason, m.Attempt)
	}
}

// TestRateUsedUp has a message wait when the sender's rate is used up for longer than a worker waits.
func TestRateUsedUp(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Rate = 0.5 // of ten instances: one in 20 s
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	if got := r.ByStatus(); got[message.StatusAccepted] != 1 || got[message.StatusWaiting] != 1 {
		t.Fatalf("got %v, want one accepted, one waiting; %s", got, r.Describe())
	}
	r.Clock.Advance(20 * time.Second) // within the last ten a worker would wait for the token
	r.Settle(r.Hooks)
	if got := r.ByStatus(); got[message.StatusRead] != 2 {
		t.Errorf("got %v, want two read", got)
	}
}

// TestRefusedTakesNoToken has a crowd of events that are refused leave the sender's rate to others.
func TestRefusedTakesNoToken(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Rate = 0.5
		a.Apps[rig.AppID] = app
	})
	for i := range 5 {
		r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) {
			s["customerContactNumber"], s["externalShipmentID"] = "9000000002", i
		})))
	}
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	want := map[message.Status]int{message.StatusRefused: 5, message.StatusAccepted: 1}
	if diff := cmp.Diff(want, r.ByStatus()); diff != "" {
		t.Errorf("send log (-want +got):\n%s", diff)
	}
}

// TestTimeFarAhead counts as the time of publication, also when the event is published again.
func TestTimeFarAhead(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) { a.MaxAge = time.Hour })
	r.Fault(simulator.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 7200, Times: 1})
	published := r.Clock.Now()
	r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) {
		s["status_updated_at"], s["status_log"] = "2034-02-13 15:20:41", map[string]any{}
	})))
	if got := time.Unix(r.Sole(t).OccurredAt, 0); !got.Equal(published) {
		t.Errorf("occurred: got %s, want %s", got, published)
	}
	r.Clock.Advance(2 * time.Hour)
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Reason != message.Expired {
		t.Errorf("got %s %s, want dropped expired", m.Status(), m.Reason)
	}
}

// TestOutcomeOfAWaitingMessageIsTold has the platform not be told of a message that sweep brought back: that event is delivered
// again, since no other follows. One that fails before its outcome is written is not.
func TestOutcomeOfAWaitingMessageIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		call string
		told bool
	}{
		{"Publisher/Publish", true},
		{"BatchGetDocuments", false},
	} {
		r := rig.New(t, rig.Options{})
		r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
		r.Hand(r.Hooks, r.First())
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
		again := r.Take(world.OrderEvents)
		if len(again) != 1 {
			t.Fatalf("got %d events, want the waiting one", len(again))
		}
		rule, err := r.Cloud.Rules().Add(cloud.Rule{Method: tt.call, Mode: cloud.FailBefore, Code: codes.PermissionDenied})
		r.Must(err)
		code := r.Push(r.Hooks.Notify, again[0].Message, 1)
		r.Cloud.Rules().Remove(rule)
		if again := code != http.StatusNoContent; again != tt.told {
			t.Errorf("%s fails: got %d, want it delivered again: %t", tt.call, code, tt.told)
		}
		if tt.told {
			r.Hand(r.Hooks, again[0])
		}
		r.Settle(r.Hooks)
		r.CheckOne(t, message.StatusRead)
		if id := r.Sole(t).ID + ".2.inqueue"; !slices.Contains(r.ActivityIDs(), id) {
			t.Errorf("told %v, want %s", r.ActivityIDs(), id)
		}
	}
}

// TestSweepsCopyMeetsALease has a copy that sweep published come twice: while the first is being sent the second is acknowledged,
// since the lease answers for it.
func TestSweepsCopyMeetsALease(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Clock.Advance(10 * time.Second)
	r.CallSweep(r.Hooks)

	copies := r.Take(world.OrderEvents)
	if len(copies) != 1 || copies[0].Message.GetAttributes()[order.AttributeTicket] == "" {
		t.Fatalf("got %d events, want the one that sweep published again; %s", len(copies), r.Describe())
	}

	sender, second := r.NewWorker(rig.Options{}), 0
	sender.Faults.StrikeFirst(rig.SendPath, rig.StallBefore, func() { second = r.Push(r.Hooks.Notify, copies[0].Message, 2) })
	r.Hand(sender, copies[0])
	if second/100 != 2 {
		t.Errorf("the second delivery: got %d, want it acknowledged", second)
	}

	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestDropIsToldThoughItsWriteIsUnclear has the write that ends a waiting message come through and its answer get lost: the platform is
// told all the same, by whichever worker ends it.
func TestDropIsToldThoughItsWriteIsUnclear(t *testing.T) {
	t.Parallel()
	for name, bySweep := range map[string]bool{"dispatch ends it": false, "sweep ends it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.SubscribeShopper(consent.Withdraw)
			r.Clock.Advance(10 * time.Second)

			busy := r.NewWorker(rig.Options{})
			if !bySweep {
				r.CallSweep(r.Hooks)
				busy.Faults.StrikeFirst("/google.firestore.v1.Firestore/Commit", rig.FailAfter, nil)
				for _, q := range r.Take(world.OrderEvents) {
					r.Hand(busy, q)
				}
			} else {
				m := r.Sole(t)
				m.Tries = 1000 // what sweep takes for one that never comes to a decision
				r.Must(r.Parts.Store.Change(t.Context(), store.Change{Message: m}))
				busy.Faults.StrikeFirst("/google.firestore.v1.Firestore/Commit", rig.FailAfter, nil)
				r.CallSweep(busy)
			}

			r.Settle(r.Hooks)
			if m := r.Sole(t); m.Status() != message.StatusDropped || !r.Told()[m.ID+".1.dropped"] {
				t.Errorf("got %s, told %v, want it dropped and told; %s", m.Status(), r.ActivityIDs(), r.Describe())
			}
		})
	}
}

// TestDropIsToldThoughItsWorkerDied has the worker that drops a waiting message die before it tells, and the one that gets the copy next
// fail before it looks at the message: the platform is told all the same.
func TestDropIsToldThoughItsWorkerDied(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(time.Hour)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.SubscribeShopper(consent.Withdraw)
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{}
		a.Apps[rig.AppID] = app
	})
	r.Clock.Advance(time.Minute)
	r.CallSweep(r.Hooks)

	dying, failing := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
	dying.Faults.StrikeFirst("/google.pubsub.v1.Publisher/Publish", rig.DieBefore, nil)
	failing.Faults.StrikeFirst("/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion", rig.FailBefore, nil)
	for _, w := range []*rig.Worker{dying, failing} {
		for _, q := range r.Take(world.OrderEvents) {
			r.Hand(w, q)
		}
	}

	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusDropped || m.Attempt != 0 || !r.Told()[m.ID+".0.dropped"] {
		t.Errorf("got %s, told %v, want it dropped and told; %s", m.Status(), r.ActivityIDs(), r.Describe())
	}
}
