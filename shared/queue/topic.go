package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

const (
	// readAtOnce is how many messages of a topic are held at once.
	readAtOnce = 10_000
	// forgotten is when Pub/Sub deletes a subscription that a process which was killed has left behind: a day is the shortest that it takes.
	forgotten = 24 * time.Hour
)

// ReadTopic hands on what a topic retains of what was published from one time up to, not including, another, in no order. A message may come twice.
// It makes a subscription for that, which gets all of the topic meanwhile, and deletes it in the end: nobody else misses anything. It is an error
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

	for kept := c.Kept(subscription, o); ; {
		more, err := kept.drain(ctx, func(m KeptMessage) {
			if !m.PublishTime.Before(from) && m.PublishTime.Before(until) {
				take(m)
			}
		})
		if err != nil || !more {
			return err
		}
	}
}

// drain hands on some messages and takes them out of the subscription. It reports whether there may be more.
func (k *Kept) drain(ctx context.Context, take func(m KeptMessage)) (more bool, failed error) {
	held, err := k.Pull(ctx, readAtOnce)
	if err != nil {
		return false, err
	}

	defer func() { failed = errors.Join(failed, held.Release(ctx)) }()

	ids := make([]string, len(held.Messages))
	for i, m := range held.Messages {
		ids[i] = m.ID

		take(m)
	}

	return held.More, held.Acknowledge(ctx, ids...)
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
