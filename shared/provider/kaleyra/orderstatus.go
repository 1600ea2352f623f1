package kaleyra

import (
	"errors"
	"fmt"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The statuses of an order_status message (CONTRACT.md section 2.4). Meta's own page has hyphens and one more,
// "pending"; Kaleyra's spelling is what Kaleyra gets.
const (
	orderProcessing       = "processing"
	orderPartiallyShipped = "partially_shipped"
	orderShipped          = "shipped"
	orderCompleted        = "completed"
	orderCanceled         = "canceled"
)

var orderStatuses = []string{orderProcessing, orderPartiallyShipped, orderShipped, orderCompleted, orderCanceled}

// maxDescription is the limit of CONTRACT.md section 2.4, in characters; a longer one is cut.
const maxDescription = 120

// Why an order_status message cannot be sent.
var (
	errNoReference = errors.New("kaleyra: order_status needs the reference_id of an earlier order_details message")
	errOrderStatus = fmt.Errorf("kaleyra: order_status must be one of %q", orderStatuses)
	errOnlyStatus  = errors.New("kaleyra: an order_status message has no other values, media or postbacks")
)

// orderStatus is the only component that such a message may have (CONTRACT.md section 2.4).
func orderStatus(m provider.TemplateMessage) ([]cloudapi.Component, error) {
	s := m.OrderStatus
	switch {
	case s.Reference == "":
		return nil, errNoReference
	case !slices.Contains(orderStatuses, s.Status):
		return nil, errOrderStatus
	case len(m.Values) > 0 || m.Media != provider.Media{} || len(m.Postbacks) > 0:
		return nil, errOnlyStatus
	}

	return []cloudapi.Component{
		cloudapi.OrderStatusComponent(s.Reference, s.Status, template.Cut(s.Description, maxDescription)),
	}, nil
}

// orderRow is what an event is called in an order_status message; empty where that has no word for it.
type orderRow struct {
	subType, status string
	// source is where the word comes from, or why there is none.
	source string
}

const (
	suggested = "CONTRACT.md section 2.5: "
	nearest   = "nearest word of CONTRACT.md section 2.4: "
	noWord    = "no word in CONTRACT.md section 2.4: "
)

// orderRows are the events of a shipment. Those of a return have no word at all (CONTRACT.md section 2.5).
var orderRows = []orderRow{
	{"created", orderProcessing, suggested + "created"},
	{"packed", orderProcessing, suggested + "packed"},
	{"ready_to_ship", orderProcessing, nearest + "still with the seller"},
	{"pickup_pending", orderProcessing, nearest + "still with the seller"},
	{"out_for_pickup", orderProcessing, nearest + "still with the seller"},
	{"pickup_failed", orderProcessing, nearest + "still with the seller"},
	{"picked_up", orderShipped, nearest + "with the courier"},
	{"dispatched", orderShipped, suggested + "shipped"},
	{"intransit", orderShipped, nearest + "with the courier"},
	{"out_for_delivery", orderShipped, suggested + "out_for_delivery"},
	{"delivered", orderCompleted, suggested + "delivered"},
	{"cancelled_order", orderCanceled, suggested + "cancelled"},
	{"failed_delivery", "", suggested + "no equivalent"},
	{"ndr_resolution_submitted", "", suggested + "no equivalent"},
	{"shipment_delayed", "", noWord + "a delay is no step of the order"},
	{"shipment_held", "", noWord + "a hold is no step of the order"},
	{"unhold", "", noWord + "a hold is no step of the order"},
	{"damage", "", noWord + "neither completed nor canceled is true"},
	{"lost", "", noWord + "neither completed nor canceled is true"},
	{"rto_created", "", suggested + "returns"},
	{"rto_intransit", "", suggested + "returns"},
	{"rto_out_for_delivery", "", suggested + "returns"},
	{"rto_delivered", "", suggested + "returns"},
	{"rto_failed", "", suggested + "returns"},
	{"rto_contact_customer_care", "", suggested + "returns"},
	{"return_expected", "", suggested + "returns"},
}

// stageWords are the words for an order of several shipments, whatever happened to one of them.
var stageWords = map[order.Stage]string{
	order.StageProcessing:    orderProcessing,
	order.StagePartlyShipped: orderPartiallyShipped,
	order.StageShipped:       orderShipped,
	order.StageCompleted:     orderCompleted,
	order.StageCancelled:     orderCanceled,
}

// OrderStatus is what an event that has brought the order to the stage is called in an order_status message; false where
// that has no word for it and an ordinary template must tell it. WhatsApp refuses steps back: a delivered parcel does not
// complete an order of two.
func (*Provider) OrderStatus(kind order.Kind, stage order.Stage) (status string, ok bool) {
	if kind.Resource != order.Shipment {
		return "", false
	}

	i := slices.IndexFunc(orderRows, func(r orderRow) bool { return r.subType == kind.SubType })
	if i < 0 || orderRows[i].status == "" {
		return "", false
	}
	if word := stageWords[stage]; word != "" {
		return word, true
	}

	return orderRows[i].status, true
}
