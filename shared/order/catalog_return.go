package order

// returnEvents are the subtypes of a return, in the order of its life.
var returnEvents = []CatalogEntry{
	{
		Kind: Kind{ReturnShipment, "created"}, Label: "Return created", Block: blockReturns,
		Why: "the courier has it, or the return is over",
		SupersededBy: []string{
			"pickup_cancelled", "picked_up", "intransit", "out_for_delivery", "failed_delivery", "delivered",
			"delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "approved"}, Label: "Return approved", Block: blockReturns,
		Why: "the courier has it, or the return is over",
		SupersededBy: []string{
			"pickup_cancelled", "picked_up", "intransit", "out_for_delivery", "failed_delivery", "delivered",
			"delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "pickup_pending"}, Label: "Return pickup scheduled", Block: blockReturns,
		Why: "the courier is coming, has come or will not come, or the return is over",
		SupersededBy: []string{
			"out_for_pickup", "pickup_failed", "pickup_cancelled", "picked_up", "intransit", "out_for_delivery",
			"failed_delivery", "delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "out_for_pickup"}, Label: "Out for return pickup", Block: blockReturns,
		Why: "that attempt is over",
		SupersededBy: []string{
			"pickup_failed", "pickup_cancelled", "picked_up", "intransit", "out_for_delivery", "failed_delivery",
			"delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "pickup_failed"}, Label: "Return pickup failed", Block: blockReturns,
		Why: "the courier is coming again, has it or will not come, or the return is over",
		SupersededBy: []string{
			"out_for_pickup", "pickup_cancelled", "picked_up", "intransit", "out_for_delivery", "failed_delivery",
			"delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "pickup_cancelled"}, Label: "Return pickup cancelled", Block: blockReturns,
		Why: "a new pickup is arranged, or the return is over",
		SupersededBy: []string{
			"pickup_pending", "out_for_pickup", "picked_up", "intransit", "out_for_delivery", "failed_delivery",
			"delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "picked_up"}, Label: "Return picked up", Block: blockReturns,
		Why: "it has arrived, or the return is over; scans of the way leave it true",
		SupersededBy: []string{
			"delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "intransit"}, Label: "Return on the way", Block: blockReturns,
		Why: "it has arrived, or the return is over",
		SupersededBy: []string{
			"delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "out_for_delivery"}, Label: "Return out for delivery to the seller", Block: blockReturns, DefaultOff: true,
		Why: "that attempt is over",
		SupersededBy: []string{
			"failed_delivery", "delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "failed_delivery"}, Label: "Return delivery to the seller failed", Block: blockReturns, DefaultOff: true,
		Why: "a later attempt is under way or was successful",
		SupersededBy: []string{
			"out_for_delivery", "delivered", "delivered_warehouse", "complete", "return_cancelled", "lost",
		},
	},
	{
		Kind: Kind{ReturnShipment, "delivered"}, Label: "Return delivered to the seller", Block: blockReturns,
		Why: "it has been dealt with",
		SupersededBy: []string{
			"complete",
		},
	},
	{
		Kind: Kind{ReturnShipment, "delivered_warehouse"}, Label: "Return received at the warehouse", Block: blockReturns,
		Why: "it has been dealt with",
		SupersededBy: []string{
			"complete",
		},
	},
	{
		Kind: Kind{ReturnShipment, "complete"}, Label: "Restocked", Block: blockReturns,
	},
	{
		Kind: Kind{ReturnShipment, "return_cancelled"}, Label: "Return cancelled", Block: blockReturns,
	},
	{
		Kind: Kind{ReturnShipment, "lost"}, Label: "Return lost", Block: blockReturns,
		Why: "it was found",
		SupersededBy: []string{
			"delivered", "delivered_warehouse", "complete",
		},
	},
}
