package lab

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestTraceOfNoAttempt shows a failed delivery that nobody tried as the status that it is, and no status of the mark beside it.
func TestTraceOfNoAttempt(t *testing.T) {
	t.Parallel()

	kept := store.Order{Shipments: map[string]map[string]int64{"s": {order.FailedDelivery.SubType: 1707817841, order.NotAttemptedStatus: 1707817841}}}

	got := traceOf("811", kept).Shipments["s"]
	if len(got) != 1 || got["failed_delivery"] != "2024-02-13T15:20:41+05:30" {
		t.Errorf("got %v", got)
	}
}
