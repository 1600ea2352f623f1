package meta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

// maxDescription is the longest description of an order status, in characters.
const maxDescription = 120

// Amounts of Meta are in hundredths: value 49900 with offset 100 is 499.00.
const (
	moneyOffset = 100
	microsEach  = 1_000_000 / moneyOffset
)

var (
	errOrderStatus = errors.New("meta: order status needs a reference, one of Meta's words, and at most 120 characters of description")
	errDetails     = errors.New("meta: order details need reference, currency, goods, items, way of payment and its settings")
	errMoney       = errors.New("meta: amount is negative or no whole number of hundredths")
	errSum         = errors.New("meta: amounts of order details do not add up")
)

type orderAction struct {
	Details orderDetails `json:"order_details"`
}

type orderDetails struct {
	Reference     string          `json:"reference_id"`
	Goods         string          `json:"type"`
	Currency      string          `json:"currency"`
	Total         money           `json:"total_amount"`
	PaymentType   string          `json:"payment_type"`
	Configuration string          `json:"payment_configuration,omitempty"`
	Settings      json.RawMessage `json:"payment_settings"`
	Order         orderBill       `json:"order"`
}

type orderBill struct {
	Status   string      `json:"status"`
	Items    []orderItem `json:"items"`
	Subtotal money       `json:"subtotal"`
	Tax      money       `json:"tax"`
	Shipping money       `json:"shipping"`
	Discount money       `json:"discount"`
}

type orderItem struct {
	SKU      string `json:"retailer_id"`
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
	Amount   money  `json:"amount"`
}

type money struct {
	Value  int64 `json:"value"`
	Offset int64 `json:"offset"`
}

// checkStatus refuses what Meta would refuse only later, by webhook.
func checkStatus(s provider.OrderStatus) error {
	if s.Reference == "" || !orderStatuses[s.Status] || utf8.RuneCountInString(s.Description) > maxDescription {
		return errOrderStatus
	}

	return nil
}

// detailsParameter is the bill of a payment order, which always begins as pending.
func detailsParameter(d provider.OrderDetails) (cloudapi.Parameter, error) {
	if d.Reference == "" || d.Goods == "" || d.Currency == "" || len(d.Items) == 0 || d.PaymentType == "" ||
		json.Unmarshal(d.Settings, &[]json.RawMessage{}) != nil || bytes.Equal(d.Settings, []byte("null")) {
		return cloudapi.Parameter{}, errDetails
	}
	if d.Subtotal+d.Tax+d.Shipping-d.Discount != d.Total {
		return cloudapi.Parameter{}, errSum
	}

	bill := orderBill{Status: statusPending}

	var sum int64
	for _, item := range d.Items {
		amount, err := inHundredths(item.Amount)
		if err != nil || item.Name == "" || item.Quantity < 1 {
			return cloudapi.Parameter{}, errors.Join(errDetails, err)
		}

		sum += item.Amount * int64(item.Quantity)
		bill.Items = append(bill.Items, orderItem{item.SKU, item.Name, item.Quantity, amount})
	}
	if sum != d.Subtotal {
		return cloudapi.Parameter{}, errSum
	}

	out := orderDetails{
		Reference:     d.Reference,
		Goods:         d.Goods,
		Currency:      d.Currency,
		PaymentType:   d.PaymentType,
		Configuration: d.Configuration,
		Settings:      d.Settings,
	}
	for _, a := range []struct {
		to     *money
		micros int64
	}{
		{&out.Total, d.Total},
		{&bill.Subtotal, d.Subtotal},
		{&bill.Tax, d.Tax},
		{&bill.Shipping, d.Shipping},
		{&bill.Discount, d.Discount},
	} {
		var err error
		if *a.to, err = inHundredths(a.micros); err != nil {
			return cloudapi.Parameter{}, err
		}
	}

	out.Order = bill

	return cloudapi.Parameter{Type: "action", Action: &orderAction{out}}, nil
}

func inHundredths(micros int64) (money, error) {
	if micros < 0 || micros%microsEach != 0 {
		return money{}, fmt.Errorf("meta: order details: %w", errMoney)
	}
	return money{micros / microsEach, moneyOffset}, nil
}

// The words of an order_status parameter. The page's table spells the third with a hyphen, its sample with an underscore,
// which counts (shared/provider/cloudapi/CONTRACT.md section 9.5).
const (
	statusPending          = "pending"
	statusProcessing       = "processing"
	statusPartiallyShipped = "partially_shipped"
	statusShipped          = "shipped"
	statusCompleted        = "completed"
	statusCanceled         = "canceled"
)

var orderStatuses = map[string]bool{
	statusPending:          true,
	statusProcessing:       true,
	statusPartiallyShipped: true,
	statusShipped:          true,
	statusCompleted:        true,
	statusCanceled:         true,
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
	{shipment("created"), statusProcessing, statusPage + "processing, the seller is fulfilling the order"},
	{shipment("packed"), statusProcessing, statusPage + "processing, the seller is fulfilling the order"},
	{shipment("ready_to_ship"), statusProcessing, statusPage + "processing, the seller is fulfilling the order"},
	{shipment("picked_up"), statusShipped, statusPage + "shipped, the goods have left the seller"},
	{shipment("dispatched"), statusShipped, statusPage + "shipped, the goods have left the seller"},
	{shipment("intransit"), statusShipped, statusPage + "shipped, the goods have left the seller"},
	{shipment("out_for_delivery"), statusShipped, statusPage + "shipped, until it is completed"},
	{shipment("delivered"), statusCompleted, statusPage + "completed, nothing more is to be done"},
	{shipment("cancelled_order"), statusCanceled, statusPage + "canceled; refused for orders paid or being paid (2047)"},
}

func shipment(sub string) order.Kind { return order.Kind{Resource: order.Shipment, SubType: sub} }

// stageWords are the words for an order of several shipments, whatever happened to one of them.
var stageWords = map[order.Stage]string{
	order.StageProcessing:    statusProcessing,
	order.StagePartlyShipped: statusPartiallyShipped,
	order.StageShipped:       statusShipped,
	order.StageCompleted:     statusCompleted,
	order.StageCancelled:     statusCanceled,
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
