// Gameday plays the worst nights of an operator, each on `make run`'s world: a provider that is down, a deployment that cannot read events, a webhook's
// token that leaked, a template that was edited wrongly, a database that takes no write, and a brand's key that was revoked. They are files of testdata/scenarios.
// Each breaks something, walks the commands that terraform/RUNBOOK.md has for it, as they stand there, and holds that every shopper got each message once.
//
// It prints what an operator would see. A command that the page does not have, or that does not do what it says there, ends it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/player"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := play(ctx, player.RunbookPath, os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "gameday:", err)
		os.Exit(1)
	}
}

// nights returns the stories that are played, in the order of their files.
func nights() ([]scenario.Kept, error) { return scenario.KeptAs("night-") }

// play plays all nights by the runbook in a file, and prints them.
func play(ctx context.Context, runbook string, out io.Writer) (err error) {
	all, err := nights()
	if err != nil {
		return err
	}

	p := player.New(player.Options{Runbook: runbook})
	defer func() { err = errors.Join(err, p.Close()) }()

	for i, night := range all {
		begun := time.Now()

		fmt.Fprintf(out, "\n== night %d: ", i+1)

		if err = p.Play(ctx, night.Scenario, out); err != nil {
			return fmt.Errorf("night %d, %s: %w", i+1, night.Title, err)
		}

		fmt.Fprintf(out, "== over after %s; everybody got what they were to get\n", time.Since(begun).Round(time.Second))
	}

	return nil
}
