package notify_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// build returns the function on the rig's cloud, for its pushes only.
func build(t *testing.T, r *rig.Rig, change map[string]string) (http.Handler, error) {
	t.Helper()
	vars := world.Environment("http://localhost", world.Project)
	maps.Copy(vars, world.PushEnvironment(r.Cloud.KeysURL()))
	maps.Copy(vars, change)
	return notify.New(t.Context(), testkit.Function(t, r.Cloud, r.Clock, r.Logs, vars))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	h, err := build(t, r, nil)
	r.Must(err)
	token := r.Cloud.Tokens().Token(world.PushAccount, world.PushAudience)
	pushOf := func(data string) []byte {
		return rig.PushBody(&pb.PubsubMessage{Data: []byte(data), MessageId: "7"}, 1)
	}
	for _, tc := range []struct {
		name, method, token string
		body                []byte
		want                int
	}{
		{"method", http.MethodGet, token, pushOf(`{}`), http.StatusMethodNotAllowed},
		{"no_token", http.MethodPost, "", pushOf(`{}`), http.StatusUnauthorized},
		{"wrong_token", http.MethodPost, "guess", pushOf(`{}`), http.StatusUnauthorized},
		{"too_large", http.MethodPost, token, bytes.Repeat([]byte(" "), queue.MaxPushBody+1), http.StatusRequestEntityTooLarge},
		{"envelope_not_utf8", http.MethodPost, token, []byte("{\"message\":\"\xff\"}"), http.StatusBadRequest},
		{"undecodable_envelope", http.MethodPost, token, []byte(`{"message":{"data":"%"}}`), http.StatusBadRequest},
		{"newer_event", http.MethodPost, token, pushOf(`{"schema":2,"resource":"shipment"}`), http.StatusServiceUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequestWithContext(t.Context(), tc.method, "/", bytes.NewReader(tc.body))
			if tc.token != "" {
				req.Header.Set("Authorization", "Bearer "+tc.token)
			}
			if got := testkit.Serve(h, req); got.Status != tc.want {
				t.Errorf("got %d %s, want %d", got.Status, got.Body, tc.want)
			}
		})
	}
}

// TestKeepsWhatCannotBeRead has what is no platform event published to the dead-letter topic at once, and acknowledged. No
// shopper's message can lie in it, so that it is no alert.
func TestKeepsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{"not_utf8": "\xff", "no_event": `[1]`, "no_JSON": `{"order_id":"9000079999`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			m := &pb.PubsubMessage{
				Data:        []byte(data),
				MessageId:   "7",
				PublishTime: timestamppb.New(r.Clock.Now()),
				Attributes:  map[string]string{"resource": "shipment"},
			}
			if code := r.Push(r.Hooks.Notify, m, 1); code != http.StatusNoContent {
				t.Fatalf("got %d, want 204: %s", code, r.Logs)
			}

			kept := r.Published(world.OrderEvents + "-dead")
			if len(kept) != 1 || string(kept[0].GetData()) != data {
				t.Fatalf("got %v, want the message as it came", kept)
			}
			want := map[string]string{
				"resource": "shipment", "source": world.OrderEvents, "received": "2024-02-13T10:00:00Z",
				"CloudPubSubDeadLetterSourceDeliveryCount":       "1",
				"CloudPubSubDeadLetterSourceSubscription":        "rig",
				"CloudPubSubDeadLetterSourceSubscriptionProject": world.Project,
				"CloudPubSubDeadLetterSourceTopicPublishTime":    "2024-02-13T10:00:00Z",
			}
			if diff := cmp.Diff(want, kept[0].GetAttributes()); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			log := r.Logs.String()
			if !strings.Contains(log, `"msg":"a message cannot be read"`) || strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, "9000079999") {
				t.Errorf("got log %s, want one warning without a value", log)
			}
		})
	}
}

// TestNewerEvent is left for a newer build, by its attribute or by its own word.
func TestNewerEvent(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	q := r.Event("shipment-failed_delivery")
	q.Message.Attributes = map[string]string{"schema": "2"}
	if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusServiceUnavailable {
		t.Errorf("newer: got %d, want 503", code)
	}
	if got := len(r.Messages()) + len(r.Published(world.OrderEvents+"-dead")); got != 0 {
		t.Errorf("newer: got %d messages and dead letters, want none", got)
	}

	q.Message.Attributes["schema"] = "1"
	if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent || len(r.Messages()) != 1 {
		t.Errorf("of this build: got %d and %d messages, want 204 and one", code, len(r.Messages()))
	}
}

