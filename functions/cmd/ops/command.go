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

// errNoCommand is the error of a command line without a command.
var errNoCommand = fmt.Errorf("there is no such command; %w: ops COMMAND [-n] SUBJECT; ops -h lists the commands", errUsage)

// parse reads a command line; flag.ErrHelp if it asks for help.
func parse(args []string) (command, error) {
	if len(args) == 0 {
		return command{}, errNoCommand
	}

	if slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		return command{}, flag.ErrHelp
	}

	c := command{name: args[0]}
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&c.dry, "n", false, "only say what would be done")

	v := find(c.name)
	if v.do == nil {
		return command{}, errNoCommand // its name is not repeated: it may be a value
	}
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
			return command{}, v.misused(v.name + ": " + wrongFlag(err))
		}

		if rest = flags.Args(); len(rest) > 0 {
			if c.subject != "" {
				return command{}, v.misused(v.name + " has too many arguments")
			}

			c.subject, rest = rest[0], rest[1:]
		}
	}

	switch given := strings.TrimSpace(c.subject) != ""; {
	case given && v.subject == "":
		return command{}, v.misused(v.name + " takes no argument")
	case !given && v.subject != "":
		return command{}, v.misused(v.name + " needs " + v.subject)
	default:
		return c, nil
	}
}

// wrongFlag says what is wrong with a flag, in one line.
func wrongFlag(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
