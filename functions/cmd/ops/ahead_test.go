package main

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// TestOpsGoesByALocalRunsTime is ahead of the machine's clock beside a local run that was moved, and nowhere else.
func TestOpsGoesByALocalRunsTime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, ahead, emulator string
		want                  time.Duration
		wrong                 bool
	}{
		{"deployed", "", "", 0, false},
		{"local", "", "127.0.0.1:8612", 0, false},
		{"moved", "26h", "127.0.0.1:8612", 26 * time.Hour, false},
		{"moved_and_deployed", "26h", "", 0, true},
		{"moved_back", "-1h", "127.0.0.1:8612", 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "local", "PUBSUB_EMULATOR_HOST": tc.emulator}
			if tc.ahead != "" {
				vars["LOCAL_AHEAD"] = tc.ahead
			}
			var env environment
			if err := config.Load(t.Context(), config.Map(vars), &env); (err != nil) != tc.wrong {
				t.Fatalf("got %v", err)
			}
			if tc.wrong {
				return
			}
			if off := time.Until(env.clock().Now()) - tc.want; off.Abs() > time.Hour {
				t.Errorf("the clock is %s off", off)
			}
		})
	}
}
