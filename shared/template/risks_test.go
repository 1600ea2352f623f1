package template_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

var (
	created   = order.Kind{Resource: order.Shipment, SubType: "created"}
	abandoned = order.Kind{Resource: order.Cart, SubType: "abandoned"}
)

// plain and selling are texts without and with what rules find.
const (
	plain   = "Hi {{1}}, your order {{2}} is with us and will be packed today."
	selling = "Hi {{1}}, your order {{2}} is with us. Our big sale has begun!"
	crowded = "Order {{1}} is with us, dear {{2}}."
)

// approvedAs is a template that WhatsApp approved in a category.
func approvedAs(category, body string) template.Template {
	return template.Template{ID: "own", Name: "t_v1", Language: "en", Category: category, Status: "APPROVED", Body: body}
}

// risks are what was found, one line each.
func risks(all []template.Finding) []string {
	var lines []string
	for _, f := range all {
		line := fmt.Sprintf("%s %s %s %d %s %v", f.Severity, f.Risk, f.Component, f.Index, f.Rule, f.Words)
		if f.Contradicted {
			line += " contradicted"
		}
		if f.Outcome != "" {
			line += ": " + f.Outcome
		}

		lines = append(lines, line)
	}

	return lines
}

// TestRisks warns of what WhatsApp may do, and says what it did.
func TestRisks(t *testing.T) {
	t.Parallel()

	const (
		sale      = "warning reclassed body -1 promotion [sale]"
		edge      = "warning refused body -1 placeholder_edge [{{2}}]"
		against   = " contradicted: WhatsApp approved this text as UTILITY, against our rule."
		nothingIn = "warning %s template -1 unforeseen [] contradicted: "
	)

	with := func(t template.Template, change func(*template.Template)) template.Template {
		change(&t)

		return t
	}

	for _, tt := range []struct {
		name     string
		template template.Template
		event    order.Kind
		want     []string
	}{
		{"nothing", approvedAs("UTILITY", plain), created, nil},
		{"approved", approvedAs("UTILITY", selling), created, []string{sale + against}},
		{"approved_in_small_letters", with(approvedAs("utility", selling), func(t *template.Template) { t.Status = "approved" }), created, []string{sale + against}},
		{"flagged", with(approvedAs("UTILITY", selling), func(t *template.Template) { t.Status = "FLAGGED" }), created, []string{sale + against}},
		{"pending", with(approvedAs("UTILITY", selling), func(t *template.Template) { t.Status = "PENDING" }), created, []string{sale}},
		{"untold_status", with(approvedAs("UTILITY", selling), func(t *template.Template) { t.Status = "" }), created, []string{sale}},
		{"to_be_marketing", with(approvedAs("UTILITY", selling), func(t *template.Template) { t.CorrectCategory = "MARKETING" }), created, []string{
			sale + ": WhatsApp says that this template is to be MARKETING.",
		}},
		{"marketing_already", approvedAs("MARKETING", selling), created, nil},
		{"marketing_that_was_utility", with(approvedAs("MARKETING", selling), func(t *template.Template) { t.PreviousCategory = "UTILITY" }), created, nil},
		{"may_promote", approvedAs("MARKETING", selling), abandoned, nil},
		{"may_promote_as_utility", approvedAs("UTILITY", selling), abandoned, nil},
		{"form", approvedAs("UTILITY", crowded), created, []string{edge + against}},
		{"form_of_a_cart", approvedAs("MARKETING", crowded), abandoned, []string{edge + " contradicted: WhatsApp approved this text as MARKETING, against our rule."}},
		{"form_that_was_refused", with(approvedAs("UTILITY", crowded), func(t *template.Template) { t.Status, t.RejectedReason = "REJECTED", "INVALID_FORMAT" }), created, []string{
			edge + ": WhatsApp refused this template as INVALID_FORMAT.",
		}},
		{"refused_for_nothing_of_ours", with(approvedAs("UTILITY", plain), func(t *template.Template) { t.Status, t.RejectedReason = "REJECTED", "SCAM" }), created, []string{
			fmt.Sprintf(nothingIn, "refused") + "WhatsApp refused the template as SCAM, and our rules found nothing in it.",
		}},
		{"refused_without_a_reason", with(approvedAs("UTILITY", plain), func(t *template.Template) { t.Status = "REJECTED" }), created, nil},
		{"re_classed_for_nothing_of_ours", with(approvedAs("MARKETING", plain), func(t *template.Template) { t.PreviousCategory = "UTILITY" }), created, []string{
			fmt.Sprintf(nothingIn, "reclassed") + "WhatsApp takes the template for MARKETING and not for UTILITY, and our rules found nothing promotional in it.",
		}},
		{"to_be_re_classed_for_nothing_of_ours", with(approvedAs("UTILITY", plain), func(t *template.Template) { t.CorrectCategory = "MARKETING" }), created, []string{
			fmt.Sprintf(nothingIn, "reclassed") + "WhatsApp takes the template for MARKETING and not for UTILITY, and our rules found nothing promotional in it.",
		}},
		{"untold_text", template.Template{ID: "order_created:en", Status: "REJECTED", RejectedReason: "SCAM"}, created, nil},
		{"a_sample_is_missing", with(approvedAs("UTILITY", plain), func(t *template.Template) { t.Status, t.Samples = "PENDING", []string{"Asha", ""} }), created, []string{
			"warning refused body -1 sample_missing [{{2}}]",
		}},
		{"samples_are_not_told", with(approvedAs("UTILITY", plain), func(t *template.Template) { t.Status = "PENDING" }), created, nil},
		{"samples_of_the_body_are_not_told", with(approvedAs("UTILITY", plain), func(t *template.Template) {
			t.Status, t.Samples = "PENDING", []string{"", "", "x"}
			t.Buttons = []template.Button{{Kind: template.ButtonURL, Text: "Track", URL: "https://t.example.test/{{1}}"}}
		}), created, nil},
		{"a_sample_is_missing_of_what_is_approved", with(approvedAs("UTILITY", plain), func(t *template.Template) { t.Samples = []string{"Asha", ""} }), created, nil},
		{"button", with(approvedAs("UTILITY", plain), func(t *template.Template) {
			t.Buttons = []template.Button{{Kind: template.ButtonQuickReply, Text: "Yes"}, {Kind: template.ButtonURL, Text: "Shop more", URL: "https://t.example.test"}}
		}), created, []string{"warning reclassed button 1 upsell [Shop more]" + against}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got := template.Risks(tt.template, template.Use{Event: tt.event})
			if diff := cmp.Diff(tt.want, risks(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}

			for _, f := range got {
				if f.Rule != "unforeseen" && (f.Source.Name == "" || !strings.HasPrefix(f.Source.Address, "https://")) || f.Message == "" || f.Remedy == "" {
					t.Errorf("got %+v", f)
				}
			}
		})
	}
}

