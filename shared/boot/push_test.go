package boot_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// done is an outcome of a function's own type.
type done string

func (d done) LogValue() slog.Value { return slog.GroupValue(slog.String("result", string(d))) }

// endpoint is a push endpoint on a manual clock, and its log.
func endpoint(token string) (boot.Endpoint, *testkit.Log) {
	logs := &testkit.Log{}
	return boot.Endpoint{
		PushConfig: boot.PushConfig{Token: config.NewSecret(token), AckDeadline: time.Minute},
		Route:      "sample",
		Logger:     logging.New(logs, logging.Options{}),
		Clock:      clock.NewManual(start),
	}, logs
}

func pushOf(data string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(data)) + `","messageId":"77","attributes":{"kind":"status"}}}`
}

func TestConsume(t *testing.T) {
	t.Parallel()
	const token = "push-token-of-tests"
	for _, tc := range []struct {
		name, method, token, body string
		err                       error
		want                      int
		log                       string
	}{
		{"done", http.MethodPost, token, pushOf(`{"a":1}`), nil, http.StatusNoContent, `"outcome":{"result":"sent"}`},
		{"method", http.MethodGet, token, pushOf(`{}`), nil, http.StatusMethodNotAllowed, `"kind":"method_not_allowed"`},
		{"no_token", http.MethodPost, "", pushOf(`{}`), nil, http.StatusUnauthorized, `"kind":"unauthenticated"`},
		{"wrong_token", http.MethodPost, "guess", pushOf(`{}`), nil, http.StatusUnauthorized, `"kind":"unauthenticated"`},
		{"envelope_not_utf8", http.MethodPost, token, "{\"message\":\"\xff\"}", nil, http.StatusBadRequest, `"kind":"invalid"`},
		{"undecodable_envelope", http.MethodPost, token, `{"message":{"data":"%"}}`, nil, http.StatusBadRequest, `message.data`},
		{"data_not_utf8", http.MethodPost, token, pushOf("\xff"), nil, http.StatusBadRequest, `message.data`},
		{"too_large", http.MethodPost, token, strings.Repeat(" ", queue.MaxPushBody+1), nil, http.StatusRequestEntityTooLarge, `"kind":"too_large"`},
		{"work_that_fails", http.MethodPost, token, pushOf(`{}`), fault.New(fault.Unavailable, "sample.work", ""), http.StatusServiceUnavailable, `"kind":"unavailable"`},
		{"work_that_refuses", http.MethodPost, token, pushOf(`{}`), fault.Field("message.data", "is no event"), http.StatusBadRequest, `is no event`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, logs := endpoint(token)
			h := e.Consume(func(context.Context, queue.Push) (slog.LogValuer, error) { return done("sent"), tc.err })
			r := request(t, tc.method, tc.body)
			if tc.token != "" {
				r.Header.Set("X-Push-Token", tc.token)
			}

			got := testkit.Serve(h, r)

			if got.Status != tc.want {
				t.Errorf("got %d %s, want %d", got.Status, got.Body, tc.want)
			}
			line := logs.String()
			if !strings.Contains(line, tc.log) || !strings.Contains(line, `"route":"sample"`) || strings.Count(line, "\n") != 1 {
				t.Errorf("got log %s, want one line with %s", line, tc.log)
			}
		})
	}
}

func TestConsumeHandsOnThePush(t *testing.T) {
	t.Parallel()
	e, logs := endpoint("")
	var got queue.Push
	var deadline time.Time
	h := e.Consume(func(ctx context.Context, p queue.Push) (slog.LogValuer, error) {
		got = p
		deadline, _ = ctx.Deadline()
		return done("sent"), nil
	})

	if answer := testkit.Serve(h, request(t, http.MethodPost, pushOf(`{"a":1}`))); answer.Status != http.StatusNoContent {
		t.Fatalf("got %d %s, want 204: without a token of ours none is asked for", answer.Status, answer.Body)
	}

	want := queue.Push{Data: []byte(`{"a":1}`), Attributes: map[string]string{"kind": "status"}, ID: "77"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("push (-want +got):\n%s", diff)
	}
	if left := time.Until(deadline); left <= 0 || left > time.Minute {
		t.Errorf("got %v left for the work, want at most the acknowledgement deadline", left)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(logs.String()), &line); err != nil || line["message"] != "handled" || line["pubsub_id"] != "77" {
		t.Errorf("got line %v, %v, want handled with the message's id", line, err)
	}
}

func TestPushConfigValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		deadline time.Duration
		want     string
	}{
		"default":  {time.Minute, ""},
		"longest":  {10 * time.Minute, ""},
		"too_long": {10*time.Minute + 1, "ACK_DEADLINE is more than 600s, which Pub/Sub refuses"},
		"none":     {0, "ACK_DEADLINE must be more than zero"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := boot.PushConfig{AckDeadline: tc.deadline}.Validate()
			if got := text(err); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
