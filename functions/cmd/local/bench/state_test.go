package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// stateVar names a directory in which BenchmarkState leaves its state, for a look at it.
const stateVar = "BENCH_STATE"

// BenchmarkState sends messages, each to a shopper of its own and with three callbacks, and measures what the local cloud
// keeps of each: in its file as it was written, and in the memory of a cloud that starts with that file.
func BenchmarkState(b *testing.B) {
	dir := os.Getenv(stateVar)
	if dir == "" {
		dir = b.TempDir()
	}
	dir = filepath.Join(dir, strconv.Itoa(b.N))
	now := clock.NewManual(time.Date(2024, 2, 13, 10, 0, 0, 0, time.UTC))
	fillState(b, dir, now)
	info, err := os.Stat(filepath.Join(dir, "cloud.journal"))
	if err != nil {
		b.Fatal(err)
	}

	before := heapInUse()
	began := time.Now()
	again := startState(b, dir, now)
	started := time.Since(began)
	if err = again.WaitIdle(b.Context()); err != nil { // it compacts the file
		b.Fatal(err)
	}
	again.Firestore().SweepTTL(now.Now())
	after := heapInUse()
	if err = again.Close(); err != nil {
		b.Fatal(err)
	}
	compacted, err := os.Stat(filepath.Join(dir, "cloud.journal"))
	if err != nil {
		b.Fatal(err)
	}

	b.ReportMetric(0, "ns/op") // how long it takes to send them says nothing of the state
	b.ReportMetric(float64(info.Size())/float64(b.N), "file-B/message")
	b.ReportMetric(float64(compacted.Size())/float64(b.N), "compacted-B/message")
	b.ReportMetric(float64(after-before)/float64(b.N), "heap-B/message")
	b.ReportMetric(started.Seconds()*1e3, "start-ms")
}

// fillState has b.N messages sent and reported by a cloud that keeps its state in dir.
func fillState(b *testing.B, dir string, now *clock.Manual) {
	b.Helper()
	local := startState(b, dir, now)
	defer func() {
		if err := local.Close(); err != nil {
			b.Fatal(err)
		}
	}()
	c := newCounterOn(b, local, now)
	const group = 500
	for sent := 0; sent < b.N; sent += group {
		c.send(min(group, b.N-sent))
		c.report()
	}
}

func startState(b *testing.B, dir string, now clock.Clock) *cloud.Cloud {
	b.Helper()
	c, err := cloud.Start(b.Context(), cloud.Options{
		Clock: now, Path: dir, Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true, ListenKeys: "127.0.0.1:0", Direct: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// heapInUse is the live heap.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
