package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
)

// TestOnce holds that one slow call stands in nobody's way longer than that one wants to wait, that all who
// wait share it, and that nobody asks again afterwards.
func TestOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	begun, answer := make(chan struct{}), make(chan struct{})
	once := cache.NewOnce(func(context.Context) (string, error) {
		if calls.Add(1) == 1 {
			close(begun)
		}
		<-answer

		return "value", nil
	})
	var wg sync.WaitGroup
	wait := func(ctx context.Context, want error) {
		wg.Go(func() {
			if _, err := once.Get(ctx); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	// The first to ask gives up while the call it began goes on for the others.
	first, giveUp := context.WithCancel(t.Context())
	wait(first, context.Canceled)
	<-begun
	giveUp()
	wg.Wait()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := once.Get(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("without time: got %v, want %v", err, context.Canceled)
	}
	for range 8 {
		wait(t.Context(), nil)
	}
	close(answer)
	wg.Wait()
	if got, err := once.Get(t.Context()); got != "value" || err != nil || calls.Load() != 1 {
		t.Errorf("got %q, %v after %d calls, want the value after one", got, err, calls.Load())
	}
}

func TestOnceAfterAFailure(t *testing.T) {
	t.Parallel()
	fails := errors.New("not now")
	once := cache.NewOnce(func(context.Context) (string, error) { return "value", fails })
	if _, err := once.Get(t.Context()); !errors.Is(err, fails) {
		t.Errorf("got %v, want %v", err, fails)
	}
	fails = nil
	if _, err := once.Get(t.Context()); err != nil {
		t.Errorf("the next time: got %v", err)
	}
}
