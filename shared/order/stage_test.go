package order_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestStageAt(t *testing.T) {
	t.Parallel()
	// An order of up to three shipments; the event is about the one with the tracking number T1.
	tests := []struct {
		name     string
		event    string
		statuses []string
		want     order.Stage
	}{
		{"one_packed", "packed", []string{"created"}, order.StageProcessing},
		{"one_dispatched", "dispatched", []string{"packed"}, order.StageShipped},
		{"one_delivered", "delivered", []string{"out_for_delivery"}, order.StageCompleted},
		{"one_cancelled", "cancelled_order", []string{"created"}, order.StageCancelled},
		{"first_of_two_leaves", "dispatched", []string{"packed", "created"}, order.StagePartlyShipped},
		{"second_of_two_leaves", "dispatched", []string{"packed", "intransit"}, order.StageShipped},
		{"first_of_two_arrives", "delivered", []string{"intransit", "intransit"}, order.StageShipped},
		{"first_arrives_second_waits", "delivered", []string{"intransit", "packed"}, order.StagePartlyShipped},
		{"last_arrives", "delivered", []string{"intransit", "delivered"}, order.StageCompleted},
		{"packed_while_another_travels", "packed", []string{"created", "intransit"}, order.StagePartlyShipped},
		{"one_of_two_cancelled", "cancelled_order", []string{"created", "packed"}, order.StageProcessing},
		{"cancelled_does_not_count", "delivered", []string{"intransit", "cancelled_order"}, order.StageCompleted},
		{"all_cancelled", "cancelled_order", []string{"created", "cancelled_order"}, order.StageCancelled},
		{"a_missed_delivery_travels", "delivered", []string{"intransit", "failed_delivery"}, order.StageShipped},
		{"on_its_way_back_travels", "delivered", []string{"intransit", "rto"}, order.StageShipped},
		{"nothing_known_of_another", "delivered", []string{"intransit", ""}, order.StagePartlyShipped},
		{"in_capitals", "delivered", []string{"INTRANSIT", "DELIVERED"}, order.StageCompleted},
		{"no_lines", "delivered", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var o order.Order
			for i, s := range tt.statuses {
				o.Items = append(o.Items, order.Item{ID: string(rune('1' + i)), TrackingID: "T" + string(rune('1'+i)), Status: s})
			}
			got := o.StageAt(&order.Event{Resource: order.Shipment, SubType: tt.event, TrackingID: "T1"})
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestStageOfUnknownLines tells nothing of lines that the event cannot be about: one shipment of several is not all of them.
func TestStageOfUnknownLines(t *testing.T) {
	t.Parallel()
	o := order.Order{
		ShipmentIDs: []string{"S1", "S2"},
		Items:       []order.Item{{ID: "1", TrackingID: "T1", Status: "delivered"}, {ID: "2", TrackingID: "T2", Status: "intransit"}},
	}
	got := o.StageAt(&order.Event{Resource: order.Shipment, SubType: "delivered", ShipmentID: "S1"})
	if got != order.StageShipped {
		t.Errorf("got %q, want %q", got, order.StageShipped)
	}
}
