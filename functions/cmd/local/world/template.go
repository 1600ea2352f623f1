package world

import (
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

// demoMessage is what the demo's brands send for an event.
type demoMessage struct {
	event, name string
	number      int
	body        string
	variables   []string
	buttons     []string
}

// demoFooter stands below every message of the demo.
const demoFooter = "Reply STOP to get no more messages"

func demoMessages() []demoMessage {
	return []demoMessage{
		{
			event: "shipment/created", number: 1, name: "order_created_v1",
			body:      "Hi {{1}}, {{2}} has your order {{3}}. We will tell you when it leaves.",
			variables: []string{"customer_name", "brand", "customer_order_id"},
		},
		{
			event: "shipment/intransit", number: 2, name: "on_the_way_v1",
			body:      "Hi {{1}}, your order {{2}} is on the way with {{3}}.",
			variables: []string{"customer_name", "customer_order_id", "courier"},
		},
		{
			event: "shipment/out_for_delivery", number: 3, name: "out_for_delivery_v1",
			body:      "Hi {{1}}, your order {{2}} will be with you today.",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event: "shipment/failed_delivery", number: 4, name: "failed_delivery_v1",
			body:      "Hi {{1}}, we could not deliver your order {{2}} from {{3}}: {{4}}. What shall we do?",
			variables: []string{"customer_name", "customer_order_id", "brand", "failure_reason"},
			buttons:   []string{"Try again", "Choose a day", "Cancel order"},
		},
		{
			event: "shipment/delivered", number: 5, name: "delivered_v1",
			body:      "Hi {{1}}, your order {{2}} has been delivered. Enjoy!",
			variables: []string{"customer_name", "customer_order_id"},
		},
		{
			event: "returnShipment/created", number: 6, name: "return_created_v1",
			body:      "Hi {{1}}, your return for order {{2}} is booked. You will get back {{3}}.",
			variables: []string{"customer_name", "customer_order_id", "refund_amount"},
		},
	}
}

// gupshupID and metaID are the ids that the providers give the message's template, each in its own form.
func (m demoMessage) gupshupID() string {
	return fmt.Sprintf("0b6f2c1e-1111-4222-8333-%012d", m.number)
}
func (m demoMessage) metaID() string { return fmt.Sprintf("90000000000%04d", m.number) }

// demoTemplates are the same messages as templates that Gupshup has approved.
func demoTemplates() []gupshup.Template {
	var all []gupshup.Template
	for _, m := range demoMessages() {
		c := gupshup.Container{Data: m.body, Footer: demoFooter}
		for _, label := range m.buttons {
			c.Buttons = append(c.Buttons, gupshup.Button{Type: gupshup.QuickReply, Text: label})
		}
		all = append(all, gupshup.NewTemplate(m.gupshupID(), m.name, c))
	}
	return all
}
