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

// quietWrites is how many writes each writer makes while nothing is compacted.
const quietWrites = 1000

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
	quiet := p99(b, f, quietWrites, nil)
	done := make(chan struct{})
	began := time.Now()
	var took time.Duration
	go func() {
		defer close(done)
		if err := c.Compact(); err != nil {
			b.Error(err)
		}
		took = time.Since(began)
	}()
	busy := p99(b, f, 1, done)

	b.ReportMetric(0, "ns/op")
	b.ReportMetric(quiet.Seconds()*1e3, "quiet-p99-ms")
	b.ReportMetric(busy.Seconds()*1e3, "compacting-p99-ms")
	b.ReportMetric(float64(busy)/float64(quiet), "p99-ratio")
	b.ReportMetric(took.Seconds()*1e3, "compaction-ms")
}

// p99 has eight writers make so many writes each, and go on until done is closed. It returns what one write in a hundred takes
// longer than.
func p99(b *testing.B, f *firestore.Client, least int, done <-chan struct{}) time.Duration {
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
	all := slices.Sorted(slices.Values(slices.Concat(times...)))
	return all[len(all)*99/100]
}
