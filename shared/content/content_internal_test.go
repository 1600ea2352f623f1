package content

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// invoice is where the order's invoice is.
const invoice = "https://files.example.test/invoice/NC-1.pdf?token=1"

// fillerOf returns the filler of a shipment with the tracking number T1.
func fillerOf(f template.Filling, p provider.Provider, subType string, o *order.Order) Filler {
	e := order.Event{
		Resource: order.Shipment, SubType: subType, OrderID: "51230077", OrderNumber: "NC-1", TrackingID: "T1",
		Customer: order.Customer{Phone: "9000000001", Name: "Ira Sample"},
	}
	entry, _ := order.Lookup(e.Kind())

	return Filler{Filling: f, Event: e, Label: entry.Label, Order: o, Provider: p}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	of := func(v template.Value) template.Filling { return template.Filling{Media: template.Media{Link: v}} }
	withInvoice := &order.Order{Items: []order.Item{{TrackingID: "T1", InvoiceURL: invoice}, {TrackingID: "T1", InvoiceURL: "https://files.example.test/2.pdf"}}}
	tests := []struct {
		name    string
		filling template.Filling
		order   *order.Order
		want    provider.Media
	}{
		{"none", template.Filling{}, nil, provider.Media{}},
		{
			"always_the_same", of(template.Value{Text: "https://files.example.test/banner.png"}), nil,
			provider.Media{Link: "https://files.example.test/banner.png", Filename: "banner.png"},
		},
		{
			"the_shopper's_own", of(template.Value{Variable: "invoice"}), withInvoice, provider.Media{Link: invoice, Filename: "NC-1.pdf"},
		},
		{"not_known_yet", of(template.Value{Variable: "invoice"}), nil, provider.Media{}},
		{"not_there", of(template.Value{Variable: "invoice"}), &order.Order{Items: []order.Item{{TrackingID: "T1"}}}, provider.Media{}},
		{"no_such_variable", of(template.Value{Variable: "invoices"}), withInvoice, provider.Media{}},
		{
			"named",
			template.Filling{Media: template.Media{Link: template.Value{Variable: "invoice"}, Filename: "bill.pdf"}},
			withInvoice,
			provider.Media{Link: invoice, Filename: "bill.pdf"},
		},
		{"uploaded", template.Filling{Media: template.Media{ID: "1402", Filename: "a.pdf"}}, nil, provider.Media{ID: "1402", Filename: "a.pdf"}},
		{
			"a_place",
			template.Filling{Media: template.Media{Latitude: "18.52", Longitude: "73.85", Name: "Shop", Address: "Pune"}},
			nil,
			provider.Media{Latitude: "18.52", Longitude: "73.85", Name: "Shop", Address: "Pune"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := fillerOf(tt.filling, gupshup.New(gupshup.Config{}), "delivered", tt.order)
			if diff := cmp.Diff(tt.want, f.header()); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCopyCode(t *testing.T) {
	t.Parallel()
	f := fillerOf(template.Filling{}, nil, "delivered", &order.Order{})
	for want, v := range map[string]template.Value{
		"SAVE10": {Text: "SAVE10"}, "NC-1": {Variable: "customer_order_id", Text: "SAVE10"}, "": {Variable: "return_id"},
	} {
		if got := f.value(v); got != want {
			t.Errorf("%+v: got %q, want %q", v, got, want)
		}
	}
}

func TestAddOrderStatus(t *testing.T) {
	t.Parallel()
	two := &order.Order{Items: []order.Item{{TrackingID: "T1", Status: "packed"}, {TrackingID: "T2", Status: "packed", Remark: "x"}}}
	long := strings.Repeat("é", 121)
	tests := []struct {
		name     string
		payment  template.Payment
		provider provider.Provider
		event    string
		order    *order.Order
		want     *provider.OrderStatus
		refuse   message.Reason
	}{
		{
			"whole_order",
			template.Payment{},
			meta.New(meta.Config{}), "dispatched", nil,
			&provider.OrderStatus{Reference: "NC-1", Status: "shipped", Description: "Dispatched"}, "",
		},
		{
			"part_of_it",
			template.Payment{Description: template.Value{Text: "Left\nour hub"}},
			meta.New(meta.Config{}), "dispatched", two,
			&provider.OrderStatus{Reference: "NC-1", Status: "partially_shipped", Description: "Left our hub"}, "",
		},
		{
			"long_line",
			template.Payment{Description: template.Value{Text: long}},
			meta.New(meta.Config{}), "delivered", nil,
			&provider.OrderStatus{Reference: "NC-1", Status: "completed", Description: strings.Repeat("é", 119) + "…"}, "",
		},
		{
			"reference_not_known",
			template.Payment{Reference: "return_id"},
			meta.New(meta.Config{}), "delivered", two,
			&provider.OrderStatus{Status: "partially_shipped", Description: "Delivered"}, "",
		},
		{"event_without_a_word", template.Payment{}, meta.New(meta.Config{}), "failed_delivery", nil, nil, message.UnsupportedByProvider},
		{"provider_without_words", template.Payment{}, gupshup.New(gupshup.Config{}), "delivered", nil, nil, message.UnsupportedByProvider},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.payment.Part = template.OrderStatus
			f := fillerOf(template.Filling{Payment: tt.payment}, tt.provider, tt.event, tt.order)
			got, refusal := f.Fill()
			if diff := cmp.Diff(tt.want, got.OrderStatus); diff != "" {
				t.Errorf("order status (-want +got):\n%s", diff)
			}
			if refusal != tt.refuse {
				t.Errorf("refused: got %q, want %q", refusal, tt.refuse)
			}
		})
	}
}

func micros(rupees float64) order.Amount {
	return order.Amount{Micros: int64(rupees * 1e6), Known: true}
}

func TestAddOrderDetails(t *testing.T) {
	t.Parallel()
	set := template.Payment{Part: template.OrderDetails, Type: "upi", Configuration: "main", Settings: `[{"type":"upi"}]`}
	soap := order.Item{SKU: "SOAP-3", Title: "Soap", Quantity: 2, Total: micros(499)}
	comb := order.Item{SKU: "COMB-1", Title: "Comb", Quantity: 3, Total: micros(100)}
	bill := func(change func(*provider.OrderDetails)) *provider.OrderDetails {
		d := &provider.OrderDetails{
			Reference: "NC-1", Goods: "physical-goods", Currency: "INR", PaymentType: "upi", Configuration: "main",
			Settings: json.RawMessage(`[{"type":"upi"}]`),
		}
		change(d)
		return d
	}
	pieces := []provider.OrderItem{{SKU: "SOAP-3", Name: "Soap", Quantity: 2, Amount: 249_500_000}, {SKU: "COMB-1", Name: "Comb × 3", Quantity: 1, Amount: 100_000_000}}
	tests := []struct {
		name   string
		order  *order.Order
		want   *provider.OrderDetails
		refuse message.Reason
	}{
		{
			"with_fee_and_tax", &order.Order{Items: []order.Item{soap, comb}, Tax: micros(10.5), CashFee: micros(40), BalanceDue: micros(649.5)},
			bill(func(d *provider.OrderDetails) {
				d.Items, d.Subtotal, d.Tax, d.Shipping, d.Total = pieces, 599_000_000, 10_500_000, 40_000_000, 649_500_000
			}), "",
		},
		{
			"partly_paid", &order.Order{Items: []order.Item{soap, comb}, BalanceDue: micros(99)},
			bill(func(d *provider.OrderDetails) {
				d.Items, d.Subtotal, d.Discount, d.Total = pieces, 599_000_000, 500_000_000, 99_000_000
			}), "",
		},
		{
			"dearer_than_its_lines", &order.Order{Items: []order.Item{soap, comb}, BalanceDue: micros(650)},
			bill(func(d *provider.OrderDetails) {
				d.Items, d.Subtotal, d.Shipping, d.Total = pieces, 599_000_000, 51_000_000, 650_000_000
			}), "",
		},
		{
			"cancelled_line", &order.Order{Items: []order.Item{soap, {Title: "Comb", Total: micros(100), Status: "cancelled_order"}}, BalanceDue: micros(499)},
			bill(func(d *provider.OrderDetails) { d.Items, d.Subtotal, d.Total = pieces[:1], 499_000_000, 499_000_000 }), "",
		},
		{"paid", &order.Order{Items: []order.Item{soap}, BalanceDue: micros(0)}, bill(func(*provider.OrderDetails) {}), message.NothingToPay},
		{"balance_not_known", &order.Order{Items: []order.Item{soap}, Total: micros(499)}, bill(func(*provider.OrderDetails) {}), ""},
		{"order_not_known", nil, bill(func(*provider.OrderDetails) {}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := fillerOf(template.Filling{Payment: set}, meta.New(meta.Config{}), "created", tt.order)
			got, refusal := f.Fill()
			if diff := cmp.Diff(tt.want, got.OrderDetails); diff != "" {
				t.Errorf("order details (-want +got):\n%s", diff)
			}
			if refusal != tt.refuse {
				t.Errorf("refused: got %q, want %q", refusal, tt.refuse)
			}
		})
	}
}
