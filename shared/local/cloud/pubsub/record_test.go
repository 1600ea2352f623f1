package pubsub_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

// reopen is a server on a copy of the journal, as it is at this moment: what kill -9 leaves.
func reopen(tb testing.TB, path string, o pubsub.Options) (s *pubsub.Server, j *journal.Journal, copied string) {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	copied = filepath.Join(tb.TempDir(), "copy.journal")
	if err = os.WriteFile(copied, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	if j, err = journal.Open(copied); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	o.Journal = j
	s = pubsub.New(o)
	if err = j.Replay(s.Replay); err != nil {
		tb.Fatalf("replay: %v", err)
	}
	s.Start()
	tb.Cleanup(s.Close)
	return s, j, copied
}

func openJournal(tb testing.TB) (*journal.Journal, string) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "x.journal")
	j, err := journal.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	return j, path
}

func TestJournal_undelivered_messages_survive(t *testing.T) {
	t.Parallel()
	j, path := openJournal(t)
	c := clock.NewManual(epoch)
	e := listen(t, func(n int) int {
		if n <= 30 {
			return 200
		}
		return 500
	})
	s := serve(t, pubsub.Options{Clock: c, Journal: j})
	p := pushTo(e.URL)
	p.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicD, MaxDeliveryAttempts: 5}
	create(t, s, p)
	create(t, s, &pb.Subscription{Name: subD, Topic: topicD})
	create(t, s, &pb.Subscription{Name: "projects/demo/subscriptions/gone", Topic: topicA})
	if _, err := s.DeleteSubscription(t.Context(), &pb.DeleteSubscriptionRequest{Subscription: "projects/demo/subscriptions/gone"}); err != nil {
		t.Fatal(err)
	}
	datas := make([]string, 100)
	for i := range datas {
		datas[i] = fmt.Sprint(i)
	}
	ids := publish(t, s, datas...)
	waitIdle(t, s)
	if err := j.Wait(j.Append([]byte{'I', 0})); err != nil { // everything before it is written
		t.Fatal(err)
	}

	e2 := listen(t, always(500))
	s2, j2, path2 := reopen(t, path, pubsub.Options{Clock: c})
	b := s2.Backlog()
	if len(b) != 1 || b[0].Subscription != subA || b[0].Attempts < 1 {
		t.Fatalf("backlog after the restart: %+v", b)
	}
	if _, err := s2.ModifyPushConfig(t.Context(), &pb.ModifyPushConfigRequest{Subscription: subA, PushConfig: &pb.PushConfig{PushEndpoint: e2.URL}}); err != nil {
		t.Fatal(err)
	}
	for range 8 { // all the rest of the attempts
		waitIdle(t, s2)
		c.Advance(2 * time.Minute)
	}
	waitIdle(t, s2)
	dead := pull(t, s2, subD)
	if len(dead) != 70 {
		t.Errorf("dead letters: got %d, want 70", len(dead))
	}
	for _, d := range dead {
		if slices.Contains(ids, d.GetMessage().GetMessageId()) {
			t.Errorf("message id %s was given twice", d.GetMessage().GetMessageId())
		}
		if got := d.GetMessage().GetAttributes()["CloudPubSubDeadLetterSourceDeliveryCount"]; got != "5" {
			t.Errorf("deliveries over both lives: got %s, want 5", got)
		}
	}

	if err := j2.Compact(s2.Snapshot); err != nil {
		t.Fatal(err)
	}
	s3, _, _ := reopen(t, path2, pubsub.Options{Clock: c})
	if d := cmp.Diff(s2.Backlog()[0].Leased, s3.Backlog()[0].Ready); d != "" {
		t.Errorf("after a compaction (-want +got):\n%s", d)
	}
}

