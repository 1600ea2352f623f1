package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
)

// TestLocalReadmeKnowsEveryStep compares the table of steps with the kinds that there are, and their keys.
func TestLocalReadmeKnowsEveryStep(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, k := range scenario.Kinds() {
		want = append(want, fmt.Sprint(k.Name, " needs ", k.Needs, ", takes ", k.Takes))
	}
	named := func(cell string) []string {
		var keys []string
		for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
			keys = append(keys, m[1])
		}
		return keys
	}
	for _, cells := range below(t, "functions/cmd/local/README.md", "### Steps") {
		needs, takes, _ := strings.Cut(cells[1], ";")
		got = append(got, fmt.Sprint(named(cells[0])[0], " needs ", named(needs), ", takes ", named(takes)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of steps in functions/cmd/local/README.md (-want +got):\n%s", diff)
	}
}

// TestLocalReadmeKnowsEveryFault compares the table of what can go wrong with the faults that there are, and how often they strike.
func TestLocalReadmeKnowsEveryFault(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, f := range scenario.Faults() {
		id, words := f.ID, f.Words
		for provider, name := range map[string]string{"gupshup": "Gupshup", "meta": "Meta", "kaleyra": "Kaleyra", "businessonbot": "BusinessOnBot"} {
			if f.System == provider {
				id, words = "…"+strings.TrimPrefix(id, provider), strings.Replace(words, name, "the provider", 1)
			}
		}
		want["`"+id+"`"] = words + map[bool]string{true: "; once", false: "; until it is mended"}[f.Times == 1]
	}

	got := map[string]string{}
	for _, cells := range below(t, "functions/cmd/local/README.md", "### What can go wrong") {
		got[strings.TrimSpace(cells[0])] = strings.TrimSpace(cells[1])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of faults in functions/cmd/local/README.md (-want +got):\n%s", diff)
	}
}

// TestFileThatIsNoStory names the file, the step and the key, and ends with another code than a story that came to another end.
func TestFileThatIsNoStory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bug.json")
	if err := os.WriteFile(file, []byte(`{"title":"x","steps":[{"do":"dance"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ file, want string }{
		{file, file + ": step 1.do: is none of subscribe, "},
		{filepath.Join(t.TempDir(), "none.json"), "no such file"},
		{t.TempDir(), "is a directory"},
	} {
		err := playStory(t.Context(), tc.file)
		if err == nil || !strings.Contains(err.Error(), tc.want) || exitCode(err) != 2 {
			t.Errorf("%s: got %v, code %d; want %q, code 2", tc.file, err, exitCode(err), tc.want)
		}
	}
	unknown := filepath.Join(t.TempDir(), "unknown.json")
	if err := os.WriteFile(unknown, []byte(`{"title":"x","steps":[{"do":"subscribe","order":"4711"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := playStory(t.Context(), unknown); err == nil || !strings.HasPrefix(err.Error(), unknown+": step 1.order: is no order of the simulated platform") || exitCode(err) != 1 {
		t.Errorf("of an order that there is not: got %v", err)
	}
	if got := exitCode(errors.Join(&scenario.EndError{}, nil)); got != 1 {
		t.Errorf("of another end: got code %d", got)
	}
}

// TestMakePlayAsksForTheFile says which story is wanted.
func TestMakePlayAsksForTheFile(t *testing.T) {
	t.Parallel()
	requireTools(t, "make", "bash")
	run := exec.CommandContext(t.Context(), "make", "-C", root, "--no-print-directory", "play")
	run.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FILE=") || strings.HasPrefix(v, "MAKE") })
	said, err := run.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "which story? make play FILE=testdata/scenarios/stop.json") {
		t.Errorf("got %v, %s", err, said)
	}
}
