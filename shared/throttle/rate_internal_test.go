package throttle

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

func number(t *testing.T, n int) phone.Number {
	t.Helper()
	to, err := phone.FromE164(fmt.Sprintf("+9190000%05d", n))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// atOnce counts the tokens that are to be had without waiting, each for another shopper.
func atOnce(t *testing.T, now *clock.Manual, l *Rates, perSecond float64, urgent bool) int {
	t.Helper()
	for n := range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := l.Take(ctx, "app", perSecond, number(t, n), urgent)
			done <- err
		}()
		for now.Pending() == 0 && len(done) == 0 {
			runtime.Gosched()
		}
		waits := len(done) == 0
		cancel()
		if err := <-done; waits || err != nil {
			return n
		}
	}
	return 100
}

func TestSenderRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		rate   float64
		urgent bool
		want   int
	}{
		{"whole", 10, true, 10},
		{"a share is kept for urgent ones", 10, false, 8},
		{"at least one", 0.05, true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewManual(time.Unix(0, 0))
			l := NewRates(now)
			got := atOnce(t, now, l, tt.rate, tt.urgent)
			if got != tt.want {
				t.Errorf("tokens at once: got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestUrgentFirst has the share of urgent messages be there when the others have used up theirs.
func TestUrgentFirst(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	l := NewRates(now)
	const perSecond = 10
	for n := range 8 {
		if _, err := l.Take(t.Context(), "app", perSecond, number(t, n), false); err != nil {
			t.Fatal(err)
		}
	}
	waits := make(chan error, 1)
	go func() {
		_, err := l.Take(t.Context(), "app", perSecond, number(t, 20), false)
		waits <- err
	}()
	for now.Pending() == 0 {
		select {
		case err := <-waits:
			t.Fatalf("a ninth that is not urgent did not wait: %v", err)
		default:
		}
	}
	if _, err := l.Take(t.Context(), "app", perSecond, number(t, 21), true); err != nil {
		t.Errorf("an urgent one: got %v, want a token at once", err)
	}
	now.Advance(time.Second)
	if err := <-waits; err != nil {
		t.Errorf("after a second: got %v, want a token", err)
	}
}

// TestPairLimit lets 45 messages go to one shopper, then one every six seconds.
func TestPairLimit(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	l := NewRates(now)
	const perSecond = 100_000
	for range pairBurst {
		if _, err := l.Take(t.Context(), "app", perSecond, number(t, 1), true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Take(t.Context(), "app", perSecond, number(t, 2), true); err != nil {
		t.Errorf("another shopper: got %v, want a token", err)
	}
	waits := make(chan error, 1)
	go func() {
		_, err := l.Take(t.Context(), "app", perSecond, number(t, 1), true)
		waits <- err
	}()
	for now.Pending() == 0 {
		select {
		case err := <-waits:
			t.Fatalf("the 46th did not wait: %v", err)
		default:
		}
	}
	// The next would have to wait for twelve seconds, which no worker does.
	if _, err := l.Take(t.Context(), "app", perSecond, number(t, 1), true); !errors.Is(err, ErrNoToken) {
		t.Errorf("the 47th: got %v, want %v", err, ErrNoToken)
	}
	now.Advance(pairEvery)
	if err := <-waits; err != nil {
		t.Errorf("the 46th after %s: %v", pairEvery, err)
	}
	now.Advance(pairEvery)
	if _, err := l.Take(t.Context(), "app", perSecond, number(t, 1), true); err != nil {
		t.Errorf("the 47th asked again: got %v: who gave up must not have used a token", err)
	}
}

func TestTakeEnds(t *testing.T) {
	t.Parallel()
	l := NewRates(clock.NewManual(time.Unix(0, 0)))
	const perSecond = 1
	if _, err := l.Take(t.Context(), "app", perSecond, number(t, 1), true); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Take(ctx, "app", perSecond, number(t, 2), true); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	var none *Token
	none.GiveBack()
}

// TestPairsAreBounded: beyond the bound the pair limits start afresh.
func TestPairsAreBounded(t *testing.T) {
	t.Parallel()
	l := NewRates(clock.NewManual(time.Unix(0, 0)))
	const perSecond = 1e9
	for n := range maxPairs + 1 {
		if _, err := l.Take(t.Context(), "app", perSecond, number(t, n), true); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(l.pairs); n > maxPairs {
		t.Errorf("got %d pairs, want at most %d", n, maxPairs)
	}
}
