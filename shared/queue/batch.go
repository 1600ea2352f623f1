package queue

import (
	"context"
	"fmt"
	"slices"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

// call is one caller's messages; they are never split over requests.
type call struct {
	messages []*pubsubpb.PubsubMessage
	size     int
	ids      []string
	err      error
	done     chan struct{}
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

	var messages, size, n int
	for _, c := range p.pending {
		if n > 0 && (messages+len(c.messages) > p.o.MaxBatch || size+c.size > maxRequestBytes) {
			break
		}

		messages += len(c.messages)
		size += c.size
		n++
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
