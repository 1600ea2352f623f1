// Package callback posts what simulated providers have to say to the receivers' webhooks: late, more than once, out of
// order, again when the receiver fails, or only when a test releases it by hand. All waiting is on the injected clock.
package callback

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/witness"
)

// Errors of releasing by hand; compare with errors.Is.
var (
	// ErrNoSuchCallback means that the index is outside of what is pending.
	ErrNoSuchCallback = errors.New("no such pending callback")
	// ErrNoURL means that the callback has nowhere to go, since its app has no subscription.
	ErrNoURL = errors.New("callback has no receiver")
	// ErrRefused means that the receiver answered something else than 2xx.
	ErrRefused = errors.New("receiver refused the callback")
)

const (
	lanes   = 16
	maxRead = 64 << 10
)

// Callback is one post to one receiver.
type Callback struct {
	// AppID is the provider's identifier of the app.
	AppID string
	// Kind is what it tells: enqueued, sent, delivered, read, failed, billing, inbound, template, account, user,
	// preference or other.
	Kind string
	// MessageID is the provider's id of the message it is about, empty if it is about none.
	MessageID string
	// Body is the raw body.
	Body []byte
	// URL is the receiver; empty for a held callback of an app without subscription.
	URL string
	// Header is sent along.
	Header http.Header
	// Planned is when it is to be posted.
	Planned time.Time

	retry   Retry
	seq     uint64
	attempt int
	reached func(time.Time)
	outbox  *Outbox
}

// Retry is what happens to a callback that the receiver does not take.
type Retry struct {
	// Attempts is how often it is posted at most; less than 1 is 1.
	Attempts int
	// Backoff is the pause before the second attempt; it doubles with each further one.
	Backoff time.Duration
}

// Plan is when and how a callback is to be posted.
type Plan struct {
	// Lag is the time from now to the first attempt.
	Lag time.Duration
	// Hold keeps the callback until it is released by hand, whatever the lag.
	Hold bool
	// Retry applies to callbacks that are not held.
	Retry Retry
	// Released, if set, is called with the time when a held callback is first released.
	Released func(time.Time)
}

// Config is what an outbox needs.
type Config struct {
	// Clock is what lag, back-off and the receiver's time limit run on.
	Clock clock.Clock
	// Client posts; its own timeout should be 0 or longer than Timeout.
	Client *http.Client
	// Logger hears of callbacks given up.
	Logger *slog.Logger
	// Log records every attempt.
	Log *witness.Log
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
	o.Reset()
}

// Reset forgets every callback that is not being posted at this moment.
func (o *Outbox) Reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting, o.held = nil, nil
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
	cb.seq, cb.outbox, cb.retry, cb.reached = o.seq, o, plan.Retry, plan.Released
	cb.Planned = o.cfg.Clock.Now().Add(max(plan.Lag, 0))
	if plan.Hold {
		o.held = append(o.held, &cb)
		slices.SortStableFunc(o.held, before)
		return
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
		o.enqueue(cb)
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

// post makes one attempt and returns the receiver's status; the error says why that was no success.
func (o *Outbox) post(ctx context.Context, cb *Callback, url string) (int, error) {
	o.mu.Lock()
	cb.attempt++
	attempt := cb.attempt
	o.mu.Unlock()
	begun := o.cfg.Clock.Now()
	status, size, err := o.send(ctx, url, cb.Header, cb.Body)
	o.cfg.Log.Deliver(witness.Delivery{
		AppID: cb.AppID, Kind: cb.Kind, MessageID: cb.MessageID, Attempt: attempt,
		Status: status, AckBytes: size, At: begun, Took: o.cfg.Clock.Now().Sub(begun),
	})
	return status, err
}

// Post posts body once, as every callback is posted, and returns the receiver's status and the length of its answer.
// The error wraps [ErrRefused] for a status outside 2xx. Nothing is recorded.
func (o *Outbox) Post(ctx context.Context, url string, header http.Header, body []byte) (status int, size int64, err error) {
	return o.send(ctx, url, header, body)
}

func (o *Outbox) send(ctx context.Context, url string, header http.Header, body []byte) (int, int64, error) {
	if url == "" {
		return 0, 0, ErrNoURL
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := o.cfg.Clock.AfterFunc(o.cfg.Timeout, cancel)
	defer timer.Stop()
	defer context.AfterFunc(o.ctx, cancel)()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, 0, errors.New("callback receiver has no valid address")
	}
	for k, v := range header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := o.cfg.Client.Do(req)
	if err != nil {
		// The client's error holds the receiver's address, which holds its token.
		return 0, 0, errors.New("callback receiver did not answer")
	}
	defer func() { _ = resp.Body.Close() }()
	size, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxRead))
	if err != nil {
		return resp.StatusCode, size, errors.New("callback receiver broke off its answer")
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, size, fmt.Errorf("%w: status %d", ErrRefused, resp.StatusCode)
	}
	return resp.StatusCode, size, nil
}
