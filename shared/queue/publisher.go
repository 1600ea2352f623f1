// Package queue is the only one that speaks to Pub/Sub: it publishes, and it decodes what a push subscription posts.
package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
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

// Client is one connection to Pub/Sub, shared by the publishers of several topics. It connects at the first publish,
// so that a process starts fast; PUBSUB_EMULATOR_HOST is honoured by the library below.
type Client struct {
	projectID string
	opts      []option.ClientOption

	mu     sync.Mutex
	client *pubsub.Client
}

// NewClient returns a client of a project. It does not connect.
func NewClient(projectID string, opts ...option.ClientOption) *Client {
	return &Client{projectID: projectID, opts: opts}
}

// Close ends the connection. Close the publishers first.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client == nil {
		return nil
	}
	err := c.client.Close()
	c.client = nil
	if err != nil {
		return fault.Wrap(fault.Internal, "queue.Close", err)
	}
	return nil
}

// dial returns the connection; a failure is not kept, so that the next publish tries again.
func (c *Client) dial(ctx context.Context) (*pubsub.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	client, err := pubsub.NewClient(context.WithoutCancel(ctx), c.projectID, c.opts...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "queue.dial", err)
	}
	c.client = client
	return client, nil
}

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
	// Attributes travel beside it; they reach platform logs, so they never hold personal data.
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

// call is one caller's messages; they are never split over requests.
type call struct {
	messages []*pubsubpb.PubsubMessage
	size     int
	ids      []string
	err      error
	done     chan struct{}
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

func (p *Publisher) split(ms []Message) ([]*call, error) {
	var calls []*call
	var last *call
	for i, m := range ms {
		if len(m.Data) == 0 && len(m.Attributes) == 0 {
			return nil, fault.New(fault.Internal, "queue.Publish", fmt.Sprintf("message %d is empty", i))
		}
		pm := &pubsubpb.PubsubMessage{Data: m.Data, Attributes: m.Attributes}
		size := proto.Size(pm) + requestOverhead
		if size > maxRequestBytes {
			return nil, fault.New(fault.TooLarge, "queue.Publish", fmt.Sprintf("message %d is too large", i))
		}
		if last == nil || len(last.messages) == maxRequestMessages || last.size+size > maxRequestBytes {
			last = &call{done: make(chan struct{})}
			calls = append(calls, last)
		}
		last.messages = append(last.messages, pm)
		last.size += size
	}
	return calls, nil
}

// requestOverhead is what a message adds to a request beyond its own bytes, with its share of the topic's name.
const requestOverhead = 512

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

// drain sends batches until nothing is pending.
func (p *Publisher) drain() {
	for {
		batch := p.next()
		if len(batch) == 0 {
			return
		}
		p.send(batch)
	}
}

// next takes what goes into one request, and gives the slot back if there is nothing.
func (p *Publisher) next() []*call {
	p.mu.Lock()
	defer p.mu.Unlock()
	messages, size, n := 0, 0, 0
	for _, c := range p.pending {
		if n > 0 && (messages+len(c.messages) > p.o.MaxBatch || size+c.size > maxRequestBytes) {
			break
		}
		messages, size, n = messages+len(c.messages), size+c.size, n+1
	}
	if n == 0 {
		p.inFlight--
		return nil
	}
	batch := slices.Clone(p.pending[:n])
	p.pending = slices.Delete(p.pending, 0, n)
	return batch
}

// send publishes a batch. Its time is its own: one caller's deadline must not fail the others' messages.
func (p *Publisher) send(batch []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), p.o.Timeout)
	defer cancel()
	req := &pubsubpb.PublishRequest{Topic: p.name}
	for _, c := range batch {
		req.Messages = append(req.Messages, c.messages...)
	}
	ids, err := p.request(ctx, req)
	for _, c := range batch {
		if c.err = err; err == nil {
			c.ids, ids = ids[:len(c.messages)], ids[len(c.messages):]
		}
		close(c.done)
	}
}

func (p *Publisher) request(ctx context.Context, req *pubsubpb.PublishRequest) ([]string, error) {
	client, err := p.client.dial(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := client.TopicAdminClient.Publish(ctx, req)
	if err != nil {
		return nil, fault.Wrap(publishKind(err), "queue.Publish", err)
	}
	if got, want := len(resp.GetMessageIds()), len(req.GetMessages()); got != want {
		return nil, fault.New(fault.Internal, "queue.Publish", fmt.Sprintf("%d ids for %d messages", got, want))
	}
	return resp.GetMessageIds(), nil
}

// publishKind keeps meanings that speak of a caller's input out: a missing topic is our fault, not the caller's 404.
func publishKind(err error) fault.Kind {
	switch k := rpcfault.Kind(err); k {
	case fault.NotFound, fault.Conflict:
		return fault.Internal
	case fault.Canceled:
		return fault.Unavailable
	default:
		return k
	}
}
