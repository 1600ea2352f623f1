package world

import (
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/simulator/gupshup"
)

// demoMessage is what the demo's brands send for an event.
type demoMessage struct {
	event, id, name string
	body            string
	variables       []string
	buttons         []string
}

func demoMessages() []demoMessage {
	id := func(n int) string { return fmt.Sprintf("0b6f2c1e-1111-4222-8333-%012d", n) }
	return []demoMessage{
		{
			event: "shipment/created", id: id(1), name: "order_created_v1",
			body:      "Hi {{1}}, {{2}} has your order {{3}}. We will tell you when it leaves.",
			variables: []string{"customer_name", "brand", "customer_order_id"},
		},
		{
			event: "shipment/intransit", id: id(2), name: "on_the_way_v1",
			body:      "Hi {{1}}, your order {{2}} is on the way with {{3}}.",
			variables: []string{"customer_name", "customer_order_id", "courier"},
		},
		{
			event: "shipment/out_for_delivery", id: id(3), name: "out_for_delivery_v1",
			body:      "Hi {{1}}, your order {{2}} will be with you today.",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event: "shipment/failed_delivery", id: id(4), name: "failed_delivery_v1",
			body:      "Hi {{1}}, we could not deliver your order {{2}} from {{3}}: {{4}}. What shall we do?",
			variables: []string{"customer_name", "customer_order_id", "brand", "failure_reason"},
			buttons:   []string{"Try again", "Choose a day", "Cancel order"},
		},
		{
			event: "shipment/delivered", id: id(5), name: "delivered_v1",
			body:      "Hi {{1}}, your order {{2}} has been delivered. Enjoy!",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event: "returnShipment/created", id: id(6), name: "return_created_v1",
			body:      "Hi {{1}}, your return for order {{2}} is booked. You will get back {{3}}.",
			variables: []string{"customer_name", "customer_order_id", "refund_amount"},
		},
	}
}

// demoTemplates are the same messages as templates that Gupshup has approved.
func demoTemplates() []gupshup.Template {
	var all []gupshup.Template
	for _, m := range demoMessages() {
		c := gupshup.Container{Data: m.body, Footer: "Reply STOP to get no more messages"}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, gupshup.Button{Type: gupshup.QuickReply, Text: label})
		}
		all = append(all, gupshup.NewTemplate(m.id, m.name, c))
	}
	return all
}
