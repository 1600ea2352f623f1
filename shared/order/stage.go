package order

// Stage is how far an order has come as a whole: its shipments travel each for itself.
type Stage string

// The stages of an order. The zero value is not known.
const (
	// StageProcessing: nothing has left the seller.
	StageProcessing Stage = "processing"
	// StagePartlyShipped: something has left the seller, something has not.
	StagePartlyShipped Stage = "partly_shipped"
	// StageShipped: everything has left the seller, and something has not arrived.
	StageShipped Stage = "shipped"
	// StageCompleted: everything has arrived.
	StageCompleted Stage = "completed"
	// StageCancelled: all of it is cancelled.
	StageCancelled Stage = "cancelled"
)

// withSeller are the statuses of what has not left the seller.
var withSeller = map[string]bool{
	"created": true, "packed": true, "ready_to_ship": true, "pickup_pending": true, "out_for_pickup": true, "pickup_failed": true,
}

const (
	cancelled = "cancelled_order"
	delivered = "delivered"
)

// Cancelled reports whether the line will not be delivered, and not paid.
func (i *Item) Cancelled() bool { return canonicalSubType(i.Status) == cancelled }

// StageAt is the order's stage once the event has happened: its lines have the event's status, all others their latest.
// Cancelled lines do not count as long as others do. It is not known of an order without lines.
func (o *Order) StageAt(e *Event) Stage {
	moved := o.about(e)
	// One shipment of several is not the whole order: nobody knows which lines it has.
	unknown := len(o.ShipmentIDs) > 1 && len(o.pick(moved)) == len(o.Items)

	var waiting, travelling, arrived int
	for n := range o.Items {
		i := &o.Items[n]
		status := canonicalSubType(i.Status)
		if !unknown && moved(i) {
			status = e.SubType
		}

		switch {
		case status == cancelled:
		case status == delivered:
			arrived++
		case withSeller[status], status == "":
			waiting++
		default:
			travelling++
		}
	}

	switch {
	case len(o.Items) == 0:
		return ""
	case waiting+travelling+arrived == 0:
		return StageCancelled
	case waiting == 0 && travelling == 0:
		return StageCompleted
	case waiting == 0:
		return StageShipped
	case travelling == 0 && arrived == 0:
		return StageProcessing
	default:
		return StagePartlyShipped
	}
}
