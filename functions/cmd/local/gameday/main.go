// Gameday plays the worst nights of an operator on `make run`'s world: a provider that is down, a deployment that cannot read events, a webhook's
// token that leaked, a template that was edited wrongly, a database that takes no write, and a brand's key that was revoked. Each night breaks
// something, walks the commands that terraform/RUNBOOK.md has for it, as they stand there, and holds that every shopper got each message once.
//
// It prints what an operator would see. A command that the page does not have, or that does not do what it says there, ends it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := play(ctx, "terraform/RUNBOOK.md", os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "gameday:", err)
		os.Exit(1)
	}
}

// night is something that goes wrong.
type night struct {
	name string
	play func(s *stage) error
}

// nights are those that are played, in this order.
func nights() []night {
	return []night{
		{"a provider is down", providerDown},
		{"a deployment cannot read events", badDeployment},
		{"a webhook's token leaked", tokenLeaked},
		{"a template was edited wrongly", templateEdited},
		{"the database takes no write, as on a full disk", fullDisk},
		{"a brand's key was revoked", keyRevoked},
	}
}

// play plays all nights by the runbook in a file, and prints them.
func play(ctx context.Context, runbook string, out io.Writer) error {
	s, err := open(ctx, runbook, out)
	if err != nil {
		return err
	}
	defer s.close()

	for i, n := range nights() {
		begun := time.Now()

		s.say("\n== night %d: %s", i+1, n.name)

		if err = n.play(s); err != nil {
			return fmt.Errorf("night %d, %s: %w", i+1, n.name, err)
		}

		s.say("== over after %s; everybody got what they were to get", time.Since(begun).Round(time.Second))
	}

	return nil
}
