package pubsub_test

import (
	"slices"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

// TestSeek reads what a topic retains by a subscription that was made afterwards: what is of before the time, or older than the topic retains,
// does not come, and a topic that retains nothing gives nothing.
func TestSeek(t *testing.T) {
	t.Parallel()

	const hours = 26

	begin := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	clk := clock.NewManual(begin)
	s := pubsub.New(pubsub.Options{Clock: clk})
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	keeping, forgetting, sub := "projects/p/topics/keeping", "projects/p/topics/forgetting", "projects/p/subscriptions/later"
	_, err := s.CreateTopic(ctx, &pb.Topic{Name: keeping})
	must(err)
	_, err = s.UpdateTopic(ctx, &pb.UpdateTopicRequest{
		Topic:      &pb.Topic{Name: keeping, MessageRetentionDuration: durationpb.New(24 * time.Hour)},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"message_retention_duration"}},
	})
	must(err)
	_, err = s.CreateTopic(ctx, &pb.Topic{Name: forgetting})
	must(err)

	for hour := range hours {
		for _, topic := range []string{keeping, forgetting} {
			_, err = s.Publish(ctx, &pb.PublishRequest{Topic: topic, Messages: []*pb.PubsubMessage{{Data: []byte{byte(hour)}}}})
			must(err)
		}

		clk.Advance(time.Hour)
	}

	_, err = s.CreateSubscription(ctx, &pb.Subscription{Name: sub, Topic: keeping})
	must(err)

	for name, tt := range map[string]struct {
		from  time.Time
		first int
	}{
		"all_that_is_kept": {from: begin, first: 1},
		"some":             {from: begin.Add(20 * time.Hour), first: 20},
		"back_again":       {from: begin.Add(19*time.Hour + time.Minute), first: 20},
		"none":             {from: begin.Add(hours * time.Hour), first: hours},
	} {
		_, err = s.Seek(ctx, &pb.SeekRequest{Subscription: sub, Target: &pb.SeekRequest_Time{Time: timestamppb.New(tt.from)}})
		must(err)

		var got, want []int
		for hour := tt.first; hour < hours; hour++ {
			want = append(want, hour)
		}

		pulled, unpulled := s.Pull(ctx, &pb.PullRequest{Subscription: sub, MaxMessages: 100, ReturnImmediately: true})
		must(unpulled)

		var acks []string
		for _, m := range pulled.GetReceivedMessages() {
			got, acks = append(got, int(m.GetMessage().GetData()[0])), append(acks, m.GetAckId())
		}

		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		if len(acks) > 0 {
			_, err = s.Acknowledge(ctx, &pb.AcknowledgeRequest{Subscription: sub, AckIds: acks})
			must(err)
		}
	}

	other := "projects/p/subscriptions/other"
	_, err = s.CreateSubscription(ctx, &pb.Subscription{Name: other, Topic: forgetting})
	must(err)
	_, err = s.Seek(ctx, &pb.SeekRequest{Subscription: other, Target: &pb.SeekRequest_Time{Time: timestamppb.New(begin)}})
	must(err)

	pulled, err := s.Pull(ctx, &pb.PullRequest{Subscription: other, MaxMessages: 100, ReturnImmediately: true})
	if err != nil || len(pulled.GetReceivedMessages()) > 0 {
		t.Errorf("a topic that retains nothing: got %v, %v", pulled.GetReceivedMessages(), err)
	}

	_, err = s.Seek(ctx, &pb.SeekRequest{Subscription: sub, Target: &pb.SeekRequest_Snapshot{Snapshot: "s"}})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("a snapshot: got %v", err)
	}

	_, err = s.CreateTopic(ctx, &pb.Topic{Name: "projects/p/topics/short", MessageRetentionDuration: durationpb.New(time.Minute)})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("too short a retention: got %v", err)
	}
}
