package lab

import "testing"

// TestAfreshNamesTheState holds that the advice to remove the state removes the right one.
func TestAfreshNamesTheState(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		"":           "stop make run and start it again, since its state is in memory",
		DefaultState: "stop make run and run `make clean`",
		"other":      "stop make run and run `make clean STATE=other`",
		"my state":   "stop make run and run `make clean STATE='my state'`",
	} {
		if got := afresh(state); got != want {
			t.Errorf("%q: got %q, want %q", state, got, want)
		}
	}
}