// TestKeepingFails has the dead-letter topic fail: the message is delivered again, and kept then.
func TestKeepingFails(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	rule, err := r.Cloud.Rules().Add(cloud.Rule{Method: "Publisher/Publish", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	r.Must(err)
	m := &pb.PubsubMessage{Data: []byte("x"), MessageId: "7"}
	if code := r.Push(r.Hooks.Notify, m, 1); code < http.StatusInternalServerError {
		t.Errorf("got %d, want a 5xx", code)
	}

	r.Cloud.Rules().Remove(rule)
	if code := r.Push(r.Hooks.Notify, m, 2); code != http.StatusNoContent || len(r.Published(world.OrderEvents+"-dead")) != 1 {
		t.Errorf("again: got %d, want 204 and the message kept", code)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, event string
		change      func(*account.Account)
		result      string
		statuses    []message.Status
	}{
		{"sent", "shipment-failed_delivery", nil, "accepted", []message.Status{message.StatusAccepted}},
		{"unknown_account", "shipment-unknown-account", nil, "unknown_account", nil},
		{"unknown_event", "channel_inventory", nil, "unknown_event", nil},
		{"event_off", "shipment-failed_delivery", func(a *account.Account) {
			rig.SetEvent(a, func(e *account.Event) { e.Enabled = false })
		}, "event_off", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			if tc.change != nil {
				r.ChangeAccount(tc.change)
			}

			if code := r.Push(r.Hooks.Notify, r.Event(tc.event).Message, 1); code != http.StatusNoContent {
				t.Errorf("got %d, want 204", code)
			}

			if want := `"result":"` + tc.result + `"`; !strings.Contains(r.Logs.String(), want) {
				t.Errorf("got log %s, want %s", r.Logs, want)
			}
			if strings.Contains(r.Logs.String(), rig.Shopper) {
				t.Errorf("the log shows the shopper's number: %s", r.Logs)
			}
			if diff := cmp.Diff(tc.statuses, statuses(r)); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	event := r.First()
	for attempt := range 3 {
		if code := r.Push(r.Hooks.Notify, event.Message, attempt+1); code != http.StatusNoContent {
			t.Errorf("delivery %d: got %d, want 204", attempt+1, code)
		}
	}

	if got := strings.Count(r.Logs.String(), `"result":"duplicate"`); got != 2 {
		t.Errorf("got %d duplicates in the log, want 2", got)
	}
	r.CheckOne(t, message.StatusAccepted)
}

// TestBackendDown has each backend fail once per call: the push is delivered again, and the message goes out once.
func TestBackendDown(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		rule cloud.Rule
	}{
		{"facts_not_read", cloud.Rule{Method: "BatchGetDocuments", Mode: cloud.FailBefore}},
		{"claim_not_written", cloud.Rule{Method: "Commit", Mode: cloud.FailBefore}},
		{"keys_not_read", cloud.Rule{Method: "AccessSecretVersion", Mode: cloud.FailBefore}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			event := r.First()
			tc.rule.Code = codes.PermissionDenied
			id, err := r.Cloud.Rules().Add(tc.rule)
			r.Must(err)

			if code := r.Push(r.Hooks.Notify, event.Message, 1); code < http.StatusInternalServerError {
				t.Errorf("got %d, want a 5xx", code)
			}

			r.Cloud.Rules().Remove(id)
			if code := r.Push(r.NewWorker(rig.Options{}).Notify, event.Message, 2); code != http.StatusNoContent {
				t.Errorf("again: got %d, want 204, log:\n%s", code, r.Logs)
			}
			r.CheckOne(t, message.StatusAccepted)
		})
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	_, err := build(t, r, map[string]string{"PLATFORM_BASE_URL": ""})
	if err == nil || err.Error() != "PLATFORM_BASE_URL is required" {
		t.Errorf("got %v, want the variable named", err)
	}
}

func statuses(r *rig.Rig) []message.Status {
	var all []message.Status
	for _, m := range r.Messages() {
		all = append(all, m.Status())
	}
	return all
}
