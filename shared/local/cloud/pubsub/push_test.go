package pubsub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

func TestPush_envelope(t *testing.T) {
	t.Parallel()
	e := listen(t, always(200))
	m := clock.NewManual(epoch)
	s := serve(t, pubsub.Options{Clock: m, Sign: func(serviceAccount, audience string) string {
		return fmt.Sprintf("token of %s for %s from %d", serviceAccount, audience, m.Now().Unix())
	}})
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
	if got, want := e.heads[0].Get("Authorization"), fmt.Sprintf("Bearer token of push@demo.test for %s from %d", e.URL, epoch.Unix()); got != want {
		t.Errorf("authorization: got %q, want %q", got, want)
	}
	if got := e.heads[0].Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: got %q", got)
	}

	m.Advance(time.Hour)
	publish(t, s, "later")
	waitIdle(t, s)
	if got, want := e.heads[1].Get("Authorization"), fmt.Sprintf("from %d", epoch.Add(time.Hour).Unix()); !strings.HasSuffix(got, want) {
		t.Errorf("authorization of a later push: got %q, want a token %s", got, want)
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
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.WaitIdle(ended); err == nil {
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
