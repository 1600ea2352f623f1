package businessonbot

import (
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// The endpoints, and the headers that their keys go into.
const (
	pathOrderCreate = "/orders-create"
	pathOrderCancel = "/orders-cancelled"
	pathFulfilment  = "/fulfillments-create"
	pathDelivery    = "/fulfillments-events-create"
	pathCart        = "/abandoned-cart"
	pathTemplate    = "/wabiz/send"

	headerGuest  = "X-Guest-Id"
	headerAPIKey = "X-Api-Key" //nolint:gosec // G101: the name of a header, no credential
)

// The four statuses of a delivery.
const (
	statusDispatched = "Dispatched"
	statusInTransit  = "In-transit"
	statusDelivered  = "Delivered"
	statusReturned   = "Returned"
)

// eventRow says where an event goes.
type eventRow struct {
	kind order.Kind
	// path is the endpoint; status is one of the four delivery statuses for the endpoint that takes one.
	path, status string
	// source is where the row comes from.
	source string
}

const (
	contract = "CONTRACT.md section 4.1: "
	need     = "the vendor's own words: "
)

// eventRows are the events that BusinessOnBot can be told. The four delivery statuses are all that there are (CONTRACT.md section 4.1),
// so an event for which none of them is true is not here and is refused.
var eventRows = []eventRow{
	{order.Kind{Resource: order.Shipment, SubType: "created"}, pathOrderCreate, "", need + "Order Confirmation"},
	{order.Kind{Resource: order.Shipment, SubType: "cancelled_order"}, pathOrderCancel, "", need + "Order Cancellation"},
	{
		order.Kind{Resource: order.Shipment, SubType: "packed"},
		pathFulfilment, "",
		need + "Fulfillments Create; a fulfilment has its invoice, label and tracking number once it is packed " +
			"(CONTRACT.md section 4.1). ready_to_ship would tell the same again",
	},
	{order.Kind{Resource: order.Shipment, SubType: "picked_up"}, pathDelivery, statusDispatched, contract + "shipped/picked up → Dispatched"},
	{order.Kind{Resource: order.Shipment, SubType: "dispatched"}, pathDelivery, statusDispatched, contract + "shipped/picked up → Dispatched"},
	{order.Kind{Resource: order.Shipment, SubType: "intransit"}, pathDelivery, statusInTransit, contract + "in transit → In-transit"},
	{order.Kind{Resource: order.Shipment, SubType: "out_for_delivery"}, pathDelivery, statusInTransit, contract + "out_for_delivery → In-transit"},
	{order.Kind{Resource: order.Shipment, SubType: "delivered"}, pathDelivery, statusDelivered, contract + "delivered → Delivered"},
	{order.Kind{Resource: order.Shipment, SubType: "rto_created"}, pathDelivery, statusReturned, contract + "RTO started → Returned"},
	{order.Kind{Resource: order.Shipment, SubType: "rto_delivered"}, pathDelivery, statusReturned, contract + "RTO returned → Returned"},
	{cartAbandoned, pathCart, "", need + "Abandoned Cart; the event is ours, see Cart"},
}

// route finds the row of an event.
func route(kind order.Kind) (eventRow, bool) {
	for _, row := range eventRows {
		if row.kind == kind {
			return row, true
		}
	}

	return eventRow{}, false
}

// Forwards reports whether BusinessOnBot has an endpoint, and where that needs one a status, for the event.
func (*Provider) Forwards(kind order.Kind) bool {
	_, ok := route(kind)
	return ok
}

// Tells names the endpoint and the status. orders-create and orders-cancelled are told an order with all its lines, so
// once a shipment would confirm one order several times. The four delivery statuses are fewer than the events that tell
// them: picked up and dispatched are both "Dispatched".
func (*Provider) Tells(kind order.Kind) (what string, whole bool) {
	row, ok := route(kind)
	if !ok {
		return "", false
	}

	whole = row.path == pathOrderCreate || row.path == pathOrderCancel
	if whole || row.shared() {
		what = row.path + " " + row.status
	}

	return what, whole
}

// shared reports whether another event is told the same way.
func (r eventRow) shared() bool {
	return slices.ContainsFunc(eventRows, func(o eventRow) bool {
		return o.kind != r.kind && o.path == r.path && o.status == r.status
	})
}
