package subscribe_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

const (
	guesser = "203.0.113.9"
	// wrongTries is how many POSTs that fit nothing an address may make in a minute.
	wrongTries = 20
)

// from sends a request as one of an address.
func (w *world) from(address, method, path, body string) answer {
	r := httptest.NewRequestWithContext(w.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", address)
	return w.do(r)
}

// asked is how often the platform has been asked so far.
func (w *world) asked() int { return len(w.sim.Log().Requests()) }

// guessUntilSlowed uses up the tries of the guesser's address, and returns the first answer after that.
func (w *world) guessUntilSlowed(path, wrong string) answer {
	w.Helper()
	for i := range wrongTries {
		if a := w.from(guesser, http.MethodPost, path, wrong); a.Status != http.StatusNotFound || a.Body != failure {
			w.Fatalf("guess %d: got %d %s, want 404", i, a.Status, a.Body)
		}
	}
	a := w.from(guesser, http.MethodPost, path, wrong)
	problem(w.T, "one guess more", a, http.StatusTooManyRequests)
	return a
}

func TestWrongGuessesSlowDownTheGuesser(t *testing.T) {
	t.Parallel()
	var shown *answer
	for _, tc := range []struct{ name, id, wrong string }{
		{"order", orderID, body("contactPhone", `"9000000002"`)},
		{"other_account", orderID, body("accountId", "5")},
		{"withdrawal", orderID, body("email", `""`, "whatsAppStatus", `"INACTIVE"`)},
		{"no_such_order", "404404", body()},
	} {
		w := newWorld(t)
		a := w.guessUntilSlowed(route+tc.id, tc.wrong)
		if got := a.Header.Get("Retry-After"); got != "3" {
			t.Errorf("%s: Retry-After %s, want 3", tc.name, got)
		}
		if shown == nil {
			shown = &a
		}
		if diff := cmp.Diff(*shown, a); diff != "" {
			t.Errorf("%s: a 429 shows that the order exists, or that it does not:\n%s", tc.name, diff)
		}
		if got := w.from("198.51.100.7", http.MethodPost, route+tc.id, tc.wrong); got.Status != http.StatusNotFound {
			t.Errorf("%s: another address got %d, want 404", tc.name, got.Status)
		}
		w.clock.Advance(3 * time.Second)
		if got := w.from(guesser, http.MethodPost, route+tc.id, tc.wrong); got.Status != http.StatusNotFound {
			t.Errorf("%s: in time got %d, want 404", tc.name, got.Status)
		}
		if strings.Contains(w.logs.String(), guesser) {
			t.Error("the address is in the log")
		}
	}
}

// TestRightBodyIsNeverRefused holds that whatever was guessed before, from wherever, the shopper's own body is taken.
func TestRightBodyIsNeverRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.build()
	for i := range 100 {
		w.from("198.51.100."+strconv.Itoa(i), http.MethodPost, route+orderID, body("contactPhone", `"9000000002"`))
	}
	w.guessUntilSlowed(route+orderID, body("email", `"else@example.test"`))
	for i := range 2 * wrongTries {
		asked := []string{body(), withdrawal()}[i%2]
		if a := w.from(guesser, http.MethodPost, route+orderID, asked); a.Status != http.StatusOK {
			t.Fatalf("the right one, number %d, from where was guessed: got %d %s", i, a.Status, a.Body)
		}
	}
	w.handler = other
	if a := w.post(route+orderID, body()); a.Status != http.StatusOK {
		t.Errorf("at another instance: got %d", a.Status)
	}
}

// TestRightBodyIsTakenWhereverTheOrderWasGuessedAt holds that a shopper whose page came from one instance may POST at another
// that was asked about the order before it existed, or before the platform corrected it.
func TestRightBodyIsTakenWhereverTheOrderWasGuessedAt(t *testing.T) {
	t.Parallel()
	const late = "51230099"
	former := bytes.ReplaceAll(fixture(t), []byte(shopper), []byte(newcomer))
	for name, prepare := range map[string]func(w *world){
		"made since":      func(*world) {},
		"corrected since": func(w *world) { w.sim.Platform().PutOrder(late, former) },
	} {
		w := newWorld(t)
		guessedAt := w.build()
		prepare(w)
		shown := w.handler
		w.handler = guessedAt
		if a := w.post(route+late, body()); a.Status != http.StatusNotFound {
			t.Fatalf("%s: guessed: got %d", name, a.Status)
		}
		w.sim.Platform().PutOrder(late, fixture(t))
		w.handler = shown
		if a := w.get(route + late); a.Status != http.StatusOK {
			t.Fatalf("%s: GET = %d", name, a.Status)
		}
		w.handler = guessedAt
		w.clock.Advance(5 * time.Second)
		if a := w.post(route+late, body()); a.Status != http.StatusOK {
			t.Errorf("%s: the shopper's own: got %d %s", name, a.Status, a.Body)
		}
	}
}

