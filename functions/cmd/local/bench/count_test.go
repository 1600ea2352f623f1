package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// counter is the product in this process on a standing clock, with pushes made by hand, so that each Firestore operation
// can be told to its cause.
type counter struct {
	*brand
	tb              testing.TB
	cloud           *cloud.Cloud
	notify, receive http.Handler
	sweep           http.Handler

	mu        sync.Mutex
	callbacks []*pb.PubsubMessage
	// published and bytes are of each topic since the last reset.
	published, bytes map[string]int
	// logs is what the functions log at the level of production.
	logs testkit.Log
}

// newCounter sets up the brand, and then what the test sets up in its own way.
func newCounter(tb testing.TB, also ...func(context.Context, *brand) error) *counter {
	tb.Helper()
	now := clock.NewManual(time.Date(2024, 2, 13, 10, 0, 0, 0, time.UTC))
	return newCounterOn(tb, testkit.Cloud(tb, now), now, also...)
}

// newCounterOn is newCounter on a cloud of the caller's, on whose clock the functions run too.
func newCounterOn(tb testing.TB, local *cloud.Cloud, now clock.Clock, also ...func(context.Context, *brand) error) *counter {
	tb.Helper()
	ctx := tb.Context()
	c := &counter{tb: tb, cloud: local, published: map[string]int{}, bytes: map[string]int{}}
	sim := simulator.New(simulator.Options{Clock: now, Seed: 1})
	mux := http.NewServeMux()
	mux.Handle("/sim/", http.StripPrefix("/sim", sim.Handler()))
	server := httptest.NewServer(mux)
	f := boot.Function{
		Lookuper:      config.Map(world.Environment(server.URL, world.Project)),
		Clock:         now,
		Logger:        logging.New(&c.logs, logging.Options{Level: slog.LevelInfo, ProjectID: world.Project}),
		ClientOptions: c.cloud.ClientOptions(),
	}
	parts, err := inspect.Open(ctx, f)
	c.must(err)
	tb.Cleanup(func() {
		sim.Close()
		server.Close()
	})
	c.notify, err = notify.New(ctx, f)
	c.must(err)
	c.receive, err = receive.New(ctx, f)
	c.must(err)
	c.sweep, err = sweep.New(ctx, f)
	c.must(err)
	hook, err := webhook.New(ctx, f)
	c.must(err)
	mux.Handle("/webhook/", http.StripPrefix("/webhook", hook))
	c.must(world.EnsureSecrets(ctx, c.cloud.Secrets(), world.Project, demo.Secrets()...))
	for _, topic := range []string{world.OrderEvents, world.ProviderEvents, world.CustomerNotifications, world.MessageOutcomes} {
		c.must(c.cloud.EnsureTopics(ctx, topicName(topic)))
	}
	c.cloud.PubSub().OnPublish(c.keep)
	c.brand, err = newBrand(ctx, parts, sim, server.URL+"/webhook/gupshup/"+hookToken, simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true, AutoRead: true}})
	c.must(err)
	for _, setUp := range also {
		c.must(setUp(ctx, c.brand))
	}
	// The first message fills the caches, and notes that the app has callbacks.
	c.send(1)
	c.report()
	c.reset()
	return c
}

// sizeOf returns what Pub/Sub charges a message by: its data and its attributes.
func sizeOf(m *pb.PubsubMessage) int {
	n := len(m.GetData())
	for name, value := range m.GetAttributes() {
		n += len(name) + len(value)
	}

	return n
}

func topicName(short string) string { return "projects/" + world.Project + "/topics/" + short }

func (c *counter) must(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatal(err)
	}
}

// keep collects what the webhook published.
func (c *counter) keep(topic string, m *pb.PubsubMessage) {
	c.mu.Lock()
	c.published[path.Base(topic)]++
	c.bytes[path.Base(topic)] += sizeOf(m)
	c.mu.Unlock()

	if !strings.HasSuffix(topic, "/"+world.ProviderEvents) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.callbacks = append(c.callbacks, proto.CloneOf(m))
}

func (c *counter) reset() {
	c.mu.Lock()
	c.published, c.bytes = map[string]int{}, map[string]int{}
	c.mu.Unlock()
	c.cloud.Firestore().ResetCounts()
	c.cloud.Calls().Reset()
}

// send notifies n new shoppers, and returns the Firestore operations and the calls that it took.
func (c *counter) send(n int) (firestore.Counts, map[string]int) {
	c.tb.Helper()
	events, err := c.more(c.tb.Context(), n)
	c.must(err)

	return c.sendAll(events)
}

// sendAgain is send to the n shoppers who came last, of another failed delivery.
func (c *counter) sendAgain(n int) (firestore.Counts, map[string]int) {
	c.tb.Helper()
	var events [][]byte
	for number := c.shoppers - n; number < c.shoppers; number++ {
		events = append(events, bytes.ReplaceAll(c.eventOf(number), []byte("15:20:41"), []byte("15:21:41")))
	}

	return c.sendAll(events)
}

