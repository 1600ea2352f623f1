package dispatch_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// sampled is the shopper of the variables' samples.
const sampled = "919000000000"

// sampledEvent is an event whose variables all have their samples as values. refunded makes it a return.
func sampledEvent(r *rig.Rig, refunded bool) []byte {
	r.T.Helper()
	data := r.Altered(func(s map[string]any) {
		s["customerOrderNumber"], s["vendorOrderNumber"] = "ORD123456", "#1234"
		s["customerName"], s["customerContactNumber"] = "Asha Sample", "9000000000"
		s["trackingID"], s["courierName"], s["remarks"] = "TRK0011223344", "ExampleExpress", "Customer not reachable"
		s["paymentType"], s["invoice_url"] = "COD", "https://files.example.test/invoice/ORD123456.pdf"
		s["items"] = []any{map[string]any{
			"brand": "KapasKraft", "itemID": "KK-TEE-M", "productName": "Handloom cotton T-shirt, M", "quantity": 2,
			"gtin": "08900000000012", "ean": "8900000000012", "upc": "890000000012", "returnReason": "Size does not fit",
		}}
		if refunded {
			s["customerReturnNumber"], s["refundAmount"], s["status"] = "RET123456", 499, "CREATED"
			s["status_log"] = map[string]any{"created": rig.UsualTime}
			s["remarks"] = "Customer asked for a later delivery"
		}
	})
	if refunded {
		data = []byte(strings.NewReplacer(`"shipment"`, `"returnShipment"`, `"eventSubType":"failed_delivery"`, `"eventSubType":"created"`).Replace(string(data)))
	}
	return data
}

// sampledOrder is the order of that event.
func sampledOrder(r *rig.Rig) []byte {
	r.T.Helper()
	data, err := testdata.Files.ReadFile("orders/51230077.json")
	r.Must(err)
	var o map[string]any
	r.Must(json.Unmarshal(data, &o))
	o["customerOrderNumber"], o["vendorOrderNumber"], o["orderTotal"], o["balanceDue"] = "ORD123456", "#1234", 998, 998
	o["shippingAddress"] = map[string]any{
		"addressLine1": "12 Sample Street", "addressLine2": "Near Example Park", "city": "Pune", "state": "Maharashtra", "postalCode": "411001",
		"contactPhone": "9000000000", "customerName": "Asha Sample", "countryCode": "IN",
	}
	first := o["items"].([]any)[0].(map[string]any)
	first["quantity"], first["promiseDeliveryDate"] = 2, "2024-02-15 00:00:00"
	first["forwardTrackingTimeline"] = map[string]any{"trackingID": "TRK0011223344", "courierName": "ExampleExpress"}
	o["items"] = []any{first}
	data, err = json.Marshal(o)
	r.Must(err)
	return data
}

// All variables that a failed delivery and a return have, with a placeholder for each.
var (
	everything = strings.Fields(`customer_order_id brand sku gtin ean upc product_title customer_name customer_phone address_line city state
		pincode payment_method invoice order_quantity shop_order_id tracking_id courier failure_reason promised_date order_total amount_due`)
	everyPlace = "Hi {{8}}: {{1}} {{2}} {{3}} {{4}} {{5}} {{6}} {{7}} | {{9}} {{10}} {{11}} {{12}} {{13}} {{14}}\n{{15}} {{16}} {{17}} {{18}} {{19}}, " +
		"{{20}} *{{21}}* _{{22}}_ {{23}}. Bye, {{8}}"
)

// buttons are a reply, a link with a value and a call.
var (
	replies = simgupshup.Button{Type: simgupshup.QuickReply, Text: "Try again"}
	track   = simgupshup.Button{Type: "URL", Text: "Track", URL: "https://t.example.com/{{1}}"}
	call    = simgupshup.Button{Type: "PHONE_NUMBER", Text: "Call", PhoneNumber: "+919000000100"}
)

