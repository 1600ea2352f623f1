package pubsub_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/localcloud/pubsub"
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

func TestPush_envelope(t *testing.T) {
	t.Parallel()
	e := listen(t, always(200))
	s := serve(t, pubsub.Options{Clock: clock.NewManual(epoch)})
	p := pushTo(e.URL)
	p.PushConfig.AuthenticationMethod = &pb.PushConfig_OidcToken_{OidcToken: &pb.PushConfig_OidcToken{ServiceAccountEmail: "push@demo.test"}}
	p.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicD}
	create(t, s, p)
	resp, err := s.Publish(t.Context(), &pb.PublishRequest{Topic: topicA, Messages: []*pb.PubsubMessage{{
		Data: []byte(`{"a":"é"}`), Attributes: map[string]string{"plain": "x", "quoted \"é\"": "<\n\u2028>"}, OrderingKey: "k\\1",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	waitIdle(t, s)
	id := resp.GetMessageIds()[0]
	want := map[string]any{
		"message": map[string]any{
			"data": "eyJhIjoiw6kifQ==", "attributes": map[string]any{"plain": "x", "quoted \"é\"": "<\n\u2028>"},
			"messageId": id, "message_id": id, "orderingKey": "k\\1",
			"publishTime": "2026-03-01T10:00:00.123Z", "publish_time": "2026-03-01T10:00:00.123Z",
		},
		"subscription": subA, "deliveryAttempt": 1.0,
	}
	var got map[string]any
	if err = json.Unmarshal([]byte(e.bodies[0]), &got); err != nil {
		t.Fatalf("body is not JSON: %v", err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("envelope (-want +got):\n%s", d)
	}
	if got := e.heads[0].Get("Authorization"); got != "Bearer local-oidc:push@demo.test:"+e.URL {
		t.Errorf("authorization: got %q", got)
	}
	if got := e.heads[0].Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: got %q", got)
	}
}

func TestPush_without_dead_letter_policy_leaves_the_attempt_out(t *testing.T) {
	t.Parallel()
	e := listen(t, always(204))
	s := serve(t, pubsub.Options{})
	create(t, s, pushTo(e.URL))
	publish(t, s, "x")
	waitIdle(t, s)
	if bytes.Contains([]byte(e.bodies[0]), []byte("deliveryAttempt")) || e.heads[0].Get("Authorization") != "" {
		t.Errorf("got %s with %v", e.bodies[0], e.heads[0])
	}
}

func TestPush_unwrapped(t *testing.T) {
	t.Parallel()
	for name, metadata := range map[string]bool{"plain": false, "with_metadata": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := listen(t, always(200))
			s := serve(t, pubsub.Options{})
			p := pushTo(e.URL)
			p.PushConfig.Wrapper = &pb.PushConfig_NoWrapper_{NoWrapper: &pb.PushConfig_NoWrapper{WriteMetadata: metadata}}
			create(t, s, p)
			resp, err := s.Publish(t.Context(), &pb.PublishRequest{Topic: topicA, Messages: []*pb.PubsubMessage{
				{Data: []byte("raw \x00 bytes"), Attributes: map[string]string{"ce-id": "7"}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			waitIdle(t, s)
			if got := e.bodies[0]; got != "raw \x00 bytes" {
				t.Errorf("body: got %q", got)
			}
			wantID, wantAttr := "", ""
			if metadata {
				wantID, wantAttr = resp.GetMessageIds()[0], "7"
			}
			if got := e.heads[0].Get("X-Goog-Pubsub-Message-Id"); got != wantID {
				t.Errorf("message id: got %q, want %q", got, wantID)
			}
			if got := e.heads[0].Get("Ce-Id"); got != wantAttr {
				t.Errorf("attribute: got %q, want %q", got, wantAttr)
			}
		})
	}
}

func TestPush_only_documented_codes_acknowledge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		code int
		ack  bool
	}{{200, true}, {201, true}, {202, true}, {204, true}, {203, false}, {206, false}, {301, false}, {307, false}, {400, false}, {404, false}, {429, false}, {500, false}, {503, false}} {
		t.Run(strconv.Itoa(tc.code), func(t *testing.T) {
			t.Parallel()
			e := listen(t, func(n int) int {
				if n > 1 {
					return 200
				}
				return tc.code
			})
			s := serve(t, pubsub.Options{Clock: clock.NewManual(epoch)})
			create(t, s, pushTo(e.URL))
			publish(t, s, "x")
			waitIdle(t, s)
			if got := len(s.Backlog()) == 0; got != tc.ack {
				t.Errorf("acknowledged: got %v, want %v", got, tc.ack)
			}
		})
	}
}

func TestPush_backs_off_on_the_clock_without_jitter(t *testing.T) {
	t.Parallel()
	seconds := func(n ...float64) (out []time.Duration) {
		for _, s := range n {
			out = append(out, time.Duration(s*float64(time.Second)))
		}
		return out
	}
	policy := func(low, high time.Duration) *pb.RetryPolicy {
		return &pb.RetryPolicy{MinimumBackoff: durationpb.New(low), MaximumBackoff: durationpb.New(high)}
	}
	for name, tc := range map[string]struct {
		policy *pb.RetryPolicy
		want   []time.Duration
	}{
		"policy":               {policy(10*time.Second, time.Minute), seconds(10, 20, 40, 60, 60)},
		"policy_without_times": {&pb.RetryPolicy{}, seconds(10, 20, 40, 80, 160, 320, 600, 600)},
		"no_policy":            {nil, seconds(.1, .2, .4, .8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := listen(t, always(500))
			c := clock.NewManual(epoch)
			s := serve(t, pubsub.Options{Clock: c})
			p := pushTo(e.URL)
			p.RetryPolicy = tc.policy
			create(t, s, p)
			publish(t, s, "x")
			for i, want := range tc.want {
				waitIdle(t, s)
				if got := e.count(); got != i+1 {
					t.Fatalf("step %d: %d deliveries", i, got)
				}
				b := s.Backlog()
				if len(b) != 1 || b[0].Delayed != 1 || b[0].NextDue.Sub(c.Now()) != want {
					t.Fatalf("step %d: backlog %+v at %v, want one due in %v", i, b, c.Now(), want)
				}
				c.Advance(want - time.Millisecond)
				waitIdle(t, s)
				if got := e.count(); got != i+1 {
					t.Fatalf("step %d: delivered before its time", i)
				}
				c.Advance(time.Millisecond)
			}
		})
	}
}

func TestPush_ack_deadline_is_the_timeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	arrived := make(chan struct{}, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	t.Cleanup(srv.CloseClientConnections)
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	p := pushTo(srv.URL)
	p.AckDeadlineSeconds = 30
	create(t, s, p)
	publish(t, s, "x")
	<-arrived
	c.Advance(29 * time.Second)
	if s.Idle() {
		t.Fatal("idle before the deadline")
	}
	c.Advance(time.Second)
	waitIdle(t, s)
	if b := s.Backlog(); len(b) != 1 || b[0].Delayed != 1 || b[0].Attempts != 1 {
		t.Errorf("backlog: got %+v, want one delayed after one attempt", b)
	}
}

func TestPush_dead_letter_after_the_last_attempt(t *testing.T) {
	t.Parallel()
	e := listen(t, always(400))
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	p := pushTo(e.URL)
	p.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicD, MaxDeliveryAttempts: 6}
	create(t, s, p)
	create(t, s, &pb.Subscription{Name: subD, Topic: topicD})
	if _, err := s.Publish(t.Context(), &pb.PublishRequest{Topic: topicA, Messages: []*pb.PubsubMessage{
		{Data: []byte("bad"), Attributes: map[string]string{"kind": "k"}},
	}}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		waitIdle(t, s)
		var env struct {
			DeliveryAttempt int `json:"deliveryAttempt"`
		}
		if err := json.Unmarshal([]byte(e.bodies[i]), &env); err != nil || env.DeliveryAttempt != i+1 {
			t.Fatalf("delivery %d says attempt %d, %v", i+1, env.DeliveryAttempt, err)
		}
		c.Advance(time.Minute)
	}
	waitIdle(t, s)
	if got := e.count(); got != 6 {
		t.Errorf("deliveries: got %d, want 6", got)
	}
	got := pull(t, s, subD)
	if len(got) != 1 {
		t.Fatalf("dead letters: got %d, want 1", len(got))
	}
	want := map[string]string{
		"kind": "k", "CloudPubSubDeadLetterSourceDeliveryCount": "6", "CloudPubSubDeadLetterSourceSubscription": "notify",
		"CloudPubSubDeadLetterSourceSubscriptionProject": "demo", "CloudPubSubDeadLetterSourceTopicPublishTime": "2026-03-01T10:00:00.123Z",
	}
	if d := cmp.Diff(want, got[0].GetMessage().GetAttributes()); d != "" || string(got[0].GetMessage().GetData()) != "bad" {
		t.Errorf("dead letter (-want +got):\n%s", d)
	}
	for _, b := range s.Backlog() {
		if b.Subscription == subA {
			t.Errorf("still in the source: %+v", b)
		}
	}
}

func TestPush_dead_letter_topic_gone_keeps_the_message(t *testing.T) {
	t.Parallel()
	e := listen(t, always(400))
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	p := pushTo(e.URL)
	p.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicD}
	create(t, s, p)
	if _, err := s.DeleteTopic(t.Context(), &pb.DeleteTopicRequest{Topic: topicD}); err != nil {
		t.Fatal(err)
	}
	publish(t, s, "x")
	for range 8 {
		waitIdle(t, s)
		c.Advance(2 * time.Minute)
	}
	waitIdle(t, s)
	if b := s.Backlog(); len(b) != 1 || b[0].Delayed != 1 || e.count() != 9 {
		t.Errorf("after %d deliveries: %+v", e.count(), b)
	}
}

func TestPush_concurrency_is_capped_and_falls_with_failures(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	running, most := 0, 0
	fail := true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		running++
		most = max(most, running)
		code := 200
		if fail {
			code = 503
		}
		mu.Unlock()
		w.WriteHeader(code)
		mu.Lock()
		running--
		mu.Unlock()
	}))
	t.Cleanup(srv.Close)
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c, Workers: 8})
	create(t, s, pushTo(srv.URL))
	publish(t, s, slices.Repeat([]string{"x"}, 500)...)
	waitIdle(t, s)
	if most > 8 {
		t.Errorf("%d pushes at once, want at most 8", most)
	}
	mu.Lock()
	most, fail = 0, false
	mu.Unlock()
	c.Advance(time.Minute)
	waitIdle(t, s)
	if b := s.Backlog(); b != nil || most > 8 {
		t.Errorf("after the endpoint is well again: %+v, %d at once", b, most)
	}
}

