package lab_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// TestOpsIsToldTheRunsTime has the line for ops say how far the run's time was moved ahead.
func TestOpsIsToldTheRunsTime(t *testing.T) {
	t.Parallel()
	for want, ahead := range map[string]time.Duration{"": 0, "LOCAL_AHEAD=26h0m0s": 26 * time.Hour} {
		w, err := world.Start(t.Context(), world.Options{Clock: clock.NewForward(ahead)})
		if err != nil {
			t.Fatal(err)
		}
		_, line := answerOf(t, w, http.MethodGet, "/local/environment", "", "")
		if !strings.Contains(line, want) || want == "" && strings.Contains(line, "LOCAL_AHEAD") {
			t.Errorf("%s ahead: got %s", ahead, line)
		}
		if err = w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
}
