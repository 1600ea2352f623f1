package main

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	for name, c := range map[string]struct {
		o    world.Options
		want []string
	}{
		"port_in_use":  {world.Options{Listen: u.Host}, []string{"already in use", "PORT"}},
		"state_in_use": {world.Options{Path: used}, []string{used, "-state"}},
		"state_broken": {world.Options{Path: broken}, []string{broken, "make clean"}},
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

// TestExportNamesNoRealProvider holds that a function started with the printed line calls nobody outside of this machine, and
// takes the pushes of the local cloud only.
func TestExportNamesNoRealProvider(t *testing.T) {
	t.Parallel()
	variables := world.Environment("http://localhost:8080", world.Project)
	maps.Copy(variables, world.PushEnvironment("http://127.0.0.1:2/"))
	line := export("127.0.0.1:1", variables)
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
