package simulation

import (
	"slices"
	"strings"
	"time"
)

// repeat is how often an event may be told, in the oracle's own words.
type repeat int

// The repeat rules: once an order, once a shipment, once a day of the courier's, and each time.
const (
	perOrder repeat = iota
	perShipment
	perDay
	perTime
)

// kind is an event that the simulation knows: when it may be told again, and which later statuses of the shipment make it
// pointless.
type kind struct {
	name   string
	repeat repeat
	outrun []string
}

// over are the statuses after which nothing more is said about the way to the shopper.
var over = []string{"delivered", "cancelled_order", "rto_created"}

// kinds are the life of a shipment, in order.
var kinds = []kind{
	{name: "shipment/created", repeat: perOrder, outrun: slices.Concat([]string{"out_for_delivery", "failed_delivery"}, over)},
	{name: "shipment/packed", repeat: perShipment, outrun: slices.Concat([]string{"intransit", "out_for_delivery", "failed_delivery"}, over)},
	{name: "shipment/intransit", repeat: perShipment, outrun: slices.Concat([]string{"out_for_delivery", "failed_delivery"}, over)},
	{name: "shipment/out_for_delivery", repeat: perDay, outrun: slices.Concat([]string{"failed_delivery"}, over)},
	{name: "shipment/failed_delivery", repeat: perTime, outrun: over},
	{name: "shipment/delivered", repeat: perShipment},
	{name: "shipment/rto_created", repeat: perDay, outrun: []string{"delivered"}},
}

// kindNumber returns the place of an event among kinds.
func kindNumber(name string) int {
	return slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
}

// status is the event's subtype.
func (k kind) status() string { return strings.TrimPrefix(k.name, "shipment/") }

// template is what the event's template is called.
func (k kind) template() string { return k.status() + "_v1" }

// india is the zone of the platform's times.
var india = time.FixedZone("IST", 5*3600+1800)
