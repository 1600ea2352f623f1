package sweep_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// build returns the function on the rig's cloud, for its pushes only.
func build(t *testing.T, r *rig.Rig, change map[string]string) (http.Handler, error) {
	t.Helper()
	vars := world.Environment("http://localhost", world.Project)
	maps.Copy(vars, world.PushEnvironment(r.Cloud.KeysURL()))
	vars["WEBHOOK_URL"] = r.WebhookURL()
	maps.Copy(vars, change)
	return sweep.New(t.Context(), testkit.Function(t, r.Cloud, r.Clock, r.Logs, vars))
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	h, err := build(t, r, nil)
	r.Must(err)
	token := r.Cloud.Tokens().Token(world.PushAccount, world.PushAudience)
	for _, tc := range []struct {
		name, method, token, body string
		want                      int
	}{
		{"scheduler", http.MethodPost, token, "", http.StatusNoContent},
		{"body_does_not_matter", http.MethodPost, token, "\xff{", http.StatusNoContent},
		{"method", http.MethodGet, token, "", http.StatusMethodNotAllowed},
		{"no_token", http.MethodPost, "", "", http.StatusUnauthorized},
		{"wrong_token", http.MethodPost, "guess", "", http.StatusUnauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequestWithContext(t.Context(), tc.method, "/", bytes.NewReader([]byte(tc.body)))
			if tc.token != "" {
				req.Header.Set("Authorization", "Bearer "+tc.token)
			}
			if got := testkit.Serve(h, req); got.Status != tc.want || tc.want == http.StatusNoContent && got.Body != "" {
				t.Errorf("got %d %s, want %d", got.Status, got.Body, tc.want)
			}
		})
	}
}

// TestWhatWaits publishes again an event whose message waits, once it is due, and sends a heartbeat with each sweep.
func TestWhatWaits(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
	r.Hand(r.Hooks, r.First())
	if !strings.Contains(r.Logs.String(), `"result":"waiting"`) {
		t.Fatalf("the message does not wait: %s", r.Logs)
	}

	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent || r.QueuedAt(world.OrderEvents) != 0 {
		t.Errorf("before it is due: got %d and %d events, want 204 and none", code, r.QueuedAt(world.OrderEvents))
	}
	r.Clock.Advance(15 * time.Minute)
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent || r.QueuedAt(world.OrderEvents) != 1 {
		t.Errorf("once it is due: got %d and %d events, want 204 and one", code, r.QueuedAt(world.OrderEvents))
	}

	if got := len(r.Published(world.ProviderEvents)); got != 2 {
		t.Errorf("got %d heartbeats, want one a sweep", got)
	}
	if !strings.Contains(r.Logs.String(), `"republished":1`) {
		t.Errorf("got log %s, want the count", r.Logs)
	}
}

// TestBackendDown has each backend fail: the sweep says so and does what it can, and the next one does what is left.
func TestBackendDown(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		rule cloud.Rule
		// brought is how many events it brings back meanwhile.
		brought int
	}{
		{"nothing_read", cloud.Rule{Method: "RunQuery", Mode: cloud.FailBefore}, 0},
		{"heartbeat_not_read", cloud.Rule{Method: "BatchGetDocuments", Mode: cloud.FailBefore}, 1},
		{"nothing_published", cloud.Rule{Method: "Publisher/Publish", Mode: cloud.FailBefore}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
			r.Hand(r.Hooks, r.First())
			r.Clock.Advance(15 * time.Minute)
			tc.rule.Code = codes.PermissionDenied
			id, err := r.Cloud.Rules().Add(tc.rule)
			r.Must(err)

			if code := r.CallSweep(r.Hooks); code < http.StatusInternalServerError {
				t.Errorf("got %d, want a 5xx", code)
			}
			if got := len(r.Take(world.OrderEvents)); got != tc.brought {
				t.Errorf("got %d events, want %d", got, tc.brought)
			}

			r.Cloud.Rules().Remove(id)
			r.Clock.Advance(time.Minute) // an event that may have been published is waited for
			if code := r.CallSweep(r.Hooks); code != http.StatusNoContent || r.QueuedAt(world.OrderEvents) != 1 {
				t.Errorf("again: got %d and %d events, want 204 and one", code, r.QueuedAt(world.OrderEvents))
			}
		})
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	_, err := build(t, r, map[string]string{"GOOGLE_CLOUD_PROJECT": ""})
	if err == nil || err.Error() != "GOOGLE_CLOUD_PROJECT is required" {
		t.Errorf("got %v, want the variable named", err)
	}
}
