package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// settle is how long the server gets to write out the last answer: it does so after the handler has returned, where
// nothing can wait for it.
const settle = 100 * time.Millisecond

// closeTimeout ends the closers; the platform kills 10 s after SIGTERM.
const closeTimeout = time.Second

// Lifecycle lets a process end without cutting requests. The functions framework has no shutdown: SIGTERM kills it, and
// what is in flight gets no answer. So every handler is wrapped, and a goroutine waits for the signal.
//
// After the signal, requests are still served as long as any is in flight, with "Connection: close" so that callers who
// keep connections move on: Cloud Run sends nothing new to an instance that it is ending, and what was on its way is
// worth an answer. Once nothing is in flight, or the grace has passed, a new request gets 503, the closers run, and the
// process ends.
type Lifecycle struct {
	logger *slog.Logger
	clock  clock.Clock
	grace  time.Duration

	mu       sync.Mutex
	inFlight int
	draining bool
	closed   bool
	idle     chan struct{} // closed together with closed being set
	ending   chan struct{} // closed by End
	ended    bool
	closers  []closer
}

type closer struct {
	name  string
	close func(context.Context) error
}

// NewLifecycle returns a Lifecycle that waits up to grace for requests in flight. A nil clock is the machine's.
func NewLifecycle(logger *slog.Logger, grace time.Duration, c clock.Clock) *Lifecycle {
	if c == nil {
		c = clock.Real{}
	}

	return &Lifecycle{
		logger: logger,
		clock:  c,
		grace:  grace,
		idle:   make(chan struct{}),
		ending: make(chan struct{}),
	}
}

// End has answers end that would go on for as long as they may, such as streams. Draining begins with it; a server that waits for its requests
// before calls it first. It may be called again.
func (l *Lifecycle) End() {
	l.mu.Lock()
	defer l.mu.Unlock()

	if !l.ended {
		l.ended = true
		close(l.ending)
	}
}

// Wrap counts a handler's requests.
func (l *Lifecycle) Wrap(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		draining, ok := l.enter()
		if draining {
			w.Header().Set("Connection", "close")
		}
		if !ok {
			httpx.WriteProblem(w, fault.New(fault.Unavailable, "boot.Lifecycle", "shutting down"))
			return
		}
		defer l.leave()

		next(w, r)
	}
}

// onClose adds a function to run after the last request, such as closing a client. The last added runs first.
func (l *Lifecycle) onClose(name string, f func(context.Context) error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.closers = append(l.closers, closer{name, f})
}

// onSignal starts the goroutine that, on SIGTERM or an interrupt, drains and then calls exit (os.Exit) with 0. A second
// signal ends the process at once with 1. Call it once, from a function's init.
func (l *Lifecycle) onSignal(exit func(code int)) {
	signals := make(chan os.Signal, 2)

	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-signals
		go func() {
			<-signals
			exit(1)
		}()

		ctx := context.Background()
		if err := l.Drain(ctx); err != nil {
			l.logger.ErrorContext(ctx, "shutdown incomplete", slog.String("error", err.Error()))
		}

		exit(0)
	}()
}

// Drain waits until nothing is in flight, at most the grace or until ctx ends, refuses what comes after, and runs the
// closers. The error joins how many requests were still running and what the closers returned.
func (l *Lifecycle) Drain(ctx context.Context) error {
	l.logger.InfoContext(ctx, "shutting down", slog.Int("in_flight", l.beginDrain()))

	waitCtx, stop := context.WithCancel(ctx)
	defer stop()

	timer := l.clock.AfterFunc(l.grace, stop)
	defer timer.Stop()

	select {
	case <-l.idle:
	case <-waitCtx.Done():
	}
	var problems []error
	if cut := l.refuse(); cut > 0 {
		problems = append(problems, fmt.Errorf("boot.Lifecycle: %d requests still in flight", cut))
	} else if err := clock.Wait(ctx, l.clock, settle); err != nil {
		problems = append(problems, err)
	}

	return errors.Join(append(problems, l.Close(ctx))...)
}

// Close runs the closers, each once, without waiting for requests. A process that serves ends with Drain instead.
func (l *Lifecycle) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()

	l.mu.Lock()
	closers := l.closers
	l.closers = nil
	l.mu.Unlock()

	var problems []error
	for _, c := range slices.Backward(closers) {
		if err := c.close(ctx); err != nil {
			problems = append(problems, fmt.Errorf("close %s: %w", c.name, err))
		}
	}

	return errors.Join(problems...)
}

func (l *Lifecycle) enter() (draining, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return true, false
	}
	l.inFlight++

	return l.draining, true
}

func (l *Lifecycle) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	l.closeIfIdle()
}

func (l *Lifecycle) beginDrain() int {
	l.End()

	l.mu.Lock()
	defer l.mu.Unlock()

	l.draining = true
	l.closeIfIdle()

	return l.inFlight
}

// closeIfIdle ends the service of new requests at the first idle moment of a drain. Call with mu held.
func (l *Lifecycle) closeIfIdle() {
	if l.draining && l.inFlight == 0 && !l.closed {
		l.closed = true
		close(l.idle)
	}
}

// refuse ends the service of new requests whatever is running, and counts that.
func (l *Lifecycle) refuse() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.idle)
	}

	return l.inFlight
}
