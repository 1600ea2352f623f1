package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestPreview shows templates of all providers, with what stands beside their text and where each value comes from. That a phone shows the
// same is tested beside the sends, in package dispatch.
func TestPreview(t *testing.T) {
	t.Parallel()
	all := catalogue(t)
	all["businessonbot"] = template.Template{Name: "order_created", Language: "en"}
	for _, tt := range []struct {
		name, template, event string
		filling               template.Filling
		plain, sources        string
	}{
		{
			"gupshup", failed, "shipment/failed_delivery", keys("customer_name customer_order_id brand"),
			"Delivery missed\nHi Asha Sample, we could not deliver ORD123456 from KapasKraft.\nReply below\n[Try again]\n[Change address]",
			"sample of Customer name; sample of Customer order ID; sample of Brand",
		},
		{
			"meta_with_a_document", shipped, "shipment/dispatched", with(keys("customer_name customer_order_id courier tracking_id"), invoice),
			"[document: ORD123456.pdf https://files.example.test/invoice/ORD123456.pdf]\n" +
				"Hi Asha Sample, order ORD123456 is on its way with ExampleExpress. Thank you.\nAutomated update\n" +
				"[Track: https://t.example.com/o/TRK0011223344]\n[Reschedule]\n[Call: +919000000100]",
			"sample of Customer name; sample of Customer order ID; sample of Courier; sample of Tracking ID",
		},
		{
			"kaleyra_with_an_image", refunded, "returnShipment/complete", with(keys("customer_name refund_amount return_id"), image),
			"[image: https://cdn.example.com/p.jpg]\nHi Asha Sample, 499 for your return RET123456 is on its way.",
			"sample of Customer name; sample of Refund amount; sample of Return ID",
		},
		{
			"a_place", place, "shipment/delivered", with(keys(""), shop), "[location: Shop, Pune]\nYour parcel waits here.", "",
		},
		{
			"a_code", code, "shipment/delivered",
			template.Filling{CopyCode: template.Value{Variable: "customer_order_id"}},
			"For your next order.\n[Copy code: ORD123456]", "",
		},
		{
			"nothing_chosen", shipped, "shipment/dispatched",
			template.Filling{},
			"[document]\nHi Asha, order 10021 is on its way with BlueRoad. Thank you.\nAutomated update\n" +
				"[Track: https://t.example.com/o/TRK0011223344]\n[Reschedule]\n[Call: +919000000100]",
			strings.Repeat("the template's own sample; ", 3) + "the template's own sample",
		},
		{
			"half_chosen_without_samples", named, "shipment/created", keys("customer_name"),
			"Hi Asha Sample, {{brand}} has your order {{order_id}}.", "sample of Customer name; nothing chosen; nothing chosen",
		},
		{"a_text", failed, "shipment/failed_delivery", texts("Kapas  & Co"), "Delivery missed\nHi Asha Sample, we could not deliver ORD123456 from Kapas  & Co.\nReply below\n[Try again]\n[Change address]", "sample of Customer name; sample of Customer order ID; literal"},
		{
			"what_the_event_has_not", tracked, "shipment/delivered", with(keys("return_id nonsense brand"), template.Media{Link: template.Value{Variable: "nonsense"}}),
			"[image]\nYour order your return is on its way.\n[Track: https://shop.example.com/t/-]\n[Call us: +919000000100]",
			`stands in for Return ID, which the event does not have; stands in for "nonsense", which is no variable`,
		},
		{"text_not_known", "businessonbot", "shipment/created", keys("customer_name brand"), "", "sample of Customer name; sample of Brand"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resource, subType, _ := strings.Cut(tt.event, "/")
			got := template.Preview(all[tt.template], tt.filling, order.Kind{Resource: resource, SubType: subType})
			if diff := cmp.Diff(tt.plain, got.Plain); diff != "" {
				t.Errorf("plain text (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Plain, got.Text) {
				t.Errorf("the text %q is not within the plain text", got.Text)
			}
			var sources []string
			for _, v := range got.Values {
				sources = append(sources, v.Source)
			}
			if diff := cmp.Diff(tt.sources, strings.Join(sources, "; ")); diff != "" {
				t.Errorf("sources (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPreviewStructure holds the parts of a preview, and that the filling itself is left alone.
func TestPreviewStructure(t *testing.T) {
	t.Parallel()
	f := with(keys("customer_name customer_order_id courier"), template.Media{ID: "140299", Link: template.Value{Text: "https://cdn.example.com/a.pdf"}})
	got := template.Preview(catalogue(t)[shipped], f, order.Kind{Resource: order.Shipment, SubType: "dispatched"})
	want := template.Previewed{
		Rendered: template.Rendered{
			Header: template.Header{Kind: template.HeaderDocument, MediaURL: "https://scontent.example.com/handle"},
			Body:   "Hi Asha Sample, order ORD123456 is on its way with ExampleExpress. Thank you.", Footer: "Automated update",
			Buttons: []template.Button{
				{Kind: template.ButtonURL, Text: "Track", URL: "https://t.example.com/o/TRK0011223344"},
				{Kind: template.ButtonQuickReply, Text: "Reschedule"},
				{Kind: template.ButtonPhone, Text: "Call", Phone: "+919000000100"},
			},
		},
		Media: template.PreviewedMedia{ID: "140299", Filename: "a.pdf"},
		Values: []template.PreviewedValue{
			{Place: template.Place{Component: "body", Index: 0, Name: "1", Sample: "Asha"}, Variable: "customer_name", Text: "Asha Sample", Source: "sample of Customer name"},
			{Place: template.Place{Component: "body", Index: 1, Name: "2", Sample: "10021"}, Variable: "customer_order_id", Text: "ORD123456", Source: "sample of Customer order ID"},
			{Place: template.Place{Component: "body", Index: 2, Name: "3", Sample: "BlueRoad"}, Variable: "courier", Text: "ExampleExpress", Source: "sample of Courier"},
			{Place: template.Place{Component: "button", Index: 0, Name: "1", Sample: "TRK0011223344"}, Text: "TRK0011223344", Source: "the template's own sample"},
		},
		Text: "Hi Asha Sample, order ORD123456 is on its way with ExampleExpress. Thank you.\nAutomated update",
	}
	want.Plain = "[document: a.pdf 140299]\n" + want.Text + "\n[Track: https://t.example.com/o/TRK0011223344]\n[Reschedule]\n[Call: +919000000100]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.Variables) != 3 || f.Texts != nil {
		t.Errorf("the filling became %+v", f)
	}
}
