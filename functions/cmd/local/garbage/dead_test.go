package garbage_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	subscriptions = "projects/" + world.Project + "/subscriptions/"
	topics        = "projects/" + world.Project + "/topics/"
	// fewAttempts is the least that Pub/Sub allows.
	fewAttempts = 5
)

// hasten gives a push subscription few attempts and hardly a wait between them.
func (r *rig) hasten(t *testing.T, subscription, deadTopic string) {
	t.Helper()
	_, err := r.Cloud.PubSub().UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{
			Name:             subscriptions + subscription,
			DeadLetterPolicy: &pb.DeadLetterPolicy{DeadLetterTopic: topics + deadTopic, MaxDeliveryAttempts: fewAttempts},
			RetryPolicy:      &pb.RetryPolicy{MinimumBackoff: durationpb.New(time.Millisecond), MaximumBackoff: durationpb.New(10 * time.Millisecond)},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"dead_letter_policy", "retry_policy"}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// kept takes one message off a dead-letter topic's subscription, as who looks after them would.
func (r *rig) kept(t *testing.T, subscription string) *pb.PubsubMessage {
	t.Helper()
	resp, err := r.Cloud.PubSub().Pull(t.Context(), &pb.PullRequest{Subscription: subscriptions + subscription, MaxMessages: 1})
	if err != nil || len(resp.GetReceivedMessages()) == 0 {
		t.Fatalf("nothing kept in %s: %v", subscription, err)
	}
	m := resp.GetReceivedMessages()[0]
	_, err = r.Cloud.PubSub().Acknowledge(t.Context(), &pb.AcknowledgeRequest{Subscription: subscriptions + subscription, AckIds: []string{m.GetAckId()}})
	if err != nil {
		t.Fatal(err)
	}
	return m.GetMessage()
}

// TestUndecodablePushIsKept: what nobody can read is kept as it came at its first delivery.
func TestUndecodablePushIsKept(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	r.hasten(t, "notify", world.OrderEvents+"-dead")
	r.hasten(t, "receive", world.ProviderEvents+"-dead")
	for _, c := range []struct {
		name, topic string
		data        []byte
		attributes  map[string]string
	}{
		{"order_events_text", world.OrderEvents, []byte(marker), nil},
		{"order_events_not_UTF8", world.OrderEvents, []byte("{\"customerName\":\"" + marker + "\xff\"}"), nil},
		{"order_events_cut", world.OrderEvents, fixture(t, "events/shipment-failed_delivery.json")[:900], nil},
		{"provider_events_text", world.ProviderEvents, []byte(marker), neem("status")},
		{"provider_events_no_app", world.ProviderEvents, []byte(`{"kind":"status","status":{"ids":["a"],"status":"sent"}}`), map[string]string{"kind": "status"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, logged := r.state(t), r.Logs.Len()
			_, err := r.Cloud.PubSub().Publish(t.Context(), &pb.PublishRequest{
				Topic: topics + c.topic, Messages: []*pb.PubsubMessage{{Data: c.data, Attributes: c.attributes}},
			})
			if err != nil {
				t.Fatal(err)
			}
			m := r.kept(t, c.topic+"-dead-kept")
			if !bytes.Equal(m.GetData(), c.data) {
				t.Errorf("kept data: got %q, want it as published", clip(m.GetData()))
			}
			if got := m.GetAttributes()["CloudPubSubDeadLetterSourceDeliveryCount"]; got != "1" {
				t.Errorf("deliveries: got %q, want 1", got)
			}
			after := r.state(t)
			if after.writes != before.writes || after.documents != before.documents {
				t.Error("an undecodable message was written")
			}
			r.silent(t, answer{}, logged)
			if lines := faulty(r.Logs.From(logged)); len(lines) > 0 {
				t.Errorf("failures of our own: %q", lines)
			}
		})
	}
}

// TestNotUnderstoodIsKept: a callback with the right token that is not the provider's format, JSON or not, is acknowledged,
// published as it came, and kept in the dead-letter topic, so that a fault of our parser loses nothing.
func TestNotUnderstoodIsKept(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	r.hasten(t, "receive", world.ProviderEvents+"-dead")
	var mu sync.Mutex
	var published []*pb.PubsubMessage
	r.Cloud.PubSub().OnPublish(func(topic string, m *pb.PubsubMessage) {
		mu.Lock()
		defer mu.Unlock()
		if topic == topics+world.ProviderEvents && m.GetAttributes()[provider.AttributeKind] != string(provider.KindShape) {
			published = append(published, m)
		}
	})
	bodies := map[string]string{
		"empty_object": `{}`, "empty_array": `[]`, "unknown_keys": `{"` + marker + `":1}`, "type_is_an_object": `{"type":{"a":"` + marker + `"}}`,
		"payload_alone": `{"payload":{"destination":"919000079999"}}`, "of_another_provider": `{"object":"page","entry":[{"id":"` + marker + `"}]}`,
		"huge_time": `{"timestamp":1e999}`, "twice": `{"version":2,"version":3}`,
	}
	for _, c := range bodyCases() {
		if c.unreadable() {
			bodies[c.name] = string(c.body)
		}
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			mu.Lock()
			published = nil
			mu.Unlock()
			before, logged := r.state(t), r.Logs.Len()
			a := r.send(t, request{method: http.MethodPost, path: r.webhook, body: []byte(body)})
			if a.status != http.StatusOK || len(a.body) > 0 {
				t.Fatalf("got %d %q, want 200 and nothing", a.status, a.body)
			}
			m := r.kept(t, world.ProviderEvents+"-dead-kept")
			if string(m.GetData()) != body {
				t.Errorf("kept: got %q, want %q", m.GetData(), body)
			}
			mu.Lock()
			if len(published) != 1 || string(published[0].GetData()) != body || published[0].GetAttributes()["kind"] != "raw" {
				t.Errorf("published: got %v, want the body once, as raw", published)
			}
			mu.Unlock()
			if after := r.state(t); after.documents != before.documents {
				t.Error("it was written")
			}
			r.silent(t, a, logged)
			if lines := faulty(r.Logs.From(logged)); len(lines) > 0 {
				t.Errorf("failures of our own: %q", lines)
			}
		})
	}
}

