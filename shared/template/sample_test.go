package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func TestUnfill(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, filled string
		want               []string
	}{
		{"in order", "Hi {{1}}, order {{2}}.", "Hi Asha, order 7.", []string{"Asha", "7"}},
		{"numbers out of order", "Order {{2}} of {{1}}", "Order 7 of Asha", []string{"Asha", "7"}},
		{"named", "Hi {{ name }}", "Hi Asha", []string{"Asha"}},
		{"a value with what stands between", "{{1}}, {{2}}.", "Pune, India, 7.", []string{"Pune", "India, 7"}},
		{"a value that must hold it", "{{1}} a {{2}} b", "x a y a z b", []string{"x", "y a z"}},
		{"over lines", "{{1}}\nBye", "Hi\nAsha\nBye", []string{"Hi\nAsha"}},
		{"said twice", "{{1}} and {{1}}", "a and a", []string{"a"}},
		{"said twice in two ways", "{{1}} and {{1}}", "a and b", nil},
		{"another text", "Hi {{1}}", "Hello Asha", nil},
		{"no value", "Hi {{1}}", "Hi ", nil},
		{"one beside the other", "{{1}}{{2}}", "ab", nil},
		{"no placeholder", "Hi", "Hi", nil},
		{"what means something in expressions", "(.*) {{1}}?", "(.*) x?", []string{"x"}},
	} {
		if diff := cmp.Diff(tt.want, template.Unfill(tt.text, tt.filled)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestSamples reads the values that a brand had its templates approved with from all that the providers tell.
func TestSamples(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		failed:   "Asha|ORD123456|KapasKraft",
		tracked:  "10021|TRK0011223344",
		shipped:  "Asha|10021|BlueRoad|TRK0011223344",
		booked:   "ORD123456|Asha|₹499|Handloom cotton T-shirt, M",
		hindi:    "Asha|ORD123456|Customer not reachable",
		headed:   "ORD123456|ExampleExpress|TRK0011223344",
		refunded: "Asha|Rs. 499|RET123456",

		"meta long_v1":         "Asha",
		"gupshup catalogue_v1": "Cotton",
	}
	for name, tpl := range catalogue(t) {
		if got := strings.Join(tpl.Samples, "|"); got != want[name] {
			t.Errorf("%s: got %q, want %q", name, got, want[name])
		}
		if n := len(tpl.Samples); n != 0 && n != tpl.Count() {
			t.Errorf("%s: %d samples for %d placeholders", name, n, tpl.Count())
		}
		for i, p := range tpl.Places() {
			if len(tpl.Samples) > 0 && p.Sample != tpl.Samples[i] {
				t.Errorf("%s: place %d has the sample %q", name, i, p.Sample)
			}
		}
	}
}

func TestWithSamples(t *testing.T) {
	t.Parallel()
	tpl := template.Template{
		Header: template.Header{Kind: template.HeaderText, Text: "{{1}}"}, Body: "{{1}} {{2}}",
		Buttons: []template.Button{{Kind: template.ButtonQuickReply}, {Kind: template.ButtonURL, URL: "https://t.example.com/{{1}}"}},
	}
	for _, tt := range []struct {
		name                string
		header, body, links []string
		want                []string
	}{
		{"all", []string{"a"}, []string{"b", "c"}, []string{"", "https://t.example.com/d"}, []string{"a", "b", "c", "d"}},
		{"a link's value alone", nil, nil, []string{"", "d"}, []string{"", "", "", "d"}},
		{"a link of another address", []string{"a"}, nil, []string{"", "https://other.example.com/d"}, []string{"a", "", "", ""}},
		{"too few of the body", []string{"a"}, []string{"b"}, nil, []string{"a", "", "", ""}},
		{"none", nil, nil, nil, nil},
	} {
		if diff := cmp.Diff(tt.want, tpl.WithSamples(tt.header, tt.body, tt.links).Samples); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// FuzzUnfill holds that values which are found make the filled text again.
func FuzzUnfill(f *testing.F) {
	f.Add("Hi {{1}}, {{2}}", "Hi a, b")
	f.Add("{{a}} {{ a }}!{{1}}", "x x!y")
	f.Fuzz(func(t *testing.T, text, filled string) {
		values := template.Unfill(text, filled)
		if values == nil {
			return
		}
		shown, err := template.Template{Body: text}.Render(values)
		if err != nil || shown.Body != filled {
			t.Errorf("got %q, %v, which makes %q", values, err, shown.Body)
		}
	})
}
