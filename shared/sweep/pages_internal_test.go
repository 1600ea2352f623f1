package sweep

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
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
			var mu sync.Mutex
			var handled []int
			complete, err := sweepPages(clock.NewManual(noon), pagesOf(tt.many, tt.failAfter), func(n int) error {
				mu.Lock()
				defer mu.Unlock()
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
			slices.Sort(handled)
			if !slices.Equal(handled, want) {
				t.Errorf("handled %d items, want all of %d once", len(handled), tt.many)
			}
		})
	}
}

// Messages are taken app by app in turn, and what is in doubt after the others of its app.
func TestInTurn(t *testing.T) {
	t.Parallel()
	of := func(app, id string, phase message.Phase) message.Message {
		return message.Message{AppID: app, ID: id, Phase: phase}
	}
	got := inTurn([]message.Message{
		of("a", "a1", message.InDoubt), of("a", "a2", message.Waiting), of("a", "a3", message.Held), of("a", "a4", message.Waiting),
		of("b", "b1", message.Waiting), of("", "none", message.Waiting), of("b", "b2", message.InDoubt),
	})
	ids := make([]string, len(got))
	for i, m := range got {
		ids[i] = m.ID
	}
	if want := []string{"a2", "b1", "none", "a3", "b2", "a4", "a1"}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}

// A sweep that took its time reads no further page, and says that it is not through.
func TestSweepPagesEndsInTime(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(noon)
	var handled atomic.Int64
	complete, err := sweepPages(clk, pagesOf(3*pageSize, -1), func(int) error {
		if handled.Add(1) == pageSize+1 {
			clk.Advance(maxSweepTime + 1)
		}
		return nil
	})
	if n := handled.Load(); complete || err != nil || n != 2*pageSize {
		t.Errorf("got complete %t, %v after %d items, want the two pages it had begun", complete, err, n)
	}
}
