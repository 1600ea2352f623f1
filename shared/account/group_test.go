package account

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// TestGroups holds that every event of the catalogue is in one group, and what the groups hold.
func TestGroups(t *testing.T) {
	t.Parallel()
	seen := map[order.Kind]string{}
	var keys []string
	for _, g := range Groups() {
		keys = append(keys, g.Key)
		if g.Label == "" {
			t.Errorf("%s has no label", g.Key)
		}
		for _, e := range g.Events {
			if other, twice := seen[e.Kind]; twice {
				t.Errorf("%s is in %s and in %s", e.Kind, other, g.Key)
			}
			seen[e.Kind] = g.Key
			want := map[string]string{order.Shipment: "orders", order.ReturnShipment: "returns", order.Cart: "carts"}[e.Kind.Resource]
			if g.Key != want {
				t.Errorf("%s is in %s, want %s", e.Kind, g.Key, want)
			}
		}
	}
	if diff := cmp.Diff([]string{"orders", "returns", "carts"}, keys); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	for _, e := range order.Catalog() {
		if seen[e.Kind] == "" {
			t.Errorf("%s, of the block %s, is in no group", e.Kind, e.Block)
		}
	}
}

// TestGroupsToCome holds where events stand that the catalogue does not have yet.
func TestGroupsToCome(t *testing.T) {
	t.Parallel()
	got := grouped([]order.CatalogEntry{
		{Kind: order.Kind{Resource: "exchange", SubType: "created"}, Block: "exchanges"},
		{Kind: order.Kind{Resource: "refund", SubType: "paid"}, Block: "refunds"},
	})
	if len(got) != 2 || got[0].Key != "returns" || got[1].Key != "exchanges" {
		t.Errorf("got %v, want returns and exchanges", got)
	}
}
