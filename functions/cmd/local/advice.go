package main

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
)

// advise adds to an error of starting what the person can do about it; state is the directory of the state.
func advise(err error, state string) error {
	switch {
	case errors.Is(err, journal.ErrLocked):
		return fmt.Errorf("%w; another one runs on the state in %s: end it, or name another directory (STATE=dir make run, or -state dir)", err, state)
	case errors.Is(err, journal.ErrCorrupt), errors.Is(err, world.ErrAhead):
		return fmt.Errorf("%w; the state in %s cannot be used: move it away, or remove it with %s", err, state, lab.Clean(state))
	case errors.Is(err, world.ErrBehind):
		return fmt.Errorf("%w: it was moved ahead by /local/clock, and functions in processes of their own go by the machine's clock; "+
			"name another directory (-state dir), or remove the state with %s", err, lab.Clean(state))
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; set PORT, -listen or -keys to another one", err)
	}

	return err
}

// farewell is the last line of a local run; state is the directory of the state, empty if it is in memory.
func farewell(state string) string {
	const line = "\nfinishing what is in flight; "
	if state == "" {
		return line + "the state was in memory, and ends with it"
	}
	return line + "the state stays in " + state
}
