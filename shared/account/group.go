package account

import (
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Group is a part of the list of events, as a person thinks of it.
type Group struct {
	// Key never changes; Label is for people.
	Key, Label string
	Events     []order.CatalogEntry
}

// groups are all groups in the order in which they are shown, with the blocks of the catalogue that each takes. A parcel that goes back
// to the seller undelivered is news of an order to the shopper, who wants nothing returned.
var groups = []struct {
	key, label string
	blocks     []string
}{
	{"orders", "Orders", []string{"orders", "rto"}},
	{"returns", "Returns and refunds", []string{"returns", "refunds"}},
	{"exchanges", "Exchanges", []string{"exchanges"}},
	{"carts", "Carts", []string{"carts"}},
}

// Groups returns all events of the catalogue in their groups, in the catalogue's order. A group without an event is not among them.
func Groups() []Group { return grouped(order.Catalog()) }

func grouped(events []order.CatalogEntry) []Group {
	var all []Group

	for _, g := range groups {
		own := slices.DeleteFunc(slices.Clone(events), func(e order.CatalogEntry) bool { return !slices.Contains(g.blocks, e.Block) })
		if len(own) > 0 {
			all = append(all, Group{Key: g.key, Label: g.label, Events: own})
		}
	}

	return all
}
