package clock_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// nothing is the settle of a move that nothing comes of.
func nothing(context.Context) error { return nil }

func TestForwardIsTheMachinesClockPlusAhead(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(time.Hour)
	before := time.Now().Add(time.Hour)
	if got := c.Now(); got.Before(before) || got.After(time.Now().Add(time.Hour)) {
		t.Errorf("got %v, which is not an hour from now", got)
	}
	if err := c.Move(t.Context(), 30*time.Minute, nothing); err != nil {
		t.Fatal(err)
	}
	if got, want := c.Ahead(), 90*time.Minute; got != want {
		t.Errorf("ahead by %v, want %v", got, want)
	}
	if got := c.Now(); got.Before(before.Add(30 * time.Minute)) {
		t.Errorf("got %v after a move, want 30 minutes more than %v", got, before)
	}
}

func TestForwardFiresByItself(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(time.Hour)
	for _, d := range []time.Duration{time.Millisecond, 0, -time.Hour} {
		fired := make(chan bool, 1)
		timer := c.AfterFunc(d, func() { fired <- true })
		receive(t, fired)
		if timer.Stop() {
			t.Errorf("delay %v: Stop prevented a call that was made", d)
		}
	}
}

// moved is a call that was made during a move: by how much the clock was past the time of the call.
type moved struct {
	name string
	late time.Duration
}

func TestForwardStopsAtEachTimer(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(0)
	begun := time.Now()
	calls := make(chan moved, 4)
	at := func(name string, after time.Duration) {
		due := c.Now().Add(after)
		c.AfterFunc(after, func() { calls <- moved{name, c.Now().Sub(due)} })
	}
	at("third", 50*time.Minute)
	at("first", 10*time.Minute)
	at("later", 2*time.Hour)
	c.AfterFunc(20*time.Minute, func() { at("second", 20*time.Minute) }) // armed on the way, and due on the way

	settled := 0
	var order []string
	err := c.Move(t.Context(), time.Hour, func(context.Context) error {
		settled++
		for {
			select {
			case m := <-calls:
				order = append(order, m.name)
				if m.late < 0 || m.late > time.Since(begun) {
					t.Errorf("%s was called %v after its time", m.name, m.late)
				}
			default:
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", "second", "third"}, order); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if want := 1 + 4 + 1; settled != want { // before, at each timer, and at the end
		t.Errorf("settled %d times, want %d", settled, want)
	}
	if c.Ahead() != time.Hour {
		t.Errorf("ahead by %v, want an hour", c.Ahead())
	}
	if err := c.Move(t.Context(), time.Hour, nothing); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, calls); m.name != "later" {
		t.Errorf("got %s in the second hour, want later", m.name)
	}
}

func TestForwardStopsAreBounded(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(0)
	var calls atomic.Int64
	var every func()
	every = func() {
		calls.Add(1)
		c.AfterFunc(5*time.Second, every)
	}
	every()

	settled := 0
	var stops []time.Duration
	err := c.Move(t.Context(), 24*time.Hour, func(context.Context) error {
		settled++
		stops = append(stops, c.Ahead())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if settled < 400 || settled > 501 {
		t.Errorf("stopped %d times, want at most 500 and no fewer than needed", settled)
	}
	if got, want := stops[100], 500*time.Second; got > want {
		t.Errorf("the hundredth stop is after %v, want it at the hundredth timer", got)
	}
	for i := 251; i < len(stops); i++ {
		if gap := stops[i] - stops[i-1]; gap > 10*time.Minute {
			t.Fatalf("stop %d comes %v after the one before, want them spread", i, gap)
		}
	}
	if c.Ahead() != 24*time.Hour {
		t.Errorf("ahead by %v, want a day", c.Ahead())
	}
}

func TestForwardStop(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(0)
	timer := c.AfterFunc(time.Hour, func() { t.Error("a stopped call was made") })
	if !timer.Stop() {
		t.Error("the first Stop found nothing to prevent")
	}
	if timer.Stop() {
		t.Error("the second Stop prevented something")
	}
	if err := c.Move(t.Context(), 2*time.Hour, nothing); err != nil {
		t.Fatal(err)
	}
}

func TestForwardNeverGoesBack(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(time.Minute)
	if err := c.Move(t.Context(), -time.Nanosecond, nothing); !errors.Is(err, clock.ErrBack) {
		t.Errorf("got %v, want ErrBack", err)
	}
	if c.Ahead() != time.Minute {
		t.Errorf("ahead by %v, want a minute as before", c.Ahead())
	}
}

func TestForwardMoveEnds(t *testing.T) {
	t.Parallel()
	t.Run("with_the_error_of_settle", func(t *testing.T) {
		t.Parallel()
		c := clock.NewForward(0)
		c.AfterFunc(time.Minute, func() {})
		broken := errors.New("broken")
		err := c.Move(t.Context(), time.Hour, func(context.Context) error {
			if c.Ahead() > 0 {
				return broken
			}
			return nil
		})
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want what settle said", err)
		}
		if c.Ahead() > time.Minute {
			t.Errorf("ahead by %v, want it to stay at the timer", c.Ahead())
		}
	})
	t.Run("with_the_context_over_a_call", func(t *testing.T) {
		t.Parallel()
		c := clock.NewForward(0)
		ctx, cancel := context.WithCancel(t.Context())
		forever := make(chan bool)
		t.Cleanup(func() { close(forever) })
		c.AfterFunc(time.Minute, func() {
			cancel()
			<-forever
		})
		if err := c.Move(ctx, time.Hour, nothing); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	t.Run("with_the_context_behind_another", func(t *testing.T) {
		t.Parallel()
		c := clock.NewForward(0)
		ctx, cancel := context.WithCancel(t.Context())
		err := c.Move(t.Context(), time.Hour, func(context.Context) error {
			cancel()
			if err := c.Move(ctx, time.Hour, nothing); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v from a move during a move, want context.Canceled", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestForwardConcurrentUse(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(0)
	const users = 16
	var calls, ready sync.WaitGroup
	calls.Add(2 * users)
	for range users {
		ready.Go(func() {
			_ = c.Now()
			c.AfterFunc(time.Minute, calls.Done)
			c.AfterFunc(time.Millisecond, calls.Done) // by itself or by a move, once
			c.AfterFunc(100*time.Hour, func() { t.Error("called before its time") }).Stop()
			if err := c.Move(t.Context(), time.Second, nothing); err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	if err := c.Move(t.Context(), time.Minute, nothing); err != nil {
		t.Fatal(err)
	}
	calls.Wait()
	if got, want := c.Ahead(), time.Minute+users*time.Second; got != want {
		t.Errorf("ahead by %v, want %v", got, want)
	}
}

// TestForwardFiresByItselfAfterAMove moves the clock almost to a timer: the rest of the time passes by itself.
func TestForwardFiresByItselfAfterAMove(t *testing.T) {
	t.Parallel()
	c := clock.NewForward(0)
	fired := make(chan bool, 1)
	c.AfterFunc(time.Hour, func() { fired <- true })
	c.AfterFunc(30*time.Minute, func() {})
	if err := c.Move(t.Context(), time.Hour-50*time.Millisecond, nothing); err != nil {
		t.Fatal(err)
	}
	receive(t, fired)
}
