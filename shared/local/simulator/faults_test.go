package simulator_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// TestFaultsOfCallbacks has what each provider tells the webhook be late, lost and doubled.
func TestFaultsOfCallbacks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault simulator.Fault
		// within are the states told in 10 s, after those of the 600 s that follow; of a provider without billing.
		within, after string
	}{
		"late":             {simulator.Fault{Mode: chaos.LateCallbacks, DelayMillis: 60_000}, "", "sent@1 delivered@3 read@6"},
		"one_is_late":      {simulator.Fault{Mode: chaos.LateCallbacks, DelayMillis: 60_000, Times: 1}, "delivered@3 read@6", "sent@1"},
		"lost":             {simulator.Fault{Mode: chaos.LostCallbacks}, "", ""},
		"the_second":       {simulator.Fault{Mode: chaos.LostCallbacks, Skip: 1, Times: 1}, "sent@1 read@6", ""},
		"doubled":          {simulator.Fault{Mode: chaos.DoubledCallbacks, Times: 2}, "sent@1 sent@1 delivered@3 delivered@3 read@6", ""},
		"another_system":   {simulator.Fault{Mode: chaos.LostCallbacks, System: "platform"}, "sent@1 delivered@3 read@6", ""},
		"another_provider": {simulator.Fault{Mode: chaos.LostCallbacks, AppID: "other"}, "sent@1 delivered@3 read@6", ""},
	} {
		each(t, name, func(w *world, p provider) {
			t := w.t
			w.behave(p, func(b *tenant.Behaviour) { b.Lag.Billing = time.Hour })
			f := tc.fault
			if f.System == "" {
				f.System = p.system
			}
			if f.AppID == "" {
				f.AppID = p.appID
			}
			_, err := w.Faults().Add(f)
			must(t, err)
			w.send(p)
			if told := p.told(w.pass(10)); told != tc.within {
				t.Errorf("within 10 s: got %q, want %q", told, tc.within)
			}
			if told := p.told(w.pass(600)); told != tc.after {
				t.Errorf("after that: got %q, want %q", told, tc.after)
			}
			if left := w.Faults().All(); f.Times > 0 && len(left) > 0 && f.AppID == p.appID {
				t.Errorf("got %+v left, want the fault spent", left)
			}
		})
	}
}

// TestLateCallbackIsPlannedLater has the list of what is planned tell the time at which a late callback comes.
func TestLateCallbackIsPlannedLater(t *testing.T) {
	t.Parallel()
	each(t, "planned", func(w *world, p provider) {
		t := w.t
		_, err := w.Faults().Add(simulator.Fault{Mode: chaos.LateCallbacks, DelayMillis: 600_000, Times: 1})
		must(t, err)
		w.send(p)
		w.pass(1)
		planned := w.Outbox().Planned()
		if last := planned[len(planned)-1]; last.Kind != "sent" || !last.Planned.Equal(start.Add(601*time.Second)) {
			t.Errorf("got %s at %v, want sent after 601 s", last.Kind, last.Planned)
		}
	})
}

// TestAnswersAreLostAndDoubled has the faults hit what shoppers write.
func TestAnswersAreLostAndDoubled(t *testing.T) {
	t.Parallel()
	for mode, want := range map[chaos.Mode]int{chaos.LostCallbacks: 0, chaos.DoubledCallbacks: 2} {
		each(t, string(mode), func(w *world, p provider) {
			t := w.t
			_, err := w.Faults().Add(simulator.Fault{Mode: mode, Times: 1})
			must(t, err)
			for i, want := range []int{want, 1} {
				_, err = w.Phones().Reply(shopper, handset.Reply{Text: "hello", App: p.appID})
				must(t, err)
				if n := len(w.pass(5)); n != want {
					t.Errorf("answer %d: got %d callbacks, want %d", i, n, want)
				}
			}
		})
	}
}

// TestMetasBatchIsOneCallback has a fault count a batch once.
func TestMetasBatchIsOneCallback(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), providers[1]
	b, err := w.Meta().Behaviour(p.appID)
	must(t, err)
	b.Batch, b.BatchWithin = 2, time.Minute
	must(t, w.Meta().SetBehaviour(p.appID, b))
	_, err = w.Faults().Add(simulator.Fault{Mode: chaos.LostCallbacks, Times: 1})
	must(t, err)
	w.send(p)
	if got := p.told(w.pass(120)); got != "read@6" {
		t.Errorf("got %q, want the first two lost", got)
	}
}

// TestRetriesAreNotHit has a late callback that the webhook does not take be repeated as any other.
func TestRetriesAreNotHit(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), providers[2]
	w.behave(p, func(b *tenant.Behaviour) { b.Retry.Attempts, b.Retry.Backoff = 3, time.Second })
	must(t, w.Kaleyra().SetCallback(p.appID, kaleyraProfile("http://127.0.0.1:1")))
	_, err := w.Faults().Add(simulator.Fault{Mode: chaos.LateCallbacks, DelayMillis: 60_000})
	must(t, err)
	_, err = w.Phones().Reply(shopper, handset.Reply{Text: "hello", App: p.appID})
	must(t, err)
	w.pass(100)
	var at []string
	for _, d := range w.Log().Deliveries() {
		at = append(at, strconv.Itoa(int(d.At.Sub(start)/time.Second)))
	}
	if got := strings.Join(at, " "); got != "61 62 64" {
		t.Errorf("attempts after %s s, want 61 62 64", got)
	}
}
