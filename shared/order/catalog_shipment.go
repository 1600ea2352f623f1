package order

import "slices"

// The statuses that supersede messages about a shipment, in groups.
var (
	// withCourier are the statuses of a parcel that has left the warehouse and is not yet at the door.
	withCourier = []string{"picked_up", "dispatched", "intransit"}
	// atTheDoor are the statuses around an attempt of delivery.
	atTheDoor = []string{"out_for_delivery", "failed_delivery", "ndr_resolution_submitted"}
	// over are the statuses after which nothing more is said about the way to the shopper: the parcel has arrived, is
	// cancelled or lost, or goes back to the seller.
	over = []string{
		"delivered", "cancelled_order", "lost", "damage", "rto_created", "rto_intransit",
		"rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_contact_customer_care",
		"return_expected",
	}
)

// shipmentEvents are the subtypes of a shipment, in the order of its life.
var shipmentEvents = []CatalogEntry{
	{
		Kind:         Kind{Shipment, "created"},
		Label:        "Order created",
		Block:        blockOrders,
		Repeat:       oncePerOrder,
		SupersededBy: slices.Concat(atTheDoor, over),
		Why:          "a confirmation is late once the courier is at the door, and wrong once the order is over",
	},
	{
		Kind:         Kind{Shipment, "packed"},
		Label:        "Packed",
		Block:        blockOrders,
		SupersededBy: slices.Concat(withCourier, atTheDoor, over),
		Why:          "the parcel has left the warehouse, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "ready_to_ship"},
		Label:        "Ready to ship",
		Block:        blockOrders,
		SupersededBy: slices.Concat(withCourier, atTheDoor, over),
		Why:          "the parcel has left the warehouse, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "pickup_pending"},
		Label:        "Awaiting courier pickup",
		Block:        blockOrders,
		DefaultOff:   true,
		SupersededBy: slices.Concat(withCourier, atTheDoor, over),
		Why:          "the courier has it, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "out_for_pickup"},
		Label:        "Courier on the way to the warehouse",
		Block:        blockOrders,
		Repeat:       daily,
		DefaultOff:   true,
		SupersededBy: slices.Concat([]string{"pickup_failed"}, withCourier, atTheDoor, over),
		Why:          "the courier has it or did not get it, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "pickup_failed"},
		Label:        "Courier pickup failed",
		Block:        blockOrders,
		Repeat:       each,
		DefaultOff:   true,
		SupersededBy: slices.Concat([]string{"out_for_pickup"}, withCourier, atTheDoor, over),
		Why:          "the courier came again or has it, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "picked_up"},
		Label:        "Picked up by courier",
		Block:        blockOrders,
		SupersededBy: slices.Concat(atTheDoor, over),
		Why:          "on the way says nothing new at the door; further scans of the way leave it true",
	},
	{
		Kind:         Kind{Shipment, "dispatched"},
		Label:        "Dispatched",
		Block:        blockOrders,
		SupersededBy: slices.Concat(atTheDoor, over),
		Why:          "on the way says nothing new at the door; further scans of the way leave it true",
	},
	{
		Kind:         Kind{Shipment, "intransit"},
		Label:        "On the way",
		Block:        blockOrders,
		SupersededBy: slices.Concat(atTheDoor, over),
		Why:          "on the way says nothing new at the door; further scans of the way leave it true",
	},
	{
		Kind:         Kind{Shipment, "out_for_delivery"},
		Label:        "Out for delivery",
		Block:        blockOrders,
		Repeat:       daily,
		SupersededBy: slices.Concat([]string{"failed_delivery", "ndr_resolution_submitted"}, over),
		Why:          "the attempt is over",
	},
	{
		Kind:  Kind{Shipment, "delivered"},
		Label: "Delivered",
		Block: blockOrders,
	},
	{
		Kind:         Kind{Shipment, "failed_delivery"},
		Label:        "Failed delivery",
		Block:        blockOrders,
		Repeat:       each,
		Urgent:       true,
		SupersededBy: slices.Concat([]string{"ndr_resolution_submitted"}, over),
		Why:          "there is nothing left to decide: it arrived, is over, goes back, or was decided; a scan of the way changes nothing",
	},
	{
		Kind:         Kind{Shipment, "ndr_resolution_submitted"},
		Label:        "Delivery instruction received",
		Block:        blockOrders,
		Repeat:       each,
		SupersededBy: slices.Concat([]string{"out_for_delivery", "failed_delivery"}, over),
		Why:          "the next attempt has begun or the order is over",
	},
	{
		Kind:         Kind{Shipment, "shipment_delayed"},
		Label:        "Delayed",
		Block:        blockOrders,
		Repeat:       daily,
		SupersededBy: slices.Concat(atTheDoor, over),
		Why:          "it is at the door, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "shipment_held"},
		Label:        "On hold",
		Block:        blockOrders,
		Repeat:       each,
		SupersededBy: slices.Concat([]string{"unhold"}, withCourier, atTheDoor, over),
		Why:          "it was released, moves again, or the order is over",
	},
	{
		Kind:         Kind{Shipment, "unhold"},
		Label:        "Released from hold",
		Block:        blockOrders,
		Repeat:       each,
		SupersededBy: slices.Concat([]string{"shipment_held"}, atTheDoor, over),
		Why:          "it is held again, is at the door, or the order is over",
	},
	{
		Kind:   Kind{Shipment, "cancelled_order"},
		Label:  "Cancelled",
		Block:  blockOrders,
		Repeat: daily,
	},
	{
		Kind:         Kind{Shipment, "damage"},
		Label:        "Damaged",
		Block:        blockOrders,
		SupersededBy: []string{"delivered"},
		Why:          "it arrived all the same",
	},
	{
		Kind:         Kind{Shipment, "lost"},
		Label:        "Lost",
		Block:        blockOrders,
		SupersededBy: []string{"out_for_delivery", "delivered", "rto_delivered"},
		Why:          "it was found",
	},
	{
		Kind:         Kind{Shipment, "rto_created"},
		Label:        "Return to origin started",
		Block:        blockRTO,
		Repeat:       daily,
		DefaultOff:   true,
		SupersededBy: []string{"delivered", "rto_delivered"},
		Why:          "it arrived all the same, or is back already",
	},
	{
		Kind:         Kind{Shipment, "rto_intransit"},
		Label:        "Return to origin on the way",
		Block:        blockRTO,
		DefaultOff:   true,
		SupersededBy: []string{"delivered", "rto_out_for_delivery", "rto_failed", "rto_delivered"},
		Why:          "it arrived all the same, or is at the seller's door",
	},
	{
		Kind:         Kind{Shipment, "rto_out_for_delivery"},
		Label:        "Return to origin out for delivery",
		Block:        blockRTO,
		Repeat:       daily,
		DefaultOff:   true,
		SupersededBy: []string{"delivered", "rto_failed", "rto_delivered"},
		Why:          "that attempt is over",
	},
	{
		Kind:       Kind{Shipment, "rto_delivered"},
		Label:      "Returned to origin",
		Block:      blockRTO,
		DefaultOff: true,
	},
	{
		Kind:         Kind{Shipment, "rto_failed"},
		Label:        "Return to origin failed",
		Block:        blockRTO,
		Repeat:       each,
		DefaultOff:   true,
		SupersededBy: []string{"delivered", "rto_out_for_delivery", "rto_delivered"},
		Why:          "a later attempt is under way or was successful",
	},
	{
		Kind:         Kind{Shipment, "rto_contact_customer_care"},
		Label:        "Return to origin: contact customer care",
		Block:        blockRTO,
		DefaultOff:   true,
		SupersededBy: []string{"delivered", "rto_delivered"},
		Why:          "the matter is over",
	},
	{
		Kind:         Kind{Shipment, "return_expected"},
		Label:        "Return expected",
		Block:        blockRTO,
		DefaultOff:   true,
		SupersededBy: []string{"delivered", "rto_delivered"},
		Why:          "it arrived all the same, or is back already",
	},
}
