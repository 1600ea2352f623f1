package gate

import (
	"flag"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// every has all pairs of doors be explored, with every provider, beginning and crew, which takes minutes.
var every = flag.Bool("every", false, "explore every pair of doors")

// TestGate explores every scenario whole: nothing is sent after a withdrawal, and none is lost.
func TestGate(t *testing.T) {
	t.Parallel()

	began := time.Now()
	scenes := make(chan *scenario)
	go func() {
		defer close(scenes)
		eachScene(whole(), *every, func(c *scenario) bool { scenes <- c; return true })
	}()

	var (
		mu        sync.Mutex
		n, states int
		ways      count
		explorers sync.WaitGroup
	)
	for range runtime.GOMAXPROCS(0) {
		explorers.Go(func() {
			for c := range scenes {
				e, of := explore(c)
				switch {
				case e.how != none:
					t.Errorf("%s", e)
				case e.circle, e.stuck:
					t.Errorf("%s: in a circle %t, stuck %t", c.name, e.circle, e.stuck)
				}

				mu.Lock()
				n, states, ways = n+1, states+len(e.ways), ways.plus(of)
				mu.Unlock()
			}
		})
	}

	explorers.Wait()

	t.Logf("%d scenarios, %d states, %s interleavings, in %s", n, states, ways, time.Since(began))
	if ways.high == 0 && ways.low < 1_000_000 {
		t.Errorf("got %s interleavings, want a million", ways)
	}
}

// TestMutants breaks the model in every way that is listed: each is found.
func TestMutants(t *testing.T) {
	t.Parallel()

	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()

			r := whole()
			m.without(&r)

			found := false
			eachScene(r, false, func(c *scenario) bool {
				e, _ := explore(c)
				if found = e.how != none; found {
					t.Logf("%s", e)
				}

				return !found
			})
			if !found {
				t.Error("it is not found")
			}
		})
	}
}

// TestInterleavingsAreCounted compares the count with what is known otherwise: of processes that share nothing there are as many as ways to
// shuffle their steps, and of small scenarios every way can be walked.
func TestInterleavingsAreCounted(t *testing.T) {
	t.Parallel()

	steps := func(n uint8) program {
		return func(t turn) []turn {
			if t.me().at+1 == n {
				return t.end()
			}
			return t.to(t.me().at + 1)
		}
	}
	_, ways := explore(&scenario{declared: -1, programs: []program{steps(7), steps(5), steps(3)}})
	if want := (count{low: 360360}); ways != want { // 15! / (7! 5! 3!)
		t.Errorf("got %s ways to shuffle 7, 5 and 3 steps, want %s", ways, want)
	}

	walked := 0
	eachScene(whole(), false, func(c *scenario) bool {
		_, ways := explore(c)
		if ways.high == 0 && ways.low < 5_000 {
			walked++
			if got := walk(c, c.begin()); got != ways.low {
				t.Errorf("%s: got %s ways, want %d", c.name, ways, got)
			}
		}

		return walked < 100
	})
}

// walk counts the ways that lead on from a state by walking each.
func walk(c *scenario, s state) uint64 {
	all := c.next(s)
	if len(all) == 0 {
		return 1
	}

	ways := uint64(0)
	for _, t := range all {
		ways += walk(c, t.state)
	}

	return ways
}

// TestRuleIsTheProducts compares the model's rule with package consent's, for every set of the words.
func TestRuleIsTheProducts(t *testing.T) {
	t.Parallel()

	for _, all := range [][]word{vocabulary(), offersOnly(vocabulary())} {
		for known := range words(1<<len(all) - 1) {
			var said []consent.Entry
			for n, w := range all {
				if known.has(n) {
					said = append(said, entryOf(w))
				}
			}

			state := consent.Fold(said)
			for purpose, about := range map[consent.Purpose]matter{consent.OrderUpdates: updates, consent.Marketing: offers} {
				want, _ := consent.May(state, purpose, rig.Start.Add(time.Hour))
				if got := mayGet(all, known, about, whole()); got != want {
					t.Errorf("%s of %b: got %t, want %t", purpose, known, got, want)
				}
			}
		}
	}
}

// entryOf returns a word as the ledger has it.
func entryOf(w word) consent.Entry {
	e := consent.Entry{
		Source:     consent.CustomerPortal,
		Purpose:    consent.Everything,
		OccurredAt: rig.Start.Add(time.Duration(w.at) * time.Second),
		RecordedAt: rig.Start.Add(time.Minute),
	}

	switch w.does {
	case opens:
		e.Action, e.Purpose = consent.Grant, consent.OrderUpdates
	case closes:
		e.Action = consent.Withdraw
	case blocks:
		e.Action, e.Source, e.SourceRef = consent.Block, consent.Authority, "order-1"
	default:
		e.Action, e.Source, e.SourceRef = consent.Unblock, consent.Authority, "order-1"
	}

	switch {
	case w.of == offers:
		e.Purpose = consent.Marketing
	case w.byBrand:
		e.Source = consent.BrandImport
	}

	return e
}
