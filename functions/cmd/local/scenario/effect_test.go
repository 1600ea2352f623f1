package scenario_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
)

// TestRefusalIsOfOneMessage has each provider refuse a message: it fails, nothing else is held, and the next is sent.
func TestRefusalIsOfOneMessage(t *testing.T) {
	t.Parallel()
	for provider, tc := range map[string]struct{ order, last string }{
		"gupshup":       {demo.IraOrder, "read"},
		"meta":          {demo.ArunOrder, "read"},
		"kaleyra":       {demo.LilaOrder, "read"},
		"businessonbot": {demo.OmarOrder, "accepted"},
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.does(
				scenario.Step{Do: scenario.Subscribe, Order: tc.order},
				scenario.Step{Do: scenario.StartFault, Fault: provider + "-refuses"},
				scenario.Step{Do: scenario.Event, Order: tc.order, Event: "shipment/intransit"},
				scenario.Step{Do: scenario.Event, Order: tc.order, Event: "shipment/delivered"},
			)
			want := []scenario.MessageEnd{
				{Event: "shipment/intransit", Status: "failed", Attempts: 1},
				{Event: "shipment/delivered", Status: tc.last, Attempts: 1},
			}
			if diff := cmp.Diff(want, s.ends(tc.order).Messages); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}
