package placeholder_test

import (
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/placeholder"
)

func TestNames(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ names, sorted []string }{
		"plain { text } {{}} {{ a b }}":    {},
		"{{2}} {{1}} {{ 2 }}":              {[]string{"2", "1"}, []string{"1", "2"}},
		"{{10}} {{9}}":                     {[]string{"10", "9"}, []string{"9", "10"}},
		"{{order_no}} {{name}} {{name}}":   {[]string{"order_no", "name"}, []string{"order_no", "name"}},
		"{{{{1}}}} {{\t2\n}} {{-3}} {{ⅳ}}": {[]string{"1", "2"}, []string{"1", "2"}},
	}
	for text, want := range tests {
		if got := placeholder.Names(text); !slices.Equal(got, want.names) {
			t.Errorf("%q: got %q, want %q", text, got, want.names)
		}
		if got := placeholder.Sorted(text); !slices.Equal(got, want.sorted) {
			t.Errorf("%q sorted: got %q, want %q", text, got, want.sorted)
		}
	}
}

func TestSorted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                              nil,
		"{{2}} {{1}} {{2}} {{10}}":      {"1", "2", "10"},
		"{{ order_id }} and {{name}}":   {"order_id", "name"},
		"{{}} {{a-b}} {1} {{ }} {{1 2}": nil,
	} {
		if got := placeholder.Sorted(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	got := placeholder.Fill("{{1}}, {{ name }} and {{2}}, {{1}}", map[string]string{"1": "{{2}}", "name": "$1"})
	if want := "{{2}}, $1 and {{2}}, {{2}}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
