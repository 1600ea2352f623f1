package template_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// suggestion is what is suggested, with a dash for nothing.
func suggestion(t template.Template, event string) string {
	resource, subType, _ := strings.Cut(event, "/")
	keys := template.Suggest(t, order.Kind{Resource: resource, SubType: subType})
	for i, k := range keys {
		if k == "" {
			keys[i] = "-"
		}
	}
	return strings.Join(keys, " ")
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	all := catalogue(t)
	for _, tt := range []struct{ template, event, want string }{
		{failed, "shipment/failed_delivery", "customer_name customer_order_id brand"},
		{tracked, "shipment/dispatched", "customer_order_id tracking_id"},
		{named, "shipment/created", "customer_name brand customer_order_id"},
		{named, "cart/abandoned", "customer_name brand -"},
		{shipped, "shipment/dispatched", "customer_name customer_order_id courier tracking_id"},
		{booked, "returnShipment/created", "customer_order_id customer_name refund_amount product_title"},
		{booked, "shipment/created", "customer_order_id customer_name - product_title"},
		{hindi, "shipment/failed_delivery", "customer_name customer_order_id failure_reason"},
		{hindi, "shipment/delivered", "customer_name customer_order_id latest_remark"},
		{headed, "shipment/dispatched", "customer_order_id courier tracking_id"},
		{refunded, "returnShipment/complete", "customer_name refund_amount return_id"},
		{tracking, "shipment/dispatched", "customer_name tracking_id tracking_id"},
		{place, "shipment/dispatched", ""},
	} {
		if got := suggestion(all[tt.template], tt.event); got != tt.want {
			t.Errorf("%s for %s: got %q, want %q", tt.template, tt.event, got, tt.want)
		}
	}
}

// TestSuggestFromEach has one way alone tell what stands in a placeholder.
func TestSuggestFromEach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, sample, event, want string }{
		{"{{PIN_Code}}", "", "shipment/created", "pincode"},
		{"{{amount}}", "", "returnShipment/created", "refund_amount"},
		{"{{amount}}", "", "shipment/created", "order_total"},
		{"{{reason}}", "", "returnShipment/created", "return_reason"},
		{"{{reason}}", "", "shipment/failed_delivery", "failure_reason"},
		{"{{reason}}", "", "shipment/delivered", "-"},
		{"{{whatever}}", "", "shipment/delivered", "-"},
		{"{{1}}", "https://cdn.example.com/bill.pdf", "shipment/delivered", "invoice"},
		{"{{1}}", "9000000001", "shipment/delivered", "customer_phone"},
		{"{{1}}", "+91 90000 00001", "shipment/delivered", "customer_phone"},
		{"{{1}}", "411001", "shipment/delivered", "pincode"},
		{"{{1}}", "#1234", "shipment/delivered", "shop_order_id"},
		{"{{1}}", "kapaskraft", "shipment/delivered", "brand"},
		{"{{1}}", "Rs. 1,499.00", "shipment/delivered", "amount_due"},
		{"{{1}}", "₹499/-", "returnShipment/created", "refund_amount"},
		{"{{1}}", "12 Feb 2024", "shipment/delivered", "promised_date"},
		{"{{1}}", "Prepaid", "shipment/delivered", "payment_method"},
		{"{{1}}", "AWB123", "shipment/delivered", "tracking_id"},
		{"{{1}}", "RET-1", "shipment/delivered", "-"},
		{"{{1}}", "499", "shipment/delivered", "-"},
		{"Dear {{1}}", "", "shipment/delivered", "customer_name"},
		{"Your refund of {{1}}", "", "returnShipment/created", "refund_amount"},
		{"Your refund of ₹{{1}}", "499", "returnShipment/created", "refund_amount"},
		{"Order no. {{1}}", "", "shipment/delivered", "customer_order_id"},
		{"Your return {{1}}", "", "returnShipment/created", "return_id"},
		{"Border {{1}}", "", "shipment/delivered", "-"},
		{"Hi {{1}}, hi {{2}}", "", "shipment/delivered", "customer_name -"},
		{"Hi {{name}}, {{customer_name}}", "", "shipment/delivered", "customer_name customer_name"},
	} {
		tpl := template.Template{Body: tt.body}
		if tt.sample != "" {
			tpl.Samples = []string{tt.sample}
		}
		if got := suggestion(tpl, tt.event); got != tt.want {
			t.Errorf("%q with %q for %s: got %q, want %q", tt.body, tt.sample, tt.event, got, tt.want)
		}
	}
}

// TestSuggestionsAreSound has every suggestion for the templates of testdata pass the lint of its own event.
func TestSuggestionsAreSound(t *testing.T) {
	t.Parallel()
	for name, tpl := range catalogue(t) {
		for _, e := range order.Catalog() {
			keys := template.Suggest(tpl, e.Kind)
			if len(keys) != tpl.Count() {
				t.Errorf("%s: %d suggestions for %d placeholders", name, len(keys), tpl.Count())
			}
			for _, f := range template.Lint(tpl, template.Use{Event: e.Kind, Filling: template.Filling{Variables: keys}}) {
				if f.Rule == "variable_unknown" || f.Rule == "variable_event" || f.Rule == "count" {
					t.Errorf("%s for %s: %+v", name, e.Kind, f)
				}
			}
		}
	}
}
