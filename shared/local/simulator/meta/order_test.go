package meta_test

import (
	"strings"
	"testing"
)

const goodBill = `{"reference_id":"inv-88412","type":"physical-goods","currency":"INR","total_amount":{"value":51900,"offset":100},` +
	`"payment_type":"upi","payment_configuration":"main_pg","payment_settings":[{"type":"payment_gateway"}],"order":{"status":"pending",` +
	`"items":[{"retailer_id":"SK101","name":"Roasted makhana","quantity":2,"amount":{"value":24950,"offset":100}}],` +
	`"subtotal":{"value":49900,"offset":100},"tax":{"value":0,"offset":100},"shipping":{"value":2000,"offset":100},` +
	`"discount":{"value":0,"offset":100}}}`

// TestBillsAreHeldAgainstTheContract changes one thing of the bill of shared/provider/cloudapi/CONTRACT.md section 9.5 at a time.
func TestBillsAreHeldAgainstTheContract(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, with string
		code      int
	}{
		"good":              {"", "", 0},
		"digital":           {"physical-goods", "digital-goods", 0},
		"other_goods":       {"physical-goods", "services", 131009},
		"no_goods":          {`"type":"physical-goods",`, "", 131009},
		"settings_null":     {`[{"type":"payment_gateway"}]`, "null", 131009},
		"settings_object":   {`[{"type":"payment_gateway"}]`, `{"type":"payment_gateway"}`, 131009},
		"no_settings":       {`"payment_settings":[{"type":"payment_gateway"}],`, "", 131009},
		"no_way_to_pay":     {`"payment_type":"upi",`, "", 131008},
		"other_currency":    {"INR", "USD", 131008},
		"wrong_total":       {"51900", "51901", 131009},
		"other_offset":      {`"value":2000,"offset":100`, `"value":2000,"offset":1000`, 131009},
		"begins_as_shipped": {`"status":"pending"`, `"status":"shipped"`, 131008},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bill := strings.Replace(goodBill, c.old, c.with, 1)
			_, body := w.send(filled("payable_v1", "en",
				`{"type":"button","sub_type":"order_details","index":0,"parameters":[{"type":"action","action":{"order_details":`+bill+`}}]}`))
			if got := codeOf(body); got != c.code {
				t.Errorf("got %s, want code %d", body, c.code)
			}
		})
	}
}
