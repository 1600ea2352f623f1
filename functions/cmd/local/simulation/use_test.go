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

			r := runPlan(t, k.Plan)
			printAsked(t, k.Plan, r)
			if len(r.Findings) > 0 {
				t.Errorf("found again:\n%s\n\n%s", together(r.Findings), inWords(k.Plan, r))
			}
			if len(r.Trace) == 0 {
				t.Error("nothing happened in its world")
			}
		})
	}
}

// TestPlansAreKeptWhole writes drawn plans as a file of testdata and reads them again.
func TestPlansAreKeptWhole(t *testing.T) {
	for seed := range uint64(200) {
		p := Draw(seed)
		p.Spared = map[string]bool{"machine 0: /google.firestore.v1.Firestore/Commit #1": true}

		name, err := keep(t.TempDir(), p, findingOf("step %d: accepted twice", 3))
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

		if diff := cmp.Diff(Kept{Comment: "step 3: accepted twice", Plan: p}, k, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
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

	if diff := cmp.Diff(traces(), traces()); diff != "" {
		t.Errorf("the traces differ:\n%s", diff)
	}
}
