package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// place is a brand with its app, an order and its shopper.
type place struct {
	brand, slug, app           string
	order                      string
	shopper, customer, address string
}

// neem is where most nights are, marigold where WhatsApp tells of templates that are edited.
var (
	neem     = place{demo.NeemID, "neem-and-co", demo.NeemApp, demo.IraOrder, "9000000001", "Ira Sample", "ira@example.test"}
	marigold = place{demo.MarigoldID, "marigold-home", demo.MarigoldApp, demo.ArunOrder, "9000000004", "Arun Sample", "arun@example.test"}
)

// hurried are times by which a doubt is settled within seconds, so that a night is not one.
func hurried() map[string]string {
	return map[string]string{
		"PROVIDER_TIMEOUT": "1s",
		"REQUEST_TIMEOUT":  "2s",
		"LEASE":            "3s",
		"PARK_AFTER":       "1s",
		"GRACE":            "3s",
		"QUIET_GRACE":      "3s",
		"SETTINGS_TTL":     "500ms",
	}
}

// stage is where nights are played.
type stage struct {
	ctx   context.Context //nolint:containedctx // a night is one run, and everything in it ends with it
	world *world.World
	place place
	book  runbook
	out   io.Writer
	// dir has the program of ops, and env what it runs with.
	dir string
	env []string
	// told is how many events were told, each a second after the one before it.
	told int
	// begun is when the first one happened.
	begun time.Time
}

// open starts `make run`'s world with a shopper who has subscribed, and builds ops.
func open(ctx context.Context, page string, out io.Writer) (*stage, error) {
	book, err := readRunbook(page)
	if err != nil {
		return nil, err
	}

	s := &stage{ctx: ctx, place: neem, book: book, out: out, begun: time.Now().Add(-10 * time.Minute)}
	if s.dir, err = os.MkdirTemp("", "gameday"); err != nil {
		return nil, err
	}

	if s.world, err = world.Start(ctx, world.Options{Config: hurried(), SweepEvery: 300 * time.Millisecond, Secrets: demo.Secrets(), Prepare: demo.Seed}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}

	built := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(s.dir, "ops"), "github.com/eshopbox/whatsapp-notifications/functions/cmd/ops")
	if said, err := built.CombinedOutput(); err != nil {
		s.close()
		return nil, fmt.Errorf("build ops: %w: %s", err, said)
	}

	s.env = os.Environ()

	for name, value := range s.world.Config {
		s.env = append(s.env, name+"="+value)
	}

	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"} {
		s.env = append(s.env, name+"="+s.world.Cloud.Addr())
	}

	return s, s.subscribe()
}

// close ends the stage.
func (s *stage) close() {
	_ = s.world.Close(context.WithoutCancel(s.ctx))
	_ = os.RemoveAll(s.dir)
}

func (s *stage) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// walk runs a command of ops as the runbook's section has it, with what stands for its placeholders, and returns what it says. Commands are
// given as they stand on the page, without "go run ./functions/cmd/ops".
func (s *stage) walk(section, command string, fill ...string) (string, error) {
	return s.walkWith("", section, command, fill...)
}

// walkWith is walk with a standard input.
func (s *stage) walkWith(in, section, command string, fill ...string) (string, error) {
	line, err := s.book.command(section, opsPrefix+command)
	if err != nil {
		return "", err
	}

	line = strings.NewReplacer(fill...).Replace(strings.TrimPrefix(line, opsPrefix))
	s.say("   $ ops %s", line)

	run := exec.CommandContext(s.ctx, filepath.Join(s.dir, "ops"), strings.Fields(line)...)
	run.Env, run.Stdin = s.env, strings.NewReader(in)

	var out, failed bytes.Buffer
	run.Stdout, run.Stderr = &out, &failed

	err = run.Run()

	for said := range strings.Lines(out.String() + failed.String()) {
		s.say("     %s", strings.TrimRight(said, "\n"))
	}

	if err != nil {
		return out.String(), fmt.Errorf("ops %s: %w: %s", line, err, failed.String())
	}

	return out.String(), nil
}

// expect returns an error unless a text has all words.
func expect(text string, words ...string) error {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return fmt.Errorf("got\n%s\nwithout %q", text, word)
		}
	}

	return nil
}
