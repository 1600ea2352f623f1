package dispatch_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// TestRecordingEndsWithTheLease has Firestore hang once the provider has the message: the worker gives up when its lease
// ends, and not when Firestore does. The rig's clock stands still, so that the lease is whole at the post, and what waits on
// the cloud's clock waits without end; the deadline that ends it is the machine's.
func TestRecordingEndsWithTheLease(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	w := r.NewWorker(rig.Options{Config: map[string]string{
		"PROVIDER_TIMEOUT": "4s", "REQUEST_TIMEOUT": "5s", "LEASE": "6s", "ACK_DEADLINE": "60s",
	}})
	w.Faults.StrikeFirst(rig.SendPath, rig.StallAfter, func() {
		_, err := r.Cloud.Rules().Add(cloud.Rule{Method: "Commit", Match: "/messages/", Mode: cloud.Delay, Delay: time.Hour})
		r.Must(err)
	})

	q := r.Event("shipment-failed_delivery")
	answered := make(chan int, 1)
	go func() { answered <- r.Push(w.Notify, q.Message, 1) }()
	select {
	case code := <-answered:
		if code != http.StatusServiceUnavailable {
			t.Errorf("got %d, want 503: the outcome is not recorded", code)
		}
	case <-time.After(60 * time.Second):
		t.Error("recording outlives the lease of 6s")
	}

	rules := r.Cloud.Rules().List()
	r.Cloud.Rules().Clear()
	if len(rules) != 1 || rules[0].Hits == 0 {
		t.Errorf("rules: got %+v, want the outcome's write to have been tried", rules)
	}
	if m := r.Sole(t); m.Phase != message.Claimed || m.Recorded() || r.Sim.Log().AcceptedCount() != 1 {
		t.Errorf("got %s, recorded %t, want a claim without an outcome for another worker to settle", m.Phase, m.Recorded())
	}
}

// TestTooLateToPost gives a claim back that has too little of its lease left for the provider's answer, and sends later.
func TestTooLateToPost(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	slow := r.NewWorker(rig.Options{})
	claim := rig.PostAmong(rig.SendCalls(t, rig.Options{})) - 1
	slow.Faults.Strike(claim, rig.StallAfter, func() { r.Clock.Advance(20 * time.Second) })
	q := r.Event("shipment-failed_delivery")
	if code := r.Push(slow.Notify, q.Message, 1); code != http.StatusNoContent {
		t.Errorf("got %d, want 204", code)
	}

	m := r.Sole(t)
	if m.Status() != message.StatusWaiting || !m.Due.Equal(r.Clock.Now()) || r.Sim.Log().AcceptedCount() != 0 {
		t.Errorf("got %s due %s with %d accepted, want waiting, due now, none", m.Status(), m.Due, r.Sim.Log().AcceptedCount())
	}
	if a := m.AttemptAt(1); a.Class != message.ClassTransient || a.Code != provider.CodeNotSent || a.HasNoEvidence() {
		t.Errorf("attempt: got %+v, want one that was certainly not made", a)
	}

	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if got := r.Sole(t).Attempt; got != 2 {
		t.Errorf("attempts: got %d, want 2", got)
	}
}

// TestOneAtATime has a shopper's second message wait while the first is on its way, or in doubt, at a provider whose reports
// do not name our reference.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	t.Run("on its way", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{})
		busy, second := r.NewWorker(rig.Options{}), r.Second()
		busy.Faults.StrikeFirst(rig.SendPath, rig.StallBefore, func() { r.Hand(r.Hooks, second) })
		r.Hand(busy, r.First())
		if got := r.ByStatus(); got[message.StatusAccepted] != 1 || got[message.StatusWaiting] != 1 {
			t.Fatalf("got %v, want one accepted, one waiting; %s", got, r.Describe())
		}
		r.Settle(r.Hooks)
		r.CheckLog(t, 2)
	})
	t.Run("in doubt", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{})
		dying, q := r.NewWorker(rig.Options{}), r.First()
		dying.Faults.StrikeFirst(rig.SendPath, rig.DieBefore, nil)
		r.Push(dying.Notify, q.Message, 1)
		r.Clock.Advance(31 * time.Second)
		r.Hand(r.Hooks, q)
		doubt := r.Sole(t)

		r.Hand(r.Hooks, r.Second())
		for _, m := range r.Messages() {
			if m.ID != doubt.ID && (m.Phase != message.Waiting || !m.Due.Equal(doubt.Due)) {
				t.Errorf("second: got %s due %s, want waiting until the doubt is settled at %s", m.Phase, m.Due, doubt.Due)
			}
		}
		if got := r.Sim.Log().AcceptedCount(); got != 0 {
			t.Errorf("accepted: got %d, want 0", got)
		}
	})
}

