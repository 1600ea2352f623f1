package page_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// answer is what a stream writes, with the deadlines that it sets.
type answer struct {
	mu       sync.Mutex
	header   http.Header
	written  strings.Builder
	reading  []time.Time
	enough   int
	ended    context.CancelFunc
	rendered int
}

func (a *answer) Header() http.Header { return a.header }
func (*answer) WriteHeader(int)       {}
func (*answer) Flush()                {}

func (a *answer) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.written.Write(b)
}

func (a *answer) SetReadDeadline(at time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reading = append(a.reading, at)
	return nil
}

// render renders one state over and over, and ends the stream once it did so often enough.
func (a *answer) render(context.Context) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rendered++; a.rendered == a.enough {
		a.ended()
	}
	return []byte("one state"), nil
}

// serve serves one stream until its region was rendered so often.
func serve(t *testing.T, times int, path string) *answer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a := &answer{header: http.Header{}, enough: times, ended: cancel}
	streams := page.NewStreams(page.StreamConfig{Most: 1, For: time.Minute, Refresh: time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody)
	watch := func(ctx context.Context, _ func()) error { <-ctx.Done(); return nil }
	if err := streams.Serve(a, r, "somebody", page.Region{Watch: watch, Render: a.render}); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSameStateIsSentOnce sends a state that stays the same once, and not at all to a page that has it.
func TestSameStateIsSentOnce(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"/": 1, "/?seen=" + page.StateOf([]byte("one state")): 0} {
		if got := strings.Count(serve(t, 5, path).written.String(), "data: one state"); got != want {
			t.Errorf("%s: sent %d times, want %d", path, got, want)
		}
	}
}

// TestStreamLeavesReadingAlone takes back the deadline of reading, which outlives the stream on its connection.
func TestStreamLeavesReadingAlone(t *testing.T) {
	t.Parallel()
	a := serve(t, 1, "/")
	if n := len(a.reading); n < 2 || !a.reading[n-1].IsZero() {
		t.Errorf("the deadlines of reading were %v, want none at last", a.reading)
	}
}

// TestStreamsEach gives one person six places, while others still get one.
func TestStreamsEach(t *testing.T) {
	t.Parallel()
	const each, most = 6, 8
	ctx, cancel := context.WithCancel(t.Context())
	streams := page.NewStreams(page.StreamConfig{Most: most, For: time.Minute, Refresh: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	begun := make(chan struct{})
	region := page.Region{
		Watch:  func(ctx context.Context, _ func()) error { begun <- struct{}{}; <-ctx.Done(); return nil },
		Render: func(context.Context) ([]byte, error) { return nil, io.EOF },
	}
	serve := func(who string) error {
		return streams.Serve(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody), who, region)
	}
	var open sync.WaitGroup
	begin := func(who string) {
		open.Go(func() {
			if err := serve(who); err != nil {
				t.Errorf("%s: %v", who, err)
			}
		})
		<-begun
	}
	for range each {
		begin("a")
	}
	if err := serve("a"); !fault.Is(err, fault.TooMany) {
		t.Errorf("the seventh of one person: %v", err)
	}
	begin("b")
	begin("c")
	if err := serve("d"); !fault.Is(err, fault.TooMany) {
		t.Errorf("one more than there are places: %v", err)
	}
	cancel()
	open.Wait()
}
