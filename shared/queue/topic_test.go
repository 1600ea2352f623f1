package queue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestReadTopic reads a part of what a topic retains: another subscription loses nothing by it, and none is left behind.
func TestReadTopic(t *testing.T) {
	t.Parallel()

	begin := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	clk := clock.NewManual(begin)
	local := testkit.Cloud(t, clk)
	q := queue.NewClient(testkit.Project, local.ClientOptions()...)
	testkit.AtEnd(t, func() { _ = q.Close() })

	of := func(kind, name string) string { return "projects/" + testkit.Project + "/" + kind + "/" + name }
	err := local.EnsureSubscriptions(t.Context(), []cloud.Subscription{
		{Name: of("subscriptions", "other"), Topic: of("topics", "events"), Retain: 10 * time.Hour},
		{Name: of("subscriptions", "brief"), Topic: of("topics", "brief")},
	})
	if err != nil {
		t.Fatal(err)
	}

	p := q.Publisher("events", queue.Options{})
	for hour := range 12 {
		if _, err = p.Publish(t.Context(), queue.Message{Data: fmt.Append(nil, hour)}); err != nil {
			t.Fatal(err)
		}

		clk.Advance(time.Hour)
	}

	read := func(topic string, from, until int) (got []string, failed error) {
		o := queue.KeptOptions{Patience: 100 * time.Millisecond}
		failed = q.ReadTopic(t.Context(), topic, begin.Add(time.Duration(from)*time.Hour), begin.Add(time.Duration(until)*time.Hour), clk.Now(), o, func(m queue.KeptMessage) {
			got = append(got, string(m.Data))
		})
		slices.Sort(got)

		return got, failed
	}

	if got, failed := read("events", 3, 7); failed != nil || !slices.Equal(got, []string{"3", "4", "5", "6"}) {
		t.Errorf("got %v, %v", got, failed)
	}
	if got, failed := read("events", 1, 7); !fault.Is(failed, fault.NotFound) || len(got) > 0 {
		t.Errorf("what is retained no more: got %v, %v", got, failed)
	}
	if got, failed := read("brief", 11, 12); !fault.Is(failed, fault.NotFound) || len(got) > 0 {
		t.Errorf("a topic that retains nothing: got %v, %v", got, failed)
	}

	held, err := q.Kept("other", queue.KeptOptions{Patience: 100 * time.Millisecond}).Pull(t.Context(), 100)
	if err != nil || len(held.Messages) != 12 {
		t.Errorf("another subscription has %v, %v", held, err)
	}

	const subscriber = "google.pubsub.v1.Subscriber/"
	if made, ended := local.Calls().Count(subscriber+"CreateSubscription"), local.Calls().Count(subscriber+"DeleteSubscription"); made-2 != ended || ended != 1 {
		t.Errorf("%d subscriptions were made beside the two, and %d deleted; want one and one", made-2, ended)
	}
}

// TestReadTopicEndsUnderTraffic reads an hour of a topic to which something new is published at each pull.
func TestReadTopicEndsUnderTraffic(t *testing.T) {
	t.Parallel()

	begin := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	clk := clock.NewManual(begin)
	local := testkit.Cloud(t, clk)
	of := func(kind, name string) string { return "projects/" + testkit.Project + "/" + kind + "/" + name }

	err := local.EnsureSubscriptions(t.Context(), []cloud.Subscription{{Name: of("subscriptions", "other"), Topic: of("topics", "events"), Retain: 10 * time.Hour}})
	if err != nil {
		t.Fatal(err)
	}

	var publish func(text string)

	traffic := func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if strings.HasSuffix(method, "/Pull") {
			publish("new")
		}

		return call(ctx, method, req, reply, conn, opts...)
	}
	q := queue.NewClient(testkit.Project, local.ClientOptions(grpc.WithChainUnaryInterceptor(traffic))...)
	testkit.AtEnd(t, func() { _ = q.Close() })

	p := q.Publisher("events", queue.Options{})
	publish = func(text string) {
		if _, err := p.Publish(t.Context(), queue.Message{Data: []byte(text)}); err != nil {
			t.Error(err)
		}
	}

	publish("old")
	clk.Advance(2 * time.Hour)

	read := func(from time.Time) (got []string) {
		err := q.ReadTopic(t.Context(), "events", from, from.Add(time.Hour), clk.Now(), queue.KeptOptions{Patience: 100 * time.Millisecond}, func(m queue.KeptMessage) {
			got = append(got, string(m.Data))
		})
		if err != nil {
			t.Error(err)
		}

		return got
	}

	if got := read(begin); !slices.Equal(got, []string{"old"}) {
		t.Errorf("got %q", got)
	}
	if got := read(begin.Add(time.Minute)); len(got) > 0 {
		t.Errorf("an hour in which nothing was published: got %q", got)
	}
}
