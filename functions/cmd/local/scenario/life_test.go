package scenario_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// TestLifeOfAnOrder tells all of an order's life, a minute after another, to a brand that has switched eight events on. The second scan sends nothing, the
// second attempt does.
func TestLifeOfAnOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder})

	ids := map[string]bool{}
	for _, b := range scenario.Life() {
		if ids[b.ID] || b.Words == "" {
			t.Errorf("%+v: the id is not unique, or there are no words", b)
		}
		ids[b.ID] = true
		s.does(b.Step(demo.IraOrder))
	}

	var want []scenario.MessageEnd
	for _, event := range []string{
		"shipment/created", "shipment/packed", "shipment/intransit", "shipment/out_for_delivery", "shipment/failed_delivery",
		"shipment/failed_delivery", "shipment/delivered", "returnShipment/created", "returnShipment/complete",
	} {
		want = append(want, scenario.MessageEnd{Event: event, Status: "read", Attempts: 1})
	}
	if diff := cmp.Diff(want, s.ends(demo.IraOrder).Messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// TestEveryBeatIsTheOrders reads each event of each demo order as notify does: it is about the order, its shopper and its account, and happens now.
func TestEveryBeatIsTheOrders(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	orders, err := s.Orders(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	for _, o := range orders {
		for _, b := range scenario.Life() {
			for _, parcel := range []int{0, 1, 2, 3} {
				step := b.Step(o.ID)
				step.Parcel = parcel
				data, err := s.EventOf(t.Context(), step)
				if err != nil {
					t.Fatal(err)
				}
				e, err := order.ParseEvent(data, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				if e.Kind().String() != b.Event || e.OrderID != o.ID || e.AccountID != o.AccountID || e.Customer.Name != o.Shopper || e.Subject == "" || e.TrackingID == "" {
					t.Errorf("order %s, %s: got %+v", o.ID, b.ID, e)
				}
				if age := s.Clock.Now().Sub(e.OccurredAt); !e.OccurredKnown || age < 0 || age > time.Minute {
					t.Errorf("order %s, %s: happened %s ago", o.ID, b.ID, age)
				}
			}
		}
	}
}

// TestParcelsAreTheOrders names each parcel as the order does, and makes up what is behind the last.
func TestParcelsAreTheOrders(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for parcel, want := range map[int][2]string{
		0: {"NC-20417-6120-311", "DL0099887766"},
		1: {"NC-20417-6120-311", "DL0099887766"},
		2: {"NC-20417-6120-312", "DL0099887767"},
		3: {"NC-20417-P3", "DL0099887766"},
	} {
		data, err := s.EventOf(t.Context(), scenario.Step{Order: demo.IraOrder, Event: "shipment/packed", Parcel: parcel})
		if err != nil {
			t.Fatal(err)
		}
		e, err := order.ParseEvent(data, nil, nil)
		if err != nil || [2]string{e.ShipmentID, e.TrackingID} != want {
			t.Errorf("parcel %d: got %s %s, %v; want %v", parcel, e.ShipmentID, e.TrackingID, err, want)
		}
	}
}
