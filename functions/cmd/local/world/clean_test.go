package world_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// TestCleanLeavesNothingOfARun has a run write all that it keeps, the daily roots of consents too, which the key of another run did not sign. `make clean`
// leaves nothing of that, and nothing else out.
func TestCleanLeavesNothingOfARun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	w := open(t, world.Options{Path: dir, Clock: clock.NewForward(0)}, time.Minute)
	post(t, w, world.OrderPath+demo.IraOrder, subscribeIra, http.StatusOK)
	post(t, w, "/local/clock", `{"forward":"26h"}`, http.StatusOK)
	if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"cloud.journal*", "signing-key.pem", "clock.ahead*", "storage/proof/roots/811/*"} {
		if found, err := filepath.Glob(filepath.Join(dir, kept)); err != nil || len(found) == 0 {
			t.Errorf("no %s was written: the test shows nothing", kept)
		}
	}

	own := filepath.Join(dir, "own")
	if err := os.WriteFile(own, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	clean(t, dir)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v, want the file that is no run's", left, err)
	}
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	clean(t, dir)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty directory is left: %v", err)
	}
}

// clean does what `make clean` does to a directory of state.
func clean(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "make", "-s", "-C", "../../../..", "clean-state", "STATE="+dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
