package template_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// keys is a filling of variables alone.
func keys(list string) template.Filling { return template.Filling{Variables: strings.Fields(list)} }

// texts is a filling of the variable customer_name and a text of the brand's own.
func texts(s string) template.Filling {
	return template.Filling{Variables: []string{"customer_name", "customer_order_id"}, Texts: []string{"", "", s}}
}

// findings are what was found, one line each.
func findings(all []template.Finding) []string {
	var lines []string
	for _, f := range all {
		lines = append(lines, fmt.Sprintf("%s %s %d %s", f.Severity, f.Component, f.Index, f.Rule))
	}
	return lines
}

// The templates of testdata that most cases are about.
const (
	failed   = "gupshup failed_delivery_v1"
	tracked  = "gupshup order_shipped_image_v1"
	named    = "gupshup order_created_named_v1"
	shipped  = "meta order_shipped_v3"
	booked   = "meta return_booked_named_v1"
	hindi    = "meta failed_delivery_hi_v1"
	code     = "meta thanks_code_v1"
	place    = "meta pickup_place_v1"
	headed   = "meta text_header_v1"
	refunded = "kaleyra refund_v1"
	tracking = "kaleyra track_v1"
)

var (
	image   = template.Media{Link: template.Value{Text: "https://cdn.example.com/p.jpg"}}
	invoice = template.Media{Link: template.Value{Variable: "invoice"}}
	shop    = template.Media{Latitude: "18.52", Longitude: "73.85", Name: "Shop", Address: "Pune"}
)

// with is a filling with media.
func with(f template.Filling, m template.Media) template.Filling {
	f.Media = m
	return f
}

