package pubsub

import (
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
)

// minWindow is below what failures do not push the concurrency.
const minWindow = 4

// maxDrained is how much of an answer is read so that its connection can be used again.
const maxDrained = 64 << 10

// pump starts as many workers as there is work and room for. Call with mu held.
func (u *subscription) pump() {
	if u.cfg.push == nil || u.deleted || !u.s.started.Load() {
		return
	}

	for n := u.count[ready]; n > 0 && u.workers < u.window; n-- {
		u.workers++

		u.s.pushing.Add(1)
		go u.work()
	}
}

// work delivers ready items until there are none.
func (u *subscription) work() {
	defer u.s.pushing.Done()

	u.mu.Lock()
	defer u.mu.Unlock()

	for u.cfg.push != nil && !u.deleted && u.workers <= u.window {
		it := u.take(u.s.clock.Now())
		if it == nil {
			break
		}

		u.move(it, out)
		cfg, m, attempt := u.cfg, it.m, it.attempt
		u.mu.Unlock()

		status := u.push(cfg, m, attempt)

		u.mu.Lock()
		if u.settle(it, status) {
			u.mu.Unlock()
			u.bury(cfg, it)
			u.mu.Lock()
		}

		u.pump() // the window may have grown
		u.s.changed()
	}

	u.workers--
	u.s.changed() // the last item taken may have been dropped
}

// settle notes the outcome of a push and reports whether the item must be buried. Call with mu held.
func (u *subscription) settle(it *item, status int) (dead bool) {
	ok := succeeded(status)
	u.adapt(ok, status)

	switch {
	case it.state != out: // the subscription was deleted during the push
		return false
	case ok:
		u.finish(it)
		return false
	case u.deleted: // the server closes: the attempt does not count, the journal still has the message
		u.move(it, ready)
		return false
	}

	return u.nack(it)
}

// adapt moves the push window as the real service does: up with every success, down with every failure, fast when the
// endpoint is overloaded or away.
func (u *subscription) adapt(ok bool, status int) {
	switch {
	case ok:
		u.window = min(u.window+1, u.s.workers)
	case status == 0 || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		u.window = max(u.window/2, min(minWindow, u.s.workers))
	default:
		u.window = max(u.window-1, min(minWindow, u.s.workers))
	}
}

// succeeded says which answers acknowledge a push: 102, 200, 201, 202 and 204, from the push documentation.
func succeeded(code int) bool {
	switch code {
	case http.StatusProcessing, http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return true
	}
	return false
}

// push delivers m once and returns the status, or 0 if there was no answer within the ack deadline.
func (u *subscription) push(cfg *config, m *pb.PubsubMessage, attempt int32) int {
	ctx, cancel := context.WithCancel(u.s.base)
	defer cancel()

	deadline := u.s.clock.AfterFunc(cfg.ackDeadline, cancel)
	defer deadline.Stop()

	if !cfg.counts() {
		attempt = 0
	}

	req := cfg.push.request(cfg.push.headerWith(u.s.sign), u.name, m, attempt).WithContext(ctx)
	resp, err := u.s.transport.RoundTrip(req)
	if err != nil {
		u.s.logger.DebugContext(ctx, "push failed", "subscription", u.name, "message_id", m.GetMessageId(), "error", err)
		return 0
	}

	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxDrained))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return 0
	}

	if !succeeded(resp.StatusCode) {
		u.s.logger.DebugContext(ctx, "push refused", "subscription", u.name, "message_id", m.GetMessageId(), "status", resp.StatusCode)
	}

	return resp.StatusCode
}

// buryAll buries items in the background.
func (u *subscription) buryAll(cfg *config, dead []*item) {
	if len(dead) == 0 {
		return
	}

	u.s.pushing.Go(func() {
		for _, it := range dead {
			u.bury(cfg, it)
		}

		u.s.changed()
	})
}

