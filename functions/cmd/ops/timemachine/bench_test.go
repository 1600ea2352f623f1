package timemachine

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkReplay says how many events a second are replayed, and how much of a processor one takes.
func BenchmarkReplay(b *testing.B) {
	c := live(b, corpusEvents/5)
	events, began := 0, busy(b)

	for b.Loop() {
		result, err := Run(b.Context(), c.options())
		if err != nil {
			b.Fatal(err)
		}

		events += result.Events
	}

	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((busy(b)-began).Microseconds())/float64(events), "cpu-µs/event")
}

// busy returns how long processors have worked for this process.
func busy(tb testing.TB) time.Duration {
	tb.Helper()

	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}

	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
