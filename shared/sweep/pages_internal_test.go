package sweep

import (
	"errors"
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var errBroken = errors.New("broken")

// pagesOf returns a list of that many numbers, from 0, page by page. It fails at the page after the item failAfter; -1: never.
func pagesOf(many, failAfter int) func(last *int) ([]int, error) {
	return func(last *int) ([]int, error) {
		first := 0
		if last != nil {
			first = *last + 1
		}

		var page []int
		for n := first; n < min(first+pageSize, many); n++ {
			page = append(page, n)
		}
		if failAfter >= 0 && first == failAfter+1 {
			return page, errBroken
		}

		return page, nil
	}
}

// All pages are handled, whatever fails of them; a write that lost to another is no failure.
func TestSweepPages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		many      int
		failAfter int
		fail      map[int]error
		complete  bool
	}{
		{name: "nothing", failAfter: -1, complete: true},
		{name: "less than a page", many: 3, failAfter: -1, complete: true},
		{name: "one full page", many: pageSize, failAfter: -1, complete: true},
		{name: "several pages", many: 2*pageSize + 1, failAfter: -1, complete: true},
		{name: "an item fails", many: pageSize + 1, failAfter: -1, fail: map[int]error{1: errBroken}},
		{name: "an item lost to another writer", many: 3, failAfter: -1, fail: map[int]error{1: store.ErrConflict}, complete: true},
		{name: "an item is gone", many: 3, failAfter: -1, fail: map[int]error{1: store.ErrNotFound}, complete: true},
		{name: "an item of the second page cannot be read", many: pageSize + 3, failAfter: pageSize - 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var handled []int
			complete, err := sweepPages(clock.NewManual(noon), pagesOf(tt.many, tt.failAfter), func(n int) error {
				handled = append(handled, n)
				return tt.fail[n]
			})

			if complete != tt.complete || (err == nil) != tt.complete || err != nil && !errors.Is(err, errBroken) {
				t.Errorf("got complete %t, %v, want complete %t", complete, err, tt.complete)
			}
			want := make([]int, tt.many)
			for n := range want {
				want[n] = n
			}
			if !slices.Equal(handled, want) {
				t.Errorf("handled %d items, want all of %d once, in order", len(handled), tt.many)
			}
		})
	}
}

// A sweep that took its time reads no further page, and says that it is not through.
func TestSweepPagesEndsInTime(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(noon)
	handled := 0
	complete, err := sweepPages(clk, pagesOf(3*pageSize, -1), func(int) error {
		if handled++; handled == pageSize+1 {
			clk.Advance(maxSweepTime + 1)
		}
		return nil
	})
	if complete || err != nil || handled != 2*pageSize {
		t.Errorf("got complete %t, %v after %d items, want the two pages it had begun", complete, err, handled)
	}
}
