package phone

import (
	"strings"
	"testing"
)

// TestCallingCodes checks the table itself: its shape, that no code is the beginning of another, that no region occurs
// twice, and that every region leads to its code.
func TestCallingCodes(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	regions := map[string]string{}
	for field := range strings.FieldsSeq(callingCodes) {
		code, isos, ok := strings.Cut(field, ":")
		if !ok || !allDigits(code) || len(code) > 3 || code[0] == '0' || codes[code] {
			t.Errorf("bad or repeated code in %q", field)
		}
		codes[code] = true
		for iso := range strings.SplitSeq(isos, ",") {
			if len(iso) != 2 || !isLetter(iso[0]) || !isLetter(iso[1]) || regions[iso] != "" {
				t.Errorf("bad or repeated region %q in %q", iso, field)
			}
			regions[iso] = code
		}
	}
	for code := range codes {
		for n := 1; n < len(code); n++ {
			if codes[code[:n]] {
				t.Errorf("code %s begins with code %s", code, code[:n])
			}
		}
	}
	for iso, code := range regions {
		r, ok := lookup(strings.ToLower(iso))
		if !ok || r.code != code {
			t.Errorf("lookup(%s): got %q, %v, want %q", iso, r.code, ok, code)
		}
		if got := callingCode(code + "555555"); got != code {
			t.Errorf("callingCode of %s…: got %q", code, got)
		}
	}
	if len(regions) < 230 {
		t.Errorf("got %d regions, want at least 230", len(regions))
	}
}

func TestLengthsAndZerosNameRegions(t *testing.T) {
	t.Parallel()
	for field := range strings.FieldsSeq(mobileLengths + keepZero) {
		if _, ok := lookup(field[:2]); !ok {
			t.Errorf("%q is not in the table", field[:2])
		}
	}
	if r, _ := lookup("AE"); r.length != 9 || r.keeps0 {
		t.Errorf("AE: got %+v", r)
	}
	if r, _ := lookup("GB"); r.length != 10 {
		t.Errorf("GB: got %+v", r)
	}
}
