package queue

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

// Limits on what is pulled.
const (
	// maxIDs is how many messages one request extends, gives back or acknowledges.
	maxIDs = 1000
	// maxHeldBytes is about how much is held in memory at once.
	maxHeldBytes = 256 << 20
	// pullTimeout is how long Pub/Sub may take to answer at all.
	pullTimeout = 10 * time.Second
	// settling is how long Pub/Sub may take to learn that a pull was ended, before messages are given back. Else that pull takes them: nobody reads
	// its answer, and they show again only when their lease is over.
	settling = 150 * time.Millisecond
)

// KeptOptions of a subscription that keeps messages.
type KeptOptions struct {
	// Patience is for how long no message may come before there are none any more; 0 means 5 s. Pub/Sub brings what it has bit by bit, and
	// says never that it was the last.
	Patience time.Duration
	// Lease is for how long messages are held that a process which was killed had in hand; 0 means a minute. While the process lives it is
	// extended.
	Lease time.Duration
}

// Kept is a subscription that keeps messages until a person has looked at them, such as that of a dead-letter topic.
type Kept struct {
	client *Client
	name   string
	o      KeptOptions
}

// KeptMessage is a message of a kept subscription.
type KeptMessage struct {
	ID         string
	Data       []byte
	Attributes map[string]string
	// PublishTime is when it came into the subscription's topic.
	PublishTime time.Time
}

// Kept returns a subscription of the client's project, by its short name.
func (c *Client) Kept(subscription string, o KeptOptions) *Kept {
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	o.Lease = cmp.Or(o.Lease, time.Minute)

	return &Kept{client: c, name: "projects/" + c.projectID + "/subscriptions/" + subscription, o: o}
}

// Held are messages of a kept subscription that nobody else gets meanwhile. They go back unless they are acknowledged.
type Held struct {
	// Messages are in the order of their publish times.
	Messages []KeptMessage
	// More says that there may be more than were asked for.
	More bool

	kept   *Kept
	client *pubsub.Client
	stop   context.CancelFunc
	ended  sync.WaitGroup
	// settled fires once Pub/Sub knows that the last pull was ended; nil if none was.
	settled *time.Timer

	mu   sync.Mutex
	acks map[string]string // by message id, of those that are held
}

