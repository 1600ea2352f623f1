package boot_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

// done is an outcome of a function's own type.
type done string

func (d done) LogValue() slog.Value { return slog.GroupValue(slog.String("result", string(d))) }

// endpoint is a push endpoint on a manual clock, which takes the signer's pushes, and its log.
func endpoint(t *testing.T) (e boot.Endpoint, s *idtoken.Signer, logs *testkit.Log) {
	t.Helper()
	clk := clock.NewManual(start)
	s, logs = idtoken.New(clk, idtoken.Shared), &testkit.Log{}
	keys := httptest.NewServer(s)
	t.Cleanup(keys.Close)
	logger := logging.New(logs, logging.Options{})
	return boot.Endpoint{
		PushConfig: boot.PushConfig{AckDeadline: time.Minute},
		Verify: auth.Pushes(t.Context(), auth.PushConfig{
			Audience: audience, ServiceAccount: account, KeysURL: keys.URL, Issuer: idtoken.Issuer,
		}, clk, logger),
		Route:  "sample",
		Logger: logger,
		Clock:  clk,
	}, s, logs
}

// Whose pushes an endpoint of these tests takes.
const (
	account  = "push@demo.test"
	audience = "https://sample.example.com"
)

func pushOf(data string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(data)) + `","messageId":"77","attributes":{"kind":"status"}}}`
}

func TestConsume(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method, body string
		err                error
		want               int
		log                string
	}{
		{"done", http.MethodPost, pushOf(`{"a":1}`), nil, http.StatusNoContent, `"outcome":{"result":"sent"}`},
		{"method", http.MethodGet, pushOf(`{}`), nil, http.StatusMethodNotAllowed, `"kind":"method_not_allowed"`},
		{"envelope_not_utf8", http.MethodPost, "{\"message\":\"\xff\"}", nil, http.StatusBadRequest, `"kind":"invalid"`},
		{"undecodable_envelope", http.MethodPost, `{"message":{"data":"%"}}`, nil, http.StatusBadRequest, `message.data`},
		{"too_large", http.MethodPost, strings.Repeat(" ", queue.MaxPushBody+1), nil, http.StatusRequestEntityTooLarge, `"kind":"too_large"`},
		{"work_that_fails", http.MethodPost, pushOf(`{}`), fault.New(fault.Unavailable, "sample.work", ""), http.StatusServiceUnavailable, `"kind":"unavailable"`},
		{"work_that_refuses", http.MethodPost, pushOf(`{}`), fault.Field("message.data", "is no event"), http.StatusBadRequest, `is no event`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, signer, logs := endpoint(t)
			h := e.Consume(func(context.Context, queue.Push) (slog.LogValuer, error) { return done("sent"), tc.err })
			r := request(t, tc.method, tc.body)
			r.Header.Set("Authorization", "Bearer "+signer.Token(account, audience))

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

// TestConsumeRefusesStrangers holds that a push of anybody else is not worked on and not even read, that its answer is the
// same whatever is wrong, and that the log line has a word for it.
func TestConsumeRefusesStrangers(t *testing.T) {
	t.Parallel()
	e, signer, logs := endpoint(t)
	h := e.Consume(func(context.Context, queue.Push) (slog.LogValuer, error) {
		t.Error("a stranger's push was worked on")
		return done("sent"), nil
	})
	refused := func(name, reason string, r *http.Request) {
		r.Body = io.NopCloser(unreadable{t})
		logged := logs.Len()
		got := testkit.Serve(h, r)
		if got.Status != http.StatusUnauthorized || got.Header.Get("Www-Authenticate") != "Bearer" ||
			got.Body != `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"missing or wrong credentials"}` {
			t.Errorf("%s: got %d %s %v", name, got.Status, got.Body, got.Header)
		}
		line := logs.From(logged)
		if !strings.Contains(line, `"kind":"unauthenticated","error":"auth.check: `+reason+`"`) || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: got log %s, want one line with %s", name, line, reason)
		}
		if strings.Contains(line, "eyJ") || strings.Contains(line, "local.test") || strings.Contains(line, account) {
			t.Errorf("%s: the log holds the token or its e-mail: %s", name, line)
		}
	}

	refused("no_token", "no_token", request(t, http.MethodPost, ""))
	inURL := request(t, http.MethodPost, "")
	inURL.URL.RawQuery = "access_token=" + signer.Token(account, audience)
	refused("token_in_the_url", "no_token", inURL)
	for _, f := range forge.Tokens(t, signer, account, audience, start) {
		r := request(t, http.MethodPost, "")
		r.Header.Set("Authorization", "Bearer "+f.Value)
		refused(f.Name, f.Reason, r)
	}
}

// unreadable is a body that nobody may read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body of a stranger's push was read")
	return 0, io.EOF
}

