package world_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// TestFaultsOfTheLabMakeNoDuplicate has a worker die over a message whose provider reports it ten minutes late, with the times of make
// run: the message is never sent again, whether the phone is on, or off all the while.
func TestFaultsOfTheLabMakeNoDuplicate(t *testing.T) {
	t.Parallel()
	for provider, order := range map[string]string{"gupshup": demo.IraOrder, "meta": demo.ArunOrder, "kaleyra": demo.LilaOrder} {
		for phone, off := range map[string]bool{"on": false, "off": true} {
			t.Run(provider+"_"+phone, func(t *testing.T) {
				t.Parallel()
				w := startEvery(t, world.Options{Clock: clock.NewForward(0), Config: world.LocalDefaults()}, 5*time.Second)
				minutes := func(n int) {
					for range n {
						forward(t, w, time.Minute)
					}
				}
				event := scenario.Step{Do: scenario.Event, Order: order, Event: "shipment/out_for_delivery"}
				do(t, w, scenario.Step{Do: scenario.Subscribe, Order: order}, event) // what was sent before has been reported
				minutes(2)
				before := w.Simulator.Log().AcceptedCount()
				if before != 1 {
					t.Fatalf("%s took %d messages of the first event, want 1", provider, before)
				}

				number := w.Simulator.Log().Accepted()[0].Destination
				event.Event = "shipment/failed_delivery"
				do(t, w, scenario.Step{Do: scenario.Phone, Phone: number, Settings: &scenario.Settings{Off: off}},
					scenario.Step{Do: scenario.StartFault, Fault: provider + "-callbacks-late"},
					scenario.Step{Do: scenario.StartFault, Fault: "worker-dies"}, event)
				minutes(14)
				if got := w.Killing(); got != 0 {
					t.Errorf("%d workers are still to die, want none", got)
				}
				if diff := cmp.Diff(1, w.Simulator.Log().AcceptedCount()-before); diff != "" {
					t.Errorf("messages taken of the second event (-want +got):\n%s", diff)
				}

				do(t, w, scenario.Step{Do: scenario.Mend, Fault: provider + "-callbacks-late"},
					scenario.Step{Do: scenario.Phone, Phone: number, Settings: &scenario.Settings{}})
				minutes(5)
				if diff := cmp.Diff(1, w.Simulator.Log().AcceptedCount()-before); diff != "" {
					t.Errorf("messages taken of the second event in the end (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// do does steps on a world.
func do(t *testing.T, w *world.World, steps ...scenario.Step) {
	t.Helper()
	for _, s := range steps {
		if _, err := w.Actor().Do(t.Context(), s); err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
	}
}
