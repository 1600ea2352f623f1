package pubsub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

// patience bounds waiting for a delivery on the machine's clock.
const patience = 20 * time.Second

// suite is one run of the conformance checks through the real client; each check has topics of its own.
type suite struct {
	client *gcp.Client
	n      atomic.Int64
	run    string
}

// TestConformance_local runs the suite against this package, over gRPC.
func TestConformance_local(t *testing.T) {
	t.Parallel()
	s := pubsub.New(pubsub.Options{})
	s.Start()
	g := grpc.NewServer(grpc.MaxRecvMsgSize(32 << 20))
	s.Register(g)
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = g.Serve(l) })
	t.Cleanup(func() {
		s.Close()
		g.Stop()
		wg.Wait()
	})
	conform(t, l.Addr().String())
}

// conform runs every check against the service at addr.
func conform(t *testing.T, addr string) {
	t.Helper()
	client, err := gcp.NewClient(context.WithoutCancel(t.Context()), "demo-conform", option.WithEndpoint(addr),
		option.WithoutAuthentication(), option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	s := &suite{client: client, run: fmt.Sprint(time.Now().UnixNano())}
	for name, check := range map[string]func(*testing.T, *suite){
		"topic_life":                        checkTopics,
		"subscription_life":                 checkSubscriptions,
		"update_subscription":               checkUpdate,
		"publish_refusals":                  checkPublish,
		"no_subscription_no_message":        checkGone,
		"push_delivers_the_envelope":        checkPush,
		"push_delivers_again_until_success": checkRetry,
		"push_to_dead_letter":               checkDeadLetter,
		"pull_acknowledge_give_back":        checkPull,
		"push_becomes_pull":                 checkModifyPush,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, s)
		})
	}
}

func (s *suite) topic(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("projects/demo-conform/topics/t%s-%d", s.run, s.n.Add(1))
	if _, err := s.client.TopicAdminClient.CreateTopic(t.Context(), &pb.Topic{Name: name}); err != nil {
		t.Fatalf("create topic: %v", err)
	}
	return name
}

func (s *suite) subscribe(t *testing.T, p *pb.Subscription) string {
	t.Helper()
	if p.GetName() == "" {
		p.Name = fmt.Sprintf("projects/demo-conform/subscriptions/s%s-%d", s.run, s.n.Add(1))
	}
	if _, err := s.client.SubscriptionAdminClient.CreateSubscription(t.Context(), p); err != nil {
		t.Fatalf("create subscription: %v", err)
	}
	return p.GetName()
}

func (s *suite) publish(t *testing.T, topic string, m *gcp.Message) string {
	t.Helper()
	p := s.client.Publisher(topic)
	defer p.Stop()
	id, err := p.Publish(t.Context(), m).Get(t.Context())
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return id
}

// pull asks until something has come.
func (s *suite) pull(t *testing.T, sub string) []*pb.ReceivedMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		resp, err := s.client.SubscriptionAdminClient.Pull(ctx, &pb.PullRequest{Subscription: sub, MaxMessages: 100})
		if err != nil {
			t.Fatalf("pull: %v", err)
		}
		if got := resp.GetReceivedMessages(); got != nil {
			return got
		}
	}
}

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: got %v (%v), want %v", what, got, err, want)
	}
}

func checkTopics(t *testing.T, s *suite) {
	t.Helper()
	ctx, admin := t.Context(), s.client.TopicAdminClient
	name := s.topic(t)
	_, err := admin.CreateTopic(ctx, &pb.Topic{Name: name})
	wantCode(t, "create again", err, codes.AlreadyExists)
	_, err = admin.CreateTopic(ctx, &pb.Topic{Name: "projects/demo-conform/topics/1"})
	wantCode(t, "bad name", err, codes.InvalidArgument)
	got, err := admin.GetTopic(ctx, &pb.GetTopicRequest{Topic: name})
	if err != nil || got.GetName() != name {
		t.Errorf("get: %v, %v", got, err)
	}
	wantCode(t, "delete", admin.DeleteTopic(ctx, &pb.DeleteTopicRequest{Topic: name}), codes.OK)
	wantCode(t, "delete again", admin.DeleteTopic(ctx, &pb.DeleteTopicRequest{Topic: name}), codes.NotFound)
	_, err = admin.GetTopic(ctx, &pb.GetTopicRequest{Topic: name})
	wantCode(t, "get deleted", err, codes.NotFound)
}

