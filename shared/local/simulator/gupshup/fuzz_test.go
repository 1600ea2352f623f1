package gupshup

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
)

func FuzzParseTemplate(f *testing.F) {
	for _, s := range []string{
		`{"id":"a","params":["1","2"]}`, `{"id":"a"}`, `{"id":"a","params":[1]}`, `{"id":"a","params":[null]}`,
		`{"id":"","params":[]}`, `[]`, `{`, "", `{"id":"a","params":["\ud800"]}`, `{"id":"a","params":[ "x" ]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got, ref := parseTemplate(field)
		if ref != nil {
			if ref.status != 400 || ref.message == "" {
				t.Errorf("refusal without words: %+v", ref)
			}
			return
		}
		var loose struct {
			ID     string `json:"id"`
			Params []any  `json:"params"`
		}
		if err := json.Unmarshal([]byte(field), &loose); err != nil {
			t.Fatalf("taken, but no JSON: %v", err)
		}
		if got.id == "" || got.id != loose.ID || len(got.params) != len(loose.Params) {
			t.Errorf("got %+v from %q", got, field)
		}
		for i, p := range loose.Params {
			if p != any(got.params[i]) {
				t.Errorf("param %d: got %q, want the string %v", i, got.params[i], p)
			}
		}
	})
}

func FuzzParsePostbacks(f *testing.F) {
	for _, s := range []string{
		"", `[]`, `[{"index":0,"text":"a"}]`, `[{"index":1,"text":"a"}]`, `[{"index":-1,"text":"a"}]`,
		`[{"index":0,"text":"a"},{"index":0,"text":"b"}]`, `[{"text":"a"}]`, `{}`, `[{"index":1e9,"text":"a"}]`,
	} {
		f.Add(s)
	}
	buttons := []Button{{Type: QuickReply, Text: "a"}, {Type: "URL", Text: "b"}, {Type: QuickReply, Text: "c"}}
	f.Fuzz(func(t *testing.T, field string) {
		got, ref := parsePostbacks(field, buttons)
		if ref != nil && got != nil {
			t.Error("refused and taken")
		}
		for i, text := range got {
			if text == "" || i < 0 || i >= len(buttons) || buttons[i].Type != QuickReply {
				t.Errorf("took %d %q", i, text)
			}
		}
	})
}

func FuzzCheckMedia(f *testing.F) {
	for _, s := range []string{
		`{"type":"image","image":{"link":"https://a.example.com/1"}}`, `{"type":"image"}`, `{"type":"location","location":{}}`,
		`{"type":"video","video":{"id":"1"}}`, `x`, ``,
	} {
		for _, kind := range []string{"TEXT", "IMAGE", "VIDEO", "LOCATION"} {
			f.Add(kind, s)
		}
	}
	f.Fuzz(func(t *testing.T, kind, field string) {
		if ref := checkMedia(kind, field); ref == nil && field != "" && !json.Valid([]byte(field)) {
			t.Errorf("took %q for %s", field, kind)
		}
	})
}

func FuzzParseModes(f *testing.F) {
	for _, s := range []string{"ALL", "[SENT,READ]", `["SENT","READ"]`, "NONE", "", ",", "[", "sent , read", "NONE,ALL"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		mask, ok := parseModes(field)
		if !ok {
			return
		}
		sub := subscription{mask: mask}
		list, _ := sub.show("a")["modes"].([]string)
		if len(list) == 0 {
			list = []string{"NONE"}
		}
		if again, _ := parseModes(strings.Join(list, ",")); again != mask {
			t.Errorf("%q: %b reads back as %b", field, mask, again)
		}
	})
}

func FuzzFill(f *testing.F) {
	f.Add("Hi {{1}}, {{2}}", "a", "b")
	f.Add("{{b}} {{a}} {{ b }}", "{{a}}", "")
	f.Add("{{10}} {{9}}", "x", "y")
	f.Add("{{{1}}} {{-}}", "$1", "\\1")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		order := placeholder.Sorted(text)
		if len(order) > 2 {
			return
		}
		got := fill(text, []string{a, b}[:len(order)])
		if len(order) == 0 && got != text {
			t.Errorf("got %q from %q, which has no placeholder", got, text)
		}
		for i, v := range []string{a, b}[:len(order)] {
			if !strings.Contains(got, v) {
				t.Errorf("value %d is missing in %q", i, got)
			}
		}
	})
}

func TestTemplateFailure(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]int{
		"APPROVED": 0, "approved": 0, "PAUSED": 4005, "PENDING": 4003, "REJECTED": 4003, "FAILED": 4003, "DISABLED": 4003,
		"DELETED": 4003, "IN_APPEAL": 4003, "ENABLED": 4003, "": 4003,
	} {
		if got := templateFailure(status); got != want {
			t.Errorf("%q: got %d, want %d", status, got, want)
		}
	}
}

// A value may be as long as the body allows, in characters and not bytes, and may hold four blanks in a row.
func TestCheckValues(t *testing.T) {
	t.Parallel()
	tpl := NewTemplate("1", "a", Container{Data: "{{1}}"})
	c, err := compile(&tpl)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		value string
		want  int
	}{
		"plain":       {"Ira", 0},
		"four_blanks": {"a    b", 0},
		"five_blanks": {"a     b", 132018},
		"line_feed":   {"a\nb", 132018},
		"return":      {"a\rb", 132018},
		"tab":         {"a\tb", 132018},
		"empty":       {"", 132018},
		"just_fits":   {strings.Repeat("क", 1024), 0},
		"too_long":    {strings.Repeat("क", 1025), 132005},
	} {
		if got := c.checkValues([]string{tc.value}); got != tc.want {
			t.Errorf("%s: got %d, want %d", name, got, tc.want)
		}
	}
}

func TestCompiledCounts(t *testing.T) {
	t.Parallel()
	tpl := NewTemplate("1", "a", Container{
		Header: "Order {{1}}", Data: "Hi {{1}}, {{2}}", Footer: "Bye {{1}}",
		Buttons: []Button{{Type: "URL", Text: "Go", URL: "https://t.example.com/{{1}}"}, {Type: QuickReply, Text: "Yes"}},
	})
	c, err := compile(&tpl)
	if err != nil {
		t.Fatal(err)
	}
	if c.header != 1 || c.body != 2 || c.buttons != 1 || c.params != 4 {
		t.Errorf("got %d %d %d of %d, want 1 2 1 of 4", c.header, c.body, c.buttons, c.params)
	}
	if got, want := c.render([]string{"7", "Ira", "today", "x"}), "Order 7\nHi Ira, today\nBye {{1}}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if tpl.ButtonSupported != "URL" {
		t.Errorf("buttonSupported: got %q, want URL", tpl.ButtonSupported)
	}
}