// TestPlatformIsAskedOnceInFiveSeconds holds that guessing, also many at once from many addresses, does not reach the platform,
// for orders that exist and for those that do not.
func TestPlatformIsAskedOnceInFiveSeconds(t *testing.T) {
	t.Parallel()
	for _, id := range []string{orderID, "404404"} {
		w := newWorld(t)
		for round := range 3 {
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() {
					w.from("198.51.100."+strconv.Itoa(i), http.MethodPost, route+id, body("contactPhone", `"9000000002"`))
				})
			}
			wg.Wait()
			if got := w.asked(); got != round+1 {
				t.Errorf("order %s, round %d: the platform was asked %d times, want %d", id, round, got, round+1)
			}
			w.clock.Advance(5 * time.Second)
		}
	}
}

// TestPostGoesByWhatThePageShowed holds that a POST needs no further call after the GET of its page, and that an order which
// changed since a guess was made counts as the page shows it.
func TestPostGoesByWhatThePageShowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const late = "51230099"
	if a := w.post(route+late, body()); a.Status != http.StatusNotFound {
		t.Fatalf("before the order exists: got %d", a.Status)
	}
	w.sim.Platform().PutOrder(late, fixture(t))
	if a := w.get(route + late); a.Status != http.StatusOK {
		t.Fatalf("GET = %d", a.Status)
	}
	before := w.asked()
	if a := w.post(route+late, body()); a.Status != http.StatusOK {
		t.Errorf("after the page showed it: got %d %s", a.Status, a.Body)
	}
	if got := w.asked() - before; got != 0 {
		t.Errorf("the platform was asked %d times more, want none", got)
	}
}

func TestTwoHundredRightPostsAtOnce(t *testing.T) {
	t.Parallel()
	for name, number := range map[string]string{"known_shopper": shopper, "new_shopper": newcomer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			path, right := w.orderOf(number)
			before := w.asked()
			var wg sync.WaitGroup
			for range 200 {
				wg.Go(func() {
					if a := w.from(guesser, http.MethodPost, path, right); a.Status != http.StatusOK {
						t.Errorf("got %d %s, want 200", a.Status, a.Body)
					}
				})
			}
			wg.Wait()
			state, entries := w.ledger(customerID(t, accountID, number))
			grants := 0
			for _, e := range entries {
				if e.Action == consent.Grant {
					grants++
				}
			}
			if state.Status != consent.Active || grants != 1 {
				t.Errorf("%s after %d grants, want ACTIVE after one", state.Status, grants)
			}
			if got := w.asked() - before; got != 1 {
				t.Errorf("the platform was asked %d times, want once", got)
			}
		})
	}
}

func TestLooksWithoutALinkAreLimited(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		w := newWorld(t)
		for i := range 300 {
			if a := w.from(guesser, method, route+strconv.Itoa(90000000+i), ""); a.Status != http.StatusNotFound {
				t.Fatalf("%s %d: got %d", method, i, a.Status)
			}
		}
		before := w.asked()
		for _, id := range []string{orderID, "404404"} {
			a := w.from(guesser, method, route+id, "")
			if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "1" {
				t.Errorf("%s of %s: got %d, Retry-After %q", method, id, a.Status, a.Header.Get("Retry-After"))
			}
		}
		if got := w.asked() - before; got != 0 {
			t.Errorf("the platform was asked %d times", got)
		}
		if a := w.from("198.51.100.7", method, route+orderID, ""); a.Status != http.StatusOK {
			t.Errorf("another address: got %d", a.Status)
		}
		w.clock.Advance(time.Second)
		if a := w.from(guesser, method, route+orderID, ""); a.Status != http.StatusOK {
			t.Errorf("a second later: got %d", a.Status)
		}
	}
}

func TestLooksWithALinkAreNot(t *testing.T) {
	t.Parallel()
	const key = "an order link's key"
	w := newWorld(t, "ORDER_LINK_KEY", key)
	link := route + orderID + "?token=" + subscribe.SignOrderLink(config.NewSecret(key), orderID, start.Add(time.Hour))
	for i := range 310 {
		if a := w.from(guesser, http.MethodGet, link, ""); a.Status != http.StatusOK {
			t.Fatalf("look %d: got %d", i, a.Status)
		}
	}
}

func TestStartSaysWhatNoLinkKeyMeans(t *testing.T) {
	t.Parallel()
	const warned = "ORDER_LINK_KEY is not set"
	if got := strings.Count(newWorld(t).logs.String(), warned); got != 1 {
		t.Errorf("without the key: %d lines, want one", got)
	}
	if logs := newWorld(t, "ORDER_LINK_KEY", "sixteen bytes at least").logs.String(); strings.Contains(logs, warned) {
		t.Errorf("with the key: %s", logs)
	}
}

func TestAnswersAreNotStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, a := range map[string]answer{
		"order":         w.get(route + orderID),
		"no_such_order": w.get(route + "404404"),
		"head":          w.from(guesser, http.MethodHead, route+orderID, ""),
		"done":          w.post(route+orderID, body()),
		"refused":       w.post(route+orderID, body("email", `""`)),
		"bad_input":     w.post(route+orderID, "{}"),
		"slowed":        w.guessUntilSlowed(route+orderID, body("email", `""`)),
		"no_path":       w.get("/"),
		"method":        w.from(guesser, http.MethodPut, route+orderID, ""),
	} {
		if got := a.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q, want no-store", name, got)
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
	w.post(route+orderID, body("email", `""`))
	if n := w.writes() - before; n != 0 {
		t.Errorf("%d writes, want none", n)
	}
}
