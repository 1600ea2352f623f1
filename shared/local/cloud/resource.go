package cloud

import (
	"context"
	"fmt"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Subscription declares a subscription with its topics. Names are full: projects/P/topics/T, projects/P/subscriptions/S.
type Subscription struct {
	// Name of the subscription and of its topic.
	Name, Topic string
	// Retain is for how long the topic retains messages for subscriptions that seek a time; 0 retains none.
	Retain time.Duration
	// Endpoint is the push URL; empty makes a pull subscription.
	Endpoint string
	// DeadLetterTopic gets messages after MaxAttempts deliveries (5 to 100, 0 is 5); empty retries without end.
	DeadLetterTopic string
	MaxAttempts     int
	// AckDeadline is the push timeout, 10 to 600 s in whole seconds; 0 is 10 s.
	AckDeadline time.Duration
	// MinBackoff and MaxBackoff, 0 to 600 s, are the retry policy; both 0 means none.
	MinBackoff, MaxBackoff time.Duration
	// ServiceAccount, if set, signs pushes with a token for Audience, by default the endpoint.
	ServiceAccount, Audience string
}

// EnsureTopics creates the topics (full names) that are missing.
func (c *Cloud) EnsureTopics(ctx context.Context, topics ...string) error {
	return ensureTopics(ctx, c.self, topics...)
}

// EnsureSubscriptions creates the topics and subscriptions that are missing and updates subscriptions that differ.
func (c *Cloud) EnsureSubscriptions(ctx context.Context, subs []Subscription) error {
	return EnsureSubscriptions(ctx, c.self, subs)
}

// ensureTopics is [Cloud.EnsureTopics] over any connection, such as one to Google's emulator.
func ensureTopics(ctx context.Context, conn grpc.ClientConnInterface, topics ...string) error {
	client := pb.NewPublisherClient(conn)
	for _, t := range topics {
		_, err := client.CreateTopic(ctx, &pb.Topic{Name: t})
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return fmt.Errorf("ensure topic %s: %w", t, err)
		}
	}

	return nil
}

// EnsureSubscriptions is [Cloud.EnsureSubscriptions] over any connection, such as one to Google's emulator.
func EnsureSubscriptions(ctx context.Context, conn grpc.ClientConnInterface, subs []Subscription) error {
	for _, s := range subs {
		if err := ensure(ctx, conn, s); err != nil {
			return fmt.Errorf("ensure subscription %s: %w", s.Name, err)
		}
	}

	return nil
}

func ensure(ctx context.Context, conn grpc.ClientConnInterface, s Subscription) error {
	topics := []string{s.Topic}
	if s.DeadLetterTopic != "" {
		topics = append(topics, s.DeadLetterTopic)
	}

	if err := ensureTopics(ctx, conn, topics...); err != nil {
		return err
	}

	if s.Retain > 0 {
		if err := retain(ctx, conn, s.Topic, s.Retain); err != nil {
			return err
		}
	}

	client, want := pb.NewSubscriberClient(conn), s.resource()
	_, err := client.CreateSubscription(ctx, want)
	if status.Code(err) != codes.AlreadyExists {
		return err
	}

	have, err := client.GetSubscription(ctx, &pb.GetSubscriptionRequest{Subscription: s.Name})
	if err != nil {
		return err
	}
	if same(have, want) {
		return nil
	}

	_, err = client.UpdateSubscription(ctx, &pb.UpdateSubscriptionRequest{
		Subscription: want,
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"push_config", "ack_deadline_seconds", "retry_policy", "dead_letter_policy"}},
	})

	return err
}

// retain has a topic retain its messages for so long.
func retain(ctx context.Context, conn grpc.ClientConnInterface, topic string, keep time.Duration) error {
	_, err := pb.NewPublisherClient(conn).UpdateTopic(ctx, &pb.UpdateTopicRequest{
		Topic:      &pb.Topic{Name: topic, MessageRetentionDuration: durationpb.New(keep)},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"message_retention_duration"}},
	})

	return err
}

// same reports whether a subscription is as declared.
func same(have, want *pb.Subscription) bool {
	return proto.Equal(have.GetPushConfig(), want.GetPushConfig()) &&
		have.GetAckDeadlineSeconds() == want.GetAckDeadlineSeconds() &&
		proto.Equal(have.GetRetryPolicy(), want.GetRetryPolicy()) &&
		proto.Equal(have.GetDeadLetterPolicy(), want.GetDeadLetterPolicy())
}

// resource is the declaration on the wire, with the defaults that the service would fill in.
func (s Subscription) resource() *pb.Subscription {
	p := &pb.Subscription{Name: s.Name, Topic: s.Topic, AckDeadlineSeconds: int32(s.AckDeadline / time.Second)} //nolint:gosec // G115: at most 600, or refused
	if p.GetAckDeadlineSeconds() == 0 {
		p.AckDeadlineSeconds = 10
	}

	if s.Endpoint != "" {
		p.PushConfig = &pb.PushConfig{PushEndpoint: s.Endpoint}
		if s.ServiceAccount != "" {
			p.PushConfig.AuthenticationMethod = &pb.PushConfig_OidcToken_{OidcToken: &pb.PushConfig_OidcToken{
				ServiceAccountEmail: s.ServiceAccount, Audience: s.Audience,
			}}
		}
	}

	if s.MinBackoff > 0 || s.MaxBackoff > 0 {
		p.RetryPolicy = &pb.RetryPolicy{MinimumBackoff: durationpb.New(s.MinBackoff), MaximumBackoff: durationpb.New(s.MaxBackoff)}
	}

	if s.DeadLetterTopic != "" {
		n := s.MaxAttempts
		if n == 0 {
			n = 5
		}

		p.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: s.DeadLetterTopic, MaxDeliveryAttempts: int32(n)}
	}

	return p
}