// TestOddCallbacks: callbacks that are the provider's format with values of absurd types and sizes are acknowledged, and
// what receive makes of them is never a failure of our own.
func TestOddCallbacks(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	r.hasten(t, "receive", world.ProviderEvents+"-dead")
	long, middling := string(bytes.Repeat([]byte("x"), 2<<20)), string(bytes.Repeat([]byte("9"), 2000))
	status := func(payload string) string {
		return `{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"message-event","payload":` + payload + `}`
	}
	reply := func(payload string) string {
		return `{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"message","payload":` + payload + `}`
	}
	for name, body := range map[string]string{
		"payload_null":          status(`null`),
		"payload_array":         status(`["` + marker + `"]`),
		"payload_text":          status(`"` + marker + `"`),
		"unknown_type":          `{"type":"` + marker + `","payload":{}}`,
		"unknown_status":        status(`{"id":"a","type":"` + marker + `"}`),
		"no_id":                 status(`{"type":"sent","destination":"919000079999"}`),
		"id_is_object":          status(`{"id":{"a":1},"gsId":[],"type":"sent"}`),
		"id_is_number":          status(`{"id":123456789012345678901234567890,"type":"sent"}`),
		"id_is_long":            status(`{"id":"` + long + `","type":"sent"}`),
		"id_is_middling":        status(`{"id":"` + middling + `","type":"sent"}`),
		"destination_is_long":   status(`{"id":"a","type":"sent","destination":"` + middling + `"}`),
		"time_overflows":        status(`{"id":"a","type":"sent","payload":{"ts":99999999999999999999999}}`),
		"time_is_negative":      status(`{"id":"a","type":"sent","payload":{"ts":-9223372036854775808}}`),
		"time_is_infinite":      status(`{"id":"a","type":"sent","payload":{"ts":1e999}}`),
		"code_is_long":          status(`{"id":"a","type":"failed","destination":"919000079999","payload":{"code":"` + middling + `","reason":"` + marker + `"}}`),
		"pricing_is_long":       status(`{"id":"a","type":"sent","pricing":{"category":"` + long + `"}}`),
		"reply_payload_null":    reply(`null`),
		"reply_without_id":      reply(`{"source":"919000079999","type":"text","payload":{"text":"` + marker + `"}}`),
		"reply_id_is_long":      reply(`{"id":"` + middling + `","source":"919000079999","type":"text","payload":{"text":"` + marker + `"}}`),
		"reply_text_is_long":    reply(`{"id":"b","source":"919000079999","type":"text","payload":{"text":"` + marker + long + `"}}`),
		"reply_content_is_long": reply(`{"id":"c","source":"919000079999","type":"contact","payload":{"a":"` + marker + long + `"}}`),
		"reply_of_no_phone":     reply(`{"id":"d","source":"` + marker + `","type":"text","payload":{"text":"STOP"}}`),
		"reply_name_is_object":  reply(`{"id":"e","source":"919000079999","sender":{"name":{"a":"` + marker + `"}},"type":"text","payload":{"text":"hello"}}`),
		"template_is_long":      `{"type":"template-event","payload":{"id":"` + long + `","type":"status-update","status":"paused"}}`,
		"template_of_nobody":    `{"type":"template-event","payload":{"id":"a","type":"status-update","status":"paused","description":"` + marker + `"}}`,
		"account_event":         `{"type":"account-event","payload":{"type":"status-event","status":"` + marker + `"}}`,
		"preference_of_nobody":  `{"type":"preference-event","payload":{"payload":{"user_preferences":[{"wa_id":"919000079999","value":"stop","category":"marketing_messages"}]}}}`,
		"version3_empty":        `{"object":"whatsapp_business_account","entry":[]}`,
		"version3_nulls":        `{"object":"whatsapp_business_account","entry":[null,{"changes":[null,{"value":null}]}]}`,
		"version3_statuses":     `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"` + middling + `","status":"sent"},{"id":1,"status":2}]}}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			logged := r.Logs.Len()
			a := r.send(t, request{method: http.MethodPost, path: r.webhook, body: []byte(body)})
			if a.status != http.StatusOK {
				t.Errorf("got %d, want 200; body %s", a.status, clip(a.body))
			}
			r.Rest()
			r.silent(t, a, logged)
			if lines := faulty(r.Logs.From(logged)); len(lines) > 0 {
				t.Errorf("failures of our own: %q", lines)
			}
		})
	}
}

// TestDeadLettersAreShownAndReplayed: the routes of the stage show what is kept, and publish it again to where it came from. What
// a parser reads by now is dealt with as of the time when it was received; what none reads comes back as it was.
func TestDeadLettersAreShownAndReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	list := func() (letters []struct {
		Topic      string            `json:"topic"`
		Attributes map[string]string `json:"attributes"`
		Data       json.RawMessage   `json:"data"`
	},
	) {
		t.Helper()
		status, answer := r.Do(http.MethodGet, "/local/dead-letters", nil)
		if status != http.StatusOK || json.Unmarshal([]byte(answer), &letters) != nil {
			t.Fatalf("got %d %s", status, answer)
		}
		return letters
	}
	replay := func(want string) {
		t.Helper()
		if status, answer := r.Do(http.MethodPost, "/local/dead-letters/replay", nil); status != http.StatusOK || strings.TrimSpace(answer) != want {
			t.Fatalf("replay: got %d %s, want %s", status, answer, want)
		}
		r.Rest()
	}
	publish := func(topic string, m *pb.PubsubMessage) {
		t.Helper()
		if _, err := r.Cloud.PubSub().Publish(t.Context(), &pb.PublishRequest{Topic: topics + topic, Messages: []*pb.PubsubMessage{m}}); err != nil {
			t.Fatal(err)
		}
		r.Rest()
	}

	publish(world.OrderEvents, &pb.PubsubMessage{Data: []byte("no event")})
	r.send(t, request{method: http.MethodPost, path: r.webhook, body: []byte(`{"type":"news-of-tomorrow","payload":{"from":"919000079999"}}`)})
	r.Rest()
	first := list()
	if len(first) != 2 || first[0].Topic != world.OrderEvents || string(first[0].Data) != `"no event"` ||
		first[1].Topic != world.ProviderEvents || string(first[1].Data) != `{"type":"news-of-tomorrow","payload":{"from":"919000079999"}}` {
		t.Fatalf("got %+v, want the event and the callback", first)
	}
	if again := list(); !cmp.Equal(first, again) {
		t.Errorf("looked at again: got %+v, want the same", again)
	}
	replay(`{"replayed":2}`)
	again := list()
	if len(again) != 2 || again[1].Attributes["received"] != first[1].Attributes["received"] {
		t.Errorf("replayed too early: got %+v, want both back, received when they were", again)
	}

	// This one was kept before the parser could read it.
	r.kept(t, world.OrderEvents+"-dead-kept")
	r.kept(t, world.ProviderEvents+"-dead-kept")
	attributes := neem("raw")
	attributes["received"] = "2026-01-02T03:04:05Z"
	body := `{"type":"message","timestamp":1780002000000,"payload":{"id":"wamid.KEPT","source":"919000000007","type":"text","payload":{"text":"hello"}}}`
	publish(world.ProviderEvents+"-dead", &pb.PubsubMessage{Data: []byte(body), Attributes: attributes})
	replay(`{"replayed":1}`)
	if left := list(); len(left) != 0 {
		t.Errorf("got %+v left, want none", left)
	}
	reply, err := r.Parts.Store.Reply(t.Context(), store.ReplyID("gupshup", attributes["app"], "wamid.KEPT"))
	if err != nil || reply.ReceivedAt.UTC().Format(time.RFC3339) != "2026-01-02T03:04:05Z" {
		t.Errorf("got a reply received at %s, %v, want it as of then", reply.ReceivedAt, err)
	}
}