func TestPush_endpoint_changed_delivers_the_backlog_there(t *testing.T) {
	t.Parallel()
	bad, good := listen(t, always(500)), listen(t, always(200))
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	create(t, s, pushTo(bad.URL))
	publish(t, s, "x", "y")
	waitIdle(t, s)
	if _, err := s.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: pushTo(good.URL), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"push_config.push_endpoint"}},
	}); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Minute)
	waitIdle(t, s)
	if bad.count() != 2 || good.count() != 2 || s.Backlog() != nil {
		t.Errorf("old endpoint %d, new endpoint %d, backlog %+v", bad.count(), good.count(), s.Backlog())
	}
}

func TestPush_retention_ends_delivery(t *testing.T) {
	t.Parallel()
	e := listen(t, always(500))
	c := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: c})
	create(t, s, pushTo(e.URL))
	publish(t, s, "x")
	waitIdle(t, s)
	c.Advance(7*24*time.Hour + time.Second)
	waitIdle(t, s)
	if got := e.count(); got != 1 || s.Backlog() != nil {
		t.Errorf("got %d deliveries, backlog %+v", got, s.Backlog())
	}
}

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
func (brokenJournal) Wait(uint64) error    { return io.ErrShortWrite }

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

func TestClose_leaves_the_message_in_push_undelivered(t *testing.T) {
	t.Parallel()
	j, path := openJournal(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	s := pubsub.New(pubsub.Options{Journal: j})
	s.Start()
	create(t, s, pushTo(srv.URL))
	publish(t, s, "x")
	<-arrived
	s.Close()
	close(release)
	srv.Close()
	s2, _, _ := reopen(t, path, pubsub.Options{Clock: clock.NewManual(epoch)})
	waitIdle(t, s2)
	if b := s2.Backlog(); len(b) != 1 {
		t.Errorf("after the restart: %+v", b)
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
func (recording) Wait(uint64) error        { return nil }