func checkSubscriptions(t *testing.T, s *suite) {
	t.Helper()
	ctx, admin := t.Context(), s.client.SubscriptionAdminClient
	topic := s.topic(t)
	sub := s.subscribe(t, &pb.Subscription{Topic: topic})
	_, err := admin.CreateSubscription(ctx, &pb.Subscription{Name: sub, Topic: topic})
	wantCode(t, "create again", err, codes.AlreadyExists)
	_, err = admin.CreateSubscription(ctx, &pb.Subscription{Name: sub + "x", Topic: topic + "x"})
	wantCode(t, "unknown topic", err, codes.NotFound)
	got, err := admin.GetSubscription(ctx, &pb.GetSubscriptionRequest{Subscription: sub})
	if err != nil || got.GetTopic() != topic || got.GetAckDeadlineSeconds() != 10 {
		t.Errorf("get: %v, %v", got, err)
	}
	wantCode(t, "delete", admin.DeleteSubscription(ctx, &pb.DeleteSubscriptionRequest{Subscription: sub}), codes.OK)
	wantCode(t, "delete again", admin.DeleteSubscription(ctx, &pb.DeleteSubscriptionRequest{Subscription: sub}), codes.NotFound)
}

func checkUpdate(t *testing.T, s *suite) {
	t.Helper()
	ctx, admin := t.Context(), s.client.SubscriptionAdminClient
	sub := s.subscribe(t, &pb.Subscription{Topic: s.topic(t), PushConfig: &pb.PushConfig{PushEndpoint: "http://one.test/push"}})
	_, err := admin.UpdateSubscription(ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: sub, AckDeadlineSeconds: 99, PushConfig: &pb.PushConfig{PushEndpoint: "http://two.test/push"}},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"push_config"}},
	})
	wantCode(t, "update", err, codes.OK)
	got, err := admin.GetSubscription(ctx, &pb.GetSubscriptionRequest{Subscription: sub})
	if err != nil || got.GetPushConfig().GetPushEndpoint() != "http://two.test/push" || got.GetAckDeadlineSeconds() != 10 {
		t.Errorf("only the masked field may change: got %v, %v", got, err)
	}
	_, err = admin.UpdateSubscription(ctx, &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: sub + "x", AckDeadlineSeconds: 99}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"ack_deadline_seconds"}},
	})
	wantCode(t, "update unknown", err, codes.NotFound)
	_, err = admin.UpdateSubscription(ctx, &pb.UpdateSubscriptionRequest{Subscription: &pb.Subscription{Name: sub}, UpdateMask: &fieldmaskpb.FieldMask{}})
	wantCode(t, "update without mask", err, codes.InvalidArgument)
}

func checkPublish(t *testing.T, s *suite) {
	t.Helper()
	topic := s.topic(t)
	for name, tc := range map[string]struct {
		topic string
		m     []*pb.PubsubMessage
		want  codes.Code
	}{
		"unknown topic": {topic + "x", []*pb.PubsubMessage{{Data: []byte("x")}}, codes.NotFound},
		"empty message": {topic, []*pb.PubsubMessage{{}}, codes.InvalidArgument},
		"attribute":     {topic, []*pb.PubsubMessage{{Attributes: map[string]string{"a": "b"}}}, codes.OK},
	} {
		_, err := s.client.TopicAdminClient.Publish(t.Context(), &pb.PublishRequest{Topic: tc.topic, Messages: tc.m})
		wantCode(t, name, err, tc.want)
	}
}

func checkGone(t *testing.T, s *suite) {
	t.Helper()
	topic := s.topic(t)
	s.publish(t, topic, &gcp.Message{Data: []byte("before")})
	sub := s.subscribe(t, &pb.Subscription{Topic: topic})
	id := s.publish(t, topic, &gcp.Message{Data: []byte("after")})
	got := s.pull(t, sub)
	if len(got) != 1 || got[0].GetMessage().GetMessageId() != id {
		t.Errorf("got %v, want only %s", got, id)
	}
}

