package queue_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

const (
	project = "demo-project"
	topic   = "order-events"
	missing = "no-such-topic"
)

// server is the publishing half of Pub/Sub in this process. react, if set, may hold or refuse a request, by its number.
type server struct {
	pubsubpb.UnimplementedPublisherServer
	addr   string
	react  func(n int) error
	client *queue.Client

	mu       sync.Mutex
	requests []int // messages of each publish request
	messages map[string]*pubsubpb.PubsubMessage
	topics   map[string]string // of each message id
}

func newServer(tb testing.TB, react func(n int) error) *server {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &server{
		addr: listener.Addr().String(), react: react,
		messages: map[string]*pubsubpb.PubsubMessage{}, topics: map[string]string{},
	}
	srv := grpc.NewServer(grpc.MaxRecvMsgSize(20 << 20))
	pubsubpb.RegisterPublisherServer(srv, s)
	go func() { _ = srv.Serve(listener) }()
	tb.Cleanup(srv.Stop)
	s.client = queue.NewClient(project, option.WithEndpoint(s.addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	tb.Cleanup(func() {
		if err := s.client.Close(); err != nil {
			tb.Errorf("close the client: %v", err)
		}
	})
	return s
}

// Publish keeps the messages, unless the topic's name says that there is none.
func (s *server) Publish(_ context.Context, r *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	s.mu.Lock()
	s.requests = append(s.requests, len(r.GetMessages()))
	n := len(s.requests)
	s.mu.Unlock()
	if s.react != nil {
		if err := s.react(n); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(r.GetTopic(), "/"+missing) {
		return nil, status.Error(codes.NotFound, "no topic")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &pubsubpb.PublishResponse{}
	for _, m := range r.GetMessages() {
		id := strconv.Itoa(len(s.messages))
		s.messages[id], s.topics[id] = m, r.GetTopic()
		resp.MessageIds = append(resp.MessageIds, id)
	}
	return resp, nil
}

func (s *server) sizes() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *server) message(id string) (m *pubsubpb.PubsubMessage, on string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages[id], s.topics[id]
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.messages)
}

func message(i int) queue.Message {
	return queue.Message{Data: []byte(strconv.Itoa(i)), Attributes: map[string]string{"n": strconv.Itoa(i)}}
}

func TestPublishWaitsForTheID(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	p := s.client.Publisher(topic, queue.Options{})
	id, err := p.Publish(t.Context(), message(7))
	if err != nil {
		t.Fatal(err)
	}
	got, on := s.message(id)
	if string(got.GetData()) != "7" || got.GetAttributes()["n"] != "7" || on != "projects/"+project+"/topics/"+topic {
		t.Errorf("got message %v on %q under id %q, want the one published", got, on, id)
	}
}

func TestPublishAllIsOneRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	p := s.client.Publisher(topic, queue.Options{MaxBatch: 1})
	ms := make([]queue.Message, 250)
	for i := range ms {
		ms[i] = message(i)
	}
	if err := p.PublishAll(t.Context(), ms); err != nil {
		t.Fatal(err)
	}
	if got := s.sizes(); !slices.Equal(got, []int{250}) {
		t.Errorf("got requests of %v messages, want one of 250", got)
	}
	if err := p.PublishAll(t.Context(), nil); err != nil {
		t.Errorf("nothing to publish: %v", err)
	}
}

func TestPublishAllKeepsPubSubsLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	p := s.client.Publisher(topic, queue.Options{MaxInFlight: 1})
	ms := make([]queue.Message, 1500)
	for i := range ms {
		ms[i] = message(i)
	}
	ms[1] = queue.Message{Data: make([]byte, 6_000_000)}
	ms[2] = queue.Message{Data: make([]byte, 6_000_000)}
	if err := p.PublishAll(t.Context(), ms); err != nil {
		t.Fatal(err)
	}
	if got, want := s.sizes(), []int{2, 1000, 498}; !slices.Equal(got, want) {
		t.Errorf("got requests of %v messages, want %v", got, want)
	}
	if got := s.count(); got != 1500 {
		t.Errorf("got %d messages, want 1500", got)
	}
}

// TestConcurrentCallersShareRequests holds the only slot until all the others wait, so the sharing is certain.
func TestConcurrentCallersShareRequests(t *testing.T) {
	t.Parallel()
	const callers = 50
	begun, hold := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(n int) error {
		if n == 1 {
			close(begun)
			<-hold
		}
		return nil
	})
	p := s.client.Publisher(topic, queue.Options{MaxInFlight: 1, MaxBatch: 40})
	ids := make([]string, callers+1)
	var done sync.WaitGroup
	publish := func(i int) {
		done.Go(func() {
			id, err := p.Publish(t.Context(), message(i))
			if err != nil {
				t.Errorf("message %d: %v", i, err)
			}
			ids[i] = id
		})
	}
	publish(0)
	<-begun
	for i := range callers {
		publish(i + 1)
	}
	queue.AwaitPending(t, p, callers)
	close(hold)
	done.Wait()
	if got, want := s.sizes(), []int{1, 40, 10}; !slices.Equal(got, want) {
		t.Errorf("got requests of %v messages, want %v", got, want)
	}
	for i, id := range ids {
		if m, _ := s.message(id); string(m.GetData()) != strconv.Itoa(i) {
			t.Errorf("caller %d got the id %q of another's message", i, id)
		}
	}
}

func TestPublishErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		code    codes.Code
		want    fault.Kind
		topic   string
		timeout time.Duration
	}{
		{"denied", codes.PermissionDenied, fault.Internal, topic, 30 * time.Second},
		{"invalid", codes.InvalidArgument, fault.Internal, topic, 30 * time.Second},
		{"busy_until_the_timeout", codes.Unavailable, fault.Unavailable, topic, 300 * time.Millisecond},
		{"no_topic", codes.OK, fault.Internal, missing, 30 * time.Second},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(int) error {
				if tc.code == codes.OK {
					return nil
				}
				return status.Error(tc.code, "refused")
			})
			p := s.client.Publisher(tc.topic, queue.Options{Timeout: tc.timeout})
			if _, err := p.Publish(t.Context(), message(1)); !fault.Is(err, tc.want) {
				t.Errorf("Publish: got %v (%v), want %v", err, fault.KindOf(err), tc.want)
			}
			if err := p.PublishAll(t.Context(), []queue.Message{message(1), message(2)}); !fault.Is(err, tc.want) {
				t.Errorf("PublishAll: got %v (%v), want %v", err, fault.KindOf(err), tc.want)
			}
		})
	}
}

func TestPublishRetriesWhatPasses(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(n int) error {
		if n == 1 {
			return status.Error(codes.Unavailable, "for a moment")
		}
		return nil
	})
	if _, err := s.client.Publisher(topic, queue.Options{}).Publish(t.Context(), message(1)); err != nil {
		t.Errorf("got %v, want nil after a retry", err)
	}
}

func TestPublishRefusesBadMessages(t *testing.T) {
	t.Parallel()
	p := queue.NewClient(project).Publisher(topic, queue.Options{})
	if _, err := p.Publish(t.Context(), queue.Message{}); !fault.Is(err, fault.Internal) {
		t.Errorf("empty: got %v, want internal", err)
	}
	if _, err := p.Publish(t.Context(), queue.Message{Data: make([]byte, queue.MaxData+1)}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: got %v, want too_large", err)
	}
}

func TestCallerWhoGivesUpIsNotPublished(t *testing.T) {
	t.Parallel()
	begun, hold := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(n int) error {
		if n == 1 {
			close(begun)
			<-hold
		}
		return nil
	})
	p := s.client.Publisher(topic, queue.Options{MaxInFlight: 1})
	var done sync.WaitGroup
	done.Go(func() {
		if _, err := p.Publish(t.Context(), message(1)); err != nil {
			t.Errorf("the patient caller: %v", err)
		}
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	done.Go(func() {
		if _, err := p.Publish(ctx, message(2)); !errors.Is(err, context.Canceled) || !fault.Is(err, fault.Canceled) {
			t.Errorf("the other caller: got %v, want canceled", err)
		}
	})
	queue.AwaitPending(t, p, 1)
	cancel()
	queue.AwaitPending(t, p, 0)
	close(hold)
	done.Wait()
	if got := s.count(); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
}

func TestCloseWaitsAndRefuses(t *testing.T) {
	t.Parallel()
	begun, hold := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(int) error {
		close(begun)
		<-hold
		return nil
	})
	p := s.client.Publisher(topic, queue.Options{})
	published := make(chan error, 1)
	go func() {
		_, err := p.Publish(t.Context(), message(1))
		published <- err
	}()
	<-begun
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Close with a message in flight: got %v, want canceled", err)
	}
	close(hold)
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-published; err != nil {
		t.Errorf("the message in flight: %v", err)
	}
	if _, err := p.Publish(t.Context(), message(2)); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("after Close: got %v, want ErrClosed", err)
	}
}

func TestTopicsShareAClient(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	for i := range 3 {
		name := fmt.Sprintf("topic-%d", i)
		id, err := s.client.Publisher(name, queue.Options{}).Publish(t.Context(), message(i))
		if err != nil {
			t.Fatal(err)
		}
		if _, on := s.message(id); on != "projects/"+project+"/topics/"+name {
			t.Errorf("got it on %s, want %s", on, name)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	p := newServer(b, nil).client.Publisher(topic, queue.Options{})
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Publish(b.Context(), message(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
