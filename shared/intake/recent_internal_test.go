package intake

import (
	"context"
	"testing"
	"time"
)

// TestTurn gives one after the other its turn, and has nobody wait for long.
func TestTurn(t *testing.T) {
	t.Parallel()
	r := newRecent()
	first := r.turn(t.Context(), "app:id")
	r.turn(t.Context(), "app:another")()

	over, end := context.WithCancel(t.Context())
	end()
	r.turn(over, "app:id")()
	began := time.Now()
	r.turn(t.Context(), "app:id")()
	if waited := time.Since(began); waited < patience {
		t.Errorf("another's turn is waited for %s, want %s", waited, patience)
	}
	if len(r.turns) != 1 {
		t.Fatalf("%d have their turn, want the first alone", len(r.turns))
	}

	second := make(chan func())
	go func() { second <- r.turn(t.Context(), "app:id") }()
	select {
	case <-second:
		t.Fatal("two have their turn at once")
	case <-time.After(patience / 5):
	}
	first()
	(<-second)()
	if len(r.turns) != 0 {
		t.Errorf("%d turns are left", len(r.turns))
	}
}
