package throttle

import (
	"strconv"
	"testing"
	"time"
)

// TestCallers lets each caller make its share, and tells one that has none left how long to wait.
func TestCallers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	c := NewCallers(2, 3)
	for n := range 3 {
		if wait := c.Take("asha", now); wait != 0 {
			t.Errorf("request %d waits for %v", n, wait)
		}
	}
	for range 2 { // a request that waits is not counted
		if wait := c.Take("asha", now); wait != 500*time.Millisecond {
			t.Errorf("got %v, want half a second", wait)
		}
	}
	if wait := c.Take("omar", now); wait != 0 {
		t.Errorf("another caller waits for %v", wait)
	}
	if wait := c.Take("asha", now.Add(500*time.Millisecond)); wait != 0 {
		t.Errorf("after half a second: got %v", wait)
	}
	for n := range 2 * maxCallers {
		c.Take(strconv.Itoa(n), now)
	}
	if n := len(c.callers); n > maxCallers {
		t.Errorf("remembers %d callers", n)
	}
}
