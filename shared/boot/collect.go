package boot

import (
	"context"
	"log/slog"
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// ofMemory is the part of the container's memory near which Go's runtime collects garbage more and more often: the rest is for what the runtime
	// does not count, and for a peak.
	ofMemory = 0.8
	// withLimit and withoutLimit are how much the heap grows between collections, in percent of what is alive, with such a limit and without.
	withLimit, withoutLimit = 400, 150
)

// collect sets how garbage is collected, once in a process: rarely, and more often as the memory runs out that the container has. What a deployment
// sets is kept. It returns what is in force, and logs it; the limit is in bytes, [math.MaxInt64] without one.
func collect(ctx context.Context, set Config, memory memlimit.Provider, logger *slog.Logger) (limit int64, percent int) {
	if set.MemoryLimit == "" {
		if bytes, err := memlimit.ApplyRatio(memory, ofMemory)(); err == nil && bytes < math.MaxInt64 {
			debug.SetMemoryLimit(int64(bytes))
		}
	}

	limit, percent = debug.SetMemoryLimit(-1), withLimit
	if limit == math.MaxInt64 {
		percent = withoutLimit
	}

	before := debug.SetGCPercent(percent)
	if set.GC != "" {
		debug.SetGCPercent(before)
		percent = before
	}

	logger.InfoContext(ctx, "garbage is collected", "limit_bytes", limit, "percent", percent)

	return limit, percent
}
