package order_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// TestNotAttempted tells failed deliveries that nobody tried from those that failed.
func TestNotAttempted(t *testing.T) {
	t.Parallel()

	for remark, want := range map[string]bool{
		"No attempt made": true, "no-attempt": true, "NO_ATTEMPT_MADE": true, "Shipment not attempted today": true, "delivery attempt not made": true,
		"customer not reachable": false, "attempt failed": false, "": false, "Second attempt: door locked": false,
	} {
		e := order.Event{Resource: order.Shipment, SubType: "failed_delivery", Remarks: remark}
		if got := e.NotAttempted(); got != want {
			t.Errorf("%q: got %t, want %t", remark, got, want)
		}

		e.SubType = "out_for_delivery"
		if e.NotAttempted() {
			t.Errorf("%q: an event of another kind counts", remark)
		}
	}
}
