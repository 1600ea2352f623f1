package intake

import (
	"context"
	"errors"
	"testing"
)

// TestTurn gives one after the other its turn, and nobody who gave up.
func TestTurn(t *testing.T) {
	t.Parallel()
	r := newRecent()
	first, err := r.turn(t.Context(), "app:id")
	if err != nil {
		t.Fatal(err)
	}

	over, end := context.WithCancel(t.Context())
	end()
	if _, err := r.turn(over, "app:id"); !errors.Is(err, context.Canceled) {
		t.Errorf("a turn that another has: got %v, want %v", err, context.Canceled)
	}
	if other, err := r.turn(over, "app:another"); err != nil {
		t.Errorf("another's turn: %v", err)
	} else {
		other()
	}

	second := make(chan error)
	go func() {
		done, err := r.turn(t.Context(), "app:id")
		if err == nil {
			done()
		}
		second <- err
	}()
	select {
	case err := <-second:
		t.Fatalf("two have their turn at once: %v", err)
	default:
	}
	first()
	if err := <-second; err != nil {
		t.Error(err)
	}
	if len(r.turns) != 0 {
		t.Errorf("%d turns are left", len(r.turns))
	}
}
