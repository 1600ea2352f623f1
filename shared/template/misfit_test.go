package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestMisfit holds fillings against the number and the names of placeholders alone.
func TestMisfit(t *testing.T) {
	t.Parallel()
	named := template.Filling{Variables: []string{"brand", "brand"}, Names: []string{"1", "2"}}
	for name, tt := range map[string]struct {
		body    string
		filling template.Filling
		want    string
	}{
		"fits":            {"Hi {{1}}, {{2}}", named, ""},
		"one_too_many":    {"Hi {{1}}", named, "1 placeholder"},
		"one_too_few":     {"Hi {{1}} {{2}} {{3}}", named, "3 placeholders"},
		"called_other":    {"Hi {{1}}, {{city}}", named, "was {{2}}"},
		"names_not_kept":  {"Hi {{1}}, {{city}}", keys("brand brand"), ""},
		"text_not_told":   {"", named, ""},
		"nothing_to_fill": {"Hi", template.Filling{}, ""},
		"other_trouble":   {"Hi {{1}}", texts("\n"), "1 placeholder"},
	} {
		got := template.Misfit(template.Template{ID: "t", Body: tt.body}, tt.filling)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestNewErrors has a template be edited: what was wrong before is no news, except that its placeholders do not fit.
func TestNewErrors(t *testing.T) {
	t.Parallel()
	created, _ := order.ParseKind("shipment/created")
	lint := func(c template.Template, f template.Filling) []template.Finding {
		c.ID, c.Language = "t", "en"
		return template.Lint(c, template.Use{Event: created, Filling: f})
	}
	image := template.Template{Header: template.Header{Kind: template.HeaderImage}, Body: "Hi"}
	for name, tt := range map[string]struct {
		before, now template.Template
		filling     template.Filling
		want        string
	}{
		"same":              {template.Template{Body: "Hi {{1}}"}, template.Template{Body: "Hi {{1}}"}, keys("brand"), ""},
		"other_words":       {template.Template{Body: "Hi {{1}}"}, template.Template{Body: "Dear {{1}}"}, keys("brand"), ""},
		"one_more":          {template.Template{Body: "Hi {{1}}"}, template.Template{Body: "Hi {{1}} {{2}}"}, keys("brand"), "count"},
		"never_fitted":      {template.Template{Body: "Hi"}, template.Template{Body: "Hi"}, keys("brand"), "count"},
		"image_now":         {template.Template{Body: "Hi"}, image, template.Filling{}, "media_missing"},
		"image_all_along":   {image, image, template.Filling{}, ""},
		"status_and_class":  {template.Template{Body: "Hi"}, template.Template{Body: "Hi", Status: "PAUSED", Category: "MARKETING"}, template.Filling{}, ""},
		"variable_no_other": {template.Template{Body: "Hi {{1}}"}, template.Template{Body: "Dear {{1}}"}, keys("no_such"), ""},
	} {
		var rules []string
		for _, f := range template.NewErrors(lint(tt.before, tt.filling), lint(tt.now, tt.filling)) {
			rules = append(rules, string(f.Rule))
		}
		if got := strings.Join(rules, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestDifferences shows what an edit changed, part by part.
func TestDifferences(t *testing.T) {
	t.Parallel()
	before := template.Template{
		Header: template.Header{Kind: template.HeaderText, Text: "Order {{1}}"}, Body: "Hi {{1}}", Footer: "Bye",
		Buttons: []template.Button{{Kind: template.ButtonURL, Text: "Track", URL: "https://a.test/{{1}}"}, {Kind: template.ButtonQuickReply, Text: "No"}},
	}
	if got := template.Differences(before, before); got != nil {
		t.Errorf("the same: got %+v", got)
	}
	after := template.Template{
		Header: template.Header{Kind: template.HeaderImage}, Body: "Dear {{1}}",
		Buttons: []template.Button{
			{Kind: template.ButtonURL, Text: "Track", URL: "https://b.test/{{1}}"},
			{Kind: template.ButtonQuickReply, Text: "No"},
			{Kind: template.ButtonPhone, Text: "Call", Phone: "+911"},
		},
	}
	want := []template.Difference{
		{Component: "header", Index: -1, Before: "Order {{1}}", After: "image"},
		{Component: "body", Index: -1, Before: "Hi {{1}}", After: "Dear {{1}}"},
		{Component: "footer", Index: -1, Before: "Bye"},
		{Component: "button", Index: 0, Before: "Track (https://a.test/{{1}})", After: "Track (https://b.test/{{1}})"},
		{Component: "button", Index: 2, After: "Call (+911)"},
	}
	if diff := cmp.Diff(want, template.Differences(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