// bury publishes an item to the dead-letter topic, with the attributes of the real service, and ends it. If that
// fails, delivery goes on.
func (u *subscription) bury(cfg *config, it *item) {
	u.mu.Lock()
	if it.state != out {
		u.mu.Unlock()
		return
	}

	src, attempt := it.m, it.attempt
	u.mu.Unlock()

	m := &pb.PubsubMessage{Data: src.GetData(), OrderingKey: src.GetOrderingKey(), Attributes: map[string]string{}}
	maps.Copy(m.Attributes, src.GetAttributes())
	m.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = strconv.Itoa(int(attempt))
	m.Attributes["CloudPubSubDeadLetterSourceSubscription"] = base(u.name)
	m.Attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] = base(project(u.name))
	m.Attributes["CloudPubSubDeadLetterSourceTopicPublishTime"] = publishTime(src)
	_, err := u.s.publish(cfg.deadLetter, []*pb.PubsubMessage{m})
	if err != nil {
		u.s.logger.ErrorContext(u.s.base, "dead letter failed", "subscription", u.name, "message_id", src.GetMessageId(), "error", err)
	} else {
		u.s.logger.WarnContext(u.s.base, "dead letter", "subscription", u.name, "message_id", src.GetMessageId(), "attempts", attempt)
	}

	u.mu.Lock()
	defer u.mu.Unlock()

	switch {
	case it.state != out:
	case err == nil:
		u.finish(it)
	default:
		u.postpone(it, later, u.s.clock.Now().Add(max(time.Second, u.cfg.backoff(attempt, u.s.jitter))))
	}
}

// config is what a subscription's resource says, ready for use. It never changes.
type config struct {
	push        *target // nil: pull
	ackDeadline time.Duration
	retention   time.Duration
	low, high   time.Duration
	deadLetter  string
	maxAttempts int32
}

// Defaults of the real service: without a retry policy a push backs off from 100 ms to 60 s and a pull is immediate.
const (
	defaultAckDeadline = 10 * time.Second
	defaultRetention   = 7 * 24 * time.Hour
	defaultAttempts    = 5
	pushLow, pushHigh  = 100 * time.Millisecond, 60 * time.Second
	retryLow           = 10 * time.Second
	retryHigh          = 600 * time.Second
)

func newConfig(p *pb.Subscription) *config {
	c := &config{
		push:        newTarget(p.GetPushConfig()),
		ackDeadline: time.Duration(p.GetAckDeadlineSeconds()) * time.Second,
		retention:   defaultRetention,
		deadLetter:  p.GetDeadLetterPolicy().GetDeadLetterTopic(),
		maxAttempts: p.GetDeadLetterPolicy().GetMaxDeliveryAttempts(),
	}

	if d := p.GetMessageRetentionDuration(); d != nil {
		c.retention = d.AsDuration()
	}

	switch r := p.GetRetryPolicy(); {
	case r != nil:
		c.low, c.high = retryLow, retryHigh
		if d := r.GetMinimumBackoff(); d != nil {
			c.low = d.AsDuration()
		}
		if d := r.GetMaximumBackoff(); d != nil {
			c.high = d.AsDuration()
		}
	case c.push != nil:
		c.low, c.high = pushLow, pushHigh
	}

	return c
}

// counts reports whether deliveries carry their number: only with a dead-letter policy.
func (c *config) counts() bool { return c.deadLetter != "" }

// backoff is the wait after delivery number attempt: doubling from low to high, plus up to a tenth with jitter.
func (c *config) backoff(attempt int32, jitter bool) time.Duration {
	wait := c.low
	for i := int32(1); i < attempt && wait < c.high && wait > 0; i++ {
		wait *= 2
	}

	wait = min(wait, c.high)
	if jitter && wait > 0 {
		wait += rand.N(wait/10 + 1) //nolint:gosec // G404: spreading retries needs no secret randomness
	}

	return wait
}

// withDefaults fills in what the real service would.
func withDefaults(p *pb.Subscription) *pb.Subscription {
	p = proto.CloneOf(p)
	if p.GetAckDeadlineSeconds() == 0 {
		p.AckDeadlineSeconds = int32(defaultAckDeadline / time.Second)
	}

	if p.GetDeadLetterPolicy() != nil && p.GetDeadLetterPolicy().GetMaxDeliveryAttempts() == 0 {
		p.DeadLetterPolicy.MaxDeliveryAttempts = defaultAttempts
	}

	if p.GetPushConfig().GetPushEndpoint() == "" {
		p.PushConfig = nil
	}

	p.State = pb.Subscription_ACTIVE

	return p
}
