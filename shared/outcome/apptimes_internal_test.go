package outcome

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestAppTimesAreWrittenInTime holds how often an app's times are written, and that those of an app of which nothing further is
// learned are written with another's.
func TestAppTimesAreWrittenInTime(t *testing.T) {
	t.Parallel()

	const busy, quiet = "busy", "quiet"

	times := &appTimes{apps: map[string]*pendingTimes{}}
	start := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		at    time.Duration
		app   string
		write []string
	}{
		{0, quiet, []string{quiet}},
		{time.Second, quiet, nil},
		{2 * time.Second, busy, []string{busy}},
		{3 * time.Second, busy, nil},
		{30 * time.Second, busy, []string{quiet}},
		{32 * time.Second, busy, []string{busy}},
		{33 * time.Second, busy, nil},
	} {
		now := start.Add(step.at)
		got := times.add(step.app, store.AppTimes{Taken: now}, now)
		if ids := slices.Sorted(maps.Keys(got)); !slices.Equal(ids, step.write) {
			t.Errorf("at %v: wrote %v, want %v", step.at, ids, step.write)
		}
	}
}
