package pubsub_test

import (
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

func TestPull_lease_ends_with_the_deadline_and_can_be_moved(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	create(t, s, &pb.Subscription{Name: subA, Topic: topicA})
	publish(t, s, "x")
	first := pull(t, s, subA)
	if len(first) != 1 || first[0].GetDeliveryAttempt() != 0 {
		t.Fatalf("got %v", first)
	}
	if again := pull(t, s, subA); again != nil {
		t.Fatalf("delivered twice within the lease: %v", again)
	}
	mod := func(id string, seconds int32) {
		t.Helper()
		if _, err := s.ModifyAckDeadline(t.Context(), &pb.ModifyAckDeadlineRequest{Subscription: subA, AckIds: []string{id}, AckDeadlineSeconds: seconds}); err != nil {
			t.Fatal(err)
		}
	}
	mod(first[0].GetAckId(), 60)
	c.Advance(59 * time.Second)
	waitIdle(t, s)
	if again := pull(t, s, subA); again != nil {
		t.Fatalf("delivered within the longer lease: %v", again)
	}
	c.Advance(time.Second)
	waitIdle(t, s)
	second := pull(t, s, subA)
	if len(second) != 1 || second[0].GetAckId() == first[0].GetAckId() {
		t.Fatalf("after the lease: got %v", second)
	}
	mod(first[0].GetAckId(), 0) // of an older delivery: nothing
	if again := pull(t, s, subA); again != nil {
		t.Fatalf("an old ack id gave it back: %v", again)
	}
	mod(second[0].GetAckId(), 0)
	third := pull(t, s, subA)
	if len(third) != 1 {
		t.Fatalf("after giving it back: got %v", third)
	}
	if _, err := s.Acknowledge(t.Context(), &pb.AcknowledgeRequest{Subscription: subA, AckIds: []string{third[0].GetAckId()}}); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	waitIdle(t, s)
	if s.Backlog() != nil || pull(t, s, subA) != nil {
		t.Errorf("acknowledged message is still there: %+v", s.Backlog())
	}
}

func TestPull_dead_letter_counts_expired_leases(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	create(t, s, &pb.Subscription{Name: subA, Topic: topicA, DeadLetterPolicy: &pb.DeadLetterPolicy{DeadLetterTopic: topicD}})
	create(t, s, &pb.Subscription{Name: subD, Topic: topicD})
	publish(t, s, "x")
	for i := range 5 {
		got := pull(t, s, subA)
		if len(got) != 1 || got[0].GetDeliveryAttempt() != int32(i+1) {
			t.Fatalf("delivery %d: got %v", i+1, got)
		}
		c.Advance(10 * time.Second)
		waitIdle(t, s)
	}
	if got := pull(t, s, subD); len(got) != 1 {
		t.Errorf("dead letters: got %v", got)
	}
}

func TestPublish_refuses(t *testing.T) {
	t.Parallel()
	s := serve(t, pubsub.Options{})
	create(t, s, &pb.Subscription{Name: subA, Topic: topicA})
	ok := func(n int) (all []*pb.PubsubMessage) {
		for range n {
			all = append(all, &pb.PubsubMessage{Data: []byte("x")})
		}
		return all
	}
	for name, tc := range map[string]struct {
		topic string
		msgs  []*pb.PubsubMessage
		want  codes.Code
	}{
		"unknown_topic":       {topicD, ok(1), codes.NotFound},
		"nothing":             {topicA, nil, codes.InvalidArgument},
		"empty_message":       {topicA, append(ok(1), &pb.PubsubMessage{OrderingKey: "k"}), codes.InvalidArgument},
		"too_many":            {topicA, ok(1001), codes.InvalidArgument},
		"too_large":           {topicA, []*pb.PubsubMessage{{Data: make([]byte, 10_000_001)}}, codes.InvalidArgument},
		"reserved_attribute":  {topicA, []*pb.PubsubMessage{{Attributes: map[string]string{"googclient": "x"}}}, codes.InvalidArgument},
		"too_long_attribute":  {topicA, []*pb.PubsubMessage{{Attributes: map[string]string{"k": string(make([]byte, 1025))}}}, codes.InvalidArgument},
		"too_long_order_key":  {topicA, []*pb.PubsubMessage{{Data: []byte("x"), OrderingKey: string(make([]byte, 1025))}}, codes.InvalidArgument},
		"attribute_only":      {topicA, []*pb.PubsubMessage{{Attributes: map[string]string{"k": "v"}}}, codes.OK},
		"a_thousand_messages": {topicA, ok(1000), codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Publish(t.Context(), &pb.PublishRequest{Topic: tc.topic, Messages: tc.msgs})
			if got := status.Code(err); got != tc.want {
				t.Errorf("got %v (%v), want %v", got, err, tc.want)
			}
		})
	}
}

