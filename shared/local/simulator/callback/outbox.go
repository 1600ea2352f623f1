// Package callback posts what simulated providers have to say to the receivers' webhooks: late, more than once, out of
// order, again when the receiver fails, or only when a test releases it by hand. All waiting is on the injected clock.
package callback

import (
	"container/heap"
	"context"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

const lanes = 16

// Config is what an outbox needs.
type Config struct {
	// Clock is what lag, back-off and the receiver's time limit run on.
	Clock clock.Clock
	// Client posts; its own timeout should be 0 or longer than Timeout.
	Client *http.Client
	// Logger gets a line for each callback that is given up.
	Logger *slog.Logger
	// Log records every attempt.
	Log *witness.Log
	// Faults hit the callbacks that are due; what is released by hand goes as the hand wants it.
	Faults *chaos.List
	// Timeout is how long a receiver may take.
	Timeout time.Duration
}

// Outbox holds what is still to be posted. Callbacks about one message are posted one after the other in the order of
// their planned times; different messages go side by side. It is safe for concurrent use.
type Outbox struct {
	cfg    Config
	ctx    context.Context //nolint:containedctx // ends the posts in flight on Close; there is no request they belong to
	cancel context.CancelFunc

	mu      sync.Mutex
	idle    *sync.Cond
	seq     uint64
	waiting schedule
	timer   clock.Timer
	armed   time.Time
	lanes   [lanes]lane
	busy    int
	held    []*Callback
	// parked are those that wait for a phone, in the order they came.
	parked []*Callback
}

type lane struct {
	queue   []*Callback
	running bool
}

// New returns an empty outbox.
func New(cfg Config) *Outbox {
	o := &Outbox{cfg: cfg}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	o.idle = sync.NewCond(&o.mu)
	return o
}

// Close ends the posts in flight and forgets the others.
func (o *Outbox) Close() {
	o.cancel()

	o.mu.Lock()
	defer o.mu.Unlock()

	o.waiting, o.held, o.parked = nil, nil, nil
	for i := range o.lanes {
		o.busy -= len(o.lanes[i].queue)
		o.lanes[i].queue = nil
	}

	o.disarm()
	o.idle.Broadcast()
}

// Add takes on cb according to plan. It copies nothing: body and header must not change afterwards.
func (o *Outbox) Add(cb Callback, plan Plan) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.ctx.Err() != nil {
		return
	}

	o.seq++
	cb.seq, cb.outbox, cb.stage, cb.retry, cb.reached = o.seq, o, plan.Stage, plan.Retry, plan.Released
	cb.Planned = o.cfg.Clock.Now().Add(max(plan.Lag, 0))

	switch {
	case plan.Waits:
		cb.Planned, cb.Body = time.Time{}, nil
		o.parked = append(o.parked, &cb)

		return
	case plan.Hold:
		o.held = append(o.held, &cb)
		slices.SortStableFunc(o.held, before)

		return
	case plan.Batch != nil:
		cb.batch, cb.Planned = plan.Batch, plan.Batch.end(cb.Planned)
	}

	heap.Push(&o.waiting, &cb)
	o.arm()
}

// arm makes the timer fire for the earliest waiting callback. Call with mu held.
func (o *Outbox) arm() {
	if len(o.waiting) == 0 {
		return
	}

	at := o.waiting[0].Planned
	if o.timer != nil && !at.Before(o.armed) {
		return
	}

	o.disarm()
	o.armed = at
	// One timer for all: under a manual clock everything due is then taken in its planned order.
	o.timer = o.cfg.Clock.AfterFunc(at.Sub(o.cfg.Clock.Now()), o.pump)
}

func (o *Outbox) disarm() {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
}

// pump hands everything due to the lanes.
func (o *Outbox) pump() {
	now := o.cfg.Clock.Now()
	o.mu.Lock()
	defer o.mu.Unlock()

	o.disarm()

	for len(o.waiting) > 0 && !o.waiting[0].Planned.After(now) {
		cb, ok := heap.Pop(&o.waiting).(*Callback)
		if !ok {
			return
		}

		for _, post := range o.joined(cb) {
			for _, left := range o.struck(post) {
				o.enqueue(left)
			}
		}
	}

	o.arm()
}

// enqueue gives cb to the lane of its message. Call with mu held.
func (o *Outbox) enqueue(cb *Callback) {
	l := &o.lanes[laneOf(cb)]
	l.queue = append(l.queue, cb)
	o.busy++
	if !l.running {
		l.running = true
		go o.run(l)
	}
}

func laneOf(cb *Callback) uint32 {
	h := fnv.New32a()
	// Writing to a hash never fails.
	_, _ = io.WriteString(h, cb.MessageID)
	return h.Sum32() % lanes
}

func (o *Outbox) run(l *lane) {
	for {
		o.mu.Lock()
		if len(l.queue) == 0 {
			l.running = false
			o.mu.Unlock()
			return
		}

		cb := l.queue[0]
		l.queue = l.queue[1:]
		o.mu.Unlock()

		_, err := o.post(o.ctx, cb, cb.URL)

		o.mu.Lock()
		if err != nil {
			o.again(cb)
		}

		o.busy--
		o.idle.Broadcast()
		o.mu.Unlock()
	}
}

// again plans the next attempt, if there is to be one. Call with mu held.
func (o *Outbox) again(cb *Callback) {
	if o.ctx.Err() != nil {
		return
	}
	if cb.attempt >= cb.retry.Attempts {
		o.cfg.Logger.WarnContext(o.ctx, "callback given up", "app_id", cb.AppID, "kind", cb.Kind, "attempts", cb.attempt)
		return
	}

	cb.Planned = o.cfg.Clock.Now().Add(cb.retry.Backoff << (cb.attempt - 1))
	heap.Push(&o.waiting, cb)
	o.arm()
}
