package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
)

// advise adds to an error of starting what the person can do about it; state is the directory of the state.
func advise(err error, state string) error {
	switch {
	case errors.Is(err, journal.ErrLocked):
		return fmt.Errorf("%w; another one runs on the state in %s: end it, or name another directory with -state", err, state)
	case errors.Is(err, journal.ErrCorrupt):
		return fmt.Errorf("%w; the state in %s cannot be used: move it away, or start afresh with make clean", err, state)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; set PORT, -listen or -keys to another one", err)
	}

	return err
}

// export returns the shell's line for a function in a process of its own. It names the local cloud, and in the variables given
// the simulators, so that no message goes to a real provider. Secrets are left out: the other process needs them in its own
// environment.
func export(cloud string, given map[string]string) string {
	variables := maps.Clone(given)
	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"} {
		variables[name] = cloud
	}

	for _, name := range []string{"PLATFORM_TOKEN", "ORDER_LINK_KEY"} {
		delete(variables, name)
	}

	line := []string{"export"}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		line = append(line, name+"="+quote(variables[name]))
	}

	return strings.Join(line, " ")
}

// quote returns a value as one word of the shell's.
func quote(value string) string {
	plain := func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("-_./:@%+=,", c)
	}
	if strings.TrimFunc(value, plain) == "" {
		return value
	}

	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