// TestOrderIsForwardedOnce tells BusinessOnBot of a new order once, however many shipments it has.
func TestOrderIsForwardedOnce(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: businessonbot.Name})
	r.ChangeAccount(func(a *account.Account) { a.Events["shipment/created"] = account.Event{Enabled: true} })
	first := r.Event("shipment-created")
	second := r.EventData([]byte(strings.ReplaceAll(string(first.Message.GetData()), "NC-20417-6120-311", "NC-20417-6120-312")))
	r.Hand(r.Hooks, first)
	r.Hand(r.Hooks, second)
	if m := r.Sole(t); m.Status() != message.StatusAccepted {
		t.Errorf("got %s, want accepted; %s", m.Status(), r.Describe())
	}
	if got := len(r.Sim.BusinessOnBot().Inbox()); got != 1 {
		t.Errorf("told: got %d, want 1", got)
	}
}

// TestStopBeforeThePost has a shopper opt out while the claim is being written. A STOP that was stored longer before the post than
// the freshness of what a claim rests on always stops the message; at an app without echo every one does.
func TestStopBeforeThePost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, provider string
		slow           time.Duration
		accepted       int
	}{
		{"meta", meta.Name, 251 * time.Millisecond, 0},
		{"meta, within the bound", meta.Name, 250 * time.Millisecond, 1},
		{"kaleyra", kaleyra.Name, 251 * time.Millisecond, 0},
		{"gupshup", gupshup.Name, 251 * time.Millisecond, 0},
		{"gupshup, at once", gupshup.Name, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := rig.Options{Provider: tt.provider}
			calls := rig.SendCalls(t, o)
			post := slices.IndexFunc(calls, func(call string) bool { return strings.HasPrefix(call, "HTTP POST") })
			r := rig.New(t, o)
			w := r.NewWorker(o)
			w.Faults.Strike(post-1, rig.StallBefore, func() {
				r.SubscribeShopper(consent.Withdraw)
				r.Clock.Advance(tt.slow)
			})
			r.Hand(w, r.First())
			r.Settle(r.Hooks)

			if got := r.Sim.Log().AcceptedCount(); got != tt.accepted {
				t.Errorf("got %d messages, want %d; %s", got, tt.accepted, r.Describe())
			}
			if m := r.Sole(t); tt.accepted == 0 && m.Reason != message.OptedOut {
				t.Errorf("got %s, reason %q, want %s", m.Status(), m.Reason, message.OptedOut)
			}
		})
	}
}

// TestUnansweredPostWritesWhatIsOwed has the app take a message whose time is not written yet when the next goes unanswered: whether
// the app owes a report decides on that one's doubt.
func TestUnansweredPostWritesWhatIsOwed(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.HeldBack = true
	w := r.NewWorker(rig.Options{})
	r.Hand(w, r.First())
	r.Clock.Advance(10 * time.Second)
	second := r.Clock.Now()
	r.Hand(w, r.Second())
	r.Fault(simulator.Fault{System: "meta", Mode: chaos.HTML502After, Times: 1})
	r.Clock.Advance(5 * time.Second)
	r.Hand(w, r.EventData(r.Another(313)))

	got, err := r.Parts.Store.AppTimes(t.Context(), r.Messages()[0].AppID)
	if err != nil || got.Taken.Before(second) {
		t.Errorf("taken: got %s, %v, want %s", got.Taken, err, second)
	}
}
