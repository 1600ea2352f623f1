package boot

import (
	"errors"
	"log/slog"
	"math"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// TestCollect sets what the whole process has, and so runs alone.
func TestCollect(t *testing.T) {
	const usual = 100
	failing := func() (uint64, error) { return 0, errors.New("no such file") }
	none := func() (uint64, error) { return 0, memlimit.ErrNoLimit }

	for _, tc := range []struct {
		name    string
		set     Config
		memory  memlimit.Provider
		limit   int64
		percent int
	}{
		{name: "half_a_gibibyte", memory: memlimit.Limit(512 << 20), limit: 429496729, percent: 400},
		{name: "no_limit", memory: none, limit: math.MaxInt64, percent: 150},
		{name: "unknown", memory: failing, limit: math.MaxInt64, percent: 150},
		{name: "percentage_set", set: Config{GC: "77"}, memory: memlimit.Limit(512 << 20), limit: 429496729, percent: usual},
		{name: "limit_set", set: Config{MemoryLimit: "1GiB"}, memory: memlimit.Limit(512 << 20), limit: 1 << 30, percent: 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := int64(math.MaxInt64)
			if tc.set.MemoryLimit != "" {
				start = 1 << 30 // as the runtime reads it before anything else runs
			}
			limitBefore, percentBefore := debug.SetMemoryLimit(start), debug.SetGCPercent(usual)
			t.Cleanup(func() {
				debug.SetMemoryLimit(limitBefore)
				debug.SetGCPercent(percentBefore)
			})

			collect(t.Context(), tc.set, tc.memory, slog.New(slog.DiscardHandler))

			if limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(usual); limit != tc.limit || percent != tc.percent {
				t.Errorf("in force are %d bytes and %d %%, want %d and %d", limit, percent, tc.limit, tc.percent)
			}
		})
	}
}
