package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

const (
	// forgotten is when Pub/Sub deletes a subscription that a process which was killed has left behind: a day is the shortest that it takes.
	forgotten = 24 * time.Hour
	// silences is how often in a row nothing may come before there is no more, and firstSilences the same while nothing has come of the time that is
	// read: Pub/Sub goes back to a time little by little, and brings nothing, or only what is new, until it has.
	silences, firstSilences = 2, 6
	// beyond is how often in a row only what is later may come, and firstBeyond the same while nothing has come of the time that is read.
	beyond, firstBeyond = 3, 30
)

// ReadTopic hands on what a topic retains of what was published from one time up to, not including, another, in no order. A message may come twice.
// It ends also while more and more is published. It makes a subscription for that, which gets all of the topic meanwhile, and deletes it in the end: nobody else misses anything. It is an error
// of kind NotFound if the topic does not retain its messages, or not for so long.
func (c *Client) ReadTopic(ctx context.Context, topic string, from, until, now time.Time, o KeptOptions, take func(m KeptMessage)) (failed error) {
	const op = "queue.ReadTopic"

	client, err := c.dial(ctx)
	if err != nil {
		return err
	}

	name := "projects/" + c.projectID + "/topics/" + topic

	t, err := client.TopicAdminClient.GetTopic(ctx, &pubsubpb.GetTopicRequest{Topic: name})
	if err != nil {
		return rpcfault.Wrap(op, err)
	}
	if keeps := t.GetMessageRetentionDuration().AsDuration(); from.Before(now.Add(-keeps)) {
		return fault.New(fault.NotFound, op, "the topic "+topic+" has let go of messages of so long ago: it retains them for "+keeps.String())
	}

	subscription := "replay-" + rand.Text()

	remove, err := c.subscribeSince(ctx, client, subscription, name, from)
	if err != nil {
		return err
	}

	defer func() { failed = errors.Join(failed, remove()) }()

	r := topicReader{
		client:   client,
		name:     "projects/" + c.projectID + "/subscriptions/" + subscription,
		patience: cmp.Or(o.Patience, 5*time.Second),
		from:     from,
		until:    until,
		take:     take,
	}

	return r.read(ctx)
}

// topicReader reads a subscription up to a time.
type topicReader struct {
	client      *pubsub.Client
	name        string
	patience    time.Duration
	from, until time.Time
	take        func(m KeptMessage)
}

// read reads until nothing more comes of before the end, although there may be later messages without end. Pub/Sub brings them about in the
// order in which they were published, but does not promise it.
func (r topicReader) read(ctx context.Context) error {
	found, silent, later := false, 0, 0

	for {
		got, err := r.pull(ctx)
		if err != nil {
			return err
		}

		switch older := r.handOn(got); {
		case len(got) == 0:
			silent++
		case older:
			found, silent, later = true, 0, 0
		default:
			silent, later = 0, later+1
		}

		if silent >= firstSilences || later >= firstBeyond || found && (silent >= silences || later >= beyond) {
			return nil
		}
	}
}

// handOn hands on what was published in the time that is read, and reports whether anything was published before its end.
func (r topicReader) handOn(got []*pubsubpb.ReceivedMessage) (older bool) {
	for _, m := range got {
		published := m.GetMessage().GetPublishTime().AsTime()
		if !published.Before(r.until) {
			continue
		}

		older = true

		if !published.Before(r.from) {
			r.take(KeptMessage{
				ID:          m.GetMessage().GetMessageId(),
				Data:        m.GetMessage().GetData(),
				Attributes:  m.GetMessage().GetAttributes(),
				PublishTime: published,
			})
		}
	}

	return older
}

// pull takes some messages out of the subscription; none if none come for a while.
func (r topicReader) pull(ctx context.Context) ([]*pubsubpb.ReceivedMessage, error) {
	const op = "queue.ReadTopic"

	waiting, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()

	resp, err := r.client.SubscriptionAdminClient.Pull(waiting, &pubsubpb.PullRequest{Subscription: r.name, MaxMessages: maxIDs})
	switch {
	case ctx.Err() != nil:
		return nil, fault.Wrap(fault.KindOf(ctx.Err()), op, ctx.Err())
	case err != nil && (waiting.Err() != nil || status.Code(err) == codes.DeadlineExceeded):
		return nil, nil
	case err != nil:
		return nil, rpcfault.Wrap(op, err)
	}

	ids := make([]string, len(resp.GetReceivedMessages()))
	for i, m := range resp.GetReceivedMessages() {
		ids[i] = m.GetAckId()
	}

	if len(ids) == 0 {
		return nil, nil
	}
	if err = r.client.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: r.name, AckIds: ids}); err != nil {
		return nil, rpcfault.Wrap(op, err)
	}

	return resp.GetReceivedMessages(), nil
}

// subscribeSince makes a subscription that delivers what a topic retains since a time.
func (c *Client) subscribeSince(ctx context.Context, client *pubsub.Client, subscription, topic string, from time.Time) (remove func() error, err error) {
	const op = "queue.ReadTopic"

	name := "projects/" + c.projectID + "/subscriptions/" + subscription

	_, err = client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name:               name,
		Topic:              topic,
		AckDeadlineSeconds: 60,
		ExpirationPolicy:   &pubsubpb.ExpirationPolicy{Ttl: durationpb.New(forgotten)},
	})
	if err != nil {
		return nil, rpcfault.Wrap(op, err)
	}

	remove = func() error {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), pullTimeout)
		defer cancel()

		if failed := client.SubscriptionAdminClient.DeleteSubscription(ending, &pubsubpb.DeleteSubscriptionRequest{Subscription: name}); failed != nil {
			return rpcfault.Wrap(op, failed)
		}

		return nil
	}

	_, err = client.SubscriptionAdminClient.Seek(ctx, &pubsubpb.SeekRequest{
		Subscription: name, Target: &pubsubpb.SeekRequest_Time{Time: timestamppb.New(from)},
	})
	if err != nil {
		return nil, errors.Join(rpcfault.Wrap(op, err), remove())
	}

	return remove, nil
}
