package brandapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	elsewhere = "203.0.113.9" // who guesses
	brandsBot = "198.51.100.7"
)

// try asks with a key from an address and wants that status. It returns how long it shall wait.
func (w *world) try(what, key, address string, want int) string {
	w.Helper()
	got := w.do(http.MethodGet, "/order/"+number, key, "", "X-Forwarded-For", address)
	if got.Status != want {
		w.Errorf("%s: got %d %s, want %d", what, got.Status, got.Body, want)
	}
	if want == http.StatusTooManyRequests && got.Body != failure("429", "Too Many Requests!!") {
		w.Errorf("%s: got %s", what, got.Body)
	}
	return got.Header.Get("Retry-After")
}

// reads is how many documents were looked up by name so far: each wrong key that is looked at costs one.
func (w *world) reads() int { return w.cloud.Calls().Count("BatchGetDocuments") }

func guessing(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "BRANDAPI_UNKNOWN_KEYS", "3")
	w.keepAll()
	return w
}

func TestGuessingKeysSlowsDown(t *testing.T) {
	t.Parallel()
	w := guessing(t)
	n := 0
	guess := func(what string, want int) string {
		t.Helper()
		n++
		return w.try(what, "wrong "+strconv.Itoa(n), elsewhere, want)
	}
	for range 3 {
		guess("at first", http.StatusUnauthorized)
	}
	before := w.reads()
	for range 5 {
		if wait := guess("too many", http.StatusTooManyRequests); wait != "20" {
			t.Errorf("Retry-After: got %s, want 20", wait)
		}
	}
	w.try("the right one too, which is not known yet", guest, elsewhere, http.StatusTooManyRequests)
	if got := w.reads() - before; got != 0 {
		t.Errorf("%d keys were looked at after it was too many, want none", got)
	}
	w.clock.Advance(20*time.Second - time.Millisecond)
	guess("too early", http.StatusTooManyRequests)
	w.clock.Advance(time.Millisecond)
	guess("in time", http.StatusUnauthorized)
	guess("at once again", http.StatusTooManyRequests)
	if strings.Contains(w.logs.String(), elsewhere) {
		t.Error("the address is in the log")
	}
}

// TestGuessingShutsNobodyOut holds that guessing, also from very many addresses and from the brand's own, leaves the brand
// alone.
func TestGuessingShutsNobodyOut(t *testing.T) {
	t.Parallel()
	w := guessing(t)
	w.try("a new address", guest, brandsBot, http.StatusOK)
	w.try("a brand whose key is known", oldGuest, elsewhere, http.StatusOK)
	denied := map[bool]int{}
	for i := range 200 {
		address := "203.0.113." + strconv.Itoa(i%50)
		got := w.do(http.MethodGet, "/order/"+number, "wrong "+strconv.Itoa(i), "", "X-Forwarded-For", address)
		denied[got.Status == http.StatusTooManyRequests]++
	}
	// What the brands left of the share of first tries, and the share of all together.
	if denied[false] != 1+15 {
		t.Errorf("%d keys were looked at, want 16", denied[false])
	}
	for i := range 10 {
		w.do(http.MethodGet, "/order/"+number, "wrong as well "+strconv.Itoa(i), "", "X-Forwarded-For", brandsBot)
	}
	w.try("wrong from the brand's address", "wrong again", brandsBot, http.StatusTooManyRequests)
	for range 30 {
		w.try("the brand", guest, brandsBot, http.StatusOK)
	}
	w.try("the brand's other key", oldGuest, brandsBot, http.StatusOK)
	w.try("the brand from elsewhere", guest, elsewhere, http.StatusOK)
	w.try("a key that is not known, meanwhile", otherKey, "198.51.100.8", http.StatusTooManyRequests)
	w.clock.Advance(4 * time.Second)
	w.try("another brand at its own address, when it was told to", otherKey, "198.51.100.8", http.StatusBadRequest)
	// A key stays known longer than it is cached, but not longer than it is right.
	w.clock.Advance(time.Minute)
	w.do(http.MethodGet, "/order/"+number, "wrong once more", "", "X-Forwarded-For", brandsBot)
	w.try("after the cache's time", guest, brandsBot, http.StatusOK)
	if err := w.store.EndGuestKey(t.Context(), store.GuestHash(guest)); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	w.try("taken back", guest, brandsBot, http.StatusUnauthorized)
	for range 3 {
		w.try("taken back", guest, brandsBot, http.StatusUnauthorized)
	}
	w.try("taken back and tried too often", guest, brandsBot, http.StatusTooManyRequests)
}

// TestManyAtOnceAreOneTry holds that a brand whose calls all come at once to a new instance is not taken for one who guesses.
func TestManyAtOnceAreOneTry(t *testing.T) {
	t.Parallel()
	w := guessing(t)
	// The first of an address is free, so that the share is used up before.
	for i := range 2 {
		w.try("wrong", "wrong "+strconv.Itoa(i), brandsBot, http.StatusUnauthorized)
	}
	rule, err := w.cloud.Rules().Add(cloud.Rule{Method: "BatchGetDocuments", Match: "/guestKeys/", Mode: cloud.Delay, Delay: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	before := w.clock.Pending()
	for range 20 {
		wg.Go(func() { w.try("at once", guest, brandsBot, http.StatusOK) })
	}
	for deadline := time.Now().Add(time.Minute); w.clock.Pending() == before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	w.cloud.Rules().Remove(rule)
	w.clock.Advance(time.Minute)
	wg.Wait()
}

// TestFailingLookupIsNoGuess holds that our own failure makes no key wrong.
func TestFailingLookupIsNoGuess(t *testing.T) {
	t.Parallel()
	w := guessing(t)
	w.try("known", guest, brandsBot, http.StatusOK)
	w.clock.Advance(9 * time.Minute) // beyond all caches
	if _, err := w.cloud.Rules().Add(cloud.Rule{Method: "BatchGetDocuments", Mode: cloud.FailBefore, Code: codes.PermissionDenied}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		w.try("while Firestore fails", guest, brandsBot, http.StatusInternalServerError)
	}
	w.cloud.Rules().Clear()
	w.try("afterwards", guest, brandsBot, http.StatusOK)
}
