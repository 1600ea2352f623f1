package canary

import (
	"strings"
	"testing"
)

// TestDeepBodiesAreNotMasked gives up on bodies whose forms would take minutes to compare while everybody waits: nested too deep. A bracket
// within a text is none.
func TestDeepBodiesAreNotMasked(t *testing.T) {
	t.Parallel()
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	for name, body := range map[string]string{
		"lists": deep("[", "]", 20_000), "objects": deep(`{"a":`, "}", 20_000), "lists in objects": deep(`{"a":[`, "]}", 10_000), "just too deep": deep("[", "]", maxNested+1),
		"unended": strings.Repeat("[", 20_000),
	} {
		if masked := mask([]byte(body)); masked != nil {
			t.Errorf("%s: %d bytes are kept", name, len(masked))
		}
	}
	for name, body := range map[string]string{"deep enough": deep("[", "]", maxNested), "in a text": `{"a":"` + deep("[", "]", 100) + `\"[["}`} {
		if mask([]byte(body)) == nil {
			t.Errorf("%s: nothing is kept", name)
		}
	}
}
