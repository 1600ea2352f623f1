//go:debug randseednop=0
package simulation

import (
	"flag"
	"fmt"
	"log/slog"
	"math/rand"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
)

var (
	seeds     = flag.Int("seeds", 20, "how many seeds TestSimulate runs")
	from      = flag.Uint64("from", 1, "the first of them")
	every     = flag.Uint64("every", 1, "how far one is from the next")
	twice     = flag.Int("twice", 20, "one in so many of a process's seeds runs twice, and both traces have to be equal; 0 for none")
	enough    = flag.Int("enough", 10, "with so many seeds that found something it ends")
	shrinks   = flag.Int("shrinks", 3, "how many of them are made shorter")
	processes = flag.Int("processes", 1, "how many processes share the seeds; 0 for one a core")
	save      = flag.Bool("save", false, "writes the shortest plans found into testdata")
	words     = flag.Bool("words", false, "prints each plan and what comes of it, in words; with -processes 1 only")
	show      = flag.Bool("show", false, "prints each trace; with -processes 1 only")
	logs      = flag.Bool("log", false, "prints what the machines log; with several processes that of the shortest plans only")
	lines     = flag.Bool("lines", false, "reports each seed in a line for another process, and fails for no finding")
)

// TestMain has all goroutines share one processor: goroutines that one answer wakes at the same moment then go on in the order in
// which they waited, in every run.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(1000) // a world is small and is thrown away: a seventh less time for 100 MB
	os.Exit(m.Run())
}

// runPlan lets a plan's world pass, with random bytes that are the plan's.
func runPlan(t *testing.T, p Plan) Result {
	t.Helper()
	return runPlanted(t, p, nil)
}

// runPlanted does so with a fault planted into every machine.
func runPlanted(t *testing.T, p Plan, plant func(*machine)) (r Result) {
	t.Helper()

	cryptotest.SetGlobalRandom(t, p.Seed)
	// The clients of Google's APIs draw their back-off from here.
	rand.Seed(int64(p.Seed)) //nolint:staticcheck // SA1019: theirs is the global source
	synctest.Test(t, func(t *testing.T) { r = run(t, p, slog.LevelInfo, plant) })

	return r
}

// TestSimulate runs seeds, each a plan of its own, and makes what fails shorter. It is what make simulate runs, with more seeds.
func TestSimulate(t *testing.T) {
	if *seeds < 1 || *every < 1 || *twice < 0 || *enough < 1 || *shrinks < 0 || *processes < 0 {
		t.Fatal("-seeds, -every and -enough have to be at least 1, -twice, -shrinks and -processes at least 0")
	}

	if *processes != 1 {
		simulateInProcesses(t)
		return
	}

	for i := range *seeds {
		seed := *from + uint64(i)**every
		if *lines {
			report(outcome{Seed: seed, Begins: true})
		}

		runsTwice := *twice > 0 && i%*twice == *twice-1
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { simulateSeed(t, seed, runsTwice) })

		if failingSeeds >= *enough {
			t.Logf("%d seeds found something: that is enough", failingSeeds)
			break
		}
	}
}

// failingSeeds counts the seeds of this process that found something.
var failingSeeds int

// simulateSeed runs one seed, or runs it twice.
func simulateSeed(t *testing.T, seed uint64, runsTwice bool) {
	t.Helper()

	p := Draw(seed)
	r := runPlan(t, p)

	parted := false
	if runsTwice {
		var unlike []Finding
		unlike, parted = again(t, p, r)
		r.Findings = append(r.Findings, unlike...)
	}
	if len(r.Findings) > 0 {
		failingSeeds++
	}

	if *lines {
		o := outcomeOf(p, r)
		o.Parted = parted
		report(o)

		return
	}

	t.Logf("%d occurrences, %d accepted, %d calls struck, %d findings, rested after %s", r.Occurrences, r.Accepted, len(r.Struck), len(r.Findings), r.Took)
	printAsked(t, p, r)

	if len(r.Findings) > 0 {
		t.Errorf("seed %d found:\n%s", seed, short(together(r.Findings)))
		if failingSeeds <= *shrinks && r.Findings[0].Kind != parting {
			t.Log(explain(t, p, r))
		}
	}
}

