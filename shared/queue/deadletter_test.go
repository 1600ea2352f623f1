package queue_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

var (
	received    = time.Date(2026, 11, 20, 4, 50, 12, 345_000_000, time.UTC)
	publishedAt = received.Add(time.Hour)
	why         = fault.Field("message.data", "is no event")
)

// keep has a push kept, and returns what was published and the log.
func keep(t *testing.T, p queue.Push, u *queue.UnreadableError) (data string, attributes map[string]string, log string) {
	t.Helper()
	s := newServer(t, nil)
	var lines strings.Builder
	letters := queue.DeadLetters{
		Publisher: s.client.Publisher("provider-events-dead", queue.Options{}),
		Source:    "provider-events",
		Logger:    slog.New(slog.NewJSONHandler(&lines, nil)),
	}
	if err := letters.Keep(t.Context(), p, u); err != nil {
		t.Fatal(err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) != 1 {
		t.Fatalf("got %d messages, want one", len(s.messages))
	}
	for id, m := range s.messages {
		if got := s.topics[id]; !strings.HasSuffix(got, "/provider-events-dead") {
			t.Errorf("topic: got %s", got)
		}
		data, attributes = string(m.GetData()), m.GetAttributes()
	}

	return data, attributes, lines.String()
}

// TestDeadLetter has the form of Pub/Sub's own dead letters, beside the source and the time of receipt.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	push := queue.Push{
		Data:         []byte(`{"kind":"reply","reply":{"text":"STOP"}}`),
		Attributes:   map[string]string{"kind": "reply", "app": "gupshup-neem"},
		ID:           "2070443601311540",
		PublishTime:  publishedAt,
		Subscription: "projects/demo-project/subscriptions/receive",
		Attempt:      3,
	}
	whole := map[string]string{
		"kind": "reply", "app": "gupshup-neem", "source": "provider-events", "received": "2026-11-20T05:50:12.345Z",
		"CloudPubSubDeadLetterSourceDeliveryCount":       "3",
		"CloudPubSubDeadLetterSourceSubscription":        "receive",
		"CloudPubSubDeadLetterSourceSubscriptionProject": "demo-project",
		"CloudPubSubDeadLetterSourceTopicPublishTime":    "2026-11-20T05:50:12.345Z",
	}
	data, attributes, _ := keep(t, push, &queue.UnreadableError{Err: why})
	if diff := cmp.Diff(string(push.Data), data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(whole, attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}

	part := &queue.UnreadableError{Err: why, Data: []byte(`{"messages":[7]}`), Attributes: map[string]string{"kind": "raw"}}
	whole["kind"] = "raw"
	data, attributes, _ = keep(t, push, part)
	if data != `{"messages":[7]}` {
		t.Errorf("data of a part: got %s", data)
	}
	if diff := cmp.Diff(whole, attributes); diff != "" {
		t.Errorf("attributes of a part (-want +got):\n%s", diff)
	}
}

// TestDeadLetterOfAForgedPush repeats nothing that could be a person's in an attribute, and nothing that Pub/Sub would refuse.
func TestDeadLetterOfAForgedPush(t *testing.T) {
	t.Parallel()
	_, attributes, _ := keep(t, queue.Push{
		Data: []byte("x"),
		Attributes: map[string]string{
			"kind": "Asha", "provider": "919000079999", "app": "asha@example.test", "account": "", "long": strings.Repeat("x", 1025),
			strings.Repeat("b", 257): "1", "googclient": "1", "c\xff": "d\xfe", "": "e", "919000079999": "f", "received": "Asha",
		},
		Subscription: "projects/Asha/subscriptions/919000079999",
	}, &queue.UnreadableError{Err: why})
	want := map[string]string{
		"kind": "unreadable", "provider": "unreadable", "app": "unreadable", "account": "", "long": "unreadable",
		"source": "provider-events",
		"CloudPubSubDeadLetterSourceDeliveryCount":       "1",
		"CloudPubSubDeadLetterSourceSubscription":        "unreadable",
		"CloudPubSubDeadLetterSourceSubscriptionProject": "unreadable",
	}
	if diff := cmp.Diff(want, attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// TestDeadLetterIsLogged with its ids and its shape and without a value; what may be a STOP is an error.
func TestDeadLetterIsLogged(t *testing.T) {
	t.Parallel()
	push := queue.Push{
		Data:       []byte(`{"from":"919000079999","text":"STOP","9000079999":1}`),
		Attributes: map[string]string{"kind": "raw", "provider": "meta", "app": "meta-neem", "account": "811", "x": "919000079999"},
		ID:         "77",
	}
	for _, tc := range []struct {
		inbound    bool
		level, msg string
	}{
		{true, `"level":"ERROR"`, `"msg":"a message that may be a shopper's cannot be read"`},
		{false, `"level":"WARN"`, `"msg":"a message cannot be read"`},
	} {
		_, _, log := keep(t, push, &queue.UnreadableError{Err: why, Inbound: tc.inbound})
		for _, want := range []string{
			tc.level, tc.msg, `"pubsub_id":"77"`, `"topic":"provider-events"`, `"kind":"raw"`, `"provider":"meta"`, `"app":"meta-neem"`,
			`"account":"811"`, `"shape":"{unreadable:number,from:string,text:string}"`, `"error":"message.data: is no event"`,
		} {
			if !strings.Contains(log, want) {
				t.Errorf("got log %s, want it to hold %s", log, want)
			}
		}
		if strings.Contains(log, "9000079999") || strings.Contains(log, "STOP") || strings.Count(log, "\n") != 1 {
			t.Errorf("got log %s, want one line without a value", log)
		}
	}
}

func TestDeadLetterThatCannotBeKept(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	var lines strings.Builder
	letters := queue.DeadLetters{Publisher: s.client.Publisher(missing, queue.Options{}), Logger: slog.New(slog.NewJSONHandler(&lines, nil))}
	err := letters.Keep(t.Context(), queue.Push{Data: []byte("x")}, &queue.UnreadableError{Err: why})
	if !fault.Is(err, fault.Internal) || lines.Len() > 0 {
		t.Errorf("got %v and log %s, want a failure of ours and nothing logged as kept", err, &lines)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	var u *queue.UnreadableError
	err := error(&queue.UnreadableError{Err: why})
	if !errors.As(err, &u) || !errors.Is(err, why) || err.Error() != "message.data: is no event" || !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want its cause", err)
	}
}

// TestReceivedAt keeps the time of receipt of a message that was published again.
func TestReceivedAt(t *testing.T) {
	t.Parallel()
	const before = "2026-11-20T04:50:12.345Z"
	for _, tc := range []struct {
		name       string
		attributes map[string]string
		want       time.Time
	}{
		{"as_published", nil, publishedAt},
		{"published_again", map[string]string{"received": before, "CloudPubSubDeadLetterSourceTopicPublishTime": "2026-11-20T05:00:00Z"}, received},
		{"given_up_by_Pub/Sub", map[string]string{"CloudPubSubDeadLetterSourceTopicPublishTime": before}, received},
		{"no_time", map[string]string{"received": "yesterday"}, publishedAt},
	} {
		if got := (queue.Push{PublishTime: publishedAt, Attributes: tc.attributes}).ReceivedAt(); !got.Equal(tc.want) {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}
