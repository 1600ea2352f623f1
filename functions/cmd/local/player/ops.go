package player

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// tool is the program of ops, which is built once.
type tool struct{ dir string }

// build builds ops, unless that was done.
func (t *tool) build(ctx context.Context) error {
	if t.dir != "" {
		return nil
	}

	dir, err := os.MkdirTemp("", "ops")
	if err != nil {
		return err
	}

	t.dir = dir

	built := exec.CommandContext(ctx, "go", "build", "-o", t.path(), "github.com/eshopbox/whatsapp-notifications/functions/cmd/ops")
	if said, err := built.CombinedOutput(); err != nil {
		return fmt.Errorf("build ops: %w: %s", err, said)
	}

	return nil
}

func (t *tool) path() string { return filepath.Join(t.dir, "ops") }

// remove removes the program.
func (t *tool) remove() error {
	if t.dir == "" {
		return nil
	}

	return os.RemoveAll(t.dir)
}

// operator runs ops on a world, as a process of its own.
type operator struct {
	tool  *tool
	world *world.World
}

// Run is part of [scenario.Operator].
func (o operator) Run(ctx context.Context, args []string, input string) (string, error) {
	run := exec.CommandContext(ctx, o.tool.path(), args...)
	run.Env, run.Stdin = environment(o.world), strings.NewReader(input)

	var out, failed bytes.Buffer
	run.Stdout, run.Stderr = &out, &failed

	if err := run.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, failed.String())
	}

	return out.String(), nil
}

// environment is what ops works with on a world, by whose time it goes.
func environment(w *world.World) []string {
	env := append(os.Environ(), lab.AheadVariable+"="+w.Ahead().String())

	for name, value := range w.Config {
		env = append(env, name+"="+value)
	}

	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"} {
		env = append(env, name+"="+w.Cloud.Addr())
	}

	return env
}
