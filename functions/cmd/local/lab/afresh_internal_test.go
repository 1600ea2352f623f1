package lab

import "testing"

// TestAfreshNamesTheState holds that the advice to remove the state removes the right one.
func TestAfreshNamesTheState(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		"":           "end it and start again, since its state is in memory",
		DefaultState: "end it and `make clean`",
		"other":      "end it and `make clean STATE=other`",
		"my state":   "end it and `make clean STATE='my state'`",
	} {
		if got := afresh(state); got != want {
			t.Errorf("%q: got %q, want %q", state, got, want)
		}
	}
}