// lintCases are what a use of a template is found to lack. Where no finding is listed, there is none.
var lintCases = []struct {
	name, template, event string
	filling               template.Filling
	want                  []string
}{
	// What fits.
	{"gupshup_fits", failed, "shipment/failed_delivery", keys("customer_name customer_order_id brand"), nil},
	{"gupshup_image_and_link_fit", tracked, "shipment/dispatched", with(keys("customer_order_id tracking_id"), image), nil},
	{"gupshup_named_fit", named, "shipment/created", keys("customer_name brand customer_order_id"), nil},
	{"meta_document_fits", shipped, "shipment/dispatched", with(keys("customer_name customer_order_id courier tracking_id"), invoice), nil},
	{"meta_upload_fits", shipped, "shipment/dispatched", with(keys("customer_name customer_order_id courier tracking_id"), template.Media{ID: "140299"}), nil},
	{"meta_named_fit", booked, "returnShipment/created", keys("customer_order_id customer_name refund_amount product_title"), nil},
	{"meta_place_fits", place, "shipment/shipment_held", with(keys(""), shop), nil},
	{"kaleyra_fits", refunded, "returnShipment/complete", with(keys("customer_name refund_amount return_id"), image), nil},
	{"kaleyra_named_and_numbered_fit", tracking, "shipment/intransit", keys("customer_name tracking_id tracking_id"), nil},
	{"text_fits", failed, "shipment/failed_delivery", texts("KapasKraft"), nil},
	{"text_with_four_blanks_fits", failed, "shipment/failed_delivery", texts("Kapas    Kraft"), nil},
	{"text_with_joiners_fits", failed, "shipment/failed_delivery", texts("क्\u200dष 👨\u200d👩 ❤\ufe0f"), nil},
	{"text_of_a_dash_fits", failed, "shipment/failed_delivery", texts("-"), nil},
	{"no_text_known", "businessonbot", "shipment/created", keys("customer_name brand"), nil},

	// How many, and which.
	{"too_few_values", failed, "shipment/failed_delivery", keys("customer_name customer_order_id"), []string{"error template -1 count"}},
	{"too_many_values", failed, "shipment/failed_delivery", keys("customer_name customer_order_id brand city"), []string{"error template -1 count"}},
	{"no_values_at_all", shipped, "shipment/dispatched", with(keys(""), invoice), []string{"error template -1 count"}},
	{"values_of_a_template_without_places", place, "shipment/delivered", with(keys("brand"), shop), []string{"error template -1 count"}},
	{"link_is_forgotten", tracked, "shipment/dispatched", with(keys("customer_order_id"), image), []string{"error template -1 count"}},
	{"unmapped_in_the_body", failed, "shipment/failed_delivery", template.Filling{Variables: []string{"customer_name", "", "brand"}}, []string{"error body 1 unmapped"}},
	{"unmapped_in_the_header", headed, "shipment/dispatched", template.Filling{Variables: []string{"", "courier", "tracking_id"}}, []string{"error header 0 unmapped"}},
	{"unmapped_in_a_link", tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id", ""}}, image), []string{"error button 0 unmapped"}},
	{
		"name_of_a_placeholder_changed", booked, "returnShipment/created",
		template.Filling{Variables: strings.Fields("customer_order_id customer_name refund_amount product_title"), Names: strings.Fields("order_no customer_name amount product")},
		[]string{"error body 1 name"},
	},
	{
		"named_became_numbered", failed, "shipment/failed_delivery",
		template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), Names: strings.Fields("1 order 3")},
		[]string{"error body 1 name"},
	},

	// Variables.
	{"unknown_variable_in_the_body", failed, "shipment/failed_delivery", keys("customer_name order_number brand"), []string{"error body 1 variable_unknown"}},
	{"unknown_variable_in_a_link", tracked, "shipment/dispatched", with(keys("customer_order_id awb"), image), []string{"error button 0 variable_unknown"}},
	{"refund_of_a_shipment", failed, "shipment/failed_delivery", keys("customer_name customer_order_id refund_amount"), []string{"error body 2 variable_event"}},
	{"return_of_a_shipment", tracked, "shipment/delivered", with(keys("return_id return_reason"), image), []string{"error body 0 variable_event", "error button 0 variable_event"}},
	{"failure_of_a_delivery_that_succeeded", failed, "shipment/delivered", keys("customer_name customer_order_id failure_reason"), []string{"error body 2 variable_event"}},
	{"failure_of_a_return_s_way", refunded, "returnShipment/failed_delivery", with(keys("customer_name failure_reason return_id"), image), nil},
	{"order_number_of_a_cart", named, "cart/abandoned", keys("customer_name brand customer_order_id"), []string{"error body 2 variable_event"}},
	{"unknown_variable_of_the_file", shipped, "shipment/dispatched", with(keys("customer_name customer_order_id courier tracking_id"), template.Media{Link: template.Value{Variable: "invoices"}}), []string{"error header -1 variable_unknown"}},

	// Texts.
	{"text_empty", failed, "shipment/failed_delivery", texts(" \u200b "), []string{"error body 2 text_empty"}},
	{"text_newline", failed, "shipment/failed_delivery", texts("Kapas\nKraft"), []string{"error body 2 text_newline"}},
	{"text_line_separator", failed, "shipment/failed_delivery", texts("Kapas\u2028Kraft"), []string{"error body 2 text_newline"}},
	{"text_tab", failed, "shipment/failed_delivery", texts("Kapas\tKraft"), []string{"error body 2 text_tab"}},
	{"text_five_blanks", failed, "shipment/failed_delivery", texts("Kapas     Kraft"), []string{"error body 2 text_blanks"}},
	{"text_no_break_space", failed, "shipment/failed_delivery", texts("Kapas\u00a0Kraft"), []string{"error body 2 text_look_alike"}},
	{"text_hangul_filler", failed, "shipment/failed_delivery", texts("Kapas\u3164Kraft"), []string{"error body 2 text_look_alike"}},
	{"text_turned_around", failed, "shipment/failed_delivery", texts("Kapas\u202eKraft"), []string{"error body 2 text_invisible"}},
	{"text_with_two_problems", failed, "shipment/failed_delivery", texts("Kapas\n\tKraft"), []string{"error body 2 text_newline", "error body 2 text_tab"}},
	{"text_in_a_link", tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id"}, Texts: []string{"", "a\tb"}}, image), []string{"error button 0 text_tab"}},

	{"text_in_a_link_with_a_blank", tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id"}, Texts: []string{"", "a b"}}, image), []string{"error button 0 text_link"}},
	{"text_in_a_link_with_an_accent", tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id"}, Texts: []string{"", "a/ü"}}, image), []string{"error button 0 text_link"}},
	{"text_in_a_link_fits", tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id"}, Texts: []string{"", "a%20b/?q=1&r=~"}}, image), nil},

	// Lengths.
	{"header_with_a_link_fits", headed, "shipment/dispatched", keys("invoice courier tracking_id"), nil},
	{"header_too_long_by_a_text", headed, "shipment/dispatched", template.Filling{Variables: []string{"", "courier", "tracking_id"}, Texts: []string{strings.Repeat("n", 53)}}, []string{"error header -1 too_long"}},
	{"header_just_fits", headed, "shipment/dispatched", template.Filling{Variables: []string{"", "courier", "tracking_id"}, Texts: []string{strings.Repeat("n", 52)}}, nil},
	{"body_too_long", "meta long_v1", "shipment/created", keys("invoice"), []string{"error body -1 too_long"}},
	{"body_just_fits", "meta long_v1", "shipment/created", keys("product_title"), nil},
	{"link_too_long", tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id"}, Texts: []string{"", strings.Repeat("n", 2000)}}, image), []string{"error button 0 too_long"}},

	// Beside the text.
	{"image_missing", tracked, "shipment/dispatched", keys("customer_order_id tracking_id"), []string{"error header -1 media_missing"}},
	{"video_missing", "kaleyra film_v1", "shipment/delivered", keys(""), []string{"error header -1 media_missing"}},
	{"image_not_https", tracked, "shipment/dispatched", with(keys("customer_order_id tracking_id"), template.Media{Link: template.Value{Text: "http://cdn.example.com/p.jpg"}}), []string{"error header -1 media_link"}},
	{"image_with_a_blank", tracked, "shipment/dispatched", with(keys("customer_order_id tracking_id"), template.Media{Link: template.Value{Text: "https://cdn.example.com/p 1.jpg"}}), []string{"error header -1 media_link"}},
	{"image_is_no_link", tracked, "shipment/dispatched", with(keys("customer_order_id tracking_id"), template.Media{Link: template.Value{Variable: "brand"}}), []string{"error header -1 media_link"}},
	{"image_with_a_password", tracked, "shipment/dispatched", with(keys("customer_order_id tracking_id"), template.Media{Link: template.Value{Text: "https://a:b@cdn.example.com/p.jpg"}}), []string{"error header -1 media_link"}},
	{"place_without_coordinates", place, "shipment/delivered", with(keys(""), template.Media{Name: "Shop", Address: "Pune"}), []string{"error header -1 location"}},
	{"place_with_half_of_them", place, "shipment/delivered", with(keys(""), template.Media{Latitude: "18.52", Name: "Shop", Address: "Pune"}), []string{"error header -1 location"}},
	{"place_off_the_earth", place, "shipment/delivered", with(keys(""), template.Media{Latitude: "118.52", Longitude: "73.85", Name: "Shop", Address: "Pune"}), []string{"error header -1 location"}},
	{"place_not_in_degrees", "gupshup store_pickup_v1", "shipment/delivered", with(keys(""), template.Media{Latitude: "NaN", Longitude: "73.85", Name: "Shop", Address: "Pune"}), []string{"error header -1 location"}},
	{"place_without_a_name", place, "shipment/delivered", with(keys(""), template.Media{Latitude: "18.52", Longitude: "73.85"}), []string{"error header -1 location"}},
	{"code_missing", code, "cart/abandoned", keys(""), []string{"error button 0 code_missing"}},
	{"code_of_another_event", code, "cart/abandoned", template.Filling{CopyCode: template.Value{Variable: "return_id"}}, []string{"error button 0 variable_event"}},
	{"code_too_long", code, "cart/abandoned", template.Filling{CopyCode: template.Value{Variable: "product_title"}}, []string{"error button 0 too_long"}},
	{"code_with_a_line_break", code, "cart/abandoned", template.Filling{CopyCode: template.Value{Text: "SAVE\n10"}}, []string{"error button 0 text_newline"}},
	{"header_that_nobody_fills", "meta survey_flow_v1", "shipment/delivered", keys(""), []string{"error header -1 header_kind", "error button 0 button_kind"}},

	// What the template is.
	{"marketing_for_an_order", code, "shipment/delivered", template.Filling{CopyCode: template.Value{Text: "SAVE10"}}, []string{"warning template -1 category"}},
	{"marketing_for_a_cart", code, "cart/abandoned", template.Filling{CopyCode: template.Value{Text: "SAVE10"}}, nil},
	{"catalogue_of_gupshup", "gupshup catalogue_v1", "shipment/delivered", keys("brand"), []string{"warning template -1 category", "error header -1 header_kind", "error button 0 button_kind"}},
	{"rejected", "meta rejected_v1", "shipment/created", keys("customer_name"), []string{"error template -1 status"}},
	{"rejected_in_kaleyra_s_words", "kaleyra failed_delivery_v1", "shipment/failed_delivery", keys("customer_name customer_order_id"), []string{"error template -1 status"}},
	{"paused_and_without_language", "gupshup old_v1", "shipment/out_for_delivery", keys("customer_order_id"), []string{"error template -1 status", "warning template -1 language"}},
	{"any_language", hindi, "shipment/delivered", keys("customer_name customer_order_id latest_remark"), nil},

	// Failed deliveries.
	{"reply_without_an_action", hindi, "shipment/failed_delivery", keys("customer_name customer_order_id failure_reason"), []string{"warning button 3 action_missing"}},
	{
		"reply_whose_action_is_chosen", hindi, "shipment/failed_delivery",
		template.Filling{Variables: strings.Fields("customer_name customer_order_id failure_reason"), Actions: []string{"", "", "", "ACTF004"}},
		nil,
	},
	{
		"action_that_does_not_exist", failed, "shipment/failed_delivery",
		template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), Actions: []string{"ACTF009"}},
		[]string{"error button 0 action_unknown"},
	},
	{"reply_on_another_event", shipped, "shipment/failed_delivery", with(keys("customer_name customer_order_id courier tracking_id"), invoice), nil},

	// What is set and would go nowhere.
	{"file_for_a_text", failed, "shipment/failed_delivery", with(keys("customer_name customer_order_id brand"), image), []string{"error header -1 media_unused"}},
	{"upload_for_a_place", place, "shipment/delivered", with(keys(""), template.Media{ID: "1", Latitude: "1", Longitude: "2", Name: "Shop", Address: "Pune"}), []string{"error header -1 media_unused"}},
	{"place_for_an_image", tracked, "shipment/dispatched", with(keys("customer_order_id tracking_id"), template.Media{Link: image.Link, Latitude: "1"}), []string{"error header -1 media_unused"}},
	{"code_without_a_button", failed, "shipment/failed_delivery", template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), CopyCode: template.Value{Text: "SAVE10"}}, []string{"error template -1 code_unused"}},
	{"action_for_no_button", failed, "shipment/failed_delivery", template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), Actions: []string{"", "", "", "", "ACTF001"}}, []string{"error button 4 action_unused"}},
	{"action_for_a_link", tracked, "shipment/failed_delivery", with(template.Filling{Variables: strings.Fields("customer_order_id tracking_id"), Actions: []string{"ACTF001"}}, image), []string{"error button 0 action_unused"}},
	{"action_of_another_event", hindi, "shipment/delivered", template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), Actions: []string{"ACTF001"}}, []string{"error button 0 action_unused"}},
	{"bill_without_a_button", failed, "shipment/failed_delivery", template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), Payment: template.Payment{Part: template.OrderDetails}}, []string{"error template -1 payment_unused"}},
	{"button_without_a_bill", "bill", "shipment/created", keys(""), []string{"error template -1 payment_missing"}},
	{"button_with_a_bill", "bill", "shipment/created", template.Filling{Payment: template.Payment{Part: template.OrderDetails}}, nil},
	{"all_of_a_text_that_is_not_told", "businessonbot", "shipment/created", template.Filling{Variables: []string{"brand"}, Media: image, CopyCode: template.Value{Text: "SAVE10"}}, nil},

	// Payments.
	{"news_of_a_payment_fits", "meta order_news_v1", "shipment/intransit", template.Filling{Payment: template.Payment{Part: template.OrderStatus, Description: template.Value{Text: "On its way"}}}, nil},
	{"news_with_an_unknown_reference", "meta order_news_v1", "shipment/intransit", template.Filling{Payment: template.Payment{Part: template.OrderStatus, Reference: "order"}}, []string{"error template -1 variable_unknown"}},
	{
		"news_with_a_line_of_another_event", "meta order_news_v1", "shipment/intransit",
		template.Filling{Payment: template.Payment{Part: template.OrderStatus, Description: template.Value{Variable: "return_reason"}}},
		[]string{"error template -1 variable_event"},
	},
	{"news_with_a_line_of_two", "meta order_news_v1", "shipment/intransit", template.Filling{Payment: template.Payment{Part: template.OrderStatus, Description: template.Value{Text: "On\nits way"}}}, []string{"error template -1 text_newline"}},
}

