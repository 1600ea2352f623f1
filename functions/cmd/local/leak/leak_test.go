package leak_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func (r *rig) request() *http.Request {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "/"+r.all[0].phone, strings.NewReader(r.all[0].body("ACTIVE")))
	r.Must(err)
	return req
}

// nowhere is a response that is kept.
type nowhere struct {
	header http.Header
	body   []byte
}

func (n *nowhere) Header() http.Header { return n.header }

func (n *nowhere) WriteHeader(int) {}

func (n *nowhere) Write(b []byte) (int, error) {
	n.body = append(n.body, b...)
	return len(b), nil
}

// results are what the flows must have led to, or a silence would prove nothing.
var results = []string{
	"accepted", "refused", "waiting", "held", "failed", "in_doubt", "duplicate", "event_off", "unknown_event", "unknown_account", "applied", "foreign",
	"stored", "heartbeat",
}

// TestNoLeaks runs everything in one process, at the level that tells most.
func TestNoLeaks(t *testing.T) {
	t.Parallel()
	r := newRig(t, 100*time.Millisecond)
	r.flows()
	r.end()
	r.judge(r.Logs.String())
}

// judge fails unless the flows led everywhere, and on every mark that was seen.
func (r *rig) judge(logs string) {
	t := r.T
	t.Helper()
	for _, result := range results {
		if !strings.Contains(logs, `"result":"`+result+`"`) {
			t.Errorf("no flow led to the result %s", result)
		}
	}
	for _, word := range []string{"shutting down", `"kind":"upstream"`, `"kind":"invalid"`, `"kind":"unavailable"`, `"kind":"internal"`, `"kind":"not_found"`} {
		if !strings.Contains(logs, word) {
			t.Errorf("no flow led to %s in the log", word)
		}
	}
	for _, word := range []string{`"outcome":"found"`, `"outcome":"cancelled"`, `"outcome":"invalid"`, `"outcome":"upstream"`, `"outcome":"too_many"`} {
		if !strings.Contains(logs, word) {
			t.Errorf("no call of the bot led to %s in the log", word)
		}
	}
	all := r.collect()
	t.Logf("%d messages accepted, %d answers to strangers, %d log lines, %d things seen",
		r.Simulator.Log().AcceptedCount(), r.answers, strings.Count(logs, "\n"), len(all))
	leaks := r.marks.leaks(all)
	for i, l := range leaks {
		if i == 40 {
			t.Errorf("and %d more", len(leaks)-i)
			return
		}
		t.Error(l)
	}
}

// end closes the world while requests are in flight, as SIGTERM does.
func (r *rig) end() {
	r.Helper()
	r.Must(r.Simulator.Faults().Set([]simulator.Fault{{System: "platform", Mode: chaos.TimeoutBefore}, {System: "gupshup", Mode: chaos.TimeoutAfter}}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.get(r.all[0])
		r.post(r.all[1], r.all[1].body("INACTIVE"))
	}()
	r.event(r.all[2], "shipment-failed_delivery", 3000)
	time.Sleep(50 * time.Millisecond)
	if err := r.Close(context.WithoutCancel(r.Context())); err != nil {
		r.see("the error of closing", err.Error())
	}
	<-done
}

// TestTheTestCanFail plants a mark in each place that is looked at, and expects it to be found.
func TestTheTestCanFail(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	s := r.all[0]
	if found := r.marks.leaks(r.collect()); len(found) > 0 {
		t.Fatalf("before anything was planted: %q", found)
	}
	leaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, s.email+" is wrong", http.StatusBadRequest)
	}))
	defer leaky.Close()
	for name, plant := range map[string]func(){
		"log":    func() { r.Logger().DebugContext(t.Context(), "planted", "to", "+91"+s.phone) },
		"answer": func() { r.call(http.MethodPost, leaky.URL, "") },
		"document": func() {
			r.Must(r.Parts.Store.KeepOrder(t.Context(), store.OrderCopy{AccountID: "811", OrderID: s.phone, At: time.Now(), ExpireAt: time.Now()}))
		},
		"question": func() {
			if _, err := r.Parts.Store.Order(t.Context(), "811:"+r.all[1].phone); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("got %v, want that there is no such order", err)
			}
		},
		"attribute": func() {
			_, err := r.Cloud.PubSub().Publish(t.Context(), &pb.PublishRequest{
				Topic: "projects/local/topics/order-events", Messages: []*pb.PubsubMessage{{Attributes: map[string]string{"name": s.name}}},
			})
			r.Must(err)
		},
	} {
		before := len(r.marks.leaks(r.collect()))
		plant()
		if after := len(r.marks.leaks(r.collect())); after <= before {
			t.Errorf("a mark in the %s was not found", name)
		}
	}
}
