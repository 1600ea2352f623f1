package throttle

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// noon is when every test begins.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// taken is the end of a call of Take.
type taken struct {
	place *Place
	err   error
}

// ask calls Take and returns once it has its place, or waits for one as the caller number waiting.
func ask(t *testing.T, c *clock.Manual, p *Places, app string, urgent bool, waiting int) <-chan taken {
	t.Helper()
	end := make(chan taken, 1)
	go func() {
		place, err := p.Take(t.Context(), app, "gupshup", urgent)
		end <- taken{place, err}
	}()
	for len(end) == 0 && c.Pending() < waiting {
		runtime.Gosched()
	}
	return end
}

func must(t *testing.T, p *Places, app, provider string) *Place {
	t.Helper()
	place, err := p.Take(t.Context(), app, provider, false)
	if err != nil {
		t.Fatalf("a place of %s: %v", app, err)
	}
	return place
}

// An app has no more places than its own, and all apps of a provider three quarters of the instance's.
func TestPlacesAreBounded(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon)
	p := NewPlaces(c, NewCircuits(c), 8, 4)
	for range 4 {
		must(t, p, "sick", "gupshup")
	}
	waits := ask(t, c, p, "sick", false, 1)
	if len(waits) != 0 {
		t.Fatal("a fifth place of the app was given")
	}
	must(t, p, "other", "gupshup")
	must(t, p, "other", "gupshup")
	if _, err := p.Take(t.Context(), "third", "gupshup", false); !errors.Is(err, ErrNoPlace) {
		t.Errorf("a seventh place of the provider, with one waiting already: got %v, want %v", err, ErrNoPlace)
	}
	must(t, p, "neighbour", "meta")

	c.Advance(maxPlaceWait)
	if got := <-waits; !errors.Is(got.err, ErrNoPlace) {
		t.Errorf("after %s: got %v, want %v", maxPlaceWait, got.err, ErrNoPlace)
	}
}

// A place that is given back goes to the urgent ones first, then in the order of their coming.
func TestPlacesAreHandedOn(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon)
	p := NewPlaces(c, NewCircuits(c), 32, 1)
	first := must(t, p, "app", "gupshup")
	common := ask(t, c, p, "app", false, 1)
	urgent := ask(t, c, p, "app", true, 2)

	first.Release()
	got := <-urgent
	if got.err != nil || len(common) != 0 {
		t.Fatalf("got %v, want the place for the urgent one alone", got.err)
	}
	first.Release() // a second time does nothing
	if len(common) != 0 {
		t.Error("a place was given twice")
	}
	got.place.Release()
	if got := <-common; got.err != nil {
		t.Errorf("the other: %v", got.err)
	}
}

// A caller that gives up leaves the line.
func TestTakeEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon)
	p := NewPlaces(c, NewCircuits(c), 8, 1)
	place := must(t, p, "app", "gupshup")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Take(ctx, "app", "gupshup", false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	place.Release()
	must(t, p, "app", "gupshup").Release()
	var none *Place
	none.Release()
}

// The turns of an app follow each other at its own pace.
func TestTurns(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon)
	p := NewPlaces(c, NewCircuits(c), 8, 4)
	place := must(t, p, "app", "gupshup")
	c.Advance(2 * time.Second)
	place.Release() // four places of two seconds each: one is free every half second

	now := c.Now()
	for n := 1; n <= 3; n++ {
		want := now.Add(maxPlaceWait + time.Duration(n)*500*time.Millisecond)
		if got := p.Turn("app", 100); !got.Equal(want) {
			t.Errorf("turn %d: got %s, want %s", n, got.Sub(now), want.Sub(now))
		}
	}
	if got, want := p.Turn("slow", 0.1), now.Add(maxPlaceWait+10*time.Second); !got.Equal(want) {
		t.Errorf("app that takes a message in ten seconds: got %s, want %s", got.Sub(now), want.Sub(now))
	}
}

// A circuit opens after five unanswered posts in a row, for a while, and closes with an answer.
func TestCircuit(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon)
	all := NewCircuits(c)
	unanswered := func(times int) (open bool) {
		for range times {
			open = all.Note("app", false)
		}
		return open
	}

	if unanswered(4) || isOpen(all, "app") {
		t.Error("open after four")
	}
	all.Note("app", true)
	if unanswered(4) || isOpen(all, "app") {
		t.Error("an answer did not start the count again")
	}
	if !unanswered(1) || !isOpen(all, "app") || isOpen(all, "other") {
		t.Error("not open after five in a row, or for another app")
	}
	c.Advance(openFor)
	if isOpen(all, "app") {
		t.Errorf("still open after %s", openFor)
	}
	if !unanswered(1) {
		t.Error("the next unanswered post did not open it again")
	}

	if !all.MayMark("app") || all.MayMark("app") || !all.MayMark("other") {
		t.Error("want each app marked once")
	}
	c.Advance(markEvery)
	if !all.MayMark("app") {
		t.Errorf("not marked again after %s", markEvery)
	}
}

// traffic runs callers against a clock that moves only while all of them wait for it.
type traffic struct {
	t        *testing.T
	clock    *clock.Manual
	places   *Places
	circuits *Circuits
	// waits counts the callers that wait for the clock, and the sweep that does.
	waits atomic.Int64
	// posted holds, by app, when each of its messages was posted, since the start.
	mu     sync.Mutex
	posted map[string][]time.Duration
	// waiting holds what wakes each postponed message, by its turn.
	waiting map[time.Time][]func()
	through int
	// most is the most messages that an app had under way at once.
	most map[string]int
	now  map[string]int
}