// TestRisksLearn counts what WhatsApp decided on other templates of the app with the same words, and asks for them only if there is a warning.
func TestRisksLearn(t *testing.T) {
	t.Parallel()

	own := approvedAs("UTILITY", selling)

	other := func(id, category, previous, status, body string) template.Template {
		return template.Template{ID: id, Category: category, PreviousCategory: previous, Status: status, Body: body}
	}

	asked := 0
	use := template.Use{Event: created, Neighbours: func() []template.Template {
		asked++

		return []template.Template{
			own,
			other("1", "UTILITY", "", "APPROVED", "Order {{1}} is in, and so is the SALE, dear friend."),
			other("2", "UTILITY", "", "APPROVED", "The sale of your order {{1}} is confirmed today."),
			other("3", "MARKETING", "UTILITY", "APPROVED", "Order {{1}} is in. Sale now, dear friend."),
			other("4", "UTILITY", "", "REJECTED", "Order {{1}} is in. A sale for you, dear friend."),
			other("5", "MARKETING", "", "APPROVED", "A sale that was always marketing."),
			other("6", "UTILITY", "", "PENDING", "A sale that waits for WhatsApp."),
			other("7", "UTILITY", "", "APPROVED", "Order {{1}} without the word is wholesale."),
			other("8", "UTILITY", "", "APPROVED", ""),
		}
	}}

	want := "WhatsApp approved this text as UTILITY, against our rule. Of your other templates with the same: 2 approved as UTILITY, 1 re-classed as MARKETING, 1 refused."
	if got := template.Risks(own, use); len(got) != 1 || got[0].Outcome != want || !got[0].Contradicted || asked != 1 {
		t.Errorf("asked %d times, got %q", asked, risks(got))
	}

	if got := template.Risks(approvedAs("UTILITY", plain), use); len(got) != 0 || asked != 1 {
		t.Errorf("without a warning: asked %d times, got %q", asked, risks(got))
	}

	own.Status = "PENDING"
	if got := template.Risks(own, use); len(got) != 1 || got[0].Contradicted || !strings.HasPrefix(got[0].Outcome, "Of your other templates") {
		t.Errorf("not decided yet: got %q", risks(got))
	}

	use.Neighbours = func() []template.Template { return []template.Template{own} }
	if got := template.Risks(own, use); len(got) != 1 || got[0].Outcome != "" {
		t.Errorf("alone: got %q", risks(got))
	}
}

// TestReasonOf keeps a reason as it is told.
func TestReasonOf(t *testing.T) {
	t.Parallel()

	for told, want := range map[string]string{"": "", "NONE": "", " none ": "", "INVALID_FORMAT": "INVALID_FORMAT", " Too vague. ": "Too vague."} {
		if got := template.ReasonOf(told); got != want {
			t.Errorf("%q: got %q, want %q", told, got, want)
		}
	}
}
