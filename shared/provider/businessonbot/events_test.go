package businessonbot

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestMapping says for every event of the catalogue what becomes of it: endpoint and status, or "-" for a refusal.
func TestMapping(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"shipment/created": "/orders-create", "shipment/packed": "/fulfillments-create", "shipment/ready_to_ship": "-",
		"shipment/pickup_pending": "-", "shipment/out_for_pickup": "-", "shipment/pickup_failed": "-",
		"shipment/picked_up":        "/fulfillments-events-create Dispatched",
		"shipment/dispatched":       "/fulfillments-events-create Dispatched",
		"shipment/intransit":        "/fulfillments-events-create In-transit",
		"shipment/out_for_delivery": "/fulfillments-events-create In-transit",
		"shipment/delivered":        "/fulfillments-events-create Delivered",
		"shipment/failed_delivery":  "-", "shipment/ndr_resolution_submitted": "-", "shipment/shipment_delayed": "-",
		"shipment/shipment_held": "-", "shipment/unhold": "-", "shipment/cancelled_order": "/orders-cancelled",
		"shipment/damage": "-", "shipment/lost": "-",
		"shipment/rto_created":   "/fulfillments-events-create Returned",
		"shipment/rto_intransit": "-", "shipment/rto_out_for_delivery": "-",
		"shipment/rto_delivered": "/fulfillments-events-create Returned",
		"shipment/rto_failed":    "-", "shipment/rto_contact_customer_care": "-", "shipment/return_expected": "-",
		"returnShipment/created": "-", "returnShipment/approved": "-", "returnShipment/pickup_pending": "-",
		"returnShipment/out_for_pickup": "-", "returnShipment/pickup_failed": "-", "returnShipment/pickup_cancelled": "-",
		"returnShipment/picked_up": "-", "returnShipment/intransit": "-", "returnShipment/out_for_delivery": "-",
		"returnShipment/failed_delivery": "-", "returnShipment/delivered": "-", "returnShipment/delivered_warehouse": "-",
		"returnShipment/complete": "-", "returnShipment/return_cancelled": "-", "returnShipment/lost": "-",
		"cart/abandoned": "/abandoned-cart",
	}
	p := New(Config{})
	kinds := []order.Kind{cartAbandoned}
	for _, e := range order.Catalog() {
		if e.Kind != cartAbandoned {
			kinds = append(kinds, e.Kind)
		}
	}
	for _, kind := range kinds {
		expected, ok := want[kind.String()]
		if !ok {
			t.Errorf("%s: the table of this test does not have it", kind)
			continue
		}
		delete(want, kind.String())
		row, found := route(kind)
		got := "-"
		if found {
			got = strings.TrimSpace(row.path + " " + row.status)
		}
		if got != expected || p.Forwards(kind) != (expected != "-") {
			t.Errorf("%s: got %q, forwards %t, want %q", kind, got, p.Forwards(kind), expected)
		}
	}
	for kind := range want {
		t.Errorf("%s is not in the catalogue", kind)
	}
}

// TestTells lists the events that tell the same as another one, or tell of whole orders.
func TestTells(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	want := map[string]string{
		"shipment/created":          "/orders-create  true",
		"shipment/cancelled_order":  "/orders-cancelled  true",
		"shipment/picked_up":        "/fulfillments-events-create Dispatched false",
		"shipment/dispatched":       "/fulfillments-events-create Dispatched false",
		"shipment/intransit":        "/fulfillments-events-create In-transit false",
		"shipment/out_for_delivery": "/fulfillments-events-create In-transit false",
		"shipment/rto_created":      "/fulfillments-events-create Returned false",
		"shipment/rto_delivered":    "/fulfillments-events-create Returned false",
	}
	for _, e := range order.Catalog() {
		what, whole := p.Tells(e.Kind)
		got := ""
		if what != "" || whole {
			got = what + " " + strconv.FormatBool(whole)
		}
		if got != want[e.Kind.String()] {
			t.Errorf("%s: tells %q, want %q", e.Kind, got, want[e.Kind.String()])
		}
	}
}

