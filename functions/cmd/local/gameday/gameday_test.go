package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const page = "../../../../terraform/RUNBOOK.md"

// TestGameDay plays all nights, as the runbook has their commands.
func TestGameDay(t *testing.T) {
	t.Parallel()
	requireGo(t)

	out := &testkit.Log{}
	if err := play(t.Context(), page, out); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	all, err := nights()
	if err != nil || len(all) != 6 {
		t.Fatalf("got %d nights, %v", len(all), err)
	}
	for _, n := range all {
		if n.End == nil || !n.HasOps() {
			t.Errorf("the night %q has no end, or no operator", n.Title)
		}
		if !strings.Contains(out.String(), ": "+n.Title+"\n") {
			t.Errorf("the night %q was not played:\n%s", n.Title, out)
		}
	}
}

// TestRunbookHasTheCommands has the page spell a command otherwise, each command of the nights in turn: then its night does not begin, so that the page and the
// nights cannot differ.
func TestRunbookHasTheCommands(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	all, err := nights()
	if err != nil {
		t.Fatal(err)
	}

	commands := 0
	for _, n := range all {
		if err = n.CheckRunbook(scenario.ReadRunbook(string(text))); err != nil {
			t.Errorf("%s: %v", n.Title, err)
		}
		for _, s := range n.Steps {
			if s.Run == "" {
				continue
			}
			commands++
			other := strings.ReplaceAll(string(text), "functions/cmd/ops "+s.Run, "functions/cmd/ops another-"+s.Run)
			if err = n.CheckRunbook(scenario.ReadRunbook(other)); err == nil || !strings.Contains(err.Error(), strconv.Quote(s.Run)) {
				t.Errorf("%s: a page without %q is taken: %v", n.Title, s.Run, err)
			}
		}
	}
	if commands < 15 {
		t.Errorf("got %d commands", commands)
	}

	file := filepath.Join(t.TempDir(), "RUNBOOK.md")
	if err = os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "ops explain ACCOUNT/ORDER", "ops explane ACCOUNT/ORDER")), 0o600); err != nil {
		t.Fatal(err)
	}

	err = play(t.Context(), file, &testkit.Log{})
	if err == nil || !strings.Contains(err.Error(), `night 1, A provider is down: step 5.run: "explain ACCOUNT/ORDER" is no command of the runbook's section "Why was nothing sent?"`) {
		t.Errorf("got %v, want an error about the command that the page does not have", err)
	}
}

// requireGo skips a test that builds ops where there is no Go.
func requireGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("ops cannot be built without go")
	}
}