// TestEndpointWithoutACheck holds that an endpoint which was built without a check takes nothing.
func TestEndpointWithoutACheck(t *testing.T) {
	t.Parallel()
	e, _, _ := endpoint(t)
	e.Verify = nil
	h := e.Consume(func(context.Context, queue.Push) (slog.LogValuer, error) {
		t.Error("the push was worked on")
		return done("sent"), nil
	})
	if got := testkit.Serve(h, request(t, http.MethodPost, pushOf(`{}`))); got.Status != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", got.Status)
	}
}

func TestConsumeHandsOnThePush(t *testing.T) {
	t.Parallel()
	e, _, logs := endpoint(t)
	e.Verify = func(*http.Request) error { return nil }
	var got queue.Push
	var deadline time.Time
	h := e.Consume(func(ctx context.Context, p queue.Push) (slog.LogValuer, error) {
		got = p
		deadline, _ = ctx.Deadline()
		return done("sent"), nil
	})

	if answer := testkit.Serve(h, request(t, http.MethodPost, pushOf(`{"a":1}`))); answer.Status != http.StatusNoContent {
		t.Fatalf("got %d %s, want 204", answer.Status, answer.Body)
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

// TestConsumeKeepsWhatCannotBeRead has a message that no parser reads be kept and acknowledged; when it cannot be kept, it is
// delivered again.
func TestConsumeKeepsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	const dead = "projects/" + testkit.Project + "/topics/sample-dead"
	for _, tc := range []struct {
		name, topic string
		want        int
		log         string
	}{
		{"kept", dead, http.StatusNoContent, `"outcome":{"result":"unreadable"}`},
		{"no_topic", "projects/" + testkit.Project + "/topics/another", http.StatusInternalServerError, `"kind":"internal"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, signer, logs := endpoint(t)
			local := testkit.Cloud(t, e.Clock)
			if err := local.EnsureTopics(t.Context(), tc.topic); err != nil {
				t.Fatal(err)
			}
			var published []*pb.PubsubMessage
			local.PubSub().OnPublish(func(_ string, m *pb.PubsubMessage) { published = append(published, m) })
			f := testkit.Function(t, local, e.Clock, logs, nil)
			client := queue.NewClient(testkit.Project, f.ClientOptions...)
			t.Cleanup(func() { _ = client.Close() })
			e.Dead = queue.DeadLetters{Publisher: client.Publisher("sample-dead", queue.Options{}), Source: "sample", Logger: e.Logger}
			h := e.Consume(func(context.Context, queue.Push) (slog.LogValuer, error) {
				return done("unreadable"), &queue.UnreadableError{Err: fault.Field("message.data", "is no event")}
			})

			r := request(t, http.MethodPost, pushOf("\xff"))
			r.Header.Set("Authorization", "Bearer "+signer.Token(account, audience))
			got := testkit.Serve(h, r)

			if got.Status != tc.want || !strings.Contains(logs.String(), tc.log) {
				t.Errorf("got %d %s and log %s, want %d and %s", got.Status, got.Body, logs, tc.want, tc.log)
			}
			if kept := tc.want == http.StatusNoContent; kept != (len(published) == 1 && string(published[0].GetData()) == "\xff") {
				t.Errorf("got %v published, want it kept: %t", published, kept)
			}
		})
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
