package testkit

import "testing"

// TestChooses tells arguments that leave tests out, with their value in them or after them, from others.
func TestChooses(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]bool{
		"-test.run=^$": true, "-test.run": true, "-test.skip=TestX": true, "-test.short=true": true,
		"-test.runtime": false, "-test.fuzz": false, "-test.count=1": false, "^$": false, "-test.short=false": false,
	} {
		if got := chooses(arg); got != want {
			t.Errorf("%s: got %t, want %t", arg, got, want)
		}
	}
}
