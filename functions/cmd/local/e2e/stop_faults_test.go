package e2e_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestStopBetweenEventAndSend has a STOP arrive at every point of a send: what is not on its way to the provider by then is
// not sent.
func TestStopBetweenEventAndSend(t *testing.T) {
	t.Parallel()
	for n, call := range rig.RecordSend(t, rig.Options{}) {
		for _, p := range []rig.Point{rig.StallBefore, rig.StallAfter, rig.FailBefore} {
			t.Run(fmt.Sprintf("%02d %s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{})
				busy, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
				most := 0
				busy.Faults.Strike(n, p, func() {
					r.Clock.Advance(time.Second)
					most = r.Sim.Log().AcceptedCount()
					if p != rig.FailBefore {
						most = max(most, r.UnderWay())
					}
					r.Write(healthy, "STOP")
				})
				r.Clock.Advance(time.Second)
				r.Hand(busy, r.Event("shipment-failed_delivery"))
				r.Settle(healthy)
				if got := r.Sim.Log().AcceptedCount(); got > most {
					t.Errorf("accepted: got %d, want at most %d; %s", got, most, r.Describe())
				}
				r.CheckLog(t, r.Sim.Log().AcceptedCount())
				if state, ledger := r.CheckChain(t); state.Status != consent.Inactive || len(ledger) != 2 {
					t.Errorf("consent: got %s with %d entries, want INACTIVE with 2", state.Status, len(ledger))
				}
			})
		}
	}
}

// stopActions are what may happen in the middle of a struck call of receiving a STOP.
func stopActions() []rig.Meanwhile {
	return []rig.Meanwhile{
		{Name: "nothing"},
		{Name: "second worker", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Again(w) }},
		{Name: "an event", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Hand(w, r.Event("shipment-failed_delivery-second")) }},
		{Name: "withdraw", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Portal(w, consent.Inactive, rig.TheirTrace) }},
		{Name: "subscribe", Do: func(r *rig.Rig, _, w *rig.Worker) {
			r.Clock.Advance(time.Second)
			r.Portal(w, consent.Active, rig.TheirTrace)
		}},
	}
}

// TestEveryFaultOfAStop strikes every call that taking a STOP makes, in webhook and in receive: it is stored once, heeded
// once, and nothing is sent after it was.
func TestEveryFaultOfAStop(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T) *rig.Rig {
		t.Helper()
		r := rig.New(t, rig.Options{})
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		r.Settle(r.Hooks)
		_, _ = r.Inbound(simulator.Reply{Text: "STOP", App: rig.GupshupAppID})
		return r
	}
	r := begin(t)
	w := r.NewWorker(rig.Options{})
	w.Faults.Record()
	r.Handle(w, "inbound")
	calls := w.Faults.Recorded()
	t.Logf("one STOP makes %d calls: %s", len(calls), strings.Join(calls, ", "))
	if len(calls) < 5 {
		t.Fatalf("got %d calls, want at least finding the app, publishing, the key, the customer and the write", len(calls))
	}
	rig.EachMeanwhile(t, calls, stopActions(), func(t *testing.T, n int, p rig.Point, m rig.Meanwhile) {
		t.Helper()
		r := begin(t)
		c, _, _ := r.Pending("inbound")
		busy, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
		r.StrikeMeanwhile(busy, healthy, n, p, m)
		r.Handle(busy, "inbound")
		r.Serve(healthy)
		r.Settle(healthy)
		checkStop(t, r, c.MessageID, m.Name)
	})
}

func checkStop(t *testing.T, r *rig.Rig, inboundID, meanwhile string) {
	t.Helper()
	if got := r.StoredReply(rig.AppID, inboundID).Keyword; got != "stop" {
		t.Errorf("stored with the keyword %q", got)
	}
	state, ledger := r.CheckChain(t)
	stops := 0
	for _, e := range ledger {
		if e.Source == consent.Keyworded {
			stops++
		}
	}
	switch meanwhile {
	case "subscribe":
		// A subscription in between counts only while there was something to subscribe again.
		if stops > 1 {
			t.Errorf("ledger: %s", rig.ActionsOf(ledger))
		}
	case "withdraw":
		if state.Status != consent.Inactive || stops > 1 {
			t.Errorf("consent: got %s after %s, want INACTIVE and at most one STOP", state.Status, rig.ActionsOf(ledger))
		}
	default:
		if state.Status != consent.Inactive || stops != 1 || len(ledger) != 2 {
			t.Errorf("consent: got %s after %s, want INACTIVE and one STOP", state.Status, rig.ActionsOf(ledger))
		}
	}
	again := r.Sim.Log().AcceptedCount()
	r.Clock.Advance(time.Hour)
	if state.Status == consent.Inactive {
		r.Hand(r.Hooks, r.EventData(rig.Parcel{Phone: rig.Shopper, Order: "51230077", Number: "NC-20417"}.Event("2024-02-13 15:29:00")))
		r.Settle(r.Hooks)
		if got := r.Sim.Log().AcceptedCount(); got != again {
			t.Errorf("accepted after the STOP: got %d more", got-again)
		}
	}
	if _, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(gupshup.Name, rig.AppID, "another")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a reply that never was: %v", err)
	}
}
