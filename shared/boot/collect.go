package boot

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"runtime/debug"
	"strconv"

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
// sets is kept. It logs what is in force; the limit is in bytes, [math.MaxInt64] without one.
func collect(ctx context.Context, set Config, memory memlimit.Provider, logger *slog.Logger) {
	if set.MemoryLimit == "" {
		if bytes, err := memlimit.ApplyRatio(memory, ofMemory)(); err == nil && bytes < math.MaxInt64 {
			debug.SetMemoryLimit(int64(bytes))
		}
	}

	limit, percent := debug.SetMemoryLimit(-1), withLimit
	if limit == math.MaxInt64 {
		percent = withoutLimit
	}

	if set.GC == "" {
		debug.SetGCPercent(percent)
	}

	logger.InfoContext(ctx, "garbage is collected", "limit_bytes", limit, "percent", cmp.Or(set.GC, strconv.Itoa(percent)))
}
