// Package clock is the one source of time of everything that waits: production takes [Real], tests take a [Manual]
// clock and move it by hand, so that leases, back-off and lag need no sleeping and are the same in every run. A local run takes a
// [Forward] one, which goes on by itself and can be moved too.
package clock

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock tells the time and calls back later.
type Clock interface {
	// Now is the current time.
	Now() time.Time
	// AfterFunc calls f in its own goroutine once d has passed; d ≤ 0 means at once. Stop prevents a call not yet begun.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that is still to come.
type Timer interface {
	// Stop prevents the call and reports whether it did; false means that it has begun or was stopped before.
	Stop() bool
}

// Wait returns nil once d has passed on c, or the context's error if that ends first.
func Wait(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}

	done := make(chan struct{})

	t := c.AfterFunc(d, func() { close(done) })
	defer t.Stop()

	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Real is the machine's clock.
type Real struct{}

// Now is [time.Now].
func (Real) Now() time.Time { return time.Now() }

// AfterFunc is [time.AfterFunc].
func (Real) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Manual is a clock that stands still until [Manual.Advance] moves it. It is safe for concurrent use.
type Manual struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	clock *Manual
	at    time.Time
	f     func()
}

// NewManual returns a clock that shows start.
func NewManual(start time.Time) *Manual { return &Manual{now: start} }

// Now is the time the clock was last moved to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc calls f when the clock is moved to d from now or past it.
func (m *Manual) AfterFunc(d time.Duration, f func()) Timer {
	m.mu.Lock()
	defer m.mu.Unlock()

	t := &manualTimer{clock: m, at: m.now.Add(d), f: f}
	if d <= 0 {
		go f()
		return t
	}

	m.timers = append(m.timers, t)

	return t
}

// Advance moves the clock by d and starts, in the order of their times, every call that has become due;
// at each call the clock shows that call's own time.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()

	end := m.now.Add(d)
	for {
		next := m.earliest(end)
		if next == nil {
			break
		}

		m.now = next.at
		go next.f()
	}

	m.now = end
}

// Pending counts the calls still to come.
func (m *Manual) Pending() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.timers)
}

// earliest removes and returns the first timer due by end, or nil. Call with mu held.
func (m *Manual) earliest(end time.Time) *manualTimer {
	best := -1
	for i, t := range m.timers {
		if !t.at.After(end) && (best < 0 || t.at.Before(m.timers[best].at)) {
			best = i
		}
	}

	if best < 0 {
		return nil
	}

	t := m.timers[best]
	m.timers = slices.Delete(m.timers, best, best+1)

	return t
}

// Stop takes the call off its clock.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()

	i := slices.Index(t.clock.timers, t)
	if i < 0 {
		return false
	}

	t.clock.timers = slices.Delete(t.clock.timers, i, i+1)

	return true
}
