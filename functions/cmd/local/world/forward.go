package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// maxForward is the most that a world is moved ahead at once.
	maxForward = 30 * 24 * time.Hour

	// aheadName is the file beside the journal that says how far the state's time is ahead of the machine's.
	aheadName = "clock.ahead"

	// settlePatience is how long, in the machine's time, one move waits in all for what it causes, and hangingPatience how long besides, once,
	// if a provider hangs: until its callers have given up. leastPatience is how long it waits at each stop even if that is used up.
	settlePatience  = 4 * time.Second
	hangingPatience = 9 * time.Second
	leastPatience   = 10 * time.Millisecond

	// moveTime bounds a move in the machine's time.
	moveTime = 10 * time.Minute
)

// Errors of the time of a state.
var (
	// ErrAhead is that of a state whose time cannot be known.
	ErrAhead = errors.New("how far the state's time is ahead of the machine's clock cannot be read")
	// ErrBehind is that of a clock that would have time go back on a state.
	ErrBehind = errors.New("the state's time is ahead of the clock of this run")
)

// SavedAhead returns how far the time of the state in a directory is ahead of the machine's clock: 0 of a new state and of one in
// memory, which is of no directory. A world on the state needs a [clock.Forward] that far ahead, or its time goes back. What
// cannot be read is [ErrAhead].
func SavedAhead(state string) (time.Duration, error) {
	if state == "" {
		return 0, nil
	}

	text, err := os.ReadFile(filepath.Join(state, aheadName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrAhead, err)
	}

	ahead, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil || ahead < 0 {
		return 0, fmt.Errorf("%w: %s is no duration such as 1h15m0s", ErrAhead, aheadName)
	}

	return ahead, nil
}

// checkAhead returns [ErrBehind] if a state is further ahead than the clock.
func checkAhead(state string, c clock.Clock) error {
	saved, err := SavedAhead(state)
	if err != nil {
		return err
	}

	var ahead time.Duration
	if f, ok := c.(*clock.Forward); ok {
		ahead = f.Ahead()
	}
	if ahead < saved {
		return fmt.Errorf("%w by %v", ErrBehind, saved-ahead)
	}

	return nil
}

// saveAhead keeps for [SavedAhead] how far the time of the state in a directory is ahead. It writes the file beside its place
// first, so that a process that dies leaves none that is cut.
func saveAhead(state string, ahead time.Duration) error {
	if state == "" {
		return nil
	}

	path := filepath.Join(state, aheadName)
	beside := path + ".new"
	if err := os.WriteFile(beside, []byte(ahead.String()+"\n"), 0o600); err != nil {
		return err
	}

	return os.Rename(beside, path)
}

// Ahead is how far the world's time is ahead of the machine's clock.
func (w *World) Ahead() time.Duration {
	if c, ok := w.Clock.(*clock.Forward); ok {
		return c.Ahead()
	}
	return 0
}

// Forward lets time pass in the world without waiting for it: back-offs, leases, callbacks and sweep come in their order and each
// in its time, as [clock.Forward.Move] has it, and what they cause is done before time goes on. Timeouts of HTTP and gRPC are
// in the machine's time: a world that does not come to rest is waited for for a few seconds of it, and time goes on without it;
// stillUnderWay says so.
//
// Moves follow one another. One that has begun is made whole, though nobody waits for it any more; one whose context ends before is
// not made. The new time is kept in the directory of the state before the clock moves. d must be from 0 to 30 days. A world without
// a [clock.Forward] is a conflict.
func (w *World) Forward(ctx context.Context, d time.Duration) error {
	c, ok := w.Clock.(*clock.Forward)
	if !ok {
		return fault.New(fault.Conflict, "world.Forward", "this run goes by the machine's clock, which cannot be moved")
	}
	if d < 0 || d > maxForward {
		return fault.Field("forward", "must be from 0s to "+maxForward.String())
	}

	select {
	case w.forwarding <- struct{}{}:
		defer func() { <-w.forwarding }()
	case <-ctx.Done():
		return ctx.Err()
	}

	if err := ctx.Err(); err != nil {
		return err // both may have been so
	}

	return w.move(context.WithoutCancel(ctx), c, d)
}

// move moves the clock, and keeps where it came to. Before, it keeps where the clock is to come to: if the process dies on the way, the
// next run is further ahead than this one was, and never behind it. Call with forwarding held.
func (w *World) move(ctx context.Context, c *clock.Forward, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, moveTime)
	defer cancel()
	defer context.AfterFunc(w.ending, cancel)()

	if err := saveAhead(w.options.Path, c.Ahead()+d); err != nil {
		return fmt.Errorf("keep the time of the state: %w", err)
	}

	s := &settler{world: w, left: settlePatience}
	err := c.Move(ctx, d, s.settle)
	w.underWay.Store(s.late)

	if err != nil {
		err = errors.Join(err, saveAhead(w.options.Path, c.Ahead()))
	}

	return err
}

// stillUnderWay reports whether the newest move went on before all was done that it caused, since something takes the machine's time.
func (w *World) stillUnderWay() bool { return w.underWay.Load() }

// settler lets the world come to rest at each stop of a move, as long as there is patience left.
type settler struct {
	world *World
	left  time.Duration
	// hung says that a provider that hangs has been waited for, and late that time went on before the world had come to rest.
	hung, late bool
}

// settle waits for the world to come to rest.
func (s *settler) settle(ctx context.Context) error {
	rested, err := s.wait(ctx)
	if !rested && err == nil && !s.hung && s.world.Simulator.Faults().Hanging() > 0 {
		s.hung = true
		s.left += hangingPatience
		rested, err = s.wait(ctx)
	}

	s.late = s.late || !rested

	return err
}

// wait waits as long as there is patience, and reports whether the world has come to rest.
func (s *settler) wait(ctx context.Context) (rested bool, err error) {
	begun := time.Now()
	defer func() { s.left -= time.Since(begun) }()

	bounded, cancel := context.WithTimeout(ctx, max(s.left, leastPatience))
	defer cancel()

	err = s.world.settle(bounded)
	if err == nil || ctx.Err() != nil || bounded.Err() == nil {
		return err == nil, err
	}

	return false, nil
}

// settle returns once nothing is left to do now: no push, no call of sweep, no callback. What callbacks cause is waited for too, and the
// callbacks of that.
func (w *World) settle(ctx context.Context) error {
	for range 2 {
		if err := w.Cloud.WaitIdle(ctx); err != nil {
			return err
		}
		if err := w.Simulator.Settle(ctx); err != nil {
			return err
		}
	}

	return w.Cloud.WaitIdle(ctx)
}

// inTime writes log lines with the world's time.
type inTime struct {
	slog.Handler
	clock clock.Clock
}

// Handle is part of [slog.Handler].
func (h inTime) Handle(ctx context.Context, r slog.Record) error {
	r.Time = h.clock.Now()
	return h.Handler.Handle(ctx, r)
}

// WithAttrs is part of [slog.Handler].
func (h inTime) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inTime{h.Handler.WithAttrs(attrs), h.clock}
}

// WithGroup is part of [slog.Handler].
func (h inTime) WithGroup(name string) slog.Handler {
	return inTime{h.Handler.WithGroup(name), h.clock}
}