func TestLint(t *testing.T) {
	t.Parallel()
	all := catalogue(t)
	all["businessonbot"] = template.Template{ID: "order_created:en", Name: "order_created", Language: "en"}
	all["bill"] = template.Template{ID: "1", Name: "bill", Language: "en", Body: "Your bill", Buttons: []template.Button{{Kind: "order_details", Text: "Review and pay"}}}
	seen := map[template.Rule]bool{}
	for _, tt := range lintCases {
		tpl, ok := all[tt.template]
		if !ok {
			t.Fatalf("%s: no template %q", tt.name, tt.template)
		}
		resource, subType, _ := strings.Cut(tt.event, "/")
		got := template.Lint(tpl, template.Use{Event: order.Kind{Resource: resource, SubType: subType}, Filling: tt.filling})
		for _, f := range got {
			seen[f.Rule] = true
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, findings(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%+v", diff, got)
			}
			for _, f := range got {
				for _, sentence := range []string{f.Message, f.Remedy} {
					if !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "%!") || len(sentence) < 20 {
						t.Errorf("%s: %q is no sentence", f.Rule, sentence)
					}
				}
			}
		})
	}
	const rules = 29
	if len(seen) != rules {
		t.Errorf("the cases break %d rules, want all %d: %v", len(seen), rules, seen)
	}
}

