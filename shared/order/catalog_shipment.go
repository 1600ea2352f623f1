package order

// shipmentEvents are the subtypes of a shipment, in the order of its life.
var shipmentEvents = []CatalogEntry{
	{
		Kind: Kind{Shipment, "created"}, Label: "Order created", Block: blockOrders,
		Why: "a confirmation is late once the courier is at the door, and wrong once the order is over",
		SupersededBy: []string{
			"out_for_delivery", "failed_delivery", "ndr_resolution_submitted", "delivered", "cancelled_order", "lost",
			"damage", "rto_created", "rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed",
			"rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "packed"}, Label: "Packed", Block: blockOrders,
		Why: "the parcel has left the warehouse, or the order is over",
		SupersededBy: []string{
			"picked_up", "dispatched", "intransit", "out_for_delivery", "failed_delivery", "ndr_resolution_submitted",
			"delivered", "cancelled_order", "lost", "damage", "rto_created", "rto_intransit", "rto_out_for_delivery",
			"rto_delivered", "rto_failed", "rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "ready_to_ship"}, Label: "Ready to ship", Block: blockOrders,
		Why: "the parcel has left the warehouse, or the order is over",
		SupersededBy: []string{
			"picked_up", "dispatched", "intransit", "out_for_delivery", "failed_delivery", "ndr_resolution_submitted",
			"delivered", "cancelled_order", "lost", "damage", "rto_created", "rto_intransit", "rto_out_for_delivery",
			"rto_delivered", "rto_failed", "rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "pickup_pending"}, Label: "Awaiting courier pickup", Block: blockOrders, DefaultOff: true,
		Why: "the courier has it, or the order is over",
		SupersededBy: []string{
			"picked_up", "dispatched", "intransit", "out_for_delivery", "failed_delivery", "ndr_resolution_submitted",
			"delivered", "cancelled_order", "lost", "damage", "rto_created", "rto_intransit", "rto_out_for_delivery",
			"rto_delivered", "rto_failed", "rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "out_for_pickup"}, Label: "Courier on the way to the warehouse", Block: blockOrders, DefaultOff: true,
		Why: "the courier has it or did not get it, or the order is over",
		SupersededBy: []string{
			"pickup_failed", "picked_up", "dispatched", "intransit", "out_for_delivery", "failed_delivery",
			"ndr_resolution_submitted", "delivered", "cancelled_order", "lost", "damage", "rto_created",
			"rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_contact_customer_care",
			"return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "pickup_failed"}, Label: "Courier pickup failed", Block: blockOrders, DefaultOff: true,
		Why: "the courier came again or has it, or the order is over",
		SupersededBy: []string{
			"out_for_pickup", "picked_up", "dispatched", "intransit", "out_for_delivery", "failed_delivery",
			"ndr_resolution_submitted", "delivered", "cancelled_order", "lost", "damage", "rto_created",
			"rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_contact_customer_care",
			"return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "picked_up"}, Label: "Picked up by courier", Block: blockOrders,
		Why: "on the way says nothing new at the door; further scans of the way leave it true",
		SupersededBy: []string{
			"out_for_delivery", "failed_delivery", "ndr_resolution_submitted", "delivered", "cancelled_order", "lost",
			"damage", "rto_created", "rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed",
			"rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "dispatched"}, Label: "Dispatched", Block: blockOrders,
		Why: "on the way says nothing new at the door; further scans of the way leave it true",
		SupersededBy: []string{
			"out_for_delivery", "failed_delivery", "ndr_resolution_submitted", "delivered", "cancelled_order", "lost",
			"damage", "rto_created", "rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed",
			"rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "intransit"}, Label: "On the way", Block: blockOrders,
		Why: "on the way says nothing new at the door; further scans of the way leave it true",
		SupersededBy: []string{
			"out_for_delivery", "failed_delivery", "ndr_resolution_submitted", "delivered", "cancelled_order", "lost",
			"damage", "rto_created", "rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed",
			"rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "out_for_delivery"}, Label: "Out for delivery", Block: blockOrders,
		Why: "the attempt is over",
		SupersededBy: []string{
			"failed_delivery", "ndr_resolution_submitted", "delivered", "cancelled_order", "lost", "damage",
			"rto_created", "rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed",
			"rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "delivered"}, Label: "Delivered", Block: blockOrders,
	},
	{
		Kind: Kind{Shipment, "failed_delivery"}, Label: "Failed delivery", Block: blockOrders, Urgent: true,
		Why: "there is nothing left to decide: it arrived, is over, goes back, or was decided; a scan of the way changes nothing",
		SupersededBy: []string{
			"ndr_resolution_submitted", "delivered", "cancelled_order", "lost", "damage", "rto_created",
			"rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_contact_customer_care",
			"return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "ndr_resolution_submitted"}, Label: "Delivery instruction received", Block: blockOrders,
		Why: "the next attempt has begun or the order is over",
		SupersededBy: []string{
			"out_for_delivery", "failed_delivery", "delivered", "cancelled_order", "lost", "damage", "rto_created",
			"rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_contact_customer_care",
			"return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "shipment_delayed"}, Label: "Delayed", Block: blockOrders,
		Why: "it is at the door, or the order is over",
		SupersededBy: []string{
			"out_for_delivery", "failed_delivery", "ndr_resolution_submitted", "delivered", "cancelled_order", "lost",
			"damage", "rto_created", "rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed",
			"rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "shipment_held"}, Label: "On hold", Block: blockOrders,
		Why: "it was released, moves again, or the order is over",
		SupersededBy: []string{
			"unhold", "picked_up", "dispatched", "intransit", "out_for_delivery", "failed_delivery",
			"ndr_resolution_submitted", "delivered", "cancelled_order", "lost", "damage", "rto_created",
			"rto_intransit", "rto_out_for_delivery", "rto_delivered", "rto_failed", "rto_contact_customer_care",
			"return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "unhold"}, Label: "Released from hold", Block: blockOrders,
		Why: "it is held again, is at the door, or the order is over",
		SupersededBy: []string{
			"shipment_held", "out_for_delivery", "failed_delivery", "ndr_resolution_submitted", "delivered",
			"cancelled_order", "lost", "damage", "rto_created", "rto_intransit", "rto_out_for_delivery",
			"rto_delivered", "rto_failed", "rto_contact_customer_care", "return_expected",
		},
	},
	{
		Kind: Kind{Shipment, "cancelled_order"}, Label: "Cancelled", Block: blockOrders,
	},
	{
		Kind: Kind{Shipment, "damage"}, Label: "Damaged", Block: blockOrders,
		Why: "it arrived all the same",
		SupersededBy: []string{
			"delivered",
		},
	},
	{
		Kind: Kind{Shipment, "lost"}, Label: "Lost", Block: blockOrders,
		Why: "it was found",
		SupersededBy: []string{
			"out_for_delivery", "delivered", "rto_delivered",
		},
	},
	{
		Kind: Kind{Shipment, "rto_created"}, Label: "Return to origin started", Block: blockRTO, DefaultOff: true,
		Why: "it arrived all the same, or is back already",
		SupersededBy: []string{
			"delivered", "rto_delivered",
		},
	},
	{
		Kind: Kind{Shipment, "rto_intransit"}, Label: "Return to origin on the way", Block: blockRTO, DefaultOff: true,
		Why: "it arrived all the same, or is at the seller's door",
		SupersededBy: []string{
			"delivered", "rto_out_for_delivery", "rto_failed", "rto_delivered",
		},
	},
	{
		Kind: Kind{Shipment, "rto_out_for_delivery"}, Label: "Return to origin out for delivery", Block: blockRTO, DefaultOff: true,
		Why: "that attempt is over",
		SupersededBy: []string{
			"delivered", "rto_failed", "rto_delivered",
		},
	},
	{
		Kind: Kind{Shipment, "rto_delivered"}, Label: "Returned to origin", Block: blockRTO, DefaultOff: true,
	},
	{
		Kind: Kind{Shipment, "rto_failed"}, Label: "Return to origin failed", Block: blockRTO, DefaultOff: true,
		Why: "a later attempt is under way or was successful",
		SupersededBy: []string{
			"delivered", "rto_out_for_delivery", "rto_delivered",
		},
	},
	{
		Kind: Kind{Shipment, "rto_contact_customer_care"}, Label: "Return to origin: contact customer care", Block: blockRTO, DefaultOff: true,
		Why: "the matter is over",
		SupersededBy: []string{
			"delivered", "rto_delivered",
		},
	},
	{
		Kind: Kind{Shipment, "return_expected"}, Label: "Return expected", Block: blockRTO, DefaultOff: true,
		Why: "it arrived all the same, or is back already",
		SupersededBy: []string{
			"delivered", "rto_delivered",
		},
	},
}