// sendAll has the events sent, each to one shopper.
func (c *counter) sendAll(events [][]byte) (firestore.Counts, map[string]int) {
	c.tb.Helper()
	n := len(events)
	c.reset()
	before := c.sim.Log().AcceptedCount()
	for _, event := range events {
		c.push(c.notify, &pb.PubsubMessage{Data: event, MessageId: "1"})
	}
	if got := c.sim.Log().AcceptedCount() - before; got != n {
		c.tb.Fatalf("got %d messages accepted, want %d", got, n)
	}
	return c.cloud.Firestore().Counts(), c.cloud.Calls().Counts()
}

// report has the provider report everything, and returns how many callbacks came, and the Firestore operations and the calls
// that they took.
func (c *counter) report() (int, firestore.Counts, map[string]int) {
	c.tb.Helper()
	c.reset()
	c.must(c.sim.Outbox().ReleaseAll(c.tb.Context()))
	c.mu.Lock()
	callbacks := c.callbacks
	c.callbacks = nil
	c.mu.Unlock()
	for _, m := range callbacks {
		c.push(c.receive, m)
	}
	return len(callbacks), c.cloud.Firestore().Counts(), c.cloud.Calls().Counts()
}

// push delivers a message as a push subscription does.
func (c *counter) push(h http.Handler, m *pb.PubsubMessage) {
	c.tb.Helper()
	body, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data": base64.StdEncoding.EncodeToString(m.GetData()), "attributes": m.GetAttributes(), "messageId": m.GetMessageId(),
			"publishTime": m.GetPublishTime().AsTime().Format(time.RFC3339Nano),
		},
		"subscription": "projects/local/subscriptions/bench",
	})
	c.must(err)
	req := httptest.NewRequestWithContext(c.tb.Context(), http.MethodPost, "/", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	if rec.Code != http.StatusNoContent {
		c.tb.Fatalf("a push was answered %d %s", rec.Code, rec.Body)
	}
}

// trips are the calls to Firestore.
func trips(calls map[string]int) int {
	n := 0
	for method, times := range calls {
		if strings.HasPrefix(method, "google.firestore.") {
			n += times
		}
	}
	return n
}

// The budget of Firestore operations, of an app whose provider does not echo our reference, with settings cached: one read of
// customer and order, one write that claims, one that records.
func TestBudget(t *testing.T) {
	const n = 10
	c := newCounter(t)
	t.Run("notification", func(t *testing.T) {
		counts, calls := c.send(n)
		if want := (firestore.Counts{Reads: 2 * n, Writes: 4 * n}); counts != want {
			t.Errorf("%d notifications cost %+v, want %+v", n, counts, want)
		}
		if got := trips(calls); got != 3*n {
			t.Errorf("%d notifications took %d round trips, want %d: %v", n, got, 3*n, calls)
		}
	})
	t.Run("status_callback", func(t *testing.T) {
		callbacks, counts, calls := c.report()
		if want := n * len(threeModes); callbacks != want {
			t.Fatalf("got %d callbacks of %d messages, want %d", callbacks, n, want)
		}
		// The instance that has written one report of a message reads it for none of the later ones.
		if want := (firestore.Counts{Reads: n, Writes: int64(callbacks)}); counts != want {
			t.Errorf("%d callbacks cost %+v, want %+v", callbacks, counts, want)
		}
		if got := trips(calls); got != n+callbacks {
			t.Errorf("%d callbacks took %d round trips, want %d: %v", callbacks, got, n+callbacks, calls)
		}
	})
}

// The budget of a notification through an app whose provider echoes our reference: its claim does not mark the customer. The
// provider's answer names the shopper's user id. Where that is new, it is looked up and stored whose it is.
func TestBudgetWithEcho(t *testing.T) {
	t.Parallel()
	const n = 10
	c := newCounter(t, useMeta)
	first, _ := c.send(n)
	if want := (firestore.Counts{Reads: 3 * n, Writes: 5 * n}); first != want {
		t.Errorf("%d notifications with a new user id cost %+v, want %+v", n, first, want)
	}
	counts, calls := c.sendAgain(n)
	if want := (firestore.Counts{Reads: 2 * n, Writes: 3 * n}); counts != want {
		t.Errorf("%d notifications cost %+v, want %+v", n, counts, want)
	}
	if got := trips(calls); got != 3*n {
		t.Errorf("%d notifications took %d round trips, want %d: %v", n, got, 3*n, calls)
	}
}

// BenchmarkOperations counts what Firestore is asked for.
func BenchmarkOperations(b *testing.B) {
	c := newCounter(b)
	b.Run("status_callback", func(b *testing.B) {
		c.send(b.N)
		n, counts, calls := c.report()
		reportCounts(b, n, counts, calls)
	})
	b.Run("notification", func(b *testing.B) {
		counts, calls := c.send(b.N)
		reportCounts(b, b.N, counts, calls)
	})
}

func reportCounts(b *testing.B, n int, counts firestore.Counts, calls map[string]int) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // everything is in one process and waits for one another: a time would mean nothing
	b.ReportMetric(float64(counts.Reads)/float64(n), "reads/op")
	b.ReportMetric(float64(counts.Writes)/float64(n), "writes/op")
	b.ReportMetric(float64(trips(calls))/float64(n), "trips/op")
}