// TestLintSays has the operator's sentences name what is wrong and where.
func TestLintSays(t *testing.T) {
	t.Parallel()
	all := catalogue(t)
	for _, tt := range []struct {
		template, event string
		filling         template.Filling
		message, remedy string
	}{
		{
			"meta rejected_v1", "shipment/created", keys("customer_name"),
			"The template's status is REJECTED, and only an approved one can be sent.",
			"Change the template as the reason of the rejection says and submit it again, or choose an approved one.",
		},
		{
			tracked, "shipment/dispatched", with(keys("customer_order_id"), image),
			"The template has 2 placeholders and 1 value set: body 1, button 1.",
			"Set a value for each placeholder, and none beyond them.",
		},
		{
			failed, "shipment/failed_delivery", keys("customer_name customer_order_id refund_amount"),
			`"Refund amount", which is set for {{3}} of the body, does not exist at the event "Failed delivery": shoppers would always read "the amount due".`,
			"Choose a variable that the event has, or write a text.",
		},
		{
			tracked, "shipment/dispatched", with(template.Filling{Variables: []string{"customer_order_id", ""}}, image),
			`Nothing is chosen for {{1}} of the link "Track".`, "Choose a variable, or write a text.",
		},
		{
			"meta long_v1", "shipment/created", keys("invoice"),
			"With its sample values, the body has 1036 characters, and WhatsApp takes 1024.",
			"Choose a shorter text or another variable, or have a shorter template approved.",
		},
		{
			failed, "shipment/failed_delivery",
			template.Filling{Variables: strings.Fields("customer_name customer_order_id brand"), Actions: []string{"x"}},
			`"x", which is set for the button "Try again", is no action.`,
			"Choose ACTF001 (try again), ACTF002 (choose a day), ACTF003 (cancel the order) or ACTF004 (say that nobody came).",
		},
	} {
		resource, subType, _ := strings.Cut(tt.event, "/")
		got := template.Lint(all[tt.template], template.Use{Event: order.Kind{Resource: resource, SubType: subType}, Filling: tt.filling})
		if len(got) != 1 || got[0].Message != tt.message || got[0].Remedy != tt.remedy {
			t.Errorf("%s: got %+v", tt.message, got)
		}
	}
}

// TestLintWantsApproval holds that only an approved template, in any case, can be chosen, though others can be sent for now.
func TestLintWantsApproval(t *testing.T) {
	t.Parallel()
	tpl := catalogue(t)[failed]
	use := template.Use{Event: order.Kind{Resource: order.Shipment, SubType: "failed_delivery"}, Filling: keys("customer_name customer_order_id brand")}
	for status, fits := range map[string]bool{
		"APPROVED": true, "approved": true, "Approved": true, "": true, "FLAGGED": false, "LOCKED": false, "REINSTATED": false, "PENDING": false, "paused": false, "DISABLED": false,
	} {
		tpl.Status = status
		got := template.Lint(tpl, use)
		if fits != (len(got) == 0) {
			t.Errorf("%q: got %+v", status, got)
		}
		if !fits && (got[0].Rule != "status" || got[0].Severity != template.SeverityError || !strings.Contains(got[0].Message, strings.ToUpper(status))) {
			t.Errorf("%q: got %+v", status, got[0])
		}
	}
	if m := template.Missing(); m.Severity != template.SeverityError || m.Message == "" || m.Remedy == "" {
		t.Errorf("a template that is not there: %+v", m)
	}
}
