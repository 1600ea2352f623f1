package template_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// maxValue is the most characters of a value.
const maxValue = 512

func TestSanitise(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "Ira Sample", "Ira Sample"},
		{"empty", "", "-"},
		{"blank", " \t\n", "-"},
		{"line_breaks", "a\r\nb\nc", "a b c"},
		{"tab", "a\tb", "a b"},
		{"spaces", "a     b", "a b"},
		{"two_spaces", "a  b", "a b"},
		{"trim", "  a ", "a"},
		{"unicode_spaces", "a\u00a0\u2003\u2028b", "a b"},
		{"control", "a\x00\x1b[31mb\x7f", "a[31mb"},
		{"direction", "a\u202eb\u2066c\u200fd", "abcd"},
		{"invisible_only", "\u200b\ufeff\u202e", "-"},
		{"joiners_only", "\u200d\u200c", "-"},
		{"joiner_in_script", "क्\u200dष", "क्\u200dष"},
		{"joiner_in_emoji", "👨\u200d👩", "👨\u200d👩"},
		{"not_utf8", "a\xffb", "ab"},
		{"accents", "Zoë", "Zoë"},
		{"longest", strings.Repeat("a", maxValue-1), strings.Repeat("a", maxValue-1)},
		{"too_long", strings.Repeat("a", maxValue+100), strings.Repeat("a", maxValue-1) + "…"},
		{"too_long_in_another_script", strings.Repeat("अ", 2000), strings.Repeat("अ", maxValue-1) + "…"},
		{"cut_at_a_space", strings.Repeat("a", maxValue-1) + " b", strings.Repeat("a", maxValue-1) + "…"},
		{"too_long_of_words", strings.Repeat("word ", 200), strings.Repeat("word ", 101) + "word…"},
		{"hangul_fillers", "\u3164\u115f\u1160\uffa0", "-"},
		{"braille_blank", "\u2800 \u2800", "-"},
		{"zero_width", "\u200b\u200c\u2060\ufeff\u00ad\u180e", "-"},
		{"marks_of_nothing", "\u0301\ufe0f\u034f", "-"},
		{"khmer_vowels_of_nothing", "\u17b4\u17b5", "-"},
		{"null_note", "\U0001d159", "-"},
		{"filler_in_a_name", "김\u3164아", "김\u3164아"},
		{"emoji_with_its_selector", "❤\ufe0f", "❤\ufe0f"},
		{"placeholder_stays", "{{1}}", "{{1}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := template.Sanitise(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{"", " a ", "a\n\tb", "a\u202eb", strings.Repeat("ab ", 400), "\xff", "👨\u200d👩"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := template.Sanitise(s)
		if got == "" || utf8.RuneCountInString(got) > maxValue || !utf8.ValidString(got) {
			t.Fatalf("got %q", got)
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("spaces in %q", got)
		}
		for _, r := range got {
			if r != ' ' && unicode.IsSpace(r) || unicode.IsControl(r) {
				t.Fatalf("%U in %q", r, got)
			}
		}
		if again := template.Sanitise(got); again != got {
			t.Fatalf("again: got %q, want %q", again, got)
		}
	})
}

func BenchmarkSanitise(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		template.Sanitise("12 Sample Street,\n Near Example Park")
	}
}
