// Package player plays stories, each on a world of its own with the demo's brands: in memory, with a clock that is moved ahead instead of waited for. Commands of
// an operator are run by the program that an operator has.
package player

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// RunbookPath is where the runbook is, from the repository's root.
const RunbookPath = "terraform/RUNBOOK.md"

// Options say how stories are played.
type Options struct {
	// Config overrides the functions' configuration, by variable.
	Config map[string]string
	// Runbook is the path of the runbook, which is read for a story of an operator.
	Runbook string
}

// Hurried are variables of the functions that a story has otherwise than a run that a person looks at: what hangs is waited for in real time, however far the
// clock is moved.
func Hurried() map[string]string {
	return map[string]string{"PROVIDER_TIMEOUT": "4s"}
}

// sweepEvery is how often sweep is called, by the story's clock, as in make run.
const sweepEvery = 5 * time.Second

// Player plays stories. Close it when the last is over.
type Player struct {
	options Options
	tool    tool
}

// New returns a player.
func New(o Options) *Player { return &Player{options: o} }

// Close removes what the player built.
func (p *Player) Close() error { return p.tool.remove() }

// Play plays one story on a world of its own, and prints it. The errors are those of [scenario.Play].
func (p *Player) Play(ctx context.Context, s scenario.Scenario, out io.Writer) error {
	config := world.LocalDefaults()
	maps.Copy(config, Hurried())
	maps.Copy(config, p.options.Config)

	w, err := world.Start(ctx, world.Options{
		Clock:      clock.NewForward(0),
		Config:     config,
		SweepEvery: sweepEvery,
		Secrets:    demo.Secrets(),
		Prepare:    demo.Seed,
	})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}

	a := w.Actor()
	if err = p.equip(ctx, a, s, w); err == nil {
		err = scenario.Play(ctx, a, s, out)
	}

	return errors.Join(err, w.Close(context.WithoutCancel(ctx)))
}

// equip gives the actor of an operator's story the runbook and ops.
func (p *Player) equip(ctx context.Context, a *scenario.Actor, s scenario.Scenario, w *world.World) error {
	if !s.HasOps() {
		return nil
	}

	page, err := os.ReadFile(p.options.Runbook)
	if err != nil {
		return fmt.Errorf("the runbook, which the story's commands are of: %w", err)
	}

	a.Runbook = scenario.ReadRunbook(string(page))
	if err = s.CheckRunbook(a.Runbook); err != nil {
		return err
	}
	if err = p.tool.build(ctx); err != nil {
		return err
	}

	a.Operator = operator{tool: &p.tool, world: w}

	return nil
}