func TestJournal_restart_keeps_topics_and_subscriptions_as_changed(t *testing.T) {
	t.Parallel()
	j, path := openJournal(t)
	s := serve(t, pubsub.Options{Journal: j})
	create(t, s, &pb.Subscription{Name: subA, Topic: topicA})
	create(t, s, &pb.Subscription{Name: subD, Topic: topicD})
	if _, err := s.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: subA, AckDeadlineSeconds: 77}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"ack_deadline_seconds"}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteTopic(t.Context(), &pb.DeleteTopicRequest{Topic: topicD}); err != nil {
		t.Fatal(err)
	}
	s2, _, _ := reopen(t, path, pubsub.Options{})
	got, err := s2.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Subscription: subA})
	if err != nil || got.GetAckDeadlineSeconds() != 77 {
		t.Errorf("changed subscription: got %v, %v", got, err)
	}
	got, err = s2.GetSubscription(t.Context(), &pb.GetSubscriptionRequest{Subscription: subD})
	if err != nil || got.GetTopic() != "_deleted-topic_" {
		t.Errorf("subscription of a deleted topic: got %v, %v", got, err)
	}
	if _, err = s2.GetTopic(t.Context(), &pb.GetTopicRequest{Topic: topicD}); status.Code(err) != codes.NotFound {
		t.Errorf("deleted topic: got %v", err)
	}
}

// brokenJournal loses every record.
type brokenJournal struct{}

func (brokenJournal) Append([]byte) uint64 { return 1 }

func (brokenJournal) Wait(uint64) error { return io.ErrShortWrite }

func TestJournal_publish_that_is_not_durable_fails_and_is_not_delivered(t *testing.T) {
	t.Parallel()
	e := listen(t, always(200))
	s := serve(t, pubsub.Options{Journal: brokenJournal{}})
	if _, err := s.CreateTopic(t.Context(), &pb.Topic{Name: topicA}); status.Code(err) != codes.Internal {
		t.Errorf("create topic: got %v", err)
	}
	if _, err := s.CreateSubscription(t.Context(), pushTo(e.URL)); status.Code(err) != codes.Internal {
		t.Errorf("create subscription: got %v", err)
	}
	_, err := s.Publish(t.Context(), &pb.PublishRequest{Topic: topicA, Messages: []*pb.PubsubMessage{{Data: []byte("x")}}})
	if status.Code(err) != codes.Internal {
		t.Errorf("publish: got %v", err)
	}
	waitIdle(t, s)
	if e.count() != 0 || s.Backlog() != nil {
		t.Errorf("delivered %d, backlog %+v", e.count(), s.Backlog())
	}
}

// FuzzReplay feeds the journal's reader with anything: it must refuse or accept, and what it accepts must make a state
// that can be written and read again.
func FuzzReplay(f *testing.F) {
	var all [][]byte
	src := pubsub.New(pubsub.Options{Journal: recording(func(b []byte) { all = append(all, bytes.Clone(b)) }), Clock: clock.NewManual(epoch)})
	create(f, src, &pb.Subscription{Name: subA, Topic: topicA})
	publish(f, src, "a", "b")
	got := pull(f, src, subA)
	_, _ = src.Acknowledge(f.Context(), &pb.AcknowledgeRequest{Subscription: subA, AckIds: []string{got[0].GetAckId()}})
	_, _ = src.DeleteTopic(f.Context(), &pb.DeleteTopicRequest{Topic: topicA})
	for _, b := range all {
		f.Add(b)
		f.Add(b[:len(b)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := pubsub.New(pubsub.Options{Clock: clock.NewManual(epoch)})
		for _, r := range all {
			if err := s.Replay(r); err != nil {
				t.Fatal(err)
			}
		}
		if s.Replay(b) != nil {
			return
		}
		s2 := pubsub.New(pubsub.Options{Clock: clock.NewManual(epoch)})
		if err := s.Snapshot(s2.Replay); err != nil {
			t.Errorf("its own snapshot is refused: %v", err)
		}
	})
}

type recording func([]byte)

func (r recording) Append(b []byte) uint64 { r(b); return 0 }

func (recording) Wait(uint64) error { return nil }
