package gupshup

import "testing"

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
