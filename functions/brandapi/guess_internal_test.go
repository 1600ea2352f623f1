package brandapi

import (
	"strconv"
	"testing"
	"time"
)

// TestGuessesStayBounded holds that an instance remembers only so much, no matter who calls.
func TestGuessesStayBounded(t *testing.T) {
	t.Parallel()
	g := newGuesses(1)
	now := time.Unix(1_800_000_000, 0)
	for i := range maxAddresses + 10 {
		id := string(rune(i)) + "x"
		now = now.Add(time.Minute) // new addresses have a common share
		if wait := g.begin(id, id, now); wait != 0 {
			t.Fatalf("try %d: got to wait %v", i, wait)
		}
		g.end(id, rightKey)
	}
	if len(g.addresses) > maxAddresses || len(g.right) > maxAccounts || len(g.trying) != 0 {
		t.Errorf("got %d addresses, %d keys, %d tries", len(g.addresses), len(g.right), len(g.trying))
	}
}

// TestNewAddressesAreLimited guesses from a new address each time: the first tries of all addresses have a share of their own,
// and beyond it take from that of all. Who is refused is not remembered. A key that was right is admitted meanwhile.
func TestNewAddressesAreLimited(t *testing.T) {
	t.Parallel()

	const perMinute = 3
	g := newGuesses(perMinute)
	now := time.Unix(1_800_000_000, 0)
	try := func(key, address string, result keyResult) (wait time.Duration) {
		t.Helper()
		if wait = g.begin(key, address, now); wait == 0 {
			g.end(key, result)
		}

		return wait
	}
	guess := func(minute string, tries int) (looked int) {
		t.Helper()
		for i := range tries {
			id := minute + strconv.Itoa(i)
			if try("wrong "+id, "address "+id, wrongKey) == 0 {
				looked++
			}
		}

		return looked
	}

	if wait := try("right", "the brand's", rightKey); wait != 0 {
		t.Errorf("a new address below the rate: got to wait %v", wait)
	}

	const both = perMinute + allAddresses*perMinute
	if got := guess("first ", 100); got != both-1 {
		t.Errorf("%d keys were looked at, want %d", got, both-1)
	}
	if len(g.addresses) != both {
		t.Errorf("%d addresses are remembered, want the %d that were admitted", len(g.addresses), both)
	}
	if wait := try("right", "another one of the brand's", rightKey); wait != 0 {
		t.Errorf("the right key from a new address: got to wait %v", wait)
	}
	if wait := try("not known yet", "another brand's", rightKey); wait != time.Minute/(allAddresses*perMinute) {
		t.Errorf("a key that is not known: got to wait %v", wait)
	}

	now = now.Add(time.Minute)
	if got := guess("second ", 100); got != both {
		t.Errorf("%d keys were looked at in the next minute, want %d", got, both)
	}

	// One who guesses from one address leaves the share of first tries alone.
	now = now.Add(time.Minute)
	for i := range 100 {
		try("wrong again "+strconv.Itoa(i), "one address", wrongKey)
	}
	if wait := try("not known yet", "another brand's", rightKey); wait != 0 {
		t.Errorf("a new address beside one guesser: got to wait %v", wait)
	}
}
