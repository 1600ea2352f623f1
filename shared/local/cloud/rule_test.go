package cloud_test

import (
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

const database = "projects/demo-local/databases/(default)"

var epoch = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// conns are the two ways to reach a cloud, without a client's own retries.
func conns(t *testing.T, c *cloud.Cloud) map[string]*grpc.ClientConn {
	t.Helper()
	memory, err := c.Conn()
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := grpc.NewClient(c.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tcp.Close() })
	return map[string]*grpc.ClientConn{"in_process": memory, "tcp": tcp}
}

func addRule(t *testing.T, c *cloud.Cloud, r cloud.Rule) string {
	t.Helper()
	id, err := c.Rules().Add(r)
	if err != nil {
		t.Fatalf("add rule: %v", err)
	}
	return id
}

func publishOne(t *testing.T, conn *grpc.ClientConn) codes.Code {
	t.Helper()
	_, err := pubsubpb.NewPublisherClient(conn).Publish(t.Context(), &pubsubpb.PublishRequest{
		Topic: topicName, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("x")}},
	})
	return status.Code(err)
}

// readOne runs a server stream and returns how many answers came before its end.
func readOne(t *testing.T, conn *grpc.ClientConn) (int, codes.Code) {
	t.Helper()
	s, err := firestorepb.NewFirestoreClient(conn).BatchGetDocuments(t.Context(), &firestorepb.BatchGetDocumentsRequest{
		Database: database, Documents: []string{database + "/documents/messages/a"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		if _, err = s.Recv(); errors.Is(err, io.EOF) {
			return n, codes.OK
		}
		if err != nil {
			return n, status.Code(err)
		}
	}
}

func TestRules_unary(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule    cloud.Rule
		want    codes.Code
		applied int64
	}{
		"fail_before":           {cloud.Rule{Mode: cloud.FailBefore}, codes.Unavailable, 0},
		"fail_before_with_code": {cloud.Rule{Mode: cloud.FailBefore, Code: codes.Aborted}, codes.Aborted, 0},
		"fail_after":            {cloud.Rule{Mode: cloud.FailAfter, Code: codes.DeadlineExceeded}, codes.DeadlineExceeded, 1},
		"cut":                   {cloud.Rule{Mode: cloud.Cut}, codes.Unavailable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, cloud.Options{Listen: "127.0.0.1:0"})
			declare(t, c, cloud.Subscription{Name: subName, Topic: topicName})
			for way, conn := range conns(t, c) {
				before := c.PubSub().Published(topicName)
				tc.rule.Method, tc.rule.Times = "Publish", 1
				id := addRule(t, c, tc.rule)
				if got := publishOne(t, conn); got != tc.want {
					t.Errorf("%s: got %v, want %v", way, got, tc.want)
				}
				if got := c.PubSub().Published(topicName) - before; got != tc.applied {
					t.Errorf("%s: published %d, want %d", way, got, tc.applied)
				}
				if got := publishOne(t, conn); got != codes.OK {
					t.Errorf("%s: the next call: got %v", way, got)
				}
				if !c.Rules().Remove(id) {
					t.Errorf("%s: rule is gone", way)
				}
			}
		})
	}
}

func TestRules_server_stream(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule cloud.Rule
		want codes.Code
	}{
		"fail_before": {cloud.Rule{Mode: cloud.FailBefore, Code: codes.ResourceExhausted}, codes.ResourceExhausted},
		"fail_after":  {cloud.Rule{Mode: cloud.FailAfter, Code: codes.Internal}, codes.Internal},
		"cut":         {cloud.Rule{Mode: cloud.Cut}, codes.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, cloud.Options{Listen: "127.0.0.1:0"})
			for way, conn := range conns(t, c) {
				tc.rule.Method, tc.rule.Match, tc.rule.Times = "BatchGetDocuments", "messages/a", 1
				addRule(t, c, tc.rule)
				if n, got := readOne(t, conn); got != tc.want || n != 0 {
					t.Errorf("%s: got %v after %d answers, want %v after none", way, got, n, tc.want)
				}
				if n, got := readOne(t, conn); got != codes.OK || n != 1 {
					t.Errorf("%s: the next call: got %v after %d answers", way, got, n)
				}
			}
		})
	}
}

