package cache_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
)

// TestRecent holds the last n that were put or asked for, never more than twice as many, and nothing that was replaced or removed.
func TestRecent(t *testing.T) {
	t.Parallel()
	const n = 10
	r := cache.NewRecent[int, int](n)
	for i := range 1000 {
		r.Put(i, i)
		if v, ok := r.Get(0); !ok || v != 0 {
			t.Fatalf("after %d: what is asked for all the time is gone", i)
		}
		for last := max(0, i-n+2); last <= i; last++ { // 0 is one of the n
			if v, ok := r.Get(last); !ok || v != last {
				t.Fatalf("after %d: got %d, %t for %d", i, v, ok, last)
			}
		}
	}
	held := 0
	for i := range 1000 {
		if _, ok := r.Get(i); ok {
			held++
		}
	}
	if held > 2*n {
		t.Errorf("%d are held, want at most %d", held, 2*n)
	}

	r.Put(0, 7)
	if v, ok := r.Get(0); !ok || v != 7 {
		t.Errorf("got %d, %t, want the newest value", v, ok)
	}
	for i := range n + 1 {
		r.Put(-i, i) // now 0 is of the time before
	}
	r.Get(0)
	r.Remove(0)
	if _, ok := r.Get(0); ok {
		t.Error("what was removed is held")
	}
}
