package order_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

const ordersDir = "../../testdata/orders"

func parseOrder(tb testing.TB, text string) order.Order {
	tb.Helper()
	o, err := order.ParseOrder([]byte(text))
	if err != nil {
		tb.Fatalf("ParseOrder: %v", err)
	}
	return o
}

func TestParseOrderWhole(t *testing.T) {
	t.Parallel()
	got := parseOrder(t, string(readFile(t, ordersDir, "51230077.json")))
	want := order.Order{
		ID: "51230077", Number: "NC-20417", VendorOrderNumber: "#20417", AccountSlug: "neem-and-co",
		Date: "2024-02-10 05:35:02.0", ChannelID: "CH6120",
		Customer:    order.Customer{Name: "Ira Sample", Phone: "9000000001", Email: "ira@example.test", Region: "IN"},
		Address:     order.Address{Line1: "12 Sample Street", City: "Pune", State: "Maharashtra", Pincode: "411001"},
		PaymentType: "COD", CashOnDelivery: true,
		Total:      order.Amount{Micros: 1_000_000_000, Known: true},
		BalanceDue: order.Amount{Micros: 1_000_000_000, Known: true},
		Tax:        order.Amount{Known: true}, CashFee: order.Amount{Known: true},
		ShipmentIDs: []string{"NC-20417-6120-311", "NC-20417-6120-312"},
		Items: []order.Item{
			{
				ID: "NC-20417-7001", SKU: "SOAP-3", Title: "Neem soap, pack of 3", Brand: "Neem & Co", Quantity: 1,
				Total:      order.Amount{Micros: 500_000_000, Known: true},
				ShipmentID: "10020311", TrackingID: "DL0099887766", CourierName: "ExampleExpress", Status: "failed_delivery",
				Remark: "customer not reachable", FailureReason: "Customer not reachable",
				Resolutions: []string{"ACTF001", "ACTF002", "ACTF003", "ACTF004"},
				InvoiceURL:  "https://files.example.test/invoice/NC-20417.pdf",
			},
			{
				ID: "NC-20417-7002", SKU: "COMB-1", Title: "Neem wood comb", Brand: "Neem & Co", Quantity: 1,
				Total:      order.Amount{Micros: 500_000_000, Known: true},
				ShipmentID: "10020312", TrackingID: "DL0099887767", CourierName: "ExampleExpress", Status: "intransit",
				Remark: "left the hub", InvoiceURL: "https://files.example.test/invoice/NC-20417.pdf",
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestOrderAndEventFixturesAgree(t *testing.T) {
	t.Parallel()
	for orderFile, event := range map[string]string{
		"51230077.json": "shipment-failed_delivery", "51230078.json": "shipment-failed_delivery-51230078",
	} {
		o := parseOrder(t, string(readFile(t, ordersDir, orderFile)))
		e := parseFixture(t, event)
		e.Customer.Region = "IN" // an event does not say
		if diff := cmp.Diff(o.Customer, e.Customer); diff != "" {
			t.Errorf("%s: customer (-order +event):\n%s", orderFile, diff)
		}
		if o.ID != e.OrderID || o.Number != e.OrderNumber || o.AccountSlug != e.AccountSlug {
			t.Errorf("%s: order %s %s %s, event %s %s %s", orderFile, o.ID, o.Number, o.AccountSlug, e.OrderID, e.OrderNumber, e.AccountSlug)
		}
	}
}

// TestOrderFixtureHasEveryDocumentedKey compares with the keys of the requirement's sample.
func TestOrderFixtureHasEveryDocumentedKey(t *testing.T) {
	t.Parallel()
	var document map[string]any
	if err := json.Unmarshal(readFile(t, ordersDir, "51230077.json"), &document); err != nil {
		t.Fatal(err)
	}
	keys := strings.Fields(`externalChannelID customerOrderNumber vendorOrderNumber shipMethod orderDate isCOD paymentType
		taxAmount cashOnDeliveryCharges subTotal orderTotal balanceDue thirdPartyShipping shippingAddress billingAddress items
		externalShipmentIds isPoeOldFlow channelSlug riskScore riskScoreReasons accountSlug orderId isPincodeServiceable`)
	for _, key := range keys {
		if _, ok := document[key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
	if len(document) != len(keys) {
		t.Errorf("got %d keys, want %d", len(document), len(keys))
	}
}

func TestParseOrderTolerates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       order.Order
	}{
		{"empty", `{}`, order.Order{}},
		{"id_as_number", `{"orderId":51230077}`, order.Order{ID: "51230077"}},
		{"id_as_text", `{"orderId":"51230077"}`, order.Order{ID: "51230077"}},
		{"id_that_is_none", `{"orderId":"../x"}`, order.Order{}},
		{"account_as_number", `{"accountId":811}`, order.Order{AccountID: "811"}},
		{"account_snake", `{"account_id":"811"}`, order.Order{AccountID: "811"}},
		{"brand_account", `{"brand_account_id":811}`, order.Order{AccountID: "811"}},
		{"cod_number", `{"isCOD":1}`, order.Order{CashOnDelivery: true}},
		{"cod_text", `{"isCOD":"1"}`, order.Order{CashOnDelivery: true}},
		{"cod_flag", `{"isCOD":true}`, order.Order{CashOnDelivery: true}},
		{"cod_not", `{"isCOD":"0"}`, order.Order{}},
		{"amount_as_text", `{"orderTotal":"1000.0"}`, order.Order{Total: order.Amount{Micros: 1_000_000_000, Known: true}}},
		{"nulls", `{"orderId":null,"items":null,"shippingAddress":null,"externalShipmentIds":null,"orderTotal":null}`, order.Order{}},
		{"wrong_types", `{"orderId":{},"items":"x","shippingAddress":[1],"externalShipmentIds":{"a":1},"isCOD":[]}`, order.Order{}},
		{"items_with_rubbish", `{"items":[null,1,"x",[],{"quantity":"2","additionalProductInfo":[],"ndrDetails":null,"forwardTrackingTimeline":"x"}]}`, order.Order{Items: []order.Item{{Quantity: 2}}}},
		{"zero_date", `{"items":[{"promiseDeliveryDate":"0000-00-00 00:00:00"}]}`, order.Order{Items: []order.Item{{}}}},
		{"promise", `{"items":[{"promiseDeliveryDate":"2024-02-15 00:00:00"}]}`, order.Order{Items: []order.Item{{PromisedOn: "2024-02-15 00:00:00"}}}},
		{"esin_is_no_sku", `{"items":[{"sku":"01EXAMPLE"}]}`, order.Order{Items: []order.Item{{}}}},
		{"sku_of_product", `{"items":[{"sku":"01EXAMPLE","additionalProductInfo":{"productDetails":{"sku":"SOAP-3"}}}]}`, order.Order{Items: []order.Item{{SKU: "SOAP-3"}}}},
		{
			"trade_numbers", `{"items":[{"ean":"","additionalProductInfo":{"productDetails":{"gtin":8900000000012,"ean":"8900000000013","additionalNames":{"upc":"890000000014","others":["x"]}}}}]}`,
			order.Order{Items: []order.Item{{GTIN: "8900000000012", EAN: "8900000000013", UPC: "890000000014"}}},
		},
		{
			"billing_stands_in", `{"billingAddress":{"contactPhone":9000000001,"city":"Pune"}}`,
			order.Order{Customer: order.Customer{Phone: "9000000001"}, Address: order.Address{City: "Pune"}},
		},
		{
			"billing_never_completes_shipping", `{"billingAddress":{"contactPhone":"9000000001"},"shippingAddress":{"city":"Pune"}}`,
			order.Order{Address: order.Address{City: "Pune"}},
		},
		{"long_text", `{"customerOrderNumber":"` + strings.Repeat("é", 2000) + `"}`, order.Order{Number: strings.Repeat("é", 1024)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, parseOrder(t, tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseOrderErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": order.ErrMalformed, `{"a":`: order.ErrMalformed, `[]`: order.ErrNotObject, `null`: order.ErrNotObject,
		`{"a":"` + strings.Repeat("x", order.MaxOrderBytes) + `"}`: order.ErrMalformed,
	} {
		if _, err := order.ParseOrder([]byte(text)); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestItemsOf(t *testing.T) {
	t.Parallel()
	o := order.Order{Items: []order.Item{{ID: "1", TrackingID: "T1"}, {ID: "2", TrackingID: "S2"}, {ID: "3"}}}
	tests := []struct {
		name  string
		event order.Event
		want  string
	}{
		{"by_line", order.Event{TrackingID: "T1", Items: []order.Item{{ID: "3"}, {ID: "2"}, {ID: "9"}}}, "23"},
		{"by_tracking", order.Event{TrackingID: "T1"}, "1"},
		{"by_shipment", order.Event{ShipmentID: "S2"}, "2"},
		{"lines_unknown", order.Event{TrackingID: "T1", Items: []order.Item{{ID: "9"}, {}}}, "1"},
		{"neither", order.Event{TrackingID: "T9"}, "123"},
		{"nothing", order.Event{}, "123"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			for _, i := range o.ItemsOf(&tt.event) {
				got.WriteString(i.ID)
			}
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", got.String(), tt.want)
			}
		})
	}
}

func BenchmarkParseOrder(b *testing.B) {
	data := readFile(b, ordersDir, "51230077.json")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := order.ParseOrder(data); err != nil {
			b.Fatal(err)
		}
	}
}