func TestRules_bidirectional_stream(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule cloud.Rule
		want codes.Code
	}{
		"fail_before": {cloud.Rule{Mode: cloud.FailBefore, Code: codes.Aborted}, codes.Aborted},
		"fail_after":  {cloud.Rule{Mode: cloud.FailAfter}, codes.Unavailable},
		"cut":         {cloud.Rule{Mode: cloud.Cut}, codes.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, cloud.Options{})
			conn, err := c.Conn()
			if err != nil {
				t.Fatal(err)
			}
			tc.rule.Method, tc.rule.Match = "Listen", "messages/a"
			addRule(t, c, tc.rule)
			r, err := listen(t, conn).Recv()
			if got := status.Code(err); got != tc.want {
				t.Errorf("got %v, %v; want %v", r, err, tc.want)
			}
		})
	}
}

// listen opens a stream that reports the document messages/a.
func listen(t *testing.T, conn *grpc.ClientConn) firestorepb.Firestore_ListenClient {
	t.Helper()
	s, err := firestorepb.NewFirestoreClient(conn).Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := "projects/demo/databases/(default)/documents/messages/a"
	documents := &firestorepb.Target_Documents{Documents: &firestorepb.Target_DocumentsTarget{Documents: []string{name}}}
	err = s.Send(&firestorepb.ListenRequest{
		Database:     "projects/demo/databases/(default)",
		TargetChange: &firestorepb.ListenRequest_AddTarget{AddTarget: &firestorepb.Target{TargetId: 1, TargetType: documents}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRules_delay_waits_on_the_clock(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*testing.T, *grpc.ClientConn) codes.Code{
		"unary": publishOne,
		"stream": func(t *testing.T, conn *grpc.ClientConn) codes.Code {
			t.Helper()
			_, code := readOne(t, conn)
			return code
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := clock.NewManual(epoch)
			c := start(t, cloud.Options{Clock: m})
			declare(t, c, cloud.Subscription{Name: subName, Topic: topicName})
			conn, err := c.Conn()
			if err != nil {
				t.Fatal(err)
			}
			before := m.Pending()
			addRule(t, c, cloud.Rule{Mode: cloud.Delay, Delay: 45 * time.Second, Times: 1})
			done := make(chan codes.Code)
			go func() { done <- call(t, conn) }()
			for m.Pending() == before { // until the call waits
				select {
				case code := <-done:
					t.Fatalf("answered %v without waiting", code)
				case <-time.After(time.Millisecond):
				}
			}
			m.Advance(44 * time.Second)
			select {
			case code := <-done:
				t.Fatalf("answered %v too early", code)
			case <-time.After(20 * time.Millisecond):
			}
			m.Advance(time.Second)
			if code := <-done; code != codes.OK {
				t.Errorf("got %v", code)
			}
		})
	}
}

func TestRules_cut_ends_the_other_calls_of_the_connection(t *testing.T) {
	t.Parallel()
	c := start(t, cloud.Options{})
	declare(t, c, cloud.Subscription{Name: subName, Topic: topicName})

	mine, err := c.Conn()
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Conn()
	if err != nil {
		t.Fatal(err)
	}
	waiting := func(conn *grpc.ClientConn) <-chan codes.Code {
		out := make(chan codes.Code, 1)
		s := listen(t, conn)
		if _, serr := s.Recv(); serr != nil { // an answer: the stream is open
			t.Fatal(serr)
		}
		go func() {
			for {
				if _, rerr := s.Recv(); rerr != nil {
					out <- status.Code(rerr)
					return
				}
			}
		}()
		return out
	}
	mineEnds, otherEnds := waiting(mine), waiting(other)
	addRule(t, c, cloud.Rule{Method: "GetTopic", Mode: cloud.Cut})
	_, err = pubsubpb.NewPublisherClient(mine).GetTopic(t.Context(), &pubsubpb.GetTopicRequest{Topic: topicName})
	if status.Code(err) != codes.Unavailable {
		t.Errorf("cut call: got %v", err)
	}
	if got := <-mineEnds; got != codes.Unavailable {
		t.Errorf("other call on the cut connection: got %v", got)
	}
	select {
	case got := <-otherEnds:
		t.Errorf("call on another connection ended: %v", got)
	default:
	}
}

func TestRules_skip_times_match_and_order(t *testing.T) {
	t.Parallel()
	c := start(t, cloud.Options{})
	declare(t, c, cloud.Subscription{Name: subName, Topic: topicName})
	conn, err := c.Conn()
	if err != nil {
		t.Fatal(err)
	}
	addRule(t, c, cloud.Rule{ID: "other", Method: "Publish", Match: "another-topic", Mode: cloud.FailBefore})
	addRule(t, c, cloud.Rule{ID: "window", Method: "Publisher/Publish", Match: "order-events", Skip: 2, Times: 2, Mode: cloud.FailBefore, Code: codes.Aborted})
	addRule(t, c, cloud.Rule{ID: "late", Method: "google.pubsub.v1.Publisher/Publish", Skip: 3, Times: 1, Mode: cloud.FailBefore, Code: codes.Internal})
	addRule(t, c, cloud.Rule{ID: "part_of_a_name", Method: "ublish", Mode: cloud.FailBefore})
	var got []codes.Code
	for range 6 {
		got = append(got, publishOne(t, conn))
	}
	want := []codes.Code{codes.OK, codes.OK, codes.Aborted, codes.Aborted, codes.Internal, codes.OK}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	counts := map[string][2]int{}
	for _, r := range c.Rules().List() {
		counts[r.ID] = [2]int{r.Seen, r.Hits}
	}
	if d := cmp.Diff(map[string][2]int{"other": {0, 0}, "window": {6, 2}, "late": {6, 1}, "part_of_a_name": {0, 0}}, counts); d != "" {
		t.Errorf("seen and hits (-want +got):\n%s", d)
	}
	c.Rules().Clear()
	if got := c.Rules().List(); len(got) != 0 {
		t.Errorf("after clear: %v", got)
	}
}

func TestRules_refuse_rules_that_make_no_sense(t *testing.T) {
	t.Parallel()
	c := start(t, cloud.Options{})
	for name, r := range map[string]cloud.Rule{
		"no_mode":        {},
		"unknown_mode":   {Mode: "explode"},
		"negative_skip":  {Mode: cloud.Cut, Skip: -1},
		"negative_times": {Mode: cloud.Cut, Times: -1},
		"no_delay":       {Mode: cloud.Delay},
		"unknown_code":   {Mode: cloud.FailAfter, Code: 99},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.Rules().Add(r); !errors.Is(err, cloud.ErrRule) {
				t.Errorf("got %v, want %v", err, cloud.ErrRule)
			}
		})
	}
}

