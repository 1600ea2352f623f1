package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func callbackCases() []rig.CallbackCase {
	failed := rig.Only(rig.Meanwhiles("failed"), "nothing", "second worker", "the callback again", "the world goes on")
	return []rig.CallbackCase{
		{
			Name: "delivered", Before: rig.SendFirst("enqueued", "sent"), Accepted: 1, Meanwhiles: rig.Meanwhiles("delivered"),
			Handle: func(r *rig.Rig, w *rig.Worker) { r.Handle(w, "delivered") },
		},
		{
			Name: "delivered before the record", Accepted: 1,
			Meanwhiles: rig.Only(rig.Meanwhiles("delivered"), "nothing", "second worker", "read", "sweep", "the world goes on"),
			Handle: func(r *rig.Rig, w *rig.Worker) {
				r.BeforeRecord(w)
			},
		},
		{
			Name: "failed for a passing reason", Fail: rig.FailCallback(131016), Before: rig.SendFirst("enqueued"), Accepted: 2,
			Meanwhiles: slices.Concat(failed, rig.Only(rig.Meanwhiles("failed"), "redelivery", "sweep")),
			Handle:     func(r *rig.Rig, w *rig.Worker) { r.Handle(w, "failed") },
		},
		{
			Name: "failed for the account", Fail: rig.FailCallback(131031), Before: rig.SendFirst("enqueued"), Accepted: 2, Meanwhiles: failed,
			Handle: func(r *rig.Rig, w *rig.Worker) { r.Handle(w, "failed") },
		},
		{
			Name: "failed for a paused template", Fail: rig.FailCallback(132015), Before: rig.SendFirst("enqueued"), Accepted: 2, Meanwhiles: failed,
			Handle: func(r *rig.Rig, w *rig.Worker) { r.Handle(w, "failed") },
		},
	}
}

// TestEveryFaultOfACallback strikes every call that taking a callback makes, in webhook and in receive, in every way, alone
// and together with something else that happens at the same time, and lets a healthy world go on: the message is in the
// state that the fold says, nothing that was answered with 200 is lost, and the activity was told of every state.
func TestEveryFaultOfACallback(t *testing.T) {
	t.Parallel()
	for _, c := range callbackCases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			rig.StrikeEveryCall(t, c)
		})
	}
}

// TestTransientFailureGetsOneAttempt has every attempt fail by callback: the message is sent twice and has failed then.
func TestTransientFailureGetsOneAttempt(t *testing.T) {
	t.Parallel()
	for _, code := range []int{500, 131016, 130429} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			fault := rig.FailCallback(code)
			fault.Times = 0
			r.Must(r.Sim.Faults().Set([]simulator.Fault{*fault}))
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.Settle(r.Hooks)
			all := r.Messages()
			if len(all) != 1 || all[0].Status() != message.StatusFailed {
				t.Fatalf("send log: got %d entries %v, want one failed; %s", len(all), rig.Statuses(all), r.Describe())
			}
			if got := r.Sim.Log().AcceptedCount(); got != 2 {
				t.Errorf("accepted: got %d, want 2", got)
			}
			m := all[0]
			want := map[string]bool{m.ID + ".1.inqueue": true, m.ID + ".2.inqueue": true, m.ID + ".2.failed": true}
			if diff := cmp.Diff(want, r.Told()); diff != "" {
				t.Errorf("ids of the activity events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHeldUntilHealthy has an attempt fail by callback for something that stops the whole account or template: nothing goes
// out while it lasts, and the message goes out once it is over.
func TestHeldUntilHealthy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		code         int
		begin, mend  func(r *rig.Rig)
		wantMeantime message.Status
	}{
		{"balance", 1003, func(r *rig.Rig) {
			_, err := r.Sim.Faults().Add(simulator.Fault{System: "gupshup", Path: "/template", Mode: chaos.WrongCredentials})
			r.Must(err)
		}, func(r *rig.Rig) { r.Sim.Faults().Clear() }, message.StatusHeld},
		{"paused template", 132015, func(r *rig.Rig) {
			r.Must(r.Sim.Gupshup().SetTemplateStatus(rig.GupshupAppID, rig.TemplateID, "PAUSED", "low quality"))
		}, func(r *rig.Rig) {
			r.Must(r.Sim.Gupshup().SetTemplateStatus(rig.GupshupAppID, rig.TemplateID, "APPROVED", ""))
		}, message.StatusHeld},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.Must(r.Sim.Faults().Set([]simulator.Fault{*rig.FailCallback(c.code)}))
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.Sim.Faults().Clear()
			c.begin(r)
			for range 30 {
				r.Round(r.Hooks)
			}
			// A second occurrence is held as well, and not refused.
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery-second"))
			for range 6 {
				r.Round(r.Hooks)
			}
			for _, m := range r.Messages() {
				if m.Status() != c.wantMeantime {
					t.Errorf("meanwhile: got %s, want %s; %s", m.Status(), c.wantMeantime, r.Describe())
				}
			}
			if got := r.Sim.Log().AcceptedCount(); got != 1 {
				t.Errorf("accepted meanwhile: got %d, want 1; %s", got, r.Describe())
			}
			c.mend(r)
			for range 200 {
				r.Round(r.Hooks)
			}
			r.Settle(r.Hooks)
			if got := r.Sim.Log().AcceptedCount(); got != 3 {
				t.Errorf("accepted in the end: got %d, want 3; %s", got, r.Describe())
			}
			if all := r.Messages(); len(all) != 2 || all[0].Status() != message.StatusRead || all[1].Status() != message.StatusRead {
				t.Errorf("send log: got %v, want two read", rig.Statuses(all))
			}
		})
	}
}

// TestHeldIsNotSentAfterOptOut has a message that waits for its new attempt meet an opt-out.
func TestHeldIsNotSentAfterOptOut(t *testing.T) {
	t.Parallel()
	for _, code := range []int{131016, 131031, 132015} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.Must(r.Sim.Faults().Set([]simulator.Fault{*rig.FailCallback(code)}))
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.Handle(r.Hooks, "enqueued")
			r.Handle(r.Hooks, "failed")
			r.Clock.Advance(time.Second)
			r.SubscribeShopper(consent.Withdraw)
			r.Settle(r.Hooks)
			all := r.Messages()
			if len(all) != 1 || all[0].Status() != message.StatusDropped || all[0].Reason != message.OptedOut {
				t.Errorf("send log: got %v, want one dropped as opted out; %s", rig.Statuses(all), r.Describe())
			}
			if got := r.Sim.Log().AcceptedCount(); got != 1 {
				t.Errorf("accepted: got %d, want 1", got)
			}
		})
	}
}
