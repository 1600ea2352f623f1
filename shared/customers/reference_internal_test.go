package customers

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestReference takes names of records, and no number in whatever spelling.
func TestReference(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"form 12", "DIU 2026/4711", "ticket #4711", "artefact-7f3a", "b7c9e0a4-3d1f-4a57-9c55-0f6a1d2e3b4c", "12345678-1234-4234-8234-1234567890ab",
		"MNV order 7", "a.b_c:d", "T-1", "123456789", strings.Repeat("x", 64),
	} {
		if why := wrongReference(good); why != "" {
			t.Errorf("%q: %s", good, why)
		}
	}
	for _, bad := range []string{
		"", "ab", strings.Repeat("x", 65), "a\nbc", "a\tbc", "9876543210", "98765.43210", "98765/43210", "98765 43210", "98765:#43210", "9876_543_210", "+919876543210",
		"98765\u00a043210", "98765\u201343210", "98765,43210", "\u096f\u096e\u096d\u096c\u096b\u096a\u0969\u0968\u0967\u0966", "\uff19\uff18\uff17\uff16\uff15\uff14\uff13\uff12\uff11\uff10",
		"ira@example.test", "ira(at)example.test", "call Ira Sample, Baker Street 5", "wamid.HBgMOTE5ODc2NTQzMjEwFQIAERgSN0E", "wamid.HBgMOTE5ODc2NTQzMjEwFQIAERgSN0E=",
		"no " + base64.RawURLEncoding.EncodeToString([]byte("+919876543210")), "x" + base64.RawStdEncoding.EncodeToString([]byte("9876543210")),
		"12345678-1234-4234-8234-123456789012", "b7c9e0a4-3d1f-4a57-9c55-0f6a1d2e3b4c 98765 43210", "2026-11-20/17",
	} {
		if why := wrongReference(bad); why == "" {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestNameOf keeps ids, but not those that are an address or a number.
func TestNameOf(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"u-4031": "u-4031", "108176328764512345678": "108176328764512345678", "asha@brand.example": "editor", "+91 98765-43210": "editor", "9876543210": "editor", "": "editor",
	} {
		if got := NameOf(id, "editor"); got != want {
			t.Errorf("%q: got %q", id, got)
		}
	}
}
