package gupshup

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLenientTypes(t *testing.T) {
	t.Parallel()
	type fields struct {
		T text   `json:"t"`
		N number `json:"n"`
		B truth  `json:"b"`
	}
	tests := []struct {
		raw  string
		text text
		num  number
		is   truth
	}{
		{`"7"`, "7", 7, truth{}},
		{`7`, "7", 7, truth{}},
		{`-7`, "-7", -7, truth{}},
		{`7.9`, "7.9", 7, truth{}},
		{`1.78e12`, "1.78e12", 1_780_000_000_000, truth{}},
		{`1e400`, "1e400", 0, truth{}},
		{`99999999999999999999`, "99999999999999999999", 0, truth{}},
		{`" 8 "`, " 8 ", 8, truth{}},
		{`"NaN"`, "NaN", 0, truth{}},
		{`"é"`, "é", 0, truth{}},
		{`true`, "", 0, truth{set: true, value: true}},
		{`"True"`, "True", 0, truth{set: true, value: true}},
		{`false`, "", 0, truth{set: true}},
		{`"false"`, "false", 0, truth{set: true}},
		{`null`, "", 0, truth{}},
		{`{}`, "", 0, truth{}},
		{`["7"]`, "", 0, truth{}},
	}
	for _, tc := range tests {
		got := fields{T: "before", N: 1, B: truth{set: true, value: true}}
		raw := `{"t":` + tc.raw + `,"n":` + tc.raw + `,"b":` + tc.raw + `}`
		if err := json.Unmarshal([]byte(raw), &got); err != nil {
			t.Errorf("%s: %v", tc.raw, err)
		}
		if got.T != tc.text || got.N != tc.num || got.B != tc.is {
			t.Errorf("%s: got %q, %d, %v, want %q, %d, %v", tc.raw, got.T, got.N, got.B, tc.text, tc.num, tc.is)
		}
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	tests := map[number]int64{
		0: 0, -5: 0, 1: 1000, 1_780_000_106: 1_780_000_106_000, 1_780_000_106_123: 1_780_000_106_123,
		99_999_999_999: 99_999_999_999_000, 100_000_000_000: 100_000_000_000, 9_000_000_000_000_000: 0,
	}
	for n, want := range tests {
		if got := n.millis(); got != want {
			t.Errorf("%d: got %d, want %d", n, got, want)
		}
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	tests := map[text]string{
		"919000000007": "919000000007", "+91 9000000007": "919000000007", "": "", "callbackSetPhone": "",
		"1234": "", "1234567890123456": "", "IN.7392": "", "91-9000000007": "",
	}
	for in, want := range tests {
		if got := digits(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"a", "b"}, distinct("", "a", "b", "a", "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := distinct("", ""); got != nil {
		t.Errorf("got %q, want none", got)
	}
}

func TestCodeIsShort(t *testing.T) {
	t.Parallel()
	for in, want := range map[text]string{
		"": "", "1002": "1002", "131026": "131026", "2388019": "2388019", "RE-1": "RE-1",
		"919000000001": unreadable, "to 9000000001": unreadable, "a b": unreadable, "\x00": unreadable, "é": unreadable,
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q): got %q, want %q", in, got, want)
		}
	}
}
