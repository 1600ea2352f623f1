package pubsub_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

const (
	topicA = "projects/demo/topics/events"
	topicD = "projects/demo/topics/dead"
	subA   = "projects/demo/subscriptions/notify"
	subD   = "projects/demo/subscriptions/dead"
)

var epoch = time.Date(2026, 3, 1, 10, 0, 0, 123_000_000, time.UTC)

// endpoint is a push endpoint that keeps what it gets and answers what answer says.
type endpoint struct {
	*httptest.Server

	mu     sync.Mutex
	bodies []string
	heads  []http.Header
	answer func(n int) int // n counts from 1
}

func listen(tb testing.TB, answer func(n int) int) *endpoint {
	tb.Helper()
	e := &endpoint{answer: answer}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.bodies = append(e.bodies, string(body))
		e.heads = append(e.heads, r.Header.Clone())
		n := len(e.bodies)
		e.mu.Unlock()
		w.WriteHeader(e.answer(n))
	}))
	tb.Cleanup(e.Close)
	return e
}

func always(code int) func(int) int { return func(int) int { return code } }

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.bodies)
}

func serve(tb testing.TB, o pubsub.Options) *pubsub.Server {
	tb.Helper()
	s := pubsub.New(o)
	s.Start()
	tb.Cleanup(s.Close)
	return s
}

func create(tb testing.TB, s *pubsub.Server, p *pb.Subscription) {
	tb.Helper()
	for _, name := range []string{p.GetTopic(), p.GetDeadLetterPolicy().GetDeadLetterTopic()} {
		if name == "" {
			continue
		}
		if _, err := s.CreateTopic(tb.Context(), &pb.Topic{Name: name}); err != nil && status.Code(err) != codes.AlreadyExists {
			tb.Fatalf("create topic: %v", err)
		}
	}
	if _, err := s.CreateSubscription(tb.Context(), p); err != nil {
		tb.Fatalf("create subscription: %v", err)
	}
}

func publish(tb testing.TB, s *pubsub.Server, datas ...string) []string {
	tb.Helper()
	r := &pb.PublishRequest{Topic: topicA}
	for _, d := range datas {
		r.Messages = append(r.Messages, &pb.PubsubMessage{Data: []byte(d)})
	}
	resp, err := s.Publish(tb.Context(), r)
	if err != nil {
		tb.Fatalf("publish: %v", err)
	}
	return resp.GetMessageIds()
}

func waitIdle(tb testing.TB, s *pubsub.Server) {
	tb.Helper()
	if err := s.WaitIdle(tb.Context()); err != nil {
		tb.Fatalf("wait: %v", err)
	}
}

func pull(tb testing.TB, s *pubsub.Server, sub string) []*pb.ReceivedMessage {
	tb.Helper()
	resp, err := s.Pull(tb.Context(), &pb.PullRequest{Subscription: sub, MaxMessages: 1000, ReturnImmediately: true})
	if err != nil {
		tb.Fatalf("pull: %v", err)
	}
	return resp.GetReceivedMessages()
}

func pushTo(url string) *pb.Subscription {
	return &pb.Subscription{Name: subA, Topic: topicA, PushConfig: &pb.PushConfig{PushEndpoint: url}}
}
