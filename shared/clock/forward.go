package clock

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// maxStops is how often [Forward.Move] stops on its way at most.
	maxStops = 500
	// exactStops is how many of them are at the very times of timers, however close together those are.
	exactStops = maxStops / 2
)

// ErrBack is the error of a move that would have time go back.
var ErrBack = errors.New("clock: time cannot be moved back")

// Forward is the machine's clock, some time ahead of it: it goes on as the machine's does, and [Forward.Move] lets time pass
// without waiting for it. It never goes back. It is safe for concurrent use.
type Forward struct {
	// moving has one place, for the only move under way.
	moving chan struct{}

	mu     sync.Mutex
	ahead  time.Duration
	timers map[*forwardTimer]struct{}
}

// forwardTimer is a call at a time of its clock's. The machine's timer makes it, unless a move comes first.
type forwardTimer struct {
	clock   *Forward
	at      time.Time
	f       func()
	machine *time.Timer
}

// NewForward returns a clock that shows the machine's time plus ahead.
func NewForward(ahead time.Duration) *Forward {
	return &Forward{
		moving: make(chan struct{}, 1),
		ahead:  ahead,
		timers: map[*forwardTimer]struct{}{},
	}
}

// Now is the machine's time plus how far the clock is ahead.
func (f *Forward) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now()
}

// now is Now. Call with mu held.
func (f *Forward) now() time.Time { return time.Now().Add(f.ahead) }

// Ahead is how far the clock is ahead of the machine's.
func (f *Forward) Ahead() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ahead
}

// AfterFunc calls call once d has passed on this clock, by itself or by a move.
func (f *Forward) AfterFunc(d time.Duration, call func()) Timer {
	f.mu.Lock()
	defer f.mu.Unlock()

	t := &forwardTimer{clock: f, at: f.now().Add(d), f: call}
	f.timers[t] = struct{}{}
	t.machine = time.AfterFunc(d, t.due)

	return t
}

// next returns the time of the next call to come; ok is false if there is none. Call with mu held.
func (f *Forward) next() (at time.Time, ok bool) {
	for t := range f.timers {
		if !ok || t.at.Before(at) {
			at, ok = t.at, true
		}
	}

	return at, ok
}

// Move moves the clock ahead by d, from timer to timer: at each of them the clock shows that timer's time, its call is made,
// and settle waits for what comes of it. So what is caused on the way happens in its time. settle is also called first, since
// what is under way belongs to the time before, and at the end.
//
// A move stops 500 times at most. Half of the stops are at the next timer, whenever it is; after those the stops are
// spread evenly over the rest of the time, and the timers that become due between two of them are called at the second.
//
// Moves follow one another. A move ends early with the error of settle or of the context, and the clock stays where it came to;
// it waits for a call to return as long as the context lets it, so no call may wait for the move. A d below 0 is [ErrBack].
func (f *Forward) Move(ctx context.Context, d time.Duration, settle func(context.Context) error) error {
	if d < 0 {
		return ErrBack
	}

	select {
	case f.moving <- struct{}{}:
		defer func() { <-f.moving }()
	case <-ctx.Done():
		return ctx.Err()
	}

	if err := settle(ctx); err != nil {
		return err
	}

	for left, stops := d, 0; left > 0; stops++ {
		if err := ctx.Err(); err != nil {
			return err
		}

		step := f.stepOf(left, stops)
		left -= step

		if err := call(ctx, f.pass(step)); err != nil {
			return err
		}
		if err := settle(ctx); err != nil {
			return err
		}
	}

	return nil
}

// stepOf returns how far a move goes that has left before it and has made so many stops.
func (f *Forward) stepOf(left time.Duration, stops int) time.Duration {
	var spacing time.Duration
	if stops >= exactStops {
		spacing = left / time.Duration(maxStops-stops)
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	at, ok := f.next()
	if !ok {
		return left
	}

	return min(left, max(at.Sub(f.now()), spacing, 0))
}

// pass moves the clock and returns the calls that are due then, which nobody else makes any more. The machine's timers of the
// others are set to what is left of their time.
func (f *Forward) pass(step time.Duration) []func() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.ahead += step
	now := f.now()

	var due []func()
	for t := range f.timers {
		if t.at.After(now) {
			t.machine.Reset(t.at.Sub(now))
			continue
		}

		t.machine.Stop()
		delete(f.timers, t)
		due = append(due, t.f)
	}

	return due
}

// call makes calls side by side and returns once all have returned, or with the context's error.
func call(ctx context.Context, calls []func()) error {
	returned := make(chan struct{}, len(calls))
	for _, c := range calls {
		go func() {
			c()

			returned <- struct{}{}
		}()
	}

	for range calls {
		select {
		case <-returned:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	return nil
}

// due makes the call, unless a move has.
func (t *forwardTimer) due() {
	if t.Stop() {
		t.f()
	}
}

// Stop takes the call off its clock.
func (t *forwardTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()

	_, pending := t.clock.timers[t]
	if pending {
		delete(t.clock.timers, t)
		t.machine.Stop()
	}

	return pending
}
