package throttle

import (
	"context"
	"errors"
	"runtime"
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
	p := NewPlaces(c, 8, 4)
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
	p := NewPlaces(c, 32, 1)
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
	p := NewPlaces(clock.NewManual(noon), 8, 1)
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
	p := NewPlaces(c, 8, 4)
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

	if unanswered(4) || all.Open("app") {
		t.Error("open after four")
	}
	all.Note("app", true)
	if unanswered(4) || all.Open("app") {
		t.Error("an answer did not start the count again")
	}
	if !unanswered(1) || !all.Open("app") || all.Open("other") {
		t.Error("not open after five in a row, or for another app")
	}
	c.Advance(openFor)
	if all.Open("app") {
		t.Errorf("still open after %s", openFor)
	}
	if !unanswered(1) {
		t.Error("the next unanswered post did not open it again")
	}

	if !all.MayMark("811", "app") || all.MayMark("811", "app") || !all.MayMark("812", "app") {
		t.Error("want each account marked once")
	}
	c.Advance(markEvery)
	if !all.MayMark("811", "app") {
		t.Errorf("not marked again after %s", markEvery)
	}
}
