package simulation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestShrinkLeavesWhatMatters makes a plan shorter that fails by two of its forty steps, one outage and one struck call.
func TestShrinkLeavesWhatMatters(t *testing.T) {
	p := Plan{
		Seed: 1, Until: 3 * time.Hour, Machines: []time.Duration{0, time.Second},
		Apps:     []App{{Provider: "meta", Callbacks: Course{Late: time.Minute, Lost: 100}}},
		Brands:   []Brand{{MaxAge: time.Hour, Shoppers: make([]Shopper, 5)}},
		Outages:  []Outage{{Until: time.Minute, Mode: Throttles}, {Until: time.Hour, Mode: HangsSends}, {Until: time.Minute, Mode: Throttles}},
		Closures: []Closure{{Until: time.Hour, What: WebhookDown}},
		Tries:    3,
		Troubles: []Trouble{{Until: 3 * time.Hour, Often: 100, Blows: blows}},
	}
	for i := range 40 {
		p.Steps = append(p.Steps, Step{ID: i, At: time.Duration(i) * time.Minute, Kind: Happens, Shopper: i % 5})
	}

	has := func(p Plan, id int) bool {
		return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.ID == id })
	}
	try := func(p Plan) (r Result) {
		matters := false
		for _, s := range p.Steps {
			call := fmt.Sprintf("call %d", s.ID)
			if t := p.Troubles[0]; t.From <= s.At && s.At < t.Until && !p.Spared[call] {
				r.Struck = append(r.Struck, Struck{At: s.At, Call: call, Blow: DieAfter})
				matters = matters || s.ID == 17
			}
		}
		out := slices.ContainsFunc(p.Outages, func(o Outage) bool {
			return o.Mode != Throttles && o.From <= 17*time.Minute && 17*time.Minute < o.Until
		})
		closed := slices.ContainsFunc(p.Closures, func(c Closure) bool { return c.From <= 10*time.Minute && 10*time.Minute < c.Until })
		if has(p, 3) && has(p, 17) && out && closed && matters {
			r.Findings = append(r.Findings, findingOf("step %d: accepted twice", len(p.Steps)))
		}
		return r
	}

	shortest, r, runs := shrink(p, try(p), mostReruns, try)
	again, _, _ := shrink(p, try(p), mostReruns, try)

	if got, want := fmt.Sprint(shortest), fmt.Sprint(again); got != want {
		t.Errorf("got %s, then %s", got, want)
	}
	if len(r.Findings) == 0 || runs > mostReruns {
		t.Errorf("got %v after %d runs", r.Findings, runs)
	}
	if len(shortest.Steps) != 2 || len(shortest.Outages) != 1 || len(r.Struck) != 1 || len(shortest.Machines) != 1 {
		t.Errorf("got %d steps, %d outages, %d struck calls, %d machines, want 2, 1, 1, 1", len(shortest.Steps), len(shortest.Outages), len(r.Struck), len(shortest.Machines))
	}
	if o := shortest.Outages[0]; o.Mode != BadGatewaySends || o.Until-o.From >= 2*time.Second {
		t.Errorf("got the outage %+v, want a plain and short one", o)
	}
	if c := shortest.Closures[0]; c.Until-c.From >= 2*time.Second || shortest.Tries != 0 || shortest.Brands[0].MaxAge != 0 {
		t.Errorf("got %s of the closure %+v, %d tries and the age limit %s, want a short one, and no limits", c.Until-c.From, c, shortest.Tries, shortest.Brands[0].MaxAge)
	}
	if c := shortest.Apps[0].Callbacks; c.Late != 0 || c.Lost != 0 {
		t.Errorf("got callbacks %+v, want them simple", c)
	}
	if len(shortest.Spared) != 0 {
		t.Errorf("got %v spared of %+v after %d runs, want the trouble to be as short as its one call", shortest.Spared, shortest.Troubles, runs)
	}
}

// TestShrinkKeepsToItsRuns gives a plan fewer runs than its steps.
func TestShrinkKeepsToItsRuns(t *testing.T) {
	runs := 0
	try := func(Plan) Result { runs++; return Result{Findings: []Finding{findingOf("found %d", runs)}} }
	p := Plan{Steps: make([]Step, 50), Brands: make([]Brand, 1), Apps: make([]App, 1)}
	p.Steps[0].ID = 1

	if _, _, got := shrink(p, try(p), 5, func(p Plan) Result {
		if len(p.Steps) < 50 {
			runs++
			return Result{}
		}
		return try(p)
	}); got != 5 || runs != 6 {
		t.Errorf("got %d runs, %d counted, want 5 besides the first", got, runs)
	}
}

// TestShrinkMakesWordsPlain makes a step plain in which a shopper says something.
func TestShrinkMakesWordsPlain(t *testing.T) {
	p := Plan{
		Seed: 1, Until: time.Hour, Machines: []time.Duration{0}, Apps: []App{{Silent: true, Version: 3}},
		Brands: []Brand{{Shoppers: []Shopper{{Phone: "1", Called: "2", UserID: "3", Hidden: true, Untold: true, Ordered: true}}}},
		Steps: []Step{{
			ID: 1, Kind: Says, Word: "बंद करो", Form: "list", Wire: standby, By: byBoth, Other: true, Late: time.Hour, Kept: time.Hour,
			Undated: true, Early: true, Answers: true,
		}},
	}
	try := func(p Plan) (r Result) {
		if len(p.Steps) == 1 && vocabulary[p.Steps[0].Word] == stops && len(p.Brands[0].Shoppers) == 1 {
			r.Findings = []Finding{findingOf("STOP is lost")}
		}
		return r
	}

	shortest, _, _ := shrink(p, try(p), mostReruns, try)

	want := Plan{
		Seed: 1, Until: time.Minute, Machines: []time.Duration{0}, Apps: []App{{Version: 2}},
		Brands: []Brand{{Declared: true, Shoppers: []Shopper{{Phone: "1", Called: "1"}}}},
		Steps:  []Step{{ID: 1, Kind: Says, Word: "STOP"}},
	}
	if diff := cmp.Diff(want, shortest, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKindOfFinding holds what counts as the same finding.
func TestKindOfFinding(t *testing.T) {
	for _, tc := range []struct {
		one, other Finding
		same       bool
	}{
		{findingOf("%s: accepted twice at %s", "step 3", time.Minute), findingOf("%s: accepted twice at %s", "step 17", time.Hour), true},
		{findingOf("%s was told twice", "shipment/created"), findingOf("%s was told twice", "shipment/packed"), true},
		{findingOf("%s: accepted twice", "step 3"), findingOf("%s: never accepted", "step 3"), false},
		{
			findingOf("%s has it sent again although its app reports nothing", "sweep 3"),
			findingOf("%s has it sent again although its app owes callbacks", "sweep 3"), false,
		},
		{findingOf("its message is %s as %s", "refused", "opted_out"), findingOf("its message is %s as %s", "dropped", "expired"), false},
		{findingOf("it is %q", Rubbish("nonsense")), findingOf("it is %q", NonsenseBeside), false},
		{findingOf("the answer is %d", 404), findingOf("the answer is %d", 500), true},
	} {
		if got := tc.one.Kind == tc.other.Kind; got != tc.same {
			t.Errorf("%q and %q: got the same kind %v, want %v", tc.one, tc.other, got, tc.same)
		}
	}
}
