package gate

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strings"
)

// explorer explores a scenario whole.
type explorer struct {
	scenario *scenario
	// ways is how many ways lead from a state to a rest. A state is in it once it is entered, with 0 until all behind it is explored.
	ways map[state]count
	// broken is the first way found that breaks an invariant, step by step; how is what it breaks.
	broken []taken
	how    breach
	// circle: a way leads back to where it has been. stuck: a process cannot go on, and nothing else happens. Neither may be.
	circle, stuck bool
}

// taken is a step that a process took.
type taken struct {
	process int
	step    step
}

// count is a number of ways.
type count struct{ high, low uint64 }

func (c count) plus(o count) count {
	low, carry := bits.Add64(c.low, o.low, 0)
	high, _ := bits.Add64(c.high, o.high, carry)

	return count{high, low}
}

func (c count) big() *big.Int {
	n := new(big.Int).SetUint64(c.high)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(c.low))
}

// String writes the number out.
func (c count) String() string { return c.big().String() }

// explore explores a scenario whole, or until an invariant breaks. It returns how many interleavings there are: of a state they are the
// sum of those of all that may follow, and there is one of a state at rest.
func explore(c *scenario) (e *explorer, ways count) {
	e = &explorer{scenario: c, ways: map[state]count{}}
	ways = e.visit(c.begin(), nil)

	return e, ways
}

func (e *explorer) visit(s state, way []taken) count {
	if ways, known := e.ways[s]; known {
		e.circle = e.circle || ways == count{} && e.how == none
		return ways
	}

	e.ways[s] = count{}

	all := e.scenario.next(s)
	if len(all) == 0 {
		e.rest(s, way)
		e.ways[s] = count{low: 1}

		return count{low: 1}
	}

	var ways count
	for _, t := range all {
		way = append(way, taken{t.process, t.step})
		if t.state.broken != none {
			e.how, e.broken = t.state.broken, slices.Clone(way)
		}
		if e.how != none {
			return count{}
		}

		ways = ways.plus(e.visit(t.state, way))
		way = way[:len(way)-1]
	}

	e.ways[s] = ways

	return ways
}

// rest judges a state in which nothing happens any more.
func (e *explorer) rest(s state, way []taken) {
	for _, p := range s.processes {
		e.stuck = e.stuck || p.at != done && p.at != dead
	}

	kept := s.documents[customer].words
	if s.documents[customer].version == 0 {
		kept = s.documents[atApp].words | s.documents[atAuthority].words // until the account knows the number
	}

	for n, w := range e.scenario.words {
		if (w.does == closes || w.does == blocks) && s.durable().has(n) && !kept.has(n) &&
			!isTakenBack(e.scenario.words, s.durable(), n, e.scenario.about) {
			e.how, e.broken = lostWithdrawal, slices.Clone(way)
		}
	}
}

// String tells the way that breaks an invariant.
func (e *explorer) String() string {
	lines := make([]string, len(e.broken))
	for n, t := range e.broken {
		lines[n] = fmt.Sprintf("%d: %s", t.process, t.step)
	}

	return fmt.Sprintf("%s: %s\n\t%s", e.scenario.name, e.how, strings.Join(lines, "\n\t"))
}
