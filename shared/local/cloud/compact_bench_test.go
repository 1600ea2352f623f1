package cloud_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// largeState is how many documents of two kilobytes BenchmarkCompaction begins with.
const largeState = 100_000

const (
	rounds = 5
	// quietWrites is how many writes each writer makes in a round while nothing is compacted.
	quietWrites = 500
)

// BenchmarkCompaction measures how long writes take, with and without a compaction of a large state going on. The ratio of the
// two p99 says what a compaction does to who writes meanwhile.
func BenchmarkCompaction(b *testing.B) {
	c := start(b, cloud.Options{Path: b.TempDir()})
	f := documents(b, c)
	text := strings.Repeat("about as much as the data of an event. ", 50)
	for from := 0; from < largeState; from += 500 {
		batch := f.Batch() //nolint:staticcheck // one commit, without the round trip that begins a transaction
		for i := from; i < from+500; i++ {
			batch.Set(f.Doc(fmt.Sprint("messages/", i)), map[string]any{"text": text, "n": i})
		}
		if _, err := batch.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}

	b.ResetTimer()
	var quiet, busy []time.Duration
	var took time.Duration
	for range rounds { // in turns, since the machine may have other work too
		quiet = append(quiet, writeTimes(b, f, quietWrites, nil)...)
		done := make(chan struct{})
		began := time.Now()
		go func() {
			defer close(done)
			if err := c.Compact(); err != nil {
				b.Error(err)
			}
			took += time.Since(began)
		}()
		busy = append(busy, writeTimes(b, f, 1, done)...)
	}

	milliseconds := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
	slices.Sort(quiet)
	slices.Sort(busy)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(p99(quiet)), "quiet-p99-ms")
	b.ReportMetric(milliseconds(p99(busy)), "compacting-p99-ms")
	b.ReportMetric(float64(p99(busy))/float64(p99(quiet)), "p99-ratio")
	b.ReportMetric(milliseconds(quiet[len(quiet)-1]), "quiet-longest-ms")
	b.ReportMetric(milliseconds(busy[len(busy)-1]), "compacting-longest-ms")
	b.ReportMetric(milliseconds(took)/rounds, "compaction-ms")
}

func p99(sorted []time.Duration) time.Duration { return sorted[len(sorted)*99/100] }

// writeTimes has eight writers make so many writes each, and go on until done is closed. It returns how long each took.
func writeTimes(b *testing.B, f *firestore.Client, least int, done <-chan struct{}) []time.Duration {
	b.Helper()
	const writers = 8
	times := make([][]time.Duration, writers)
	over := func() bool {
		select {
		case <-done:
			return true
		default:
			return done == nil
		}
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; i < least || !over(); i++ {
				began := time.Now()
				doc := f.Doc(fmt.Sprint("messages/", (w*7919+i*101)%largeState))
				if _, err := doc.Update(context.Background(), []firestore.Update{{Path: "n", Value: -i}}); err != nil {
					b.Error(err)
					return
				}
				times[w] = append(times[w], time.Since(began))
			}
		})
	}
	wg.Wait()
	return slices.Concat(times...)
}
