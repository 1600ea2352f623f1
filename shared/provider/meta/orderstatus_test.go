package meta

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestOrderStatus(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	want := map[string]string{
		"shipment/created": statusProcessing, "shipment/packed": statusProcessing, "shipment/ready_to_ship": statusProcessing,
		"shipment/picked_up": statusShipped, "shipment/dispatched": statusShipped, "shipment/intransit": statusShipped,
		"shipment/out_for_delivery": statusShipped, "shipment/delivered": statusCompleted, "shipment/cancelled_order": statusCanceled,
	}
	for _, e := range order.Catalog() {
		got, ok := p.OrderStatus(e.Kind, "")
		if got != want[e.Kind.String()] || ok != (got != "") {
			t.Errorf("%s: got %q, %v, want %q", e.Kind, got, ok, want[e.Kind.String()])
		}
		for stage, word := range map[order.Stage]string{
			order.StageProcessing: "processing", order.StagePartlyShipped: "partially_shipped", order.StageShipped: "shipped",
			order.StageCompleted: "completed", order.StageCancelled: "canceled",
		} {
			if want[e.Kind.String()] == "" {
				word = ""
			}
			if got, ok := p.OrderStatus(e.Kind, stage); got != word || ok != (word != "") {
				t.Errorf("%s at %s: got %q, %v, want %q", e.Kind, stage, got, ok, word)
			}
		}
	}
	for _, row := range statusTable {
		if _, ok := order.Lookup(row.kind); !ok || !orderStatuses[row.status] || !strings.Contains(row.source, ": "+row.status) {
			t.Errorf("row %s: status %q, source %q", row.kind, row.status, row.source)
		}
	}
}
