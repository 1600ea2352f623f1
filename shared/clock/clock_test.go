package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// patience bounds a wait for a goroutine; it is reached only when the test fails.
const patience = 5 * time.Second

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing was called")
		panic("unreachable")
	}
}

func TestManualStandsStillUntilAdvanced(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("got %v before any move, want %v", got, start)
	}
	c.Advance(90 * time.Second)
	if got, want := c.Now(), start.Add(90*time.Second); !got.Equal(want) {
		t.Errorf("got %v after a move, want %v", got, want)
	}
}

func TestManualCallsWhatIsDue(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	fired := make(chan string, 4)
	for _, tc := range []struct {
		name  string
		after time.Duration
	}{{"first", time.Second}, {"on_the_edge", 5 * time.Second}, {"later", 6 * time.Second}} {
		c.AfterFunc(tc.after, func() { fired <- tc.name })
	}
	c.Advance(5 * time.Second)
	got := map[string]bool{receive(t, fired): true, receive(t, fired): true}
	if diff := cmp.Diff(map[string]bool{"first": true, "on_the_edge": true}, got); diff != "" {
		t.Errorf("calls due (-want +got):\n%s", diff)
	}
	if n := c.Pending(); n != 1 {
		t.Errorf("got %d calls pending, want 1", n)
	}
	c.Advance(time.Second)
	if got := receive(t, fired); got != "later" {
		t.Errorf("got %q, want later", got)
	}
}

func TestManualCallsAtOnceWithoutDelay(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	for _, d := range []time.Duration{0, -time.Second} {
		fired := make(chan bool, 1)
		timer := c.AfterFunc(d, func() { fired <- true })
		receive(t, fired)
		if timer.Stop() {
			t.Errorf("delay %v: Stop prevented a call that was made", d)
		}
	}
}

func TestManualStop(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	fired := make(chan bool, 1)
	timer := c.AfterFunc(time.Second, func() { fired <- true })
	if !timer.Stop() {
		t.Error("the first Stop found nothing to prevent")
	}
	if timer.Stop() {
		t.Error("the second Stop prevented something")
	}
	c.Advance(time.Hour)
	if n := c.Pending(); n != 0 {
		t.Errorf("got %d calls pending, want 0", n)
	}
	select {
	case <-fired:
		t.Error("a stopped call was made")
	default:
	}
}

func TestManualCallMayArmTheNext(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	armed, done := make(chan bool, 1), make(chan bool, 1)
	c.AfterFunc(time.Second, func() {
		c.AfterFunc(time.Second, func() { done <- true })
		armed <- true
	})
	c.Advance(time.Second)
	receive(t, armed)
	c.Advance(time.Second)
	receive(t, done)
}

func TestManualConcurrentUse(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	const callers = 16
	var calls, ready sync.WaitGroup
	calls.Add(callers)
	for range callers {
		ready.Go(func() {
			_ = c.Now()
			c.AfterFunc(time.Second, calls.Done)
			c.AfterFunc(time.Hour, func() {}).Stop()
		})
	}
	ready.Wait()
	c.Advance(time.Second)
	calls.Wait()
	if n := c.Pending(); n != 0 {
		t.Errorf("got %d calls pending, want 0", n)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	t.Run("returns_when_the_time_has_passed", func(t *testing.T) {
		t.Parallel()
		c := clock.NewManual(start)
		result := make(chan error, 1)
		go func() { result <- clock.Wait(t.Context(), c, time.Minute) }()
		advanceOncePending(t, c, time.Minute)
		if err := receive(t, result); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
	t.Run("ends_with_the_context", func(t *testing.T) {
		t.Parallel()
		c := clock.NewManual(start)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := clock.Wait(ctx, c, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if n := c.Pending(); n != 0 {
			t.Errorf("got %d calls left behind, want 0", n)
		}
	})
	t.Run("does_not_wait_for_nothing", func(t *testing.T) {
		t.Parallel()
		if err := clock.Wait(t.Context(), clock.NewManual(start), 0); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
}

// advanceOncePending moves the clock after the waiter has armed its call.
func advanceOncePending(t *testing.T, c *clock.Manual, d time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(patience); c.Pending() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing waits")
		}
	}
	c.Advance(d)
}

func TestReal(t *testing.T) {
	t.Parallel()
	var c clock.Real
	before := time.Now()
	if got := c.Now(); got.Before(before) || got.After(time.Now()) {
		t.Errorf("got %v, which is not now", got)
	}
	fired := make(chan bool, 1)
	c.AfterFunc(0, func() { fired <- true })
	receive(t, fired)
	if !c.AfterFunc(time.Hour, func() {}).Stop() {
		t.Error("Stop found nothing to prevent")
	}
}
