package subscribe_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGuessingSlowsDown(t *testing.T) {
	t.Parallel()
	wrong := body("contactPhone", `"9000000002"`)
	tests := []struct{ name, id, wrong string }{
		{"order", orderID, wrong},
		{"no_such_order", "404404", body()},
	}
	shown := map[string]answer{}
	for _, tc := range tests {
		w := newWorld(t)
		path := route + tc.id
		try := func(name string, want int) answer {
			t.Helper()
			a := w.post(path, tc.wrong)
			if a.Status != want {
				t.Fatalf("%s, %s: got %d %s, want %d", tc.name, name, a.Status, a.Body, want)
			}
			return a
		}
		for range 5 {
			try("free", http.StatusNotFound)
		}
		wait := 30
		for round := range 9 {
			a := try("at once", http.StatusTooManyRequests)
			if got := a.Header.Get("Retry-After"); got != strconv.Itoa(wait) {
				t.Errorf("round %d: Retry-After %s, want %d", round, got, wait)
			}
			if round == 0 {
				problem(t, "429", a, http.StatusTooManyRequests)
				shown[tc.name] = a
			}
			w.clock.Advance(time.Duration(wait)*time.Second - time.Millisecond)
			if got := try("too early", http.StatusTooManyRequests).Header.Get("Retry-After"); got != "1" {
				t.Errorf("round %d: Retry-After %s, want 1", round, got)
			}
			w.clock.Advance(time.Millisecond)
			try("in time", http.StatusNotFound)
			wait = min(2*wait, 3600)
		}
	}
	if diff := cmp.Diff(shown["order"], shown["no_such_order"]); diff != "" {
		t.Errorf("a 429 shows that the order exists, or that it does not:\n%s", diff)
	}
}

func TestGuardIsSharedAndResets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.build()
	wrong := body("accountId", "5")
	for i := range 5 {
		w.handler, other = other, w.handler
		if a := w.post(route+orderID, wrong); a.Status != http.StatusNotFound {
			t.Fatalf("attempt %d: %d", i, a.Status)
		}
	}
	for range 2 {
		w.handler, other = other, w.handler
		if a := w.post(route+orderID, body()); a.Status != http.StatusTooManyRequests {
			t.Errorf("the right one in the wait: %d, want 429 like any other", a.Status)
		}
	}
	w.clock.Advance(30 * time.Second)
	if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
		t.Fatalf("the right one after the wait: %d", a.Status)
	}
	for i := range 5 {
		if a := w.post(route+orderID, wrong); a.Status != http.StatusNotFound {
			t.Errorf("attempt %d after a right one: %d, want a fresh count", i, a.Status)
		}
	}
}

func TestUnknownOrdersAreNeverWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.writes()
	for i := range 30 {
		w.post(route+strconv.Itoa(90000000+i%3), body())
		w.get(route + strconv.Itoa(90000000+i))
	}
	if n := w.writes() - before; n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}

func TestBurstOfGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for range 30 {
		wg.Go(func() {
			a := w.post(route+orderID, body("contactPhone", `"9000000002"`))
			mu.Lock()
			defer mu.Unlock()
			got[a.Status]++
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[int]int{http.StatusNotFound: 5, http.StatusTooManyRequests: 25}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}
