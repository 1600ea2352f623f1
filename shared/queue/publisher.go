// Package queue publishes to Pub/Sub and decodes what a push subscription posts. No other package that is deployed imports
// Pub/Sub's client.
package queue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Pub/Sub's own limits on one publish request.
const (
	// MaxData is the most bytes one message may have.
	MaxData = 10_000_000

	maxRequestMessages = 1000
	maxRequestBytes    = pubsub.MaxPublishRequestBytes
)

// ErrClosed is returned by a publisher that has been closed.
var ErrClosed = errors.New("queue: publisher closed")

// Options of a publisher.
type Options struct {
	// MaxBatch is the most messages of concurrent callers that share one request; 0 means 100, 1 shares none.
	MaxBatch int
	// MaxInFlight is how many requests run at once before callers begin to share; 0 means 4.
	MaxInFlight int
	// Timeout ends one request, its retries included; 0 means 10 s.
	Timeout time.Duration
}

// Message is what is published.
type Message struct {
	// Data is the body, at most [MaxData] bytes.
	Data []byte
	// Attributes are published with it. They reach platform logs, so they never hold personal data.
	Attributes map[string]string
}

// Publisher publishes to one topic. Every call waits until its messages are durable: a function's CPU may stop when it
// has answered, so nothing may be left for later.
//
// A call goes out at once while fewer than MaxInFlight requests run; later ones gather meanwhile and go together. So an
// idle publisher adds no delay, and a busy one pays a request's cost once for many. The library's own batching can only
// trade the one for the other with a timer.
type Publisher struct {
	client *Client
	name   string
	o      Options

	mu       sync.Mutex
	pending  []*call
	inFlight int
	closed   bool
	running  sync.WaitGroup
}

// Publisher returns a publisher for a topic of the client's project, by its short name.
func (c *Client) Publisher(topic string, o Options) *Publisher {
	if o.MaxBatch <= 0 {
		o.MaxBatch = 100
	}

	o.MaxBatch = min(o.MaxBatch, maxRequestMessages)

	if o.MaxInFlight <= 0 {
		o.MaxInFlight = 4
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}

	return &Publisher{client: c, name: "projects/" + c.projectID + "/topics/" + topic, o: o}
}

// Publish returns the message's id once it is durable. After an error it may have been published all the same.
func (p *Publisher) Publish(ctx context.Context, m Message) (string, error) {
	calls, err := p.enqueue([]Message{m})
	if err != nil {
		return "", err
	}
	if err := p.wait(ctx, calls[0]); err != nil {
		return "", err
	}

	return calls[0].ids[0], nil
}

// PublishAll publishes the messages in one request, or in as few as Pub/Sub's limits allow, and returns once all are
// durable. After an error some may have been published.
func (p *Publisher) PublishAll(ctx context.Context, ms []Message) error {
	if len(ms) == 0 {
		return nil
	}

	calls, err := p.enqueue(ms)
	if err != nil {
		return err
	}

	var problems []error
	for _, c := range calls {
		problems = append(problems, p.wait(ctx, c))
	}

	return errors.Join(problems...)
}

// Close refuses further messages and waits for those in flight, at most until ctx ends.
func (p *Publisher) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()

	idle := make(chan struct{})

	go func() {
		p.running.Wait()
		close(idle)
	}()

	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "queue.Close", ctx.Err())
	}
}

// enqueue lines the messages up as calls that fit a request each, and starts what may start.
func (p *Publisher) enqueue(ms []Message) ([]*call, error) {
	calls, err := p.split(ms)
	if err != nil {
		return nil, err
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fault.Wrap(fault.Unavailable, "queue.Publish", ErrClosed)
	}

	for _, c := range calls {
		p.pending = append(p.pending, c)
		if p.inFlight < p.o.MaxInFlight {
			p.inFlight++
			p.running.Go(p.drain)
		}
	}

	return calls, nil
}

// wait returns when the call is done. A caller who gives up takes a call that has not begun back.
func (p *Publisher) wait(ctx context.Context, c *call) error {
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	if i := slices.Index(p.pending, c); i >= 0 {
		p.pending = slices.Delete(p.pending, i, i+1)
	}

	return fault.Wrap(fault.KindOf(ctx.Err()), "queue.Publish", ctx.Err())
}
