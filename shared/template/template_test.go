package template_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func readFile(tb testing.TB, parts ...string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "testdata"}, parts...)...))
	if err != nil {
		tb.Fatalf("read fixture: %v", err)
	}
	return data
}

func parseEvent(tb testing.TB, name string) order.Event {
	tb.Helper()
	e, err := order.ParseEvent(readFile(tb, "events", name+".json"), nil, nil)
	if err != nil {
		tb.Fatalf("ParseEvent: %v", err)
	}
	return e
}

func parseOrder(tb testing.TB, name string) *order.Order {
	tb.Helper()
	o, err := order.ParseOrder(readFile(tb, "orders", name+".json"))
	if err != nil {
		tb.Fatalf("ParseOrder: %v", err)
	}
	return &o
}

func keysOf(variables []template.Variable) []string {
	keys := make([]string, len(variables))
	for i, v := range variables {
		keys[i] = v.Key
	}
	return keys
}

func TestVariables(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`customer_order_id brand sku gtin ean upc product_title customer_name customer_phone address_line
		city state pincode payment_method invoice order_quantity refund_amount`)
	if diff := cmp.Diff(want, keysOf(template.Variables()[:17])); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if len(want) != 17 {
		t.Fatalf("the test lists %d variables", len(want))
	}
	free := strings.Fields(`brand product_title customer_name address_line city state payment_method courier failure_reason
		latest_remark return_reason`)
	samples := map[string]string{"customer_order_id": "ORD123456", "brand": "KapasKraft"}
	seen := map[string]bool{}
	for _, v := range template.Variables() {
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(v.Key) || seen[v.Key] || seen[v.Label] {
			t.Errorf("key %q or label %q is odd or there twice", v.Key, v.Label)
		}
		seen[v.Key], seen[v.Label] = true, true
		if v.Label == "" || v.Sample == "" || len(v.Sources) == 0 {
			t.Errorf("%s lacks label, sample or sources: %+v", v.Key, v)
		}
		for _, s := range v.Sources {
			if !strings.HasPrefix(s, "event:") && !strings.HasPrefix(s, "order:") {
				t.Errorf("%s: source %q is neither of the event nor of the order", v.Key, s)
			}
		}
		if want := slices.Contains(free, v.Key); v.FreeText != want {
			t.Errorf("%s: free text %t, want %t", v.Key, v.FreeText, want)
		}
		if template.Sanitise(v.Sample) != v.Sample || template.Sanitise(v.Fallback) != v.Fallback {
			t.Errorf("%s: sample or fallback is not fit to be sent", v.Key)
		}
		if s := samples[v.Key]; s != "" && s != v.Sample {
			t.Errorf("%s: sample %q, want %q", v.Key, v.Sample, s)
		}
		if template.Fallback(v.Key) != v.Fallback {
			t.Errorf("Fallback(%s): got %q", v.Key, template.Fallback(v.Key))
		}
	}
	template.Variables()[0].Sources[0] = "spoilt"
	if template.Variables()[0].Sources[0] == "spoilt" {
		t.Error("the list can be changed from outside")
	}
	if got := template.Fallback("nonsense"); got != "-" {
		t.Errorf("Fallback of nonsense: got %q", got)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	keys := keysOf(template.Variables())
	tests := []struct {
		name, event, order string
		want               map[string]string
		missing            string
	}{
		{
			"shipment_without_order", "shipment-failed_delivery", "",
			map[string]string{
				"customer_order_id": "NC-20417", "brand": "Neem Web", "sku": "SOAP-3", "product_title": "Neem soap, pack of 3",
				"customer_name": "Ira Sample", "customer_phone": "9000000001", "payment_method": "Cash on Delivery",
				"invoice": "https://files.example.test/invoice/NC-20417.pdf", "order_quantity": "1",
				"shop_order_id": "#20417", "tracking_id": "DL0099887766", "courier": "ExampleExpress",
				"failure_reason": "customer not reachable", "latest_remark": "customer not reachable",
			},
			`brand gtin ean upc address_line city state pincode order_quantity refund_amount promised_date
				order_total amount_due return_id return_reason`,
		},
		{
			"shipment_with_order", "shipment-failed_delivery", "51230077",
			map[string]string{
				"customer_order_id": "NC-20417", "brand": "Neem & Co", "sku": "SOAP-3", "product_title": "Neem soap, pack of 3",
				"customer_name": "Ira Sample", "customer_phone": "9000000001", "address_line": "12 Sample Street", "city": "Pune",
				"state": "Maharashtra", "pincode": "411001", "payment_method": "Cash on Delivery",
				"invoice": "https://files.example.test/invoice/NC-20417.pdf", "order_quantity": "2",
				"shop_order_id": "#20417", "tracking_id": "DL0099887766", "courier": "ExampleExpress",
				"failure_reason": "customer not reachable", "latest_remark": "customer not reachable",
				"order_total": "1000", "amount_due": "1000",
			},
			`gtin ean upc refund_amount promised_date return_id return_reason`,
		},
		{
			"items_absent_with_order", "shipment-items-absent", "51230077",
			map[string]string{"failure_reason": "customer not reachable", "sku": "SOAP-3", "product_title": "Neem soap, pack of 3", "brand": "Neem & Co", "order_quantity": "2"},
			`gtin ean upc refund_amount promised_date return_id return_reason`,
		},
		{
			"return_without_order", "returnShipment-created", "",
			map[string]string{
				"customer_order_id": "NC-20417", "sku": "SOAP-3", "ean": "8900000000012", "product_title": "Neem soap, pack of 3",
				"address_line": "12 Sample Street, Near Example Park", "city": "Pune", "state": "Maharashtra", "pincode": "411001",
				"payment_method": "Cash on Delivery", "refund_amount": "499.50", "return_id": "RET-NC-20417-1",
				"return_reason": "Size does not fit", "courier": "ExampleReverse", "tracking_id": "RV0055443322",
				"customer_name": "Ira Sample", "customer_phone": "9000000001", "order_quantity": "1", "shop_order_id": "NC-20417",
			},
			`brand gtin upc invoice order_quantity shop_order_id failure_reason latest_remark promised_date order_total amount_due`,
		},
		{
			"prepaid_order_of_two_pieces", "shipment-out_for_delivery-51230078", "51230078",
			map[string]string{"payment_method": "Prepaid", "order_quantity": "2", "order_total": "999", "amount_due": "0", "customer_name": "Dev Sample"},
			`gtin ean upc refund_amount failure_reason promised_date return_id return_reason`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var o *order.Order
			if tt.order != "" {
				o = parseOrder(t, tt.order)
			}
			values, missing := template.Resolve(keys, parseEvent(t, tt.event), o)
			if len(values) != len(keys) {
				t.Fatalf("got %d values for %d keys", len(values), len(keys))
			}
			for i, key := range keys {
				want, given := tt.want[key]
				if !given && slices.Contains(missing, key) {
					want = template.Fallback(key)
				}
				if (given || want != "") && values[i] != want {
					t.Errorf("%s: got %q, want %q", key, values[i], want)
				}
				if template.Sanitise(values[i]) != values[i] {
					t.Errorf("%s: %q is not fit to be sent", key, values[i])
				}
			}
			wantMissing := strings.Fields(tt.missing)
			slices.Sort(wantMissing)
			slices.Sort(missing)
			if diff := cmp.Diff(wantMissing, missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveKeys(t *testing.T) {
	t.Parallel()
	values, missing := template.Resolve([]string{"nonsense", "sku", "nonsense", "sku"}, order.Event{Items: []order.Item{{SKU: "A"}}}, nil)
	if diff := cmp.Diff([]string{"-", "A", "-", "A"}, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"nonsense"}, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	values, missing = template.Resolve(nil, order.Event{}, nil)
	if len(values) != 0 || len(missing) != 0 {
		t.Errorf("no keys: got %v, %v", values, missing)
	}
}

func TestResolveItems(t *testing.T) {
	t.Parallel()
	many := make([]order.Item, 300)
	for i := range many {
		many[i].SKU = "SKU-" + strings.Repeat("x", i%40+1)
		many[i].Quantity = 2
	}
	tests := []struct {
		name, key, want string
		event           order.Event
		order           *order.Order
	}{
		{"distinct", "sku", "A, B", order.Event{Items: []order.Item{{SKU: "A"}, {SKU: "B"}, {SKU: "a"}, {SKU: ""}, {SKU: "null"}}}, nil},
		{
			"only_of_the_shipment", "brand", "KapasKraft",
			order.Event{ShipmentID: "S1", ChannelLabel: "Web"},
			&order.Order{Items: []order.Item{{Brand: "Other", TrackingID: "S2"}, {Brand: "KapasKraft", TrackingID: "S1"}}},
		},
		{"channel_for_a_brand", "brand", "Web", order.Event{ChannelLabel: "Web"}, &order.Order{}},
		{"quantity_of_all_shipments", "order_quantity", "5", order.Event{Items: []order.Item{{Quantity: 1}}}, &order.Order{Items: []order.Item{{Quantity: 2}, {Quantity: 3}}}},
		{"quantity_of_the_event", "order_quantity", "600", order.Event{Items: many}, nil},
		{"links_of_lines", "invoice", "https://a.example.test/1, https://a.example.test/2", order.Event{}, &order.Order{Items: []order.Item{{InvoiceURL: "https://a.example.test/1"}, {InvoiceURL: "https://a.example.test/2"}, {InvoiceURL: "https://a.example.test/1"}}}},
		{"both_lines", "address_line", "1 A Street, Near B", order.Event{}, &order.Order{Address: order.Address{Line1: "1 A Street, ", Line2: " Near B"}}},
		{"first_line", "address_line", "1 A Street", order.Event{Address: order.Address{Line1: "1 A Street"}}, nil},
		{"second_line", "address_line", "Near B", order.Event{Address: order.Address{Line2: "Near B"}}, nil},
		{"line_breaks", "address_line", "1 A Street Floor 2", order.Event{Address: order.Address{Line1: "1 A Street\r\n\tFloor 2"}}, nil},
		{"promise_is_a_day", "promised_date", "2024-02-15", order.Event{}, &order.Order{Items: []order.Item{{PromisedOn: "2024-02-15 00:00:00"}}}},
		{"reasons_of_lines", "return_reason", "Too small", order.Event{Items: []order.Item{{ReturnReason: "Too small"}}}, nil},
		{"reason_of_the_order", "failure_reason", "Refused", order.Event{SubType: "failed_delivery"}, &order.Order{Items: []order.Item{{FailureReason: "Refused"}}}},
		{"remark_of_another_event", "failure_reason", "the courier could not deliver", order.Event{SubType: "delivered", Remarks: "left at door"}, &order.Order{}},
		{"vendor_number", "customer_order_id", "#7", order.Event{VendorOrderNumber: "#7"}, &order.Order{}},
		{"blank_text_is_none", "customer_name", "Customer", order.Event{Customer: order.Customer{Name: "\u200b \u202e"}}, &order.Order{}},
		{"filler_is_none", "customer_name", "Customer", order.Event{Customer: order.Customer{Name: "\u3164\u2800"}}, &order.Order{}},
		{"entity_of_nothing", "customer_name", "Customer", order.Event{Customer: order.Customer{Name: "&nbsp;&#x3164;"}}, &order.Order{}},
		{"entities", "brand", "Neem & Co's <best>", order.Event{Items: []order.Item{{Brand: "Neem &amp; Co&#39;s &lt;best&gt;"}}}, nil},
		{"entities_once", "product_title", "a &lt; b", order.Event{Items: []order.Item{{Title: "a &amp;lt; b"}}}, nil},
		{"no_entity", "customer_name", "AT&T &copy 1 & 2; &#; &nosuch;", order.Event{Customer: order.Customer{Name: "AT&T &copy 1 & 2; &#; &nosuch;"}}, nil},
		{"entity_of_a_line_break", "address_line", "1 A Street Near B", order.Event{Address: order.Address{Line1: "1 A Street&#10;Near B"}}, nil},
		{"entities_of_a_link_stay", "invoice", "https://a.example.test/?a=1&lt;=2", order.Event{InvoiceURL: "https://a.example.test/?a=1&lt;=2"}, nil},
		{"link_is_whole", "invoice", "https://a.example.test/" + strings.Repeat("x", 900), order.Event{InvoiceURL: "https://a.example.test/" + strings.Repeat("x", 900)}, nil},
		{"id_is_whole", "customer_order_id", strings.Repeat("7", 700), order.Event{OrderNumber: strings.Repeat("7", 700)}, nil},
		{"refund_of_nothing", "refund_amount", "0", order.Event{RefundAmount: order.Amount{Known: true}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			values, _ := template.Resolve([]string{tt.key}, tt.event, tt.order)
			if values[0] != tt.want {
				t.Errorf("got %q, want %q", values[0], tt.want)
			}
		})
	}
	values, _ := template.Resolve([]string{"sku"}, order.Event{Items: many}, nil)
	if n := utf8.RuneCountInString(values[0]); n > maxValue || !regexp.MustCompile(`, SKU-x+ \+\d+ more$`).MatchString(values[0]) {
		t.Errorf("many items: got %d characters: %s", n, values[0])
	}
}

func TestPaymentMethod(t *testing.T) {
	t.Parallel()
	const cash = "Cash on Delivery"
	for method, want := range map[string]string{
		"COD": cash, "cod": cash, "C.O.D.": cash, "Cash on Delivery (COD)": cash, "cash_on_delivery": cash, "CASH-ON-DELIVERY": cash,
		"CashOnDelivery": cash, "Pay on delivery": cash, "Prepaid": "Prepaid", "UPI": "UPI", "Codex Pay": "Codex Pay", "": "not available",
	} {
		values, _ := template.Resolve([]string{"payment_method"}, order.Event{PaymentType: method}, &order.Order{})
		if values[0] != want {
			t.Errorf("%q: got %q, want %q", method, values[0], want)
		}
	}
	values, _ := template.Resolve([]string{"payment_method"}, order.Event{CashOnDelivery: true}, nil)
	if values[0] != cash {
		t.Errorf("flag alone: got %q", values[0])
	}
}

func BenchmarkResolve(b *testing.B) {
	e := parseEvent(b, "shipment-failed_delivery")
	o := parseOrder(b, "51230077")
	keys := []string{"customer_name", "customer_order_id", "brand", "product_title", "failure_reason"}
	b.ReportAllocs()
	for b.Loop() {
		template.Resolve(keys, e, o)
	}
}
