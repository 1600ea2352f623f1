package meta

import (
	"encoding/json"
	"unicode/utf8"
)

// orderDetailsBody is the bill behind an order details button; its payment settings are not looked into.
type orderDetailsBody struct {
	Reference     string          `json:"reference_id"`
	Type          string          `json:"type"`
	Currency      string          `json:"currency"`
	Total         moneyBody       `json:"total_amount"`
	PaymentType   string          `json:"payment_type"`
	Configuration string          `json:"payment_configuration"`
	Settings      json.RawMessage `json:"payment_settings"`
	Order         struct {
		Status   string     `json:"status"`
		Items    []itemBody `json:"items"`
		Subtotal moneyBody  `json:"subtotal"`
		Tax      moneyBody  `json:"tax"`
		Shipping moneyBody  `json:"shipping"`
		Discount moneyBody  `json:"discount"`
	} `json:"order"`
}

type itemBody struct {
	SKU      string    `json:"retailer_id"`
	Name     string    `json:"name"`
	Quantity int64     `json:"quantity"`
	Amount   moneyBody `json:"amount"`
}

type moneyBody struct {
	Value  int64 `json:"value"`
	Offset int64 `json:"offset"`
}

// check adds the bill up.
func (d *orderDetailsBody) check() *refusal {
	o := &d.Order

	var sum int64
	for _, i := range o.Items {
		if i.Name == "" || i.Quantity < 1 || i.Amount.Offset != 100 {
			return refuse(codeInvalid, "order_details: an item is not valid")
		}

		sum += i.Quantity * i.Amount.Value
	}

	for _, m := range []moneyBody{d.Total, o.Subtotal, o.Tax, o.Shipping, o.Discount} {
		if m.Offset != 100 || m.Value < 0 {
			return refuse(codeInvalid, "order_details: an amount is not valid")
		}
	}

	var settings []json.RawMessage
	switch {
	case d.Type != "physical-goods" && d.Type != "digital-goods":
		return refuse(codeInvalid, "order_details: type must be physical-goods or digital-goods")
	case json.Unmarshal(d.Settings, &settings) != nil || settings == nil:
		return refuse(codeInvalid, "order_details: payment_settings must be an array")
	case d.Reference == "" || d.Currency != "INR" || d.PaymentType == "" || o.Status != "pending":
		return refuse(codeMissing, "order_details: reference_id, currency INR, payment and status pending are required")
	case sum != o.Subtotal.Value || sum+o.Tax.Value+o.Shipping.Value-o.Discount.Value != d.Total.Value:
		return refuse(codeInvalid, "order_details: the amounts do not add up")
	}

	return nil
}

// orderRanks are the states of an order in their order (shared/provider/cloudapi/CONTRACT.md section 9.5).
var orderRanks = map[string]int{
	"pending": 0, "processing": 1, "partially_shipped": 2, "shipped": 3, "completed": 4, "canceled": 5,
}

func (f *filling) readOrderStatus(params []parameterBody) *refusal {
	if f.t.SubCategory != "ORDER_STATUS" || len(params) != 1 || params[0].Type != "order_status" || params[0].OrderStatus == nil {
		return refuse(codeParameters, "order_status does not fit the template")
	}

	o := params[0].OrderStatus
	if _, ok := orderRanks[o.Order.Status]; !ok || o.Reference == "" || utf8.RuneCountInString(o.Order.Description) > maxDescription {
		return refuse(codeInvalid, "order_status: reference_id, status or description is not valid")
	}

	f.status = o

	return nil
}

// follow moves the orders of the account as the message says, and returns the code that it fails with later, or 0. An
// order that was never sent for payment, is over, or would go back cannot be changed.
func (f *filling) follow(w *waba) int {
	if f.details != nil {
		w.orders[f.details.Reference] = "pending"
	}

	if f.status == nil {
		return 0
	}

	before, known := w.orders[f.status.Reference]
	after := f.status.Order.Status
	if !known || orderRanks[before] >= orderRanks["completed"] || orderRanks[after] < orderRanks[before] {
		return codeOrderStatus
	}

	w.orders[f.status.Reference] = after

	return 0
}
