package order

import (
	"slices"
	"strings"
)

// The resources whose events notify shoppers.
const (
	// Shipment is the resource of what travels to the shopper.
	Shipment = "shipment"
	// ReturnShipment is the resource of what travels back on the shopper's wish. Its subtypes mean something else:
	// delivered is "with the seller again".
	ReturnShipment = "returnShipment"
	// Cart is what a shopper left behind without ordering. The platform documents no such resource: it is ours
	// (testdata/events/cart-abandoned.json shows its one event), and its events are marketing.
	Cart = "cart"
)

// CatalogEntry describes one event that can notify a shopper.
type CatalogEntry struct {
	Kind Kind
	// Label is what a workspace calls the notification.
	Label string
	// Block is what it belongs with: "orders", "rto", "returns" or "carts". A person sees the groups that account.Groups makes of them.
	Block string
	// SupersededBy are the subtypes of the same resource that make a message about this event wrong or pointless as soon
	// as the same shipment or return has one of them at a later time; see [Event.Superseded].
	SupersededBy []string
	// Why is the reason for SupersededBy, for developers.
	Why string
	// Repeat is how often the event may be told of one shipment, return or cart; the zero value is once.
	Repeat Repeat
	// DefaultOff keeps the event off when a workspace switches its whole block on: steps that concern the seller or the
	// courier rather than the shopper. It is for the workspace API, which is not there yet. No event at all is on before
	// somebody switches it on.
	DefaultOff bool
	// Marketing events need the shopper's consent to marketing in addition to the one to order updates.
	Marketing bool
	// Urgent events go before all others when the provider's rate is short.
	Urgent bool
}

// Repeat is how often an event may be told. The key of an occurrence follows from it; see [Keyer.Occurrence].
type Repeat string

// The rules of repetition.
const (
	// once: one message a subject, whatever times the platform's scans have.
	once Repeat = ""
	// oncePerOrder: one message for all shipments of an order.
	oncePerOrder Repeat = "order"
	// daily: one message a subject and day, in the zone of the platform's times, for what may truly happen again.
	daily Repeat = "daily"
	// each: one message a subject and time, for what the shopper is to know each time.
	each Repeat = "each"
)

// Recurs reports whether the event may be told more than once of one subject.
func (r Repeat) Recurs() bool { return r == daily || r == each }

// The groups that notifications are shown in.
const (
	blockOrders  = "orders"
	blockRTO     = "rto"
	blockReturns = "returns"
	blockCarts   = "carts"
)

// cartEvents are the subtypes of a cart.
var cartEvents = []CatalogEntry{
	{
		Kind:       Kind{Cart, "abandoned"},
		Label:      "Cart abandoned",
		Block:      blockCarts,
		DefaultOff: true,
		Marketing:  true,
	},
}

// Kind is what an event is about. The pair counts, never the subtype alone.
type Kind struct {
	Resource string
	SubType  string
}

// String is "resource/subtype".
func (k Kind) String() string { return k.Resource + "/" + k.SubType }

// Lookup finds the catalogue's entry of a canonical kind.
func Lookup(k Kind) (CatalogEntry, bool) {
	e := find(k)
	if e == nil {
		return CatalogEntry{}, false
	}
	return e.clone(), true
}

// Catalog is every event that can notify, in the order in which a workspace shows them. The slice is the caller's own.
func Catalog() []CatalogEntry {
	entries := slices.Concat(shipmentEvents, returnEvents, cartEvents)
	for i := range entries {
		entries[i] = entries[i].clone()
	}
	return entries
}

func (e CatalogEntry) clone() CatalogEntry {
	e.SupersededBy = slices.Clone(e.SupersededBy)
	return e
}

// ParseKind reads "resource/subtype" of an event of the catalogue; false for anything else.
func ParseKind(s string) (Kind, bool) {
	resource, subType, _ := strings.Cut(s, "/")
	k := Kind{Resource: resource, SubType: subType}

	return k, known(k)
}

// known reports whether the catalogue has the kind.
func known(k Kind) bool { return find(k) != nil }

// find is the catalogue's own entry of a kind, nil if it has none.
func find(k Kind) *CatalogEntry {
	var events []CatalogEntry
	switch k.Resource {
	case Shipment:
		events = shipmentEvents
	case ReturnShipment:
		events = returnEvents
	case Cart:
		events = cartEvents
	}

	for i := range events {
		if events[i].Kind.SubType == k.SubType {
			return &events[i]
		}
	}

	return nil
}

// canonicalResource spells the known resources as the platform does, whatever the case; other names pass, other text not.
func canonicalResource(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case strings.EqualFold(s, Shipment):
		return Shipment
	case strings.EqualFold(s, ReturnShipment):
		return ReturnShipment
	case strings.EqualFold(s, Cart):
		return Cart
	default:
		return name(s)
	}
}

// canonicalSubType is in lower case; rto is the platform's alias of rto_created. Text that is no name is dropped.
func canonicalSubType(s string) string {
	s = strings.ToLower(name(strings.TrimSpace(s)))
	if s == "rto" {
		return "rto_created"
	}
	return s
}
