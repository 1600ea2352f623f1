package e2e_test

import (
	"maps"
	"sync"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestSweepsAtOnce leaves messages behind in every state that sweep settles, and sweeps with several instances at once until
// the world rests: each is sent as often as it must be, and no more.
func TestSweepsAtOnce(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	workers := r.Workers(3)
	want := map[string]int{} // by phone
	leave := func(n, accepted int, strike func(f *rig.Faults)) {
		p := rig.ParcelOf(n)
		r.Meet(rig.BrandID, p.Phone, consent.Grant)
		w := r.NewWorker(rig.Options{})
		strike(w.Faults)
		r.Push(w.Notify, r.EventData(p.Event(rig.UsualTime)).Message, 1)
		want[p.Phone] = accepted
	}
	for n := range 4 {
		leave(n, 1, func(f *rig.Faults) { f.StrikeFirst("HTTP POST", rig.DieBefore, nil) })
		leave(10+n, 1, func(f *rig.Faults) { f.StrikeFirst("HTTP POST", rig.DieAfter, nil) })
	}
	r.Must(r.Sim.Faults().Set([]simulator.Fault{*rig.FailCallback(131016), *rig.FailCallback(131016), *rig.FailCallback(131031), *rig.FailCallback(132015)}))
	for n := range 4 {
		leave(20+n, 2, func(*rig.Faults) {})
	}
	quiet := 0
	for range 60 {
		var wg sync.WaitGroup
		for range 2 {
			for _, w := range workers {
				wg.Go(func() { r.CallSweep(w) })
			}
		}
		wg.Wait()
		r.Round(r.Hooks)
		if quiet++; !r.Quiet() {
			quiet = 0
		}
		if quiet > 2 {
			break
		}
	}
	got := map[string]int{}
	for _, a := range r.Sim.Log().Accepted() {
		got[a.Destination]++
	}
	for digits, n := range want {
		if got[digits] != n {
			t.Errorf("%s: got %d accepted, want %d", digits, got[digits], n)
		}
	}
	for n := range maps.Keys(want) {
		if len(r.Sim.Phones().Inbox(n)) == 0 {
			t.Errorf("%s has no message", n)
		}
	}
	for n := range 24 {
		p := rig.ParcelOf(n)
		if want[p.Phone] != 0 && r.SoleOf(p).Status() != message.StatusRead {
			t.Errorf("%s rests as %s; %s", p.Number, r.SoleOf(p).Status(), r.Describe())
		}
	}
}
