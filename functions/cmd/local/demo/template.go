package demo

import (
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// eventMessage is the message that the brands send for an event.
type eventMessage struct {
	event string
	// name and number make up the template's name and its ids.
	name   string
	number int
	body   string
	// variables fill the places of the body, in order.
	variables []string
	buttons   []string
	// payment is the part that the template has in WhatsApp's payments, if it has one.
	payment template.PaymentPart
}

// footer stands below every message.
const footer = "Reply STOP to get no more messages"

// messages returns what the brands send, by event.
func messages() []eventMessage {
	return []eventMessage{
		{
			event:     "shipment/created",
			name:      "order_created_v1",
			number:    1,
			body:      "Hi {{1}}, {{2}} has your order {{3}}. We will tell you when it leaves.",
			variables: []string{"customer_name", "brand", "customer_order_id"},
		},
		{
			event:     "shipment/intransit",
			name:      "on_the_way_v1",
			number:    2,
			body:      "Hi {{1}}, your order {{2}} is on the way with {{3}}.",
			variables: []string{"customer_name", "customer_order_id", "courier"},
		},
		{
			event:     "shipment/out_for_delivery",
			name:      "out_for_delivery_v1",
			number:    3,
			body:      "Hi {{1}}, your order {{2}} will be with you today.",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event:     "shipment/failed_delivery",
			name:      "failed_delivery_v1",
			number:    4,
			body:      "Hi {{1}}, we could not deliver your order {{2}} from {{3}}: {{4}}. What shall we do?",
			variables: []string{"customer_name", "customer_order_id", "brand", "failure_reason"},
			buttons:   []string{"Try again", "Choose a day", "Cancel order"},
		},
		{
			event:     "shipment/delivered",
			name:      "delivered_v1",
			number:    5,
			body:      "Hi {{1}}, your order {{2}} has been delivered. Enjoy!",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event:     "returnShipment/created",
			name:      "return_created_v1",
			number:    6,
			body:      "Hi {{1}}, your return for order {{2}} is booked. You will get back {{3}}.",
			variables: []string{"customer_name", "customer_order_id", "refund_amount"},
		},
		{
			event:     "shipment/packed",
			name:      "packed_v1",
			number:    7,
			body:      "Hi {{1}}, your order {{2}} is packed.",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event:     "returnShipment/complete",
			name:      "restocked_v1",
			number:    8,
			body:      "Hi {{1}}, what you sent back of order {{2}} has arrived. Your refund of {{3}} is on its way.",
			variables: []string{"customer_name", "customer_order_id", "refund_amount"},
		},
	}
}

// orderNews is what Jasmine Wear says by an order_status message, which tells the news of an order that was sent for payment.
// Its template has no places, and order_status instead.
func orderNews() eventMessage {
	return eventMessage{
		event:   "shipment/dispatched",
		name:    "order_status_v1",
		number:  9,
		body:    "News of your order:",
		payment: template.OrderStatus,
	}
}

// id returns the id of the message's template at a provider. Gupshup's are UUIDs; Meta's numbers serve for the others.
func (m eventMessage) id(provider string) string {
	if provider == gupshup.Name {
		return fmt.Sprintf("0b6f2c1e-1111-4222-8333-%012d", m.number)
	}
	return fmt.Sprintf("90000000000%04d", m.number)
}

// content returns the message's template at a provider, and what fills it, as the workspace API takes it.
func (m eventMessage) content(provider string) map[string]any {
	values := []map[string]string{}
	for _, v := range m.variables {
		values = append(values, map[string]string{"variable": v})
	}

	c := map[string]any{"template": m.id(provider), "values": values}
	if m.payment != "" {
		c["payment"] = map[string]any{"part": m.payment}
	}

	return c
}
