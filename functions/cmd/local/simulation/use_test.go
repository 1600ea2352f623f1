package simulation

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestPlans runs every plan that once found something. What it found is mended.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("got the plans %v, %v, want at least the sample", files, err)
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var k Kept
			if err = decode(data, &k); err != nil {
				t.Fatal(err)
			}
			if k.Comment == "" {
				t.Error("there is no comment that says what it found")
			}

			if err = k.Plan.check(); err != nil {
				t.Fatal(err)
			}

			r := runPlan(t, k.Plan)
			printAsked(t, k.Plan, r)
			if len(r.Findings) > 0 {
				t.Errorf("found again:\n%s\n\n%s", short(together(r.Findings)), inWords(k.Plan, r))
			}
			if len(r.Trace) == 0 {
				t.Error("nothing happened in its world")
			}
			if missed := k.missed(r.Trace); missed != "" {
				t.Errorf("it does not reach %q any more: what it is kept for may not happen", missed)
			}
		})
	}
}

// TestPlansAreKeptWhole writes drawn plans as a file of testdata and reads them again.
func TestPlansAreKeptWhole(t *testing.T) {
	for seed := range uint64(200) {
		p := Draw(seed)
		p.Spared = map[string]bool{"machine 0: /google.firestore.v1.Firestore/Commit #1": true}

		r := Result{
			Findings: []Finding{findingOf("step %d: accepted twice", 3)},
			Trace: []Event{
				{At: 1, What: "order-events remark 3 #1, attempt 1: POST /messages #1 meets hangs"},
				{At: 2, What: "callback is taken"},
				{At: 3, What: "shipment/packed of SO-0-0-0-S0 (step 3) is in_doubt, writes sweep 12"},
				{At: 4, What: "FOUND: step 3: accepted twice"},
				{At: 5, What: "sweep 13: Commit #1 stalls before"},
			},
		}

		name, err := keep(t.TempDir(), p, r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var k Kept
		if err = decode(data, &k); err != nil {
			t.Fatal(err)
		}

		want := Kept{Comment: "step 3: accepted twice", Reaches: []string{r.Trace[0].What, "shipment/packed of SO-0-0-0-S0 (step 3) is in_doubt"}, Plan: p}
		if diff := cmp.Diff(want, k, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

// TestKeptPlanReaches says which part of a trace is not reached, in its place.
func TestKeptPlanReaches(t *testing.T) {
	trace := []Event{{At: 1, What: "a message waits"}, {At: 2, What: "it is dropped"}}

	for _, tc := range []struct {
		reaches []string
		want    string
	}{
		{nil, ""},
		{[]string{"waits", "dropped"}, ""},
		{[]string{"dropped", "waits"}, "waits"},
		{[]string{"waits", "sent"}, "sent"},
	} {
		if got := (Kept{Reaches: tc.reaches}).missed(trace); got != tc.want {
			t.Errorf("%q: got %q missed, want %q", tc.reaches, got, tc.want)
		}
	}
}

// TestKeptPlanWithAnUnknownMember is refused: its member was renamed.
func TestKeptPlanWithAnUnknownMember(t *testing.T) {
	if err := decode([]byte(`{"Plan":{"Seeds":1}}`), &Kept{}); err == nil {
		t.Error("got no error")
	}
}

// TestProcessesAgree runs seeds in two processes, whose maps and addresses differ, and compares their traces.
func TestProcessesAgree(t *testing.T) {
	traces := func() (all []string) {
		said, err := child(t.Context(), func(o outcome) {
			all = append(append(all, o.Trace...), together(o.Findings))
		}, "-seeds", "3", "-twice", "0", "-show")
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		if len(all) < 100 {
			t.Fatalf("got %d lines, want the traces of three seeds", len(all))
		}

		return all
	}

	var diff string

	agreed, parted := decided(traces(), traces, func(a, b []string) bool {
		differ := cmp.Diff(a, b)
		if diff == "" {
			diff = differ
		}

		return differ == ""
	})
	if !agreed {
		t.Errorf("the traces differ:\n%s", diff)
	} else if parted {
		t.Logf("the traces of some processes differ, which a busy machine does:\n%s", diff)
	}
}

// TestDecided takes one run of several for an exception only if another is like one before it.
func TestDecided(t *testing.T) {
	for name, tc := range map[string]struct {
		runs           []int
		agreed, parted bool
		used           int
	}{
		"alike":            {[]int{1, 1}, true, false, 2},
		"the first parted": {[]int{1, 2, 2}, true, true, 3},
		"the third is new": {[]int{1, 2, 3, 2}, true, true, 4},
		"never alike":      {[]int{1, 2, 3, 4, 5}, false, true, 5},
	} {
		used := 1
		agreed, parted := decided(tc.runs[0], func() int { used++; return tc.runs[used-1] }, func(a, b int) bool { return a == b })
		if agreed != tc.agreed || parted != tc.parted || used != tc.used {
			t.Errorf("%s: agreed %t, parted %t after %d runs", name, agreed, parted, used)
		}
	}
}
