package console

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestContentOfAForm reads what fills a template, all of which the store takes.
func TestContentOfAForm(t *testing.T) {
	t.Parallel()
	sent := url.Values{
		"template": {"t1"}, "mapped": {"t1"},
		"value-0.choice": {"brand"}, "value-0.text": {"left over"}, "value-0.name": {"1"},
		"value-1.choice": {ownText}, "value-1.text": {"soon"}, "value-1.name": {"2"},
		"value-2.choice": {""}, "value-2.text": {""}, "value-2.name": {"3"},
		"mediaLink.choice": {"invoice"}, "mediaFilename": {" bill.pdf "},
		"copyCode.text": {"SAVE10"},
		"action-2":      {"ACTF003"},
		"paymentPart":   {"order_details"}, "paymentSettings": {`[{"type":"payment_gateway"}]`},
	}
	want := &account.Content{TemplateID: "t1", Filling: template.Filling{
		Variables: []string{"brand", "", ""},
		Texts:     []string{"", "soon", ""},
		Names:     []string{"1", "2", "3"},
		Actions:   []string{"", "", "ACTF003"},
		Media:     template.Media{Link: template.Value{Variable: "invoice"}, Filename: "bill.pdf"},
		CopyCode:  template.Value{Text: "SAVE10"},
		Payment:   template.Payment{Part: template.OrderDetails, Settings: `[{"type":"payment_gateway"}]`},
	}}

	got, fresh := contentIn(sent)
	if diff := cmp.Diff(want, got); diff != "" || fresh {
		t.Errorf("fresh %t, (-want +got):\n%s", fresh, diff)
	}

	sent.Set("template", "t2")
	if got, fresh = contentIn(sent); !fresh || len(got.Filling.Keys()) != 0 || got.TemplateID != "t2" {
		t.Errorf("of another template: %+v, fresh %t", got, fresh)
	}
	if got, _ = contentIn(url.Values{}); got != nil {
		t.Errorf("of no template: %+v", got)
	}
}

// TestAgeOfAForm reads lengths of time, and refuses what is none.
func TestAgeOfAForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number, unit string
		want         time.Duration
	}{
		{"", "hours", 0},
		{"90", "minutes", 90 * time.Minute},
		{" 2 ", "days", 48 * time.Hour},
		{"0", "hours", -1},
		{"-1", "hours", -1},
		{"2.5", "hours", -1},
		{"soon", "hours", -1},
		{"99999999999", "hours", -1},
		{"1", "years", -1},
	} {
		age := ageIn(url.Values{"age": {tt.number}, "ageUnit": {tt.unit}})
		if got := age.duration(); got != tt.want {
			t.Errorf("%q %s: got %v, want %v", tt.number, tt.unit, got, tt.want)
		}
		if tt.want > 0 && ageOf(tt.want).duration() != tt.want {
			t.Errorf("%v is shown as %+v", tt.want, ageOf(tt.want))
		}
	}
}

// TestAgesComeBack holds that every limit that can be set comes out of its form as it went in, and that the browser takes it for a number.
func TestAgesComeBack(t *testing.T) {
	t.Parallel()
	for d := time.Minute; d <= 7*24*time.Hour; d += time.Second {
		age := ageOf(d)
		if got := ageIn(url.Values{"age": {age.Number}, "ageUnit": {age.Unit}}).duration(); got != d {
			t.Fatalf("%v is shown as %+v, which is saved as %v", d, age, got)
		}
	}
}

// TestNumbersWithCommas takes commas between groups of digits alone.
func TestNumbersWithCommas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"": 0, "2.5": 250, "1,500": 150_000, "1,500.25": 150_025, "12,34,567.5": 123_456_750, "1500": 150_000,
		"2,5": -1, "1,50": -1, "1,5000": -1, ",500": -1, "1.500,25": -1, "1,,500": -1, "2.555": -1, "-1": -1, "+1": -1,
	} {
		got, ok := fixed(text, 2)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestChangesInWords says of each kind of setting what it is, and of no credential anything.
func TestChangesInWords(t *testing.T) {
	t.Parallel()
	names := map[string]string{"g-1": "Neem alerts"}
	got := changesOf([]account.Change{
		{Path: "apps.g-1.secret"},
		{Path: "choices.g-1.shipment/created.enabled", Before: false, After: true},
		{Path: "choices.g-1.shipment/created.filling.names[0]", After: "1"},
		{Path: "choices.g-1.shipment/created.filling.variables[0]", After: "customer_name"},
		{Path: "maxAge", After: "48h0m0s"},
		{Path: "sender", Before: "", After: "g-1"},
		{Path: "somethingNew.inside", After: int64(3)},
	}, names)
	want := []changeGroup{
		{"Neem alerts", []changeView{{"Credential", "apps.g-1.secret", "not shown", "not shown"}}},
		{"Order created at Neem alerts", []changeView{
			{"On", "choices.g-1.shipment/created.enabled", "no", "yes"},
			{"Placeholder 1", "choices.g-1.shipment/created.filling.variables[0]", "", "Customer name"},
		}},
		{"The account", []changeView{
			{"Not sent when older than", "maxAge", "", "2 days"},
			{"Sender", "sender", "", "Neem alerts"},
			{"Something New, inside", "somethingNew.inside", "", "3"},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConnectionsInWords holds that nobody who connects an app reads names that programs have for its fields.
func TestConnectionsInWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Enter that number, or the providerIds of the app that has this one.": "Enter that number, or the ids of the app that has this one.",
		"Mend that at the provider, or correct providerIds.":                  "Mend that at the provider, or correct what names the app.",
		"the first message will show whether appName is right.":               "the first message will show whether “App name” is right.",
		"WhatsApp, BusinessOnBot and OrderID stay":                            "WhatsApp, BusinessOnBot and OrderID stay",
	} {
		if got := inWords(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
