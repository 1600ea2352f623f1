package brandapi

import (
	"testing"
	"time"
)

// TestGuessesStayBounded holds that an instance remembers only so much, of whoever calls.
func TestGuessesStayBounded(t *testing.T) {
	t.Parallel()
	g := newGuesses(1)
	now := time.Unix(1_800_000_000, 0)
	for i := range maxAddresses + 10 {
		id := string(rune(i)) + "x"
		if wait := g.begin(id, id, now); wait != 0 {
			t.Fatalf("try %d: got to wait %v", i, wait)
		}
		g.end(id, rightKey)
	}
	if len(g.addresses) > maxAddresses || len(g.right) > maxAccounts || len(g.trying) != 0 {
		t.Errorf("got %d addresses, %d keys, %d tries", len(g.addresses), len(g.right), len(g.trying))
	}
}