// Pull holds what the subscription keeps, at most so many messages. [Held.Release] gives it back. It is a NotFound error if there is no such
// subscription, and Unavailable if Pub/Sub does not answer, which is not to be taken for a subscription that keeps nothing.
func (k *Kept) Pull(ctx context.Context, most int) (*Held, error) {
	client, err := k.client.dial(ctx)
	if err != nil {
		return nil, err
	}

	h := &Held{kept: k, client: client, acks: map[string]string{}}
	extending, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	h.ended.Go(func() { h.extendAll(extending) })

	if err = h.fill(ctx, most); err != nil {
		return nil, errors.Join(err, h.Release(ctx))
	}

	slices.SortFunc(h.Messages, func(a, b KeptMessage) int {
		return cmp.Or(a.PublishTime.Compare(b.PublishTime), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})

	return h, nil
}

// fill pulls until no more messages come.
func (h *Held) fill(ctx context.Context, most int) error {
	size := 0

	for first := true; ; first = false {
		wanted := min(most-len(h.Messages), maxIDs)
		if h.More = wanted <= 0 || size > maxHeldBytes; h.More {
			return nil
		}

		got, err := h.pull(ctx, wanted, first)
		if err != nil {
			return err
		}
		if len(got) == 0 && !first {
			return nil
		}
		if err = h.hold(ctx, got); err != nil {
			return err
		}

		for _, m := range got {
			size += len(m.GetMessage().GetData())
		}
	}
}

// pull asks once for messages; none come if there are none. The first time Pub/Sub has to answer at once: later no answer means none.
func (h *Held) pull(ctx context.Context, most int, atOnce bool) ([]*pubsubpb.ReceivedMessage, error) {
	const op = "queue.Pull"

	patience := h.kept.o.Patience
	if atOnce {
		patience = pullTimeout
	}

	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	resp, err := h.client.SubscriptionAdminClient.Pull(waiting, &pubsubpb.PullRequest{
		Subscription:      h.kept.name,
		MaxMessages:       int32(most), //nolint:gosec // G115: at most maxIDs
		ReturnImmediately: atOnce,      // discouraged, but else nobody knows whether Pub/Sub answers
	})

	switch {
	case err == nil:
		return resp.GetReceivedMessages(), nil
	case ctx.Err() != nil:
		return nil, fault.Wrap(fault.KindOf(ctx.Err()), op, ctx.Err())
	case !atOnce && (waiting.Err() != nil || status.Code(err) == codes.DeadlineExceeded): // the server's clock may be the first
		h.settled = time.NewTimer(settling)
		return nil, nil
	default:
		return nil, rpcfault.Wrap(op, err)
	}
}

// hold adds messages to what is held. One that came before, since its lease was over, is held by its newest delivery.
func (h *Held) hold(ctx context.Context, got []*pubsubpb.ReceivedMessage) error {
	ids := make([]string, len(got))

	h.mu.Lock()

	for i, m := range got {
		id := m.GetMessage().GetMessageId()
		if _, known := h.acks[id]; !known {
			h.Messages = append(h.Messages, KeptMessage{
				ID:          id,
				Data:        m.GetMessage().GetData(),
				Attributes:  m.GetMessage().GetAttributes(),
				PublishTime: m.GetMessage().GetPublishTime().AsTime(),
			})
		}

		h.acks[id], ids[i] = m.GetAckId(), m.GetAckId()
	}

	h.mu.Unlock()

	return h.lease(ctx, ids, h.kept.o.Lease)
}

// extendAll keeps what is held until it is stopped.
func (h *Held) extendAll(ctx context.Context) {
	tick := time.NewTicker(h.kept.o.Lease / 3)
	defer tick.Stop()

	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = h.lease(ctx, h.held(), h.kept.o.Lease) // a lease that ends has the message come once more, which is no harm
		}
	}
}

// held returns the deliveries of what is held.
func (h *Held) held() []string {
	h.mu.Lock()
	defer h.mu.Unlock()

	return slices.Collect(maps.Values(h.acks))
}

// lease sets how long the subscription waits for deliveries to be acknowledged; 0 gives them back.
func (h *Held) lease(ctx context.Context, acks []string, d time.Duration) error {
	for part := range slices.Chunk(acks, maxIDs) {
		err := h.client.SubscriptionAdminClient.ModifyAckDeadline(ctx, &pubsubpb.ModifyAckDeadlineRequest{
			Subscription:       h.kept.name,
			AckIds:             part,
			AckDeadlineSeconds: int32(d / time.Second), //nolint:gosec // G115: minutes
		})
		if err != nil {
			return rpcfault.Wrap("queue.Lease", err)
		}
	}

	return nil
}

// Acknowledge takes messages, by their ids, out of the subscription for good.
func (h *Held) Acknowledge(ctx context.Context, ids ...string) error {
	var acks []string

	h.mu.Lock()

	for _, id := range ids {
		if ack, held := h.acks[id]; held {
			acks = append(acks, ack)
		}
	}

	h.mu.Unlock()

	for part := range slices.Chunk(acks, maxIDs) {
		if err := h.client.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: h.kept.name, AckIds: part}); err != nil {
			return rpcfault.Wrap("queue.Acknowledge", err)
		}
	}

	h.mu.Lock()
	defer h.mu.Unlock()

	for _, id := range ids {
		delete(h.acks, id)
	}

	return nil
}

// Release gives back what is not acknowledged, also when ctx has ended.
func (h *Held) Release(ctx context.Context) error {
	h.stop()
	h.ended.Wait()

	left := h.held()
	if h.settled != nil && len(left) > 0 {
		<-h.settled.C
		h.settled = nil
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pullTimeout)
	defer cancel()

	return h.lease(ctx, left, 0)
}
