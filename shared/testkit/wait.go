package testkit

import (
	"testing"
	"time"
)

// Eventually returns once the condition holds, and ends the test if it does not within the time. It is for what happens on the
// machine's clock, such as in other processes.
func Eventually(tb testing.TB, within time.Duration, what string, holds func() bool) {
	tb.Helper()
	if !Poll(within, holds) {
		tb.Fatalf("not within %s: %s", within, what)
	}
}

// Poll reports whether the condition came to hold within the time.
func Poll(within time.Duration, holds func() bool) bool {
	const look = 10 * time.Millisecond
	for deadline := time.Now().Add(within); ; time.Sleep(look) {
		if holds() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
