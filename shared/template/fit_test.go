package template_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// words is a text of so many characters, in words of four.
func words(n int) string { return strings.Repeat("abcd ", n/5+1)[:n-1] + "z" }

// TestFit has values fit together that fit each by itself.
func TestFit(t *testing.T) {
	t.Parallel()
	link := "https://files.example.test/" + strings.Repeat("x", 600)
	tests := []struct {
		name   string
		header string
		body   string
		keys   string
		values []string
		// want are the values that must come out as they are here; the others must be cut.
		want []string
		// length is the least that the body must have: no more is cut than has to be.
		length int
	}{
		{
			"short", "", "Hi {{1}}, {{2}}.", "customer_name customer_order_id",
			[]string{"Ira", "NC-1"},
			[]string{"Ira", "NC-1"},
			0,
		},
		{
			"as long as may be", "", "{{1}}{{2}}", "customer_name failure_reason",
			[]string{words(512), words(512)},
			[]string{words(512), words(512)},
			1024,
		},
		{
			"one too many", "", "{{1}} {{2}}", "customer_name failure_reason",
			[]string{words(512), words(512)},
			[]string{"", ""},
			1015,
		},
		{
			"the longest first", "", "{{1}}, {{2}}: {{3}}", "customer_name customer_order_id failure_reason",
			[]string{words(300), "NC-20417", words(800)},
			[]string{words(300), "NC-20417", ""},
			1015,
		},
		{
			"two as long", "", "{{1}} {{2}} {{3}}", "customer_name latest_remark failure_reason",
			[]string{words(40), words(512), words(512)},
			[]string{words(40), "", ""},
			1010,
		},
		{
			"a link is whole", "", "{{1}}: {{2}} {{3}}", "customer_name invoice failure_reason",
			[]string{words(450), link, words(512)},
			[]string{"", link, ""},
			1010,
		},
		{
			"links too long", "", "{{1}}: {{2}} {{3}}", "invoice tracking_id customer_name",
			[]string{link, strings.Repeat("1", 500), "Ira"},
			[]string{"not available", strings.Repeat("1", 500), "Ira"},
			0,
		},
		{
			"said twice", "", "{{1}} and {{1}}", "failure_reason",
			[]string{words(509)},
			[]string{words(509)},
			1023,
		},
		{
			"said three times", "", "{{1}} and {{1}} and {{1}}", "failure_reason",
			[]string{words(512)},
			[]string{""},
			1000,
		},
		{
			"no words at all", "", "Hi {{1}}, we could not deliver your order {{2}} from {{3}}: {{4}}. What shall we do?",
			"customer_name customer_order_id brand failure_reason",
			[]string{strings.Repeat("N", 450), "T-76002", "Neem Web", strings.Repeat("R", 512)},
			[]string{strings.Repeat("N", 450), "T-76002", "Neem Web", ""},
			1024,
		},
		{
			"header", "Order {{1}} of {{2}}", "Hi {{1}}", "customer_order_id customer_name failure_reason",
			[]string{"NC-20417", words(100), words(400)},
			[]string{"NC-20417", "", words(400)},
			0,
		},
		{
			"header with a long id", "Order {{1}}", "Hi {{1}}", "customer_order_id customer_name",
			[]string{strings.Repeat("7", 70), "Ira"},
			[]string{"your order", "Ira"},
			0,
		},
		{
			"text not known", "", "", "customer_name customer_order_id failure_reason",
			[]string{words(512), "NC-20417", words(512)},
			[]string{"", "NC-20417", ""},
			1000,
		},
		{
			"another number of places", "", "Hi {{1}}", "customer_name failure_reason",
			[]string{words(512), words(600)},
			[]string{words(512), words(600)},
			0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			given := slices.Clone(tt.values)
			tpl := template.Template{Header: template.Header{Kind: template.HeaderText, Text: tt.header}, Body: tt.body}
			got := tpl.Fit(strings.Fields(tt.keys), tt.values)
			if diff := cmp.Diff(given, tt.values); diff != "" {
				t.Errorf("the caller's values (-before +after):\n%s", diff)
			}
			for i, want := range tt.want {
				if want != "" && got[i] != want {
					t.Errorf("value %d: got %q, want %q", i+1, got[i], want)
				}
				if head, cut := strings.CutSuffix(got[i], "…"); want == "" && (!cut || !strings.HasPrefix(given[i], head) || strings.Contains(given[i], " ") && given[i][len(head)] != ' ') {
					t.Errorf("value %d: got %q, want it cut after a word", i+1, got[i])
				}
			}

			shown, err := tpl.Render(got)
			switch {
			case tt.body == "":
				shown.Body = strings.Join(got, "")
			case len(got) != tpl.Count():
				// Nothing is too long, since nothing can be shown.
				if !errors.Is(err, template.ErrParamCount) || !slices.Equal(got, given) {
					t.Errorf("got %q, %v, want the values as they were, and a template that refuses them", got, err)
				}
			case err != nil:
				t.Fatal(err)
			}
			if n := utf8.RuneCountInString(shown.Body); n > 1024 || n < tt.length && tt.length > 0 {
				t.Errorf("body: got %d characters, want at most 1024 and at least %d", n, tt.length)
			}
			if n := utf8.RuneCountInString(shown.Header.Text); n > 60 {
				t.Errorf("header: got %d characters, want at most 60", n)
			}
		})
	}
}

// FuzzFit holds that whatever the values are, the body fits and what is no free text is whole or gives way.
func FuzzFit(f *testing.F) {
	f.Add("Hi {{1}}: {{2}} {{3}}", "Ira", "NC-1", "not at home")
	f.Add("{{1}}{{1}}{{2}}", strings.Repeat("अ", 700), strings.Repeat("7", 900), "")
	f.Fuzz(func(t *testing.T, body, name, id, reason string) {
		tpl := template.Template{Body: body}
		keys := []string{"customer_name", "customer_order_id", "failure_reason"}
		n := tpl.Count()
		if n > 3 || n == 0 || utf8.RuneCountInString(body) > 300 {
			t.Skip()
		}

		values := []string{template.Sanitise(name), template.Sanitise(id), template.Sanitise(reason)}[:n]
		got := tpl.Fit(keys[:n], values)
		shown, err := tpl.Render(got)
		if err != nil {
			t.Fatal(err)
		}
		if n > 1 && got[1] != values[1] && got[1] != "your order" {
			t.Errorf("the id became %q", got[1])
		}
		most := 16 * strings.Count(body, "{{") // what free texts are not cut below
		if size := utf8.RuneCountInString(shown.Body); size > max(1024, utf8.RuneCountInString(body)+most) {
			t.Errorf("got %d characters", size)
		}
	})
}