func TestSubscription_refuses(t *testing.T) {
	t.Parallel()
	s := serve(t, pubsub.Options{})
	create(t, s, &pb.Subscription{Name: subA, Topic: topicA})
	d := durationpb.New
	for name, tc := range map[string]struct {
		p    *pb.Subscription
		want codes.Code
	}{
		"exists":         {&pb.Subscription{Name: subA, Topic: topicA}, codes.AlreadyExists},
		"unknown_topic":  {&pb.Subscription{Name: subD, Topic: topicD}, codes.NotFound},
		"bad_name":       {&pb.Subscription{Name: "notify", Topic: topicA}, codes.InvalidArgument},
		"filter":         {&pb.Subscription{Name: subD, Topic: topicA, Filter: "attributes:x"}, codes.Unimplemented},
		"ordering":       {&pb.Subscription{Name: subD, Topic: topicA, EnableMessageOrdering: true}, codes.Unimplemented},
		"exactly_once":   {&pb.Subscription{Name: subD, Topic: topicA, EnableExactlyOnceDelivery: true}, codes.Unimplemented},
		"short_deadline": {&pb.Subscription{Name: subD, Topic: topicA, AckDeadlineSeconds: 9}, codes.InvalidArgument},
		"long_deadline":  {&pb.Subscription{Name: subD, Topic: topicA, AckDeadlineSeconds: 601}, codes.InvalidArgument},
		"few_attempts":   {&pb.Subscription{Name: subD, Topic: topicA, DeadLetterPolicy: &pb.DeadLetterPolicy{DeadLetterTopic: topicA, MaxDeliveryAttempts: 4}}, codes.InvalidArgument},
		"no_dead_topic":  {&pb.Subscription{Name: subD, Topic: topicA, DeadLetterPolicy: &pb.DeadLetterPolicy{DeadLetterTopic: topicD}}, codes.NotFound},
		"backoff_order":  {&pb.Subscription{Name: subD, Topic: topicA, RetryPolicy: &pb.RetryPolicy{MinimumBackoff: d(time.Minute), MaximumBackoff: d(time.Second)}}, codes.InvalidArgument},
		"backoff_long":   {&pb.Subscription{Name: subD, Topic: topicA, RetryPolicy: &pb.RetryPolicy{MaximumBackoff: d(601 * time.Second)}}, codes.InvalidArgument},
		"bad_endpoint":   {&pb.Subscription{Name: subD, Topic: topicA, PushConfig: &pb.PushConfig{PushEndpoint: "ftp://x.test"}}, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.CreateSubscription(t.Context(), tc.p)
			if got := status.Code(err); got != tc.want {
				t.Errorf("got %v (%v), want %v", got, err, tc.want)
			}
		})
	}
}

func TestOnPublish_sees_every_message_until_removed(t *testing.T) {
	t.Parallel()
	s := serve(t, pubsub.Options{})
	create(t, s, &pb.Subscription{Name: subA, Topic: topicA})
	var got []string
	remove := s.OnPublish(func(topic string, m *pb.PubsubMessage) { got = append(got, topic+" "+string(m.GetData())) })
	publish(t, s, "a", "b")
	remove()
	publish(t, s, "c")
	if want := []string{topicA + " a", topicA + " b"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := s.Published(topicA); n != 3 {
		t.Errorf("published: got %d, want 3", n)
	}
}