func TestRowsHaveSources(t *testing.T) {
	t.Parallel()
	statuses := map[string]bool{statusDispatched: true, statusInTransit: true, statusDelivered: true, statusReturned: true}
	seen := map[order.Kind]bool{}
	for _, row := range eventRows {
		if row.source == "" || seen[row.kind] {
			t.Errorf("%s: no source, or a second row", row.kind)
		}
		seen[row.kind] = true
		if (row.path == pathDelivery) != statuses[row.status] {
			t.Errorf("%s: status %q does not go with %s", row.kind, row.status, row.path)
		}
	}
	for _, row := range codes {
		if row.Source == "" || row.Means.Class == "" {
			t.Errorf("code %s: no source or class", row.Code)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	out := told(t, "shipment-out_for_delivery", orderID)
	for name, tc := range map[string]struct {
		app   provider.App
		m     provider.OrderMessage
		want  []string
		wrong error
	}{
		"default": {
			testApp(), out,
			[]string{`"fulfillment_id":"NC-20417"`, `"id":"NC-20417"`, `"delivery_id":"NC-20417-6120-311-out_for_delivery-`},
			nil,
		},
		"shipment_ids": {
			testApp(KeyIDs, idsShipment), out,
			[]string{`"fulfillment_id":"NC-20417-6120-311"`, `"id":"NC-20417"`, `"id_alias":"NC-20417"`},
			nil,
		},
		"digits":       {testApp(KeyPhoneFormat, formatDigits), told(t, created, orderID), []string{`"phone":"919000000001"`}, nil},
		"delivery_off": {testApp(KeyDeliveryEvents, deliveryOff), out, nil, ErrUnsupported},
		// By this the message is refused as unsupported, and not failed as if we had built it wrongly.
		"delivery_off_is_unsupported": {testApp(KeyDeliveryEvents, deliveryOff), out, nil, provider.ErrUnsupported},
		"created_with_delivery_off": {
			testApp(KeyDeliveryEvents, deliveryOff), told(t, created, orderID), []string{`"id":"NC-20417"`}, nil,
		},
		"template_mode": {testApp(KeyMode, ModeTemplate), out, nil, errTemplateMode},
		"failed_delivery": {
			testApp(), told(t, "shipment-failed_delivery", orderID), nil, ErrUnsupported,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := p.BuildOrder(t.Context(), tc.app, tc.m)
			if !errors.Is(err, tc.wrong) || (err == nil) != (tc.wrong == nil) {
				t.Fatalf("got %v, want %v", err, tc.wrong)
			}
			if err != nil {
				return
			}
			body := bodyOf(t, req)
			for _, want := range tc.want {
				if !strings.Contains(body, want) {
					t.Errorf("got %s, want %s in it", body, want)
				}
			}
		})
	}
	if _, err := p.BuildTemplate(t.Context(), testApp(), packed(t)); !errors.Is(err, errEventMode) {
		t.Errorf("template of an app that forwards: got %v, want %v", err, errEventMode)
	}
}

// TestPartOfAnOrderIsNoCancelledOrder holds that orders-cancelled, which has a word for whole orders only, is told of no
// order that goes on with another shipment.
func TestPartOfAnOrderIsNoCancelledOrder(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	part := told(t, "shipment-cancelled_order", orderID)
	if req, err := p.BuildOrder(t.Context(), testApp(), part); !errors.Is(err, provider.ErrUnsupported) {
		t.Errorf("one line of two: got %v, %v, want %v", req, err, provider.ErrUnsupported)
	}
	for name, m := range map[string]provider.OrderMessage{
		"all":             told(t, "shipment-cancelled_order", orderID, withAllCancelled(t)),
		"order_not_known": told(t, "shipment-cancelled_order", ""),
		"only_shipment": told(t, "shipment-cancelled_order", orderID, func(m *provider.OrderMessage) {
			m.Event.Items, m.Order.ShipmentIDs = nil, m.Order.ShipmentIDs[:1]
		}),
		"created_of_a_part": told(t, created, orderID),
	} {
		if _, err := p.BuildOrder(t.Context(), testApp(), m); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestEqualLinesAreOne holds that two lines of one product become one with both quantities, and others do not.
func TestEqualLinesAreOne(t *testing.T) {
	t.Parallel()
	d, err := ParseDocument([]byte(`{"orderId":1,"items":[
		{"itemID":"A","productName":"Soap","customerPrice":"150","quantity":1},
		{"itemID":"A","productName":"Soap","customerPrice":150.00,"quantity":"2"},
		{"itemID":"A","productName":"Soap","customerPrice":100,"quantity":1},
		{"itemID":"B","productName":"Comb","quantity":0}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range d.Object("").LineItems {
		got = append(got, l.Product.ID+" "+l.Variant.Price+" "+string(rune('0'+l.Quantity)))
	}
	if want := "A 150.00 3|A 100.00 1|B  1"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
