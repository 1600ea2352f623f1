package queue_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

var published = time.Date(2026, 11, 21, 6, 0, 1, 234_000_000, time.UTC)

func header(pairs ...string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"APIs-Google"}, "X-Forwarded-For": {"203.0.113.7"}}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestDecodePush(t *testing.T) {
	t.Parallel()
	full := queue.Push{
		Data: []byte(`{"a":1}`), Attributes: map[string]string{"resource": "shipment"}, ID: "17", PublishTime: published,
		OrderingKey: "k", Subscription: "projects/p/subscriptions/s", Attempt: 3,
	}
	camel := `{"message":{"data":"eyJhIjoxfQ==","attributes":{"resource":"shipment"},"messageId":"17",` +
		`"publishTime":"2026-11-21T06:00:01.234Z","orderingKey":"k"},"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}`
	snake := strings.NewReplacer("messageId", "message_id", "publishTime", "publish_time", "orderingKey", "ordering_key",
		"deliveryAttempt", "delivery_attempt").Replace(camel)
	both := strings.Replace(camel, `"messageId"`, `"message_id":"17","publish_time":"2026-11-21T06:00:01.234Z","messageId"`, 1)
	tests := []struct {
		name string
		body string
		h    http.Header
		want queue.Push
	}{
		{"wrapped_camel", camel, header(), full},
		{"wrapped_snake", snake, header(), full},
		{"wrapped_both", both, header(), full},
		{"eventarc", camel, header("Ce-Id", "17", "Ce-Type", "google.cloud.pubsub.topic.v1.messagePublished", "Ce-Specversion", "1.0"), full},
		{"attributes_only", `{"message":{"attributes":{"a":"b"},"messageId":"1"}}`, header(), queue.Push{Attributes: map[string]string{"a": "b"}, ID: "1"}},
		{"emulator_without_attempt", `{"message":{"data":"eA==","messageId":"1"},"subscription":"s"}`, header(), queue.Push{Data: []byte("x"), ID: "1", Subscription: "s"}},
		{"negative_attempt", `{"message":{"data":"eA=="},"deliveryAttempt":-4}`, header(), queue.Push{Data: []byte("x")}},
		{
			"unwrapped", `{"a":1}`, header("X-Goog-Pubsub-Message-Id", "17", "X-Goog-Pubsub-Publish-Time", "2026-11-21T06:00:01.234Z",
				"X-Goog-Pubsub-Ordering-Key", "k", "X-Goog-Pubsub-Subscription-Name", "projects/p/subscriptions/s",
				"X-Goog-Pubsub-Delivery-Attempt", "3", "Resource", "shipment", "Authorization", "Bearer x"), full,
		},
		{"unwrapped_not_json", "\x00\xff", header("X-Goog-Pubsub-Message-Id", "1"), queue.Push{Data: []byte("\x00\xff"), ID: "1"}},
		{"unwrapped_looks_wrapped", `{"message":{"data":"eA=="}}`, header("X-Goog-Pubsub-Message-Id", "1"), queue.Push{Data: []byte(`{"message":{"data":"eA=="}}`), ID: "1"}},
		{"bare", ` {"resource":"shipment"}`, header(), queue.Push{Data: []byte(` {"resource":"shipment"}`)}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := queue.DecodePush([]byte(tc.body), tc.h)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("push (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodePushRefuses(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	large := base64.StdEncoding.EncodeToString(make([]byte, queue.MaxData+1))
	tests := []struct {
		name  string
		body  string
		h     http.Header
		field string
		kind  fault.Kind
	}{
		{"empty", ``, header(), "", fault.Invalid},
		{"truncated", `{"message":{"data":"` + secret, header(), "", fault.Invalid},
		{"not_json", secret, header(), "", fault.Invalid},
		{"null", `null`, header(), "", fault.Invalid},
		{"array", `["` + secret + `"]`, header(), "", fault.Invalid},
		{"string", `"` + secret + `"`, header(), "", fault.Invalid},
		{"message_string", `{"message":"` + secret + `"}`, header(), "message", fault.Invalid},
		{"message_null", `{"message":null}`, header(), "message", fault.Invalid},
		{"message_empty", `{"message":{}}`, header(), "message.data", fault.Invalid},
		{"data_not_base64", `{"message":{"data":"` + secret + `!!"}}`, header(), "message.data", fault.Invalid},
		{"data_number", `{"message":{"data":12}}`, header(), "message.data", fault.Invalid},
		{"attribute_number", `{"message":{"data":"eA==","attributes":{"` + secret + `":5}}}`, header(), "message.attributes", fault.Invalid},
		{"id_number", `{"message":{"data":"eA==","messageId":5}}`, header(), "message.messageId", fault.Invalid},
		{"time", `{"message":{"data":"eA==","publishTime":"` + secret + `"}}`, header(), "message.publishTime", fault.Invalid},
		{"attempt", `{"message":{"data":"eA=="},"deliveryAttempt":"` + secret + `"}`, header(), "deliveryAttempt", fault.Invalid},
		{"subscription", `{"message":{"data":"eA=="},"subscription":1}`, header(), "subscription", fault.Invalid},
		{"too_large", `{"message":{"data":"` + large + `"}}`, header(), "", fault.TooLarge},
		{"unwrapped_empty", ``, header("X-Goog-Pubsub-Message-Id", "1"), "message.data", fault.Invalid},
		{"unwrapped_time", `x`, header("X-Goog-Pubsub-Message-Id", "1", "X-Goog-Pubsub-Publish-Time", secret), "x-goog-pubsub-publish-time", fault.Invalid},
		{"unwrapped_attempt", `x`, header("X-Goog-Pubsub-Message-Id", "1", "X-Goog-Pubsub-Delivery-Attempt", secret), "x-goog-pubsub-delivery-attempt", fault.Invalid},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := queue.DecodePush([]byte(tc.body), tc.h)
			if !fault.Is(err, tc.kind) {
				t.Fatalf("got %v, want %v", err, tc.kind)
			}
			if field, _ := fault.Public(err); field != tc.field {
				t.Errorf("got field %q, want %q", field, tc.field)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q quotes the input", err)
			}
		})
	}
}

func FuzzDecodePush(f *testing.F) {
	f.Add([]byte(`{"message":{"data":"eyJhIjoxfQ==","attributes":{"a":"b"},"messageId":"17","publishTime":"2026-11-21T06:00:01Z"},"subscription":"s","deliveryAttempt":3}`), "", "")
	f.Add([]byte(`{"message":{"data":"eA==","message_id":"17"},"delivery_attempt":1}`), "", "")
	f.Add([]byte(`{"a":1}`), "17", "2026-11-21T06:00:01Z")
	f.Add([]byte(`{"message":null}`), "", "")
	f.Add([]byte("\xff"), "", "yesterday")
	f.Fuzz(func(t *testing.T, body []byte, id, at string) {
		h := http.Header{}
		h.Set("X-Goog-Pubsub-Message-Id", id)
		h.Set("X-Goog-Pubsub-Publish-Time", at)
		p, err := queue.DecodePush(body, h)
		if err != nil {
			if k := fault.KindOf(err); k.Status() >= http.StatusInternalServerError {
				t.Fatalf("got kind %v for an input, want a 4xx: %v", k, err)
			}
			return
		}
		if len(p.Data) == 0 && len(p.Attributes) == 0 {
			t.Fatal("an empty message passed")
		}
		if id != "" {
			return
		}
		again, err := json.Marshal(map[string]any{"message": map[string]any{
			"data": p.Data, "attributes": p.Attributes, "messageId": p.ID, "orderingKey": p.OrderingKey,
		}, "subscription": p.Subscription, "deliveryAttempt": p.Attempt})
		if err != nil {
			t.Fatal(err)
		}
		q, err := queue.DecodePush(again, nil)
		if err != nil {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
		if len(q.Attributes) == 0 && len(p.Attributes) == 0 {
			q.Attributes = p.Attributes
		}
		p.PublishTime = time.Time{}
		if diff := cmp.Diff(p, q); diff != "" && len(p.Data) > 0 {
			t.Errorf("second decoding (-first +second):\n%s", diff)
		}
	})
}

func BenchmarkDecodePush(b *testing.B) {
	body, err := json.Marshal(map[string]any{"message": map[string]any{
		"data": []byte(strings.Repeat(`{"resource":"shipment","eventSubType":"failed_delivery"}`, 40)), "messageId": "17",
		"attributes": map[string]string{"resource": "shipment"}, "publishTime": "2026-11-21T06:00:01.234Z",
	}, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := queue.DecodePush(body, nil); err != nil {
			b.Fatal(err)
		}
	}
}
