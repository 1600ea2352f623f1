package dispatch

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestNeedsOrder holds when the order is asked for: when the event alone cannot tell what the message says.
func TestNeedsOrder(t *testing.T) {
	t.Parallel()
	link := func(v template.Value) template.Filling { return template.Filling{Media: template.Media{Link: v}} }
	for name, tt := range map[string]struct {
		filling template.Filling
		want    bool
	}{
		"nothing":           {template.Filling{}, false},
		"always the same":   {link(template.Value{Text: "https://files.example.test/banner.png"}), false},
		"uploaded":          {template.Filling{Media: template.Media{ID: "1402"}}, false},
		"told by the event": {template.Filling{Variables: []string{"customer_order_id"}}, false},
		"the shopper's own": {link(template.Value{Variable: "invoice"}), true},
		"no such variable":  {link(template.Value{Variable: "invoices"}), true},
		"a payment":         {template.Filling{Payment: template.Payment{Part: template.OrderStatus}}, true},
	} {
		o := occurrence{event: order.Event{Resource: order.Shipment, SubType: "delivered", OrderNumber: "NC-1", Customer: order.Customer{Phone: "9000000001"}}}
		if got := needsOrder(o, plan{filling: tt.filling, sender: sender{provider: gupshup.New(gupshup.Config{})}}); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}
