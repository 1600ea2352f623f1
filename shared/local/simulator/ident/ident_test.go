package ident_test

import (
	"regexp"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
)

func TestSequences(t *testing.T) {
	t.Parallel()
	a, b, other := ident.New(1), ident.New(1), ident.New(2)
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	wamid := regexp.MustCompile(`^wamid\.[A-Za-z0-9+/]{38}==$`)
	seen := map[string]bool{}
	for range 1000 {
		x, y, z := a.UUID(), b.UUID(), other.UUID()
		if x != y || x == z || !uuid.MatchString(x) || seen[x] {
			t.Fatalf("got %s and %s from one seed, %s from another", x, y, z)
		}
		seen[x] = true
		if w := a.Wamid(); w != b.Wamid() || w == other.Wamid() || !wamid.MatchString(w) {
			t.Fatalf("got %s", w)
		}
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	g := ident.New(3)
	hit := map[int64]bool{}
	for range 1000 {
		n := g.Below(5)
		if n < 0 || n > 4 {
			t.Fatalf("got %d, want 0 to 4", n)
		}
		hit[n] = true
	}
	if len(hit) != 5 {
		t.Errorf("only %v came", hit)
	}
	for _, n := range []int64{0, -1} {
		if got := g.Below(n); got != 0 {
			t.Errorf("Below(%d): got %d, want 0", n, got)
		}
	}
}
