package content

import (
	"encoding/json"
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	// rupees is the only currency of WhatsApp's payments in India; the platform names none.
	rupees = "INR"
	// physicalGoods is what is sold where the brand says nothing else.
	physicalGoods = "physical-goods"
	// maxDescription is the longest line below an order's status, in characters (shared/provider/cloudapi/CONTRACT.md section 9.5,
	// shared/provider/kaleyra/CONTRACT.md section 2.4).
	maxDescription = 120
)

// reference returns the order's name at WhatsApp; empty if it is not known, since a stand-in would name another order.
func (f Filler) reference() string {
	return f.value(template.Value{Variable: f.Filling.Payment.ReferenceKey()})
}

// orderStatus returns the provider's word for what happened; false if it has none. Without the order nothing is known of its other shipments;
// then the event speaks for all of it.
func (f Filler) orderStatus() (provider.OrderStatus, bool) {
	teller, can := f.Provider.(provider.OrderStatusTeller)
	if !can {
		return provider.OrderStatus{}, false
	}

	var stage order.Stage
	if f.Order != nil {
		stage = f.Order.StageAt(&f.Event)
	}

	status, ok := teller.OrderStatus(f.Event.Kind(), stage)

	line := f.value(f.Filling.Payment.Description)
	if line == "" {
		line = f.Label
	}

	return provider.OrderStatus{
		Reference:   f.reference(),
		Status:      status,
		Description: template.Cut(template.Sanitise(line), maxDescription),
	}, ok
}

// orderDetails returns the bill of what is left to pay. Without the order the message waits for it, or the provider's
// package names what is missing: nobody is sent a bill of nothing.
func (f Filler) orderDetails() (bill provider.OrderDetails, reason message.Reason) {
	set := f.Filling.Payment
	bill = provider.OrderDetails{
		Reference:     f.reference(),
		Goods:         set.Goods,
		Currency:      rupees,
		PaymentType:   set.Type,
		Configuration: set.Configuration,
		Settings:      json.RawMessage(set.Settings),
	}
	if bill.Goods == "" {
		bill.Goods = physicalGoods
	}

	o := f.Order
	if o == nil || !o.BalanceDue.Known {
		return bill, ""
	}
	if o.BalanceDue.Micros <= 0 {
		return bill, message.NothingToPay
	}

	return withAmounts(bill, o), ""
}

// withAmounts returns the bill with the order's lines and sums. What lines, tax and fee do not explain stands as a discount
// or, the other way round, beside the fee: WhatsApp takes only sums that add up.
func withAmounts(bill provider.OrderDetails, o *order.Order) provider.OrderDetails {
	for _, i := range o.Items {
		if i.Cancelled() {
			continue
		}

		line := lineOf(i)
		bill.Items = append(bill.Items, line)
		bill.Subtotal += line.Amount * int64(line.Quantity)
	}

	bill.Total = o.BalanceDue.Micros
	bill.Tax = o.Tax.Micros
	bill.Shipping = o.CashFee.Micros
	if rest := bill.Subtotal + bill.Tax + bill.Shipping - bill.Total; rest > 0 {
		bill.Discount = rest
	} else {
		bill.Shipping -= rest
	}

	return bill
}

// paisa is the smallest amount that WhatsApp takes, in micro-units.
const paisa = 10_000

// lineOf returns a line of the bill. One whose price does not divide evenly among its pieces is shown as one piece.
func lineOf(i order.Item) provider.OrderItem {
	pieces := max(i.Quantity, 1)
	line := provider.OrderItem{
		SKU:      i.SKU,
		Name:     i.Title,
		Quantity: pieces,
		Amount:   i.Total.Micros / int64(pieces),
	}
	if i.Total.Micros%(int64(pieces)*paisa) != 0 {
		line.Name = fmt.Sprintf("%s × %d", i.Title, pieces)
		line.Quantity = 1
		line.Amount = i.Total.Micros
	}

	return line
}
