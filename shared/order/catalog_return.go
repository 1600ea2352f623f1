package order

import "slices"

// The statuses that supersede messages about a return, in groups.
var (
	// withReturnCourier are the statuses of a return on its way from the shopper to the seller.
	withReturnCourier = []string{"picked_up", "intransit", "out_for_delivery", "failed_delivery"}
	// returnOver are the statuses after which nothing more is said about the way of a return: it has arrived, is
	// cancelled or is lost.
	returnOver = []string{"delivered", "delivered_warehouse", "complete", "return_cancelled", "lost"}
)

// returnEvents are the subtypes of a return, in the order of its life.
var returnEvents = []CatalogEntry{
	{
		Kind:         Kind{ReturnShipment, "created"},
		Label:        "Return created",
		Block:        blockReturns,
		SupersededBy: slices.Concat([]string{"pickup_cancelled"}, withReturnCourier, returnOver),
		Why:          "the courier has it, or the return is over",
	},
	{
		Kind:         Kind{ReturnShipment, "approved"},
		Label:        "Return approved",
		Block:        blockReturns,
		SupersededBy: slices.Concat([]string{"pickup_cancelled"}, withReturnCourier, returnOver),
		Why:          "the courier has it, or the return is over",
	},
	{
		Kind:         Kind{ReturnShipment, "pickup_pending"},
		Label:        "Return pickup scheduled",
		Block:        blockReturns,
		SupersededBy: slices.Concat([]string{"out_for_pickup", "pickup_failed", "pickup_cancelled"}, withReturnCourier, returnOver),
		Why:          "the courier is coming, has come or will not come, or the return is over",
	},
	{
		Kind:         Kind{ReturnShipment, "out_for_pickup"},
		Label:        "Out for return pickup",
		Block:        blockReturns,
		Repeat:       daily,
		SupersededBy: slices.Concat([]string{"pickup_failed", "pickup_cancelled"}, withReturnCourier, returnOver),
		Why:          "that attempt is over",
	},
	{
		Kind:         Kind{ReturnShipment, "pickup_failed"},
		Label:        "Return pickup failed",
		Block:        blockReturns,
		Repeat:       each,
		SupersededBy: slices.Concat([]string{"out_for_pickup", "pickup_cancelled"}, withReturnCourier, returnOver),
		Why:          "the courier is coming again, has it or will not come, or the return is over",
	},
	{
		Kind:         Kind{ReturnShipment, "pickup_cancelled"},
		Label:        "Return pickup cancelled",
		Block:        blockReturns,
		Repeat:       daily,
		SupersededBy: slices.Concat([]string{"pickup_pending", "out_for_pickup"}, withReturnCourier, returnOver),
		Why:          "a new pickup is arranged, or the return is over",
	},
	{
		Kind:         Kind{ReturnShipment, "picked_up"},
		Label:        "Return picked up",
		Block:        blockReturns,
		SupersededBy: returnOver,
		Why:          "it has arrived, or the return is over; scans of the way leave it true",
	},
	{
		Kind:         Kind{ReturnShipment, "intransit"},
		Label:        "Return on the way",
		Block:        blockReturns,
		SupersededBy: returnOver,
		Why:          "it has arrived, or the return is over",
	},
	{
		Kind:         Kind{ReturnShipment, "out_for_delivery"},
		Label:        "Return out for delivery to the seller",
		Block:        blockReturns,
		Repeat:       daily,
		DefaultOff:   true,
		SupersededBy: slices.Concat([]string{"failed_delivery"}, returnOver),
		Why:          "that attempt is over",
	},
	{
		Kind:         Kind{ReturnShipment, "failed_delivery"},
		Label:        "Return delivery to the seller failed",
		Block:        blockReturns,
		Repeat:       each,
		DefaultOff:   true,
		SupersededBy: slices.Concat([]string{"out_for_delivery"}, returnOver),
		Why:          "a later attempt is under way or was successful",
	},
	{
		Kind:         Kind{ReturnShipment, "delivered"},
		Label:        "Return delivered to the seller",
		Block:        blockReturns,
		SupersededBy: []string{"complete"},
		Why:          "it has been dealt with",
	},
	{
		Kind:         Kind{ReturnShipment, "delivered_warehouse"},
		Label:        "Return received at the warehouse",
		Block:        blockReturns,
		SupersededBy: []string{"complete"},
		Why:          "it has been dealt with",
	},
	{
		Kind:  Kind{ReturnShipment, "complete"},
		Label: "Restocked",
		Block: blockReturns,
	},
	{
		Kind:  Kind{ReturnShipment, "return_cancelled"},
		Label: "Return cancelled",
		Block: blockReturns,
	},
	{
		Kind:         Kind{ReturnShipment, "lost"},
		Label:        "Return lost",
		Block:        blockReturns,
		SupersededBy: []string{"delivered", "delivered_warehouse", "complete"},
		Why:          "it was found",
	},
}