func newTraffic(t *testing.T, concurrency, perApp int) *traffic {
	t.Helper()
	c := clock.NewManual(noon)
	circuits := NewCircuits(c)
	tr := &traffic{
		t:        t,
		clock:    c,
		circuits: circuits,
		places:   NewPlaces(c, circuits, concurrency, perApp),
		posted:   map[string][]time.Duration{},
		waiting:  map[time.Time][]func(){},
		most:     map[string]int{},
		now:      map[string]int{},
	}
	tr.sweepAfter(10 * time.Second)
	return tr
}

// sweepAfter brings back what is due after a pause, and again after the next pause, as sweep does: when the next message is due,
// a second after it brought some back, and after ten seconds at most.
func (tr *traffic) sweepAfter(pause time.Duration) {
	tr.waits.Add(1)
	tr.clock.AfterFunc(pause, func() {
		tr.mu.Lock()
		now, next := tr.clock.Now(), 10*time.Second
		for turn, wake := range tr.waiting {
			if turn.After(now) {
				next = min(next, turn.Sub(now))
				continue
			}
			delete(tr.waiting, turn)
			next = 0
			for _, f := range wake {
				f()
			}
		}
		tr.mu.Unlock()
		tr.sweepAfter(max(next, time.Second))
		tr.waits.Add(-1)
	})
}

// unanswered is how long a provider that hangs is waited for.
const unanswered = 10 * time.Second

// send sends one message through an app whose provider takes so long to answer, unless its circuit is open. Without a place it waits for its turn, and for
// sweep to bring it back.
func (tr *traffic) send(app, provider string, answer time.Duration) {
	tr.waits.Add(1)
	go func() {
		defer tr.waits.Add(-1)
		place, err := tr.places.Take(tr.t.Context(), app, provider, false)
		if err != nil {
			tr.mu.Lock()
			defer tr.mu.Unlock()
			turn := tr.places.Turn(app, 1e6)
			tr.waiting[turn] = append(tr.waiting[turn], func() { tr.send(app, provider, answer) })
			return
		}
		defer place.Release()
		if isOpen(tr.circuits, app) {
			return
		}
		tr.count(app, 1)
		_ = clock.Wait(tr.t.Context(), tr.clock, answer)
		tr.count(app, -1)
		tr.circuits.Note(app, answer < unanswered)
	}()
}

// count notes that a post of an app began or ended.
func (tr *traffic) count(app string, by int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if by > 0 {
		tr.posted[app] = append(tr.posted[app], tr.clock.Now().Sub(noon))
	}
	if by < 0 {
		tr.through++
	}
	tr.now[app] += by
	tr.most[app] = max(tr.most[app], tr.now[app])
}

// rest returns once every caller waits for the clock.
func (tr *traffic) rest() {
	for int64(tr.clock.Pending()) != tr.waits.Load() {
		runtime.Gosched()
	}
}

// run moves the clock until the end, step by step.
func (tr *traffic) run(end, step time.Duration) {
	for tr.clock.Now().Sub(noon) < end {
		tr.rest()
		tr.clock.Advance(step)
	}
	tr.rest()
}

// A burst of 400 to an app that answers in 300 ms is through in 30 seconds.
func TestBurst(t *testing.T) {
	t.Parallel()
	tr := newTraffic(t, 80, 40)
	for range 400 {
		tr.send("app", "gupshup", 300*time.Millisecond)
	}
	tr.run(30*time.Second, 100*time.Millisecond)
	if tr.through != 400 {
		t.Errorf("%d of 400 are through", tr.through)
	}
	if got := tr.most["app"]; got != 40 {
		t.Errorf("got %d under way at once, want the app's 40 places used", got)
	}
}

// A provider that hangs for ten seconds, for one app or for eight, holds no neighbour's message up: each is posted in the step in
// which it comes, at another provider always, and at the same one once the sick apps' first posts are over.
func TestNeighbour(t *testing.T) {
	t.Parallel()
	for _, sick := range []int{1, 8} {
		for provider, from := range map[string]time.Duration{"meta": 0, "gupshup": 11 * time.Second} {
			t.Run(fmt.Sprint(sick, provider), func(t *testing.T) {
				t.Parallel()
				neighbour(t, sick, provider, from)
			})
		}
	}
}

func neighbour(t *testing.T, sick int, provider string, from time.Duration) {
	t.Helper()
	const step = 100 * time.Millisecond
	tr := newTraffic(t, 80, 40)
	for at := time.Duration(0); at < 30*time.Second; at += step {
		for range 8 { // one app after the other, so that not each has so many under way at first that its circuit opens
			tr.send(fmt.Sprint("sick", int(at/step)%sick), "gupshup", unanswered)
			tr.rest()
		}
		before := len(tr.postsOf("neighbour"))
		tr.send("neighbour", provider, 0)
		tr.rest()
		if after := len(tr.postsOf("neighbour")); at >= from && after != before+1 {
			t.Fatalf("the message of %s was not posted in that step", at)
		}
		if most := tr.most["sick0"]; most > 40 {
			t.Fatalf("got %d of one app under way, want at most its 40 places", most)
		}
		tr.run(at+step, step)
	}
}

// postsOf returns when the app's messages were posted.
func (tr *traffic) postsOf(app string) []time.Duration {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.Clone(tr.posted[app])
}

func isOpen(c *Circuits, app string) bool {
	_, open := c.Open(app)
	return open
}
