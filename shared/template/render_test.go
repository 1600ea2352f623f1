package template_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func TestRender(t *testing.T) {
	t.Parallel()
	failed := template.Template{
		ID: "t1", Status: "APPROVED",
		Header: template.Header{Kind: template.HeaderText, Text: "Order {{1}}"},
		Body:   "Hi {{1}}, {{ 2 }} from {{3}} could not be delivered. {{1}}, what now?",
		Footer: "Reply {{below}}",
		Buttons: []template.Button{
			{Kind: template.ButtonQuickReply, Text: "Try again"},
			{Kind: template.ButtonURL, Text: "Track", URL: "https://track.example.test/{{1}}"},
			{Kind: template.ButtonPhone, Text: "Call", Phone: "+910000000000"},
		},
	}
	tests := []struct {
		name   string
		t      template.Template
		values []string
		want   template.Rendered
		err    error
	}{
		{
			"whole", failed,
			[]string{"ORD1", "Ira", "Soap", "Neem", "T1"},
			template.Rendered{
				Header: template.Header{Kind: template.HeaderText, Text: "Order ORD1"},
				Body:   "Hi Ira, Soap from Neem could not be delivered. Ira, what now?",
				Footer: "Reply {{below}}",
				Buttons: []template.Button{
					{Kind: template.ButtonQuickReply, Text: "Try again"},
					{Kind: template.ButtonURL, Text: "Track", URL: "https://track.example.test/T1"},
					{Kind: template.ButtonPhone, Text: "Call", Phone: "+910000000000"},
				},
			},
			nil,
		},
		{"too_few", failed, []string{"ORD1", "Ira", "Soap", "Neem"}, template.Rendered{}, template.ErrParamCount},
		{"too_many", failed, make([]string, 6), template.Rendered{}, template.ErrParamCount},
		{"no_places", template.Template{Body: "Hello"}, nil, template.Rendered{Body: "Hello"}, nil},
		{"numbers_out_of_order", template.Template{Body: "{{2}} {{1}}"}, []string{"a", "b"}, template.Rendered{Body: "b a"}, nil},
		{"ten_after_nine", template.Template{Body: "{{10}}{{9}}{{8}}{{7}}{{6}}{{5}}{{4}}{{3}}{{2}}{{1}}"}, strings.Split("abcdefghij", ""), template.Rendered{Body: "jihgfedcba"}, nil},
		{"named_in_order_of_occurrence", template.Template{Body: "{{name}} {{Order_Id}} {{name}}"}, []string{"a", "b"}, template.Rendered{Body: "a b a"}, nil},
		{"named_and_numbered", template.Template{Body: "{{b}} {{1}}"}, []string{"x", "y"}, template.Rendered{Body: "x y"}, nil},
		{"value_like_a_placeholder", template.Template{Body: "{{1}} {{2}}"}, []string{"{{2}}", "b"}, template.Rendered{Body: "{{2}} b"}, nil},
		{"braces_that_are_text", template.Template{Body: "{{}} {{a b}} {1} {{1"}, nil, template.Rendered{Body: "{{}} {{a b}} {1} {{1"}, nil},
		{"three_braces", template.Template{Body: "{{{1}}}"}, []string{"a"}, template.Rendered{Body: "{a}"}, nil},
		{"open_before_a_place", template.Template{Body: "{{ x {{1}} }}"}, []string{"a"}, template.Rendered{Body: "{{ x a }}"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.t.Render(tt.values)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err == nil && tt.t.Count() != len(tt.values) {
				t.Errorf("Count: got %d, want %d", tt.t.Count(), len(tt.values))
			}
		})
	}
	if got := failed.Buttons[1].URL; got != "https://track.example.test/{{1}}" {
		t.Errorf("the template itself was changed: %q", got)
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	got := template.Placeholders("{{ order_id }} {{name}} {{order_id}} {{3}}")
	if diff := cmp.Diff([]string{"order_id", "name", "3"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := template.Placeholders("no {1} }} {{ here"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestSendable(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{
		"APPROVED": true, "approved": true, "FLAGGED": true, "LOCKED": true, "REINSTATED": true, "UNARCHIVED": true, "": true,
		"PENDING": false, "REJECTED": false, "PAUSED": false, "DISABLED": false, "IN_APPEAL": false, "ARCHIVED": false, "DELETED": false,
		"LIMIT_EXCEEDED": false, "FAILED": false, "ENABLED": false,
	} {
		if got := (template.Template{Status: status}).Sendable(); got != want {
			t.Errorf("%q: got %v", status, got)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("Order {{1}}", "Hi {{1}}, {{2}}", "https://x.example.test/{{1}}", "a")
	f.Add("", "{{b}} {{1}} {{{2}}}", "{{", "{{1}}")
	f.Add("{{}}", "{{ 1}}}} {{a b}}", "{{01}}{{1}}", "")
	f.Fuzz(func(t *testing.T, header, body, url, value string) {
		tpl := template.Template{Header: template.Header{Text: header}, Body: body, Buttons: []template.Button{{URL: url}}}
		n := tpl.Count()
		values := make([]string, n)
		for i := range values {
			values[i] = value
		}
		r, err := tpl.Render(values)
		if err != nil {
			t.Fatalf("Render of %d values: %v", n, err)
		}
		if value == "" || !strings.ContainsAny(value, "{}") {
			want := regexp.MustCompile(`\{\{\s*[A-Za-z0-9_]+\s*\}\}`).ReplaceAllLiteralString(body, value)
			if !strings.ContainsFunc(body, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) && r != ' ' }) && r.Body != want {
				t.Fatalf("body %q: got %q, want %q", body, r.Body, want)
			}
		}
		if n == 0 && (r.Header.Text != header || r.Body != body || r.Buttons[0].URL != url) {
			t.Fatal("a template without places was changed")
		}
		if _, err := tpl.Render(slices.Concat(values, []string{"x"})); !errors.Is(err, template.ErrParamCount) {
			t.Fatalf("one value too many: got %v", err)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	t := template.Template{
		Header: template.Header{Kind: template.HeaderText, Text: "Delivery missed"},
		Body:   "Hi {{1}}, we could not deliver {{2}} from {{3}}.", Footer: "Reply below",
		Buttons: []template.Button{{Kind: template.ButtonQuickReply, Text: "Try again"}, {Kind: template.ButtonQuickReply, Text: "Cancel"}},
	}
	values := []string{"Ira Sample", "NC-20417", "Neem & Co"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Render(values); err != nil {
			b.Fatal(err)
		}
	}
}
