package meta

import "github.com/eshopbox/whatsapp-notifications/shared/order"

// The words of an order_status parameter. The page's table spells the third with a hyphen, its sample with an underscore,
// which counts (contract 1.5).
const (
	StatusPending          = "pending"
	StatusProcessing       = "processing"
	StatusPartiallyShipped = "partially_shipped"
	StatusShipped          = "shipped"
	StatusCompleted        = "completed"
	StatusCanceled         = "canceled"
)

var orderStatuses = map[string]bool{
	StatusPending: true, StatusProcessing: true, StatusPartiallyShipped: true, StatusShipped: true, StatusCompleted: true,
	StatusCanceled: true,
}

// statusRow is what an order_status template can say of an event.
type statusRow struct {
	kind   order.Kind
	status string
	// source is the word's meaning in Meta's table, and why it fits.
	source string
}

const statusPage = "developers.facebook.com/documentation/business-messaging/whatsapp/payments/payments-in/orderstatustemplate: "

// statusTable lists only events that change what Meta's words tell. What has no row cannot be said: a missed delivery, a
// delay or a hold leave the order "shipped"; nothing means lost, damaged, or on its way back.
var statusTable = []statusRow{
	{shipment("created"), StatusProcessing, statusPage + "processing, the seller is fulfilling the order"},
	{shipment("packed"), StatusProcessing, statusPage + "processing, the seller is fulfilling the order"},
	{shipment("ready_to_ship"), StatusProcessing, statusPage + "processing, the seller is fulfilling the order"},
	{shipment("picked_up"), StatusShipped, statusPage + "shipped, the goods have left the seller"},
	{shipment("dispatched"), StatusShipped, statusPage + "shipped, the goods have left the seller"},
	{shipment("intransit"), StatusShipped, statusPage + "shipped, the goods have left the seller"},
	{shipment("out_for_delivery"), StatusShipped, statusPage + "shipped, until it is completed"},
	{shipment("delivered"), StatusCompleted, statusPage + "completed, nothing more is to be done"},
	{shipment("cancelled_order"), StatusCanceled, statusPage + "canceled; refused for orders paid or being paid (2047)"},
}

func shipment(sub string) order.Kind { return order.Kind{Resource: order.Shipment, SubType: sub} }

// stageWords are the words for an order of several shipments, whatever happened to one of them.
var stageWords = map[order.Stage]string{
	order.StageProcessing: StatusProcessing, order.StagePartlyShipped: StatusPartiallyShipped,
	order.StageShipped: StatusShipped, order.StageCompleted: StatusCompleted, order.StageCancelled: StatusCanceled,
}

// OrderStatus is the order_status word for an event that has brought the order to the stage; false for events that Meta
// has no word for. Meta refuses steps back (2046): a delivered parcel does not complete an order of two.
func (*Provider) OrderStatus(kind order.Kind, stage order.Stage) (string, bool) {
	for _, row := range statusTable {
		if row.kind != kind {
			continue
		}
		if word := stageWords[stage]; word != "" {
			return word, true
		}
		return row.status, true
	}
	return "", false
}
