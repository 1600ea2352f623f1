package queue

import (
	"testing"
	"time"
)

// AwaitPending waits until n calls are lined up behind the requests in flight.
func AwaitPending(t *testing.T, p *Publisher, n int) {
	t.Helper()
	pending := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.pending)
	}
	for deadline := time.Now().Add(5 * time.Second); pending() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("got %d calls pending, want %d", pending(), n)
		}
	}
}
