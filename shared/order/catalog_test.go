package order_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// The subtypes that the platform documents, in its order.
const (
	shipmentSubTypes = `created packed ready_to_ship pickup_pending out_for_pickup pickup_failed picked_up dispatched
		intransit out_for_delivery delivered failed_delivery ndr_resolution_submitted shipment_delayed shipment_held unhold
		cancelled_order damage lost rto_created rto_intransit rto_out_for_delivery rto_delivered rto_failed
		rto_contact_customer_care return_expected`
	returnSubTypes = `created approved pickup_pending out_for_pickup pickup_failed pickup_cancelled picked_up intransit
		out_for_delivery failed_delivery delivered delivered_warehouse complete return_cancelled lost`
)

func TestCatalogIsComplete(t *testing.T) {
	t.Parallel()
	var got, want []string
	for _, e := range order.Catalog() {
		got = append(got, e.Kind.String())
	}
	for s := range strings.FieldsSeq(shipmentSubTypes) {
		want = append(want, "shipment/"+s)
	}
	for s := range strings.FieldsSeq(returnSubTypes) {
		want = append(want, "returnShipment/"+s)
	}
	want = append(want, "cart/abandoned")
	if len(want) != 26+15+1 {
		t.Fatalf("the test lists %d events", len(want))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("catalogue (-want +got):\n%s", diff)
	}
}

// TestCatalogSupersededBy compares the whole table with its expansion in a file, since the table names sets of statuses.
func TestCatalogSupersededBy(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, e := range order.Catalog() {
		got.WriteString(strings.Join(append([]string{e.Kind.String() + ":"}, e.SupersededBy...), " ") + "\n")
	}

	const file = "testdata/superseded.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, ".", file)), got.String()); diff != "" {
		t.Errorf("superseding statuses (-want +got):\n%s", diff)
	}
}

func TestCatalogEntries(t *testing.T) {
	t.Parallel()
	labels := map[string]string{}
	for _, e := range order.Catalog() {
		found, ok := order.Lookup(e.Kind)
		if diff := cmp.Diff(e, found); !ok || diff != "" {
			t.Errorf("Lookup(%s): %v, %s", e.Kind, ok, diff)
		}
		if e.Label == "" || labels[e.Label] != "" {
			t.Errorf("%s: label %q is empty or also that of %s", e.Kind, e.Label, labels[e.Label])
		}
		labels[e.Label] = e.Kind.String()
		block := map[string]string{"shipment": "orders", "returnShipment": "returns", "cart": "carts"}[e.Kind.Resource]
		if strings.HasPrefix(e.Kind.SubType, "rto_") || e.Kind.SubType == "return_expected" {
			block = "rto"
		}
		if e.Block != block {
			t.Errorf("%s: block %q, want %q", e.Kind, e.Block, block)
		}
		if want := e.Kind == (order.Kind{Resource: "shipment", SubType: "failed_delivery"}); e.Urgent != want {
			t.Errorf("%s: Urgent %v", e.Kind, e.Urgent)
		}
		// A cart is no order: what is said of it advertises, and a brand must want that.
		if want := e.Kind.Resource == order.Cart; e.Marketing != want || e.Marketing && !e.DefaultOff {
			t.Errorf("%s: Marketing %v, DefaultOff %v, want marketing for carts only, and that off", e.Kind, e.Marketing, e.DefaultOff)
		}
		if (e.Why == "") != (len(e.SupersededBy) == 0) {
			t.Errorf("%s: superseding statuses and their reason do not go together", e.Kind)
		}
		for i, s := range e.SupersededBy {
			if _, ok := order.Lookup(order.Kind{Resource: e.Kind.Resource, SubType: s}); !ok || s == e.Kind.SubType {
				t.Errorf("%s: superseded by %q, which is unknown or itself", e.Kind, s)
			}
			if slices.Contains(e.SupersededBy[:i], s) {
				t.Errorf("%s: superseded twice by %q", e.Kind, s)
			}
		}
	}
}

func TestCatalogIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	kind := order.Kind{Resource: "shipment", SubType: "failed_delivery"}
	one, _ := order.Lookup(kind)
	one.SupersededBy[0] = "spoilt"
	all := order.Catalog()
	all[0].Label = "spoilt"
	for i := range all {
		clear(all[i].SupersededBy)
	}
	if e, _ := order.Lookup(kind); slices.Contains(e.SupersededBy, "spoilt") || slices.Contains(e.SupersededBy, "") {
		t.Error("the catalogue can be changed from outside")
	}
	if order.Catalog()[0].Label == "spoilt" {
		t.Error("the catalogue's list can be changed from outside")
	}
}

func TestLookupOfTheWrongResource(t *testing.T) {
	t.Parallel()
	if _, ok := order.Lookup(order.Kind{Resource: "shipment", SubType: "approved"}); ok {
		t.Error("a return's subtype was found for a shipment")
	}
}

// TestSuperseded writes the decisions down a second time, for the events that matter most.
func TestSuperseded(t *testing.T) {
	t.Parallel()
	ended := strings.Fields(`delivered cancelled_order lost damage rto_created rto_intransit rto_out_for_delivery
		rto_delivered rto_failed rto_contact_customer_care return_expected`)
	tests := map[string][]string{
		"shipment/failed_delivery":       append([]string{"ndr_resolution_submitted"}, ended...),
		"shipment/out_for_delivery":      append([]string{"failed_delivery", "ndr_resolution_submitted"}, ended...),
		"shipment/intransit":             append([]string{"out_for_delivery", "failed_delivery", "ndr_resolution_submitted"}, ended...),
		"shipment/created":               append([]string{"out_for_delivery", "failed_delivery", "ndr_resolution_submitted"}, ended...),
		"shipment/delivered":             nil,
		"shipment/cancelled_order":       nil,
		"shipment/rto_delivered":         nil,
		"returnShipment/complete":        nil,
		"returnShipment/delivered":       {"complete"},
		"returnShipment/failed_delivery": {"out_for_delivery", "delivered", "delivered_warehouse", "complete", "return_cancelled", "lost"},
	}
	for text, by := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			resource, subType, _ := strings.Cut(text, "/")
			subTypes := map[string]string{"shipment": shipmentSubTypes, "returnShipment": returnSubTypes}[resource]
			e := parse(t, `{"resource":"`+resource+`","eventSubType":"`+subType+`","response_data":{"status_updated_at":1000000000}}`, nil)
			for status := range strings.FieldsSeq(subTypes) {
				for later, at := range map[bool]int64{true: 1000000001, false: 1000000000} {
					got, is := e.Superseded(map[string]int64{status: at})
					want := later && slices.Contains(by, status)
					if is != want || want && got != status {
						t.Errorf("%s at %d: got %q, %v, want %v", status, at, got, is, want)
					}
				}
			}
		})
	}
}

func TestSupersededWithoutOwnTime(t *testing.T) {
	t.Parallel()
	e := parse(t, `{"resource":"shipment","eventSubType":"failed_delivery","response_data":{}}`, nil)
	if _, is := e.Superseded(map[string]int64{"delivered": 1}); !is {
		t.Error("delivered does not supersede an event without a time")
	}
	if _, is := e.Superseded(map[string]int64{"intransit": 1}); is {
		t.Error("intransit supersedes a failed delivery")
	}
	unknown := parse(t, `{"resource":"shipment","eventSubType":"teleported","response_data":{}}`, nil)
	if _, is := unknown.Superseded(map[string]int64{"delivered": 1}); is {
		t.Error("an unknown event is superseded")
	}
}
