package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// command is a parsed command line.
type command struct {
	name string
	// dry has the command only say what it would do.
	dry bool
	// force has webhook-end end the last token of an app, rate-card take a card that begins or ends within a quarter, and dead-letter-drop drop
	// all of a topic or what may hold a shopper's message.
	force bool
	// key and roots are files that verify checks by.
	key, roots string
	// from is the line of the file that import begins with.
	from int
	// unmasked has dead-letter show a letter as it is.
	unmasked bool
	// signing has rotate-secret replace what callbacks are signed with.
	signing bool
	// again are the flags of replay.
	again replayFlags
	// subject is the command's one argument.
	subject string
}

// parse reads a command line; flag.ErrHelp if it asks for help.
func parse(args []string) (command, error) {
	if len(args) == 0 {
		return command{}, errUsage
	}

	if slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		return command{}, flag.ErrHelp
	}

	c := command{name: args[0]}
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&c.dry, "n", false, "only say what would be done")

	v := find(c.name)
	if v.flags != nil {
		v.flags(flags, &c)
	}

	// The flags may stand on either side of the argument.
	rest := args[1:]
	for len(rest) > 0 {
		err := flags.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			return command{}, err
		}
		if err != nil {
			return command{}, fmt.Errorf("%w; %w", err, errUsage)
		}

		if rest = flags.Args(); len(rest) > 0 {
			if c.subject != "" {
				return command{}, errUsage
			}

			c.subject, rest = rest[0], rest[1:]
		}
	}

	if takes := v.subject != ""; takes == (strings.TrimSpace(c.subject) == "") {
		return command{}, errUsage
	}

	return c, nil
}
