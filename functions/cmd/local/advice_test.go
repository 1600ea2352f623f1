package main

import (
	"errors"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// TestStartErrorsSayWhatToDo starts what cannot start.
func TestStartErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	used, broken := t.TempDir(), t.TempDir()
	first, err := world.Start(t.Context(), world.Options{Path: used})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if closed := first.Close(t.Context()); closed != nil {
			t.Errorf("close: %v", closed)
		}
	})
	u, err := url.Parse(first.URL)
	if err != nil {
		t.Fatalf("url: %v", err)
	}
	if err = os.WriteFile(filepath.Join(broken, "cloud.journal"), []byte("no journal at all"), 0o600); err != nil {
		t.Fatalf("write: %v", err)
	}
	ahead, unknown := t.TempDir(), t.TempDir()
	for dir, text := range map[string]string{ahead: "1h", unknown: "soon"} {
		if err = os.WriteFile(filepath.Join(dir, "clock.ahead"), []byte(text), 0o600); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	for name, c := range map[string]struct {
		o    world.Options
		want []string
	}{
		"port_in_use":  {world.Options{Listen: u.Host}, []string{"already in use", "PORT"}},
		"state_in_use": {world.Options{Path: used}, []string{used, "STATE=dir make run"}},
		"state_broken": {world.Options{Path: broken}, []string{broken, "make clean STATE=" + broken}},
		"state_ahead":  {world.Options{Path: ahead}, []string{"by 1h0m0s", "make clean STATE=" + ahead}},
		"time_unknown": {world.Options{Path: unknown}, []string{"clock.ahead", "make clean STATE=" + unknown}},
	} {
		w, err := world.Start(t.Context(), c.o)
		if err == nil {
			t.Errorf("%s: it starts", name)
			_ = w.Close(t.Context())
			continue
		}
		for _, want := range c.want {
			if got := advise(err, c.o.Path).Error(); !strings.Contains(got, want) {
				t.Errorf("%s: got %q, want %q in it", name, got, want)
			}
		}
	}
}

// TestMakeCleanRemovesTheState runs make clean with a directory of state that holds a file of somebody else, and with one that
// does not: what a run left is gone, that file and its directory stay.
func TestMakeCleanRemovesTheState(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	text, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if failed := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); failed != nil {
			t.Fatal(failed)
		}
	}
	write("Makefile", text)
	for _, state := range []string{".local", "my state", "shared"} {
		for _, name := range []string{"cloud.journal", "cloud.journal.lock", "cloud.journal.cut-at-8-1", "signing-key.pem", "clock.ahead", "clock.ahead.new"} {
			write(filepath.Join(state, name), nil)
		}
	}
	write("shared/notes.txt", nil)

	for _, args := range [][]string{{"clean"}, {"clean", "STATE=my state"}, {"clean", "STATE=shared"}, {"clean", "STATE="}, {"clean", "STATE=none"}} {
		cmd := exec.CommandContext(t.Context(), "make", args...)
		cmd.Dir = dir
		if out, failed := cmd.CombinedOutput(); failed != nil {
			t.Errorf("make %q: %v\n%s", args, failed, out)
		}
	}
	var left []string
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, filepath.ToSlash(strings.TrimPrefix(path, dir)))
		}
		return err
	})
	if diff := cmp.Diff([]string{"/Makefile", "/shared/notes.txt"}, left); err != nil || diff != "" {
		t.Errorf("%v, left over (-want +got):\n%s", err, diff)
	}
	if _, err = os.Stat(filepath.Join(dir, ".local")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want the empty directory gone", err)
	}
}

// TestFarewellSaysWhereTheStateIs holds that a run in memory does not name a directory.
func TestFarewellSaysWhereTheStateIs(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{"": "the state was in memory, and ends with it", "dir": "the state stays in dir"} {
		if got := farewell(state); !strings.HasSuffix(got, "; "+want) {
			t.Errorf("%q: got %q, want %q", state, got, want)
		}
	}
}

// TestExportNamesNoRealProvider holds that a function started with the printed line calls nobody outside of this machine, and
// takes the pushes of the local cloud only.
func TestExportNamesNoRealProvider(t *testing.T) {
	t.Parallel()
	variables := world.Environment("http://localhost:8080", world.Project)
	maps.Copy(variables, world.PushEnvironment("http://127.0.0.1:2/"))
	line := lab.Export("127.0.0.1:1", variables)
	for _, name := range []string{"GUPSHUP", "META", "KALEYRA", "BUSINESSONBOT", "PLATFORM"} {
		if want := " " + name + "_BASE_URL=http://localhost:8080/sim/"; !strings.Contains(line, want) {
			t.Errorf("got %q, want %q in it", line, want)
		}
	}
	for _, want := range []string{
		" FIRESTORE_EMULATOR_HOST=127.0.0.1:1", " PUSH_KEYS_URL=http://127.0.0.1:2/", " PUSH_SERVICE_ACCOUNT=" + world.PushAccount,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("got %q, want %q in it", line, want)
		}
	}
}