// again runs a plan once more, and returns a finding if the second run differs from the first and further runs do not decide it.
func again(t *testing.T, p Plan, first Result) (unlike []Finding, parted bool) {
	t.Helper()

	alike, parted := decided(first, func() Result { return runPlan(t, p) }, func(a, b Result) bool {
		differ := differences(a, b)
		if unlike == nil {
			unlike = differ
		}

		return differ == nil
	})
	if alike && parted {
		t.Logf("seed %d, in some of its runs: %s", p.Seed, unlike[0])
	}
	if alike {
		return nil, parted
	}

	return unlike, parted
}

// decided runs something once more, and reports whether two runs are alike, and whether any differed. A goroutine of which a busy machine takes
// the processor in the middle of its work, for ten milliseconds, is passed by others: so further runs may decide that one of
// the first two was an exception, as soon as one of them is like one before it.
func decided[T any](first T, run func() T, alike func(a, b T) bool) (agreed, parted bool) {
	runs := []T{first, run()}
	if alike(runs[0], runs[1]) {
		return true, false
	}

	for range mostAgain {
		next := run()
		if slices.ContainsFunc(runs, func(before T) bool { return alike(before, next) }) {
			return true, true
		}

		runs = append(runs, next)
	}

	return false, true
}

// mostAgain is how many further runs decide between two that are not alike.
const mostAgain = 3

// printAsked prints what the flags ask for.
func printAsked(t *testing.T, p Plan, r Result) {
	t.Helper()

	if *words {
		t.Logf("seed %d\n%s", p.Seed, inWords(p, r))
	}
	if *show {
		for _, e := range r.Trace {
			t.Logf("%12s %s", e.At, e.What)
		}
	}
	if *logs {
		t.Log(r.Log)
	}
}

// explain makes a failing plan shorter and returns what there is to know of it.
func explain(t *testing.T, p Plan, r Result) string {
	t.Helper()

	shortest, result, runs := shrink(p, r, mostReruns, func(p Plan) Result { return runPlan(t, p) })
	text := fmt.Sprintf("seed %d, the shortest of %d runs:\n\n%s\nTo run it again: make simulate SEEDS=1 FROM=%d\nAs a test of its own, with -save or by hand: %s\n",
		p.Seed, runs, inWords(shortest, result), p.Seed, lean(keptOf(shortest, result)))

	if *logs {
		text += result.Log
	}

	if *save {
		name, err := keep("testdata", shortest, result)
		if err != nil {
			t.Error(err)
		}

		text += "Written to " + name + "\n"
	}

	return text
}

// parting is the kind of the finding that two runs of one plan are not alike, and begins its text.
const parting = "the second run parts from the first: "

// differences returns, as a finding, where two runs of one plan part.
func differences(first, second Result) []Finding {
	a, b := canonical(first.Trace), canonical(second.Trace)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return []Finding{{Kind: parting, Text: fmt.Sprintf(parting+"line %d is %q, then %q", i, lineOf(a, i), lineOf(b, i))}}
		}
	}

	if a, b := together(first.Findings), together(second.Findings); a != b {
		return []Finding{{Kind: parting, Text: fmt.Sprintf(parting+"it found %q, then %q", a, b)}}
	}

	return nil
}

func lineOf(trace []Event, i int) string {
	if i >= len(trace) {
		return "the end"
	}
	return fmt.Sprintf("%s %s", trace[i].At, trace[i].What)
}

// outcome is what a process reports of a seed to the one that started it.
type outcome struct {
	Seed uint64
	// Begins: the seed is only about to run.
	Begins bool
	// Parted: it ran twice, and only a third run was like one of the two.
	Parted                        bool
	Occurrences, Accepted, Struck int
	Findings                      []Finding
	// Trace is there with -show.
	Trace []string
}

func outcomeOf(p Plan, r Result) outcome {
	o := outcome{Seed: p.Seed, Occurrences: r.Occurrences, Accepted: r.Accepted, Struck: len(r.Struck), Findings: r.Findings}
	if *show {
		trace := canonical(r.Trace)
		for i := range trace {
			o.Trace = append(o.Trace, lineOf(trace, i))
		}
	}

	return o
}

// mark begins a line that is a report.
const mark = "simulated "

func report(o outcome) { fmt.Printf("%s%s\n", mark, lean(o)) }
