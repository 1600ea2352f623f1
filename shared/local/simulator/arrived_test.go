package simulator_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// TestPhoneShowsWhatArrived sends to a phone what fails later and what waits for it: the phone shows neither, and what waited once it is on.
func TestPhoneShowsWhatArrived(t *testing.T) {
	t.Parallel()
	each(t, "arrived", func(w *world, p provider) {
		t := w.t
		shows := func(when string, sent, arrived int) {
			t.Helper()
			if got := len(w.Phones().Inbox(shopper)); got != sent {
				t.Errorf("%s: %d were sent, want %d", when, got, sent)
			}
			if got := len(w.Phones().Arrived(shopper)); got != arrived {
				t.Errorf("%s: %d have arrived, want %d", when, got, arrived)
			}
			if got := len(w.Phones().Thread(shopper)); got != arrived {
				t.Errorf("%s: the phone shows %d, want %d", when, got, arrived)
			}
		}

		w.Phones().Set(shopper, handset.Settings{})
		if _, err := w.Faults().Add(simulator.Fault{Mode: "paused_template", Times: 1}); err != nil {
			t.Fatal(err)
		}
		w.send(p)
		w.pass(60)
		shows("after a failure", 1, 0)

		w.Phones().Set(shopper, handset.Settings{Off: true})
		w.send(p)
		w.pass(60)
		shows("while it is off", 2, 0)

		w.Phones().Set(shopper, handset.Settings{})
		w.pass(60)
		shows("once it is on", 2, 1)
	})
}
