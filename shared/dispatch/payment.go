package dispatch

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
	// maxDescription is the longest line below an order's status, in characters (contracts/meta.md section 1.5,
	// requirement 003).
	maxDescription = 120
)

// fillPayment adds what the templates of WhatsApp's payments need, or notes why the event cannot be told by one.
func (j *job) fillPayment(o *order.Order) {
	switch j.filling.Payment.Part {
	case template.OrderStatus:
		j.fillOrderStatus(o)
	case template.OrderDetails:
		j.fillOrderDetails(o)
	default:
	}
}

// reference is the order's name at WhatsApp; empty if it cannot be known, since a stand-in would name another order.
func (j *job) reference(o *order.Order) string {
	return j.value(template.Value{Variable: j.filling.Payment.ReferenceKey()}, o)
}

// fillOrderStatus is the provider's word for what happened. Without the order, nobody knows of its other shipments; the
// event then tells of all of it.
func (j *job) fillOrderStatus(o *order.Order) {
	teller, ok := j.sender.provider.(provider.OrderStatusTeller)
	if !ok {
		j.refuse = message.UnsupportedByProvider
		return
	}
	var stage order.Stage
	if o != nil {
		stage = o.StageAt(&j.event)
	}
	status, ok := teller.OrderStatus(j.event.Kind(), stage)
	if !ok {
		j.refuse = message.UnsupportedByProvider
		return
	}
	line := j.value(j.filling.Payment.Description, o)
	if line == "" {
		line = j.entry.Label
	}
	j.sender.filled.OrderStatus = &provider.OrderStatus{
		Reference: j.reference(o), Status: status, Description: template.Cut(template.Sanitise(line), maxDescription, "…"),
	}
}

// fillOrderDetails is the bill, of what is left to pay. What the lines, the tax and the fee do not explain stands as a
// discount or, the other way round, beside the fee: WhatsApp takes only sums that add up.
func (j *job) fillOrderDetails(o *order.Order) {
	set := j.filling.Payment
	bill := &provider.OrderDetails{
		Reference: j.reference(o), Goods: set.Goods, Currency: rupees, PaymentType: set.Type, Configuration: set.Configuration,
		Settings: json.RawMessage(set.Settings),
	}
	if bill.Goods == "" {
		bill.Goods = physicalGoods
	}
	j.sender.filled.OrderDetails = bill
	if o == nil || !o.BalanceDue.Known {
		return // it waits for the order, or the provider's package names what is missing: nobody is sent a bill of nothing
	}
	bill.Total = o.BalanceDue.Micros
	if bill.Total <= 0 {
		j.refuse = message.NothingToPay
		return
	}
	for _, i := range o.Items {
		if i.Cancelled() {
			continue
		}
		line := lineOf(i)
		bill.Items = append(bill.Items, line)
		bill.Subtotal += line.Amount * int64(line.Quantity)
	}
	bill.Tax, bill.Shipping = o.Tax.Micros, o.CashFee.Micros
	if rest := bill.Subtotal + bill.Tax + bill.Shipping - bill.Total; rest > 0 {
		bill.Discount = rest
	} else {
		bill.Shipping -= rest
	}
}

// paisa is the smallest amount that WhatsApp takes, in micro-units.
const paisa = 10_000

// lineOf is a line of the bill. One whose price does not part evenly among its pieces is shown as one piece.
func lineOf(i order.Item) provider.OrderItem {
	pieces := max(i.Quantity, 1)
	line := provider.OrderItem{SKU: i.SKU, Name: i.Title, Quantity: pieces, Amount: i.Total.Micros / int64(pieces)}
	if i.Total.Micros%(int64(pieces)*paisa) != 0 {
		line.Name, line.Quantity, line.Amount = fmt.Sprintf("%s × %d", i.Title, pieces), 1, i.Total.Micros
	}
	return line
}
