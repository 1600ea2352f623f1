package rig

import (
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// nothing is the name of an Action or Meanwhile that does nothing.
const nothing = "nothing"

// eachStrike runs a subtest for every call, every point, and every name of something that happens in the middle of the call;
// strike gets the indexes of call and name. A stall in which nothing happens would show nothing, and is left out. Unless the run is
// [testkit.Thorough], it is a fixed quarter of the cases.
func eachStrike(t *testing.T, calls, names []string, strike func(t *testing.T, call int, p Point, name int)) {
	t.Helper()

	for n, call := range calls {
		for _, p := range everyPoint {
			for i, name := range names {
				if name == nothing && (p == StallBefore || p == StallAfter) {
					continue
				}

				title := fmt.Sprintf("%02d %s/%s/%s", n, call[strings.LastIndexByte(call, '/')+1:], p, name)
				if !testkit.Thorough() && crc32.ChecksumIEEE([]byte(t.Name()+title))%4 != 0 {
					continue
				}

				t.Run(title, func(t *testing.T) {
					t.Parallel()
					strike(t, n, p, i)
				})
			}
		}
	}
}

// EachMeanwhile is eachStrike for what may happen in the middle of a callback's call.
func EachMeanwhile(t *testing.T, calls []string, all []Meanwhile, strike func(t *testing.T, call int, p Point, m Meanwhile)) {
	t.Helper()

	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.Name
	}

	eachStrike(t, calls, names, func(t *testing.T, call int, p Point, name int) {
		t.Helper()
		strike(t, call, p, all[name])
	})
}

// StrikeMeanwhile strikes the n-th call of busy from now, and has m happen in the middle of it.
func (r *Rig) StrikeMeanwhile(busy, healthy *Worker, n int, p Point, m Meanwhile) {
	var then func()
	if m.Do != nil {
		then = func() { m.Do(r, busy, healthy) }
	}

	busy.Faults.Strike(n, p, then)
}
