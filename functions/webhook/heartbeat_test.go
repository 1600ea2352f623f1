package webhook_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// A heartbeat that sweep sealed is published with its time; anything else at its path is refused.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	const key = "reference-key-of-tests"
	w := newWorld(t)
	w.must(w.cloud.Secrets().Put(t.Context(), testkit.Project, "reference-key", key))
	sealer, err := message.NewSealer([]byte(key))
	w.must(err)
	sent := start.Add(-1).UnixMilli()

	for _, tc := range []struct {
		name, method, body string
		want               int
	}{
		{"sealed", http.MethodPost, sealer.SealBeat(sent), http.StatusOK},
		{"reference of a message", http.MethodPost, sealer.Seal("", message.Ref{MessageID: "1795150212000", Attempt: 1}), http.StatusUnauthorized},
		{"guessed", http.MethodPost, "1795150212000.1.0000000000000000", http.StatusUnauthorized},
		{"nothing", http.MethodPost, "", http.StatusUnauthorized},
		{"too long", http.MethodPost, strings.Repeat("1", 200), http.StatusRequestEntityTooLarge},
		{"get", http.MethodGet, "", http.StatusNotFound},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tc.method, provider.HeartbeatPath, strings.NewReader(tc.body))
		if got := testkit.Serve(w.handler, r); got.Status != tc.want {
			t.Errorf("%s: got %d %s, want %d", tc.name, got.Status, got.Body, tc.want)
		}
	}

	if diff := cmp.Diff([]string{string(provider.KindHeartbeat)}, w.kinds()); diff != "" {
		t.Fatalf("published (-want +got):\n%s", diff)
	}
	var e provider.Event
	w.must(json.Unmarshal(w.published[0].GetData(), &e))
	if e.At != sent || e.ReceivedAt != start.UnixMilli() {
		t.Errorf("got sent at %d, received at %d, want %d and %d", e.At, e.ReceivedAt, sent, start.UnixMilli())
	}
}