func checkPush(t *testing.T, s *suite) {
	t.Helper()
	topic := s.topic(t)
	done := make(chan struct{})
	e := listen(t, func(int) int { close(done); return 204 })
	sub := s.subscribe(t, &pb.Subscription{Topic: topic, PushConfig: &pb.PushConfig{PushEndpoint: e.URL}})
	id := s.publish(t, topic, &gcp.Message{Data: []byte("hello"), Attributes: map[string]string{"kind": "greeting"}})
	wait(t, done)
	var env struct {
		Message struct {
			Data        []byte            `json:"data"`
			Attributes  map[string]string `json:"attributes"`
			MessageID   string            `json:"messageId"`
			MessageID2  string            `json:"message_id"`
			PublishTime time.Time         `json:"publishTime"`
		} `json:"message"`
		Subscription string `json:"subscription"`
	}
	e.mu.Lock()
	body := e.bodies[0]
	e.mu.Unlock()
	if err := json.Unmarshal([]byte(body), &env); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if m := env.Message; string(m.Data) != "hello" || m.Attributes["kind"] != "greeting" || m.MessageID != id || m.MessageID2 != id ||
		m.PublishTime.IsZero() || env.Subscription != sub {
		t.Errorf("got %s", body)
	}
}

func wait(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
}

func checkRetry(t *testing.T, s *suite) {
	t.Helper()
	topic := s.topic(t)
	done := make(chan struct{})
	e := listen(t, func(n int) int {
		if n < 3 {
			return 500
		}
		close(done)
		return 200
	})
	s.subscribe(t, &pb.Subscription{Topic: topic, PushConfig: &pb.PushConfig{PushEndpoint: e.URL}})
	s.publish(t, topic, &gcp.Message{Data: []byte("x")})
	wait(t, done)
}

func checkDeadLetter(t *testing.T, s *suite) {
	t.Helper()
	topic, dead := s.topic(t), s.topic(t)
	e := listen(t, always(400))
	sub := s.subscribe(t, &pb.Subscription{
		Topic: topic, PushConfig: &pb.PushConfig{PushEndpoint: e.URL},
		DeadLetterPolicy: &pb.DeadLetterPolicy{DeadLetterTopic: dead, MaxDeliveryAttempts: 5},
	})
	keep := s.subscribe(t, &pb.Subscription{Topic: dead})
	s.publish(t, topic, &gcp.Message{Data: []byte("bad"), Attributes: map[string]string{"kind": "k"}})
	got := s.pull(t, keep)[0].GetMessage()
	if string(got.GetData()) != "bad" || got.GetAttributes()["kind"] != "k" {
		t.Errorf("got %v", got)
	}
	source := got.GetAttributes()["CloudPubSubDeadLetterSourceSubscription"]
	if !strings.HasSuffix(sub, source) || source == "" || got.GetAttributes()["CloudPubSubDeadLetterSourceDeliveryCount"] == "" {
		t.Errorf("attributes: got %v", got.GetAttributes())
	}
	if n := e.count(); n < 5 {
		t.Errorf("dead letter after %d deliveries, want 5", n)
	}
}

func checkPull(t *testing.T, s *suite) {
	t.Helper()
	ctx, admin := t.Context(), s.client.SubscriptionAdminClient
	topic := s.topic(t)
	sub := s.subscribe(t, &pb.Subscription{Topic: topic})
	id := s.publish(t, topic, &gcp.Message{Data: []byte("x")})
	first := s.pull(t, sub)
	err := admin.ModifyAckDeadline(ctx, &pb.ModifyAckDeadlineRequest{Subscription: sub, AckIds: []string{first[0].GetAckId()}, AckDeadlineSeconds: 0})
	wantCode(t, "give back", err, codes.OK)
	second := s.pull(t, sub)
	if second[0].GetMessage().GetMessageId() != id {
		t.Errorf("got %v, want %s again", second, id)
	}
	err = admin.Acknowledge(ctx, &pb.AcknowledgeRequest{Subscription: sub, AckIds: []string{second[0].GetAckId()}})
	wantCode(t, "acknowledge", err, codes.OK)
	_, err = admin.Pull(ctx, &pb.PullRequest{Subscription: sub + "x", MaxMessages: 1})
	wantCode(t, "pull unknown", err, codes.NotFound)
	_, err = admin.Pull(ctx, &pb.PullRequest{Subscription: sub})
	wantCode(t, "pull nothing", err, codes.InvalidArgument)
}

func checkModifyPush(t *testing.T, s *suite) {
	t.Helper()
	topic := s.topic(t)
	e := listen(t, always(500))
	sub := s.subscribe(t, &pb.Subscription{Topic: topic, PushConfig: &pb.PushConfig{PushEndpoint: e.URL}})
	s.publish(t, topic, &gcp.Message{Data: []byte("x")})
	err := s.client.SubscriptionAdminClient.ModifyPushConfig(t.Context(), &pb.ModifyPushConfigRequest{Subscription: sub, PushConfig: &pb.PushConfig{}})
	wantCode(t, "modify", err, codes.OK)
	if got := s.pull(t, sub); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
