package chaos_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

func TestTally(t *testing.T) {
	t.Parallel()
	var tally chaos.Tally
	start := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for i, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Millisecond, 2}, {999 * time.Millisecond, 3}, {time.Second, 1}, {time.Second, 2}, {3 * time.Second, 1}} {
		if got := tally.Add(start.Add(step.after)); got != step.want {
			t.Errorf("request %d: got %d, want %d", i, got, step.want)
		}
	}
}
