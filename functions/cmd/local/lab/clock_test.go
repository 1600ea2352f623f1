package lab_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// TestClockIsMovedAhead moves a run's clock by its route, and asks what time it is.
func TestClockIsMovedAhead(t *testing.T) {
	t.Parallel()
	w, err := world.Start(t.Context(), world.Options{Clock: clock.NewForward(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })

	shown := func(answer string) (ahead string) {
		t.Helper()
		var state struct {
			Now   time.Time `json:"now"`
			Ahead string    `json:"ahead"`
		}
		if err := json.Unmarshal([]byte(answer), &state); err != nil {
			t.Fatal(err)
		}
		if off := w.Clock.Now().Sub(state.Now); off < 0 || off > 10*time.Minute {
			t.Errorf("got %s, which is not the world's time", answer)
		}
		return state.Ahead
	}

	for _, tc := range []struct {
		method, body string
		status       int
		want         string
	}{
		{http.MethodGet, "", http.StatusOK, "1h0m0s"},
		{http.MethodPost, `{"forward":"15m"}`, http.StatusOK, "1h15m0s"},
		{http.MethodPost, `{"forward":"0s"}`, http.StatusOK, "1h15m0s"},
		{http.MethodPost, `{"forward":"-1s"}`, http.StatusBadRequest, "must be from 0s to 720h0m0s"},
		{http.MethodPost, `{"forward":"721h"}`, http.StatusBadRequest, "must be from 0s to 720h0m0s"},
		{http.MethodPost, `{"forward":"a while"}`, http.StatusBadRequest, "must be a duration such as 15m or 24h"},
		{http.MethodPost, `{}`, http.StatusBadRequest, "must be a duration such as 15m or 24h"},
		{http.MethodPost, `{"back":"15m"}`, http.StatusBadRequest, "the keys are forward"},
		{http.MethodDelete, "", http.StatusMethodNotAllowed, ""},
	} {
		status, answer := answerOf(t, w, tc.method, "/local/clock", "", tc.body)
		switch {
		case status != tc.status:
			t.Errorf("%s %s: got %d %s, want %d", tc.method, tc.body, status, answer, tc.status)
		case status == http.StatusOK:
			if got := shown(answer); got != tc.want {
				t.Errorf("%s %s: ahead by %s, want %s", tc.method, tc.body, got, tc.want)
			}
		case !strings.Contains(answer, tc.want):
			t.Errorf("%s %s: got %s, want %q in it", tc.method, tc.body, answer, tc.want)
		}
	}
	if got, want := w.Ahead(), 75*time.Minute; got != want {
		t.Errorf("ahead by %v, want %v", got, want)
	}
}
