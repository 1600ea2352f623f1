package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const page = "../../../../terraform/RUNBOOK.md"

// TestGameDay plays all nights.
func TestGameDay(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("ops cannot be built without go")
	}

	out := &testkit.Log{}
	if err := play(t.Context(), page, out); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	for _, n := range nights() {
		if !strings.Contains(out.String(), ": "+n.name+"\n") {
			t.Errorf("the night %q was not played:\n%s", n.name, out)
		}
	}
}

// TestRunbookHasTheCommands refuses a command that the page does not have in that section, so that the page and the nights cannot differ.
func TestRunbookHasTheCommands(t *testing.T) {
	t.Parallel()

	book, err := readRunbook(page)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = book.command(deadSection, opsPrefix+"dead-letter-replay TOPIC"); err != nil {
		t.Error(err)
	}

	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}

	file := filepath.Join(t.TempDir(), "RUNBOOK.md")
	if err = os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "dead-letter-replay TOPIC", "dead-letter-again TOPIC")), 0o600); err != nil {
		t.Fatal(err)
	}

	if book, err = readRunbook(file); err != nil {
		t.Fatal(err)
	}
	if _, err = book.command(deadSection, opsPrefix+"dead-letter-replay TOPIC"); err == nil {
		t.Error("a command that the page does not have is found")
	}
}