func TestRule_JSON(t *testing.T) {
	t.Parallel()
	for code := range codes.Unauthenticated + 1 {
		want := cloud.Rule{ID: "r", Method: "Commit", Match: "messages/", Skip: 1, Times: 2, Mode: cloud.Delay, Code: code, Delay: 250 * time.Millisecond}
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got cloud.Rule
		if err = json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", b, d)
		}
	}
	b, err := json.Marshal([]cloud.ActiveRule{{Rule: cloud.Rule{ID: "r", Mode: cloud.FailAfter, Code: codes.DeadlineExceeded, Delay: time.Second}, Seen: 3, Hits: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"id":"r","mode":"fail_after","code":"DEADLINE_EXCEEDED","delay":"1s","seen":3,"hits":1}]`; string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
	for _, bad := range []string{`{"mode":"cut","code":"NO_SUCH"}`, `{"mode":"delay","delay":"soon"}`, `{"skip":"1"}`} {
		if err := json.Unmarshal([]byte(bad), &cloud.Rule{}); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

// FuzzRule checks that whatever is read as a rule is written and read again as the same rule.
func FuzzRule(f *testing.F) {
	f.Add([]byte(`{"id":"r","method":"Commit","mode":"delay","delay":"250ms","code":"UNAVAILABLE","skip":1,"times":2}`))
	f.Add([]byte(`{"mode":"cut","code":"CANCELLED"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var one, two cloud.Rule
		if json.Unmarshal(b, &one) != nil {
			return
		}
		out, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if err = json.Unmarshal(out, &two); err != nil || one != two {
			t.Errorf("%s became %s: %v", b, out, err)
		}
	})
}