// previewCases are templates of all providers, as their simulators have them approved, and fillings that go with them.
var previewCases = []struct {
	name, provider string
	refunded       bool
	put            func(r *rig.Rig, id string) error
	filling        template.Filling
}{
	{
		name: "every_variable_at_gupshup", provider: gupshup.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, simgupshup.NewTemplate(id, "all_v1", simgupshup.Container{
				Header: "Delivery missed", Data: everyPlace, Footer: "Reply below", Buttons: []simgupshup.Button{replies, track, call},
			}))
		},
		filling: template.Filling{Variables: append(append([]string{}, everything...), "tracking_id")},
	},
	{
		name: "texts_at_gupshup", provider: gupshup.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, simgupshup.NewTemplate(id, "texts_v1", simgupshup.Container{
				Data: "Hi {{name}}, {{ text }} {{name}}", Buttons: []simgupshup.Button{track},
			}))
		},
		filling: template.Filling{Variables: []string{"customer_name"}, Texts: []string{"", "it's  *ours* & <yours>", "a-text"}},
	},
	{
		name: "too_long_for_all_at_gupshup", provider: gupshup.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, simgupshup.NewTemplate(id, "long_v1", simgupshup.Container{
				Data: strings.Repeat("On its way. ", 83) + "{{1}} {{2}}",
			}))
		},
		filling: template.Filling{Variables: []string{"product_title", "address_line"}},
	},
	{
		name: "every_variable_at_meta", provider: meta.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(id, "all_v1", "en", simmeta.Content{
				HeaderFormat: "TEXT", Header: "Order {{1}}", Body: everyPlace, Footer: "Reply below",
				Buttons: []simmeta.Button{simmeta.Button(replies), simmeta.Button(track), simmeta.Button(call)},
			}))
		},
		filling: template.Filling{Variables: append(append([]string{"customer_order_id"}, everything...), "tracking_id")},
	},
	{
		name: "named_return_at_meta", provider: meta.Name, refunded: true,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(id, "return_v1", "en", simmeta.Content{
				HeaderFormat: "TEXT", Header: "Return {{return_no}}", Body: "{{refund}} for {{why}}: {{remark}}, {{refund}}, {{again}}",
			}))
		},
		filling: template.Filling{Variables: []string{"return_id", "refund_amount", "return_reason", "latest_remark", ""}, Texts: []string{"", "", "", "", "ours"}},
	},
	{
		name: "document_at_meta", provider: meta.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(id, "invoice_v1", "en", simmeta.Content{
				HeaderFormat: "DOCUMENT", Body: "Your invoice, {{1}}.", Footer: "Automated",
			}))
		},
		filling: template.Filling{Variables: []string{"customer_name"}, Media: template.Media{Link: template.Value{Variable: "invoice"}}},
	},
	{
		name: "image_of_an_upload_at_meta", provider: meta.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(id, "image_v1", "en", simmeta.Content{HeaderFormat: "IMAGE", Body: "Look."}))
		},
		filling: template.Filling{Media: template.Media{ID: "140299", Filename: "a.png", Link: template.Value{Text: "https://cdn.example.com/a.png"}}},
	},
	{
		name: "place_at_meta", provider: meta.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(id, "place_v1", "en", simmeta.Content{HeaderFormat: "LOCATION", Body: "Here."}))
		},
		filling: template.Filling{Media: template.Media{Latitude: "18.52", Longitude: "73.85", Name: "Shop", Address: "Pune"}},
	},
	{
		name: "every_variable_at_kaleyra", provider: kaleyra.Name,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Kaleyra().PutTemplate("kaleyra-neem", simkaleyra.NewTemplate(id, "failed_delivery_v1", simkaleyra.Content{
				Header: "Order {{1}}", Body: everyPlace, Footer: "Reply below",
				Buttons: []simkaleyra.Button{simkaleyra.Button(replies), simkaleyra.Button(track), simkaleyra.Button(call)},
			}))
		},
		filling: template.Filling{Variables: append(append([]string{"customer_order_id"}, everything...), "tracking_id")},
	},
	{
		name: "return_with_a_variable_that_it_has_not_at_kaleyra", provider: kaleyra.Name, refunded: true,
		put: func(r *rig.Rig, id string) error {
			return r.Sim.Kaleyra().PutTemplate("kaleyra-neem", simkaleyra.NewTemplate(id, "failed_delivery_v1", simkaleyra.Content{
				Body: "{{1}} of {{2}}, {{3}}: {{4}}",
			}))
		},
		filling: template.Filling{Variables: []string{"refund_amount", "return_id", "nonsense", "return_reason"}},
	},
}

// TestPreviewIsWhatPhonesShow holds the preview of a template against what the shopper's phone shows of a message whose event and order
// have the variables' samples as values: every byte of the text, and the buttons.
func TestPreviewIsWhatPhonesShow(t *testing.T) {
	t.Parallel()
	for _, tt := range previewCases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: tt.provider})
			r.Sim.Platform().PutOrder("51230077", sampledOrder(r))
			r.Meet(rig.BrandID, sampled, consent.Grant)

			kind := order.Kind{Resource: order.Shipment, SubType: "failed_delivery"}
			if tt.refunded {
				kind = order.Kind{Resource: order.ReturnShipment, SubType: "created"}
			}
			r.Must(tt.put(r, r.Vendor.TemplateID))
			r.ChangeAccount(func(a *account.Account) {
				a.Events[kind.String()] = account.Event{Enabled: true, TemplateID: r.Vendor.TemplateID, Filling: tt.filling}
			})

			tpl, err := r.Core(r.Hooks).Apps.Template(t.Context(), settings.Ref{AccountID: rig.BrandID, AppID: r.Vendor.AppID(), TemplateID: r.Vendor.TemplateID})
			r.Must(err)
			preview := template.Preview(tpl, tt.filling, kind)

			r.Hand(r.Hooks, r.EventData(sampledEvent(r, tt.refunded)))
			r.Settle(r.Hooks)
			shown := r.Sim.Phones().Inbox(sampled)
			if len(shown) != 1 || shown[0].State != string(message.StatusRead) {
				t.Fatalf("the phone shows %d messages, want one that is read; %s", len(shown), r.Describe())
			}

			want := shown[0].Text
			got, plain := preview.Text, preview.Plain
			if tt.provider == meta.Name && tpl.Header.Kind != template.HeaderText {
				got, _, _ = strings.Cut(plain, "\n[") // its phones show the header's medium as well
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the preview differs (-phone +preview):\n%s", diff)
			}
			labels := []string{}
			for _, b := range preview.Buttons {
				labels = append(labels, b.Text)
			}
			if diff := cmp.Diff(shown[0].Buttons, labels); diff != "" {
				t.Errorf("the buttons differ (-phone +preview):\n%s", diff)
			}
			for i, v := range preview.Values {
				if sent := r.Sim.Log().Accepted()[0].Params; i >= len(sent) || sent[i] != v.Text {
					t.Errorf("value %d: the preview has %q, and %q was sent", i, v.Text, sent)
				}
			}
		})
	}
}
