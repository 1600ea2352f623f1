// Ops is what an operator does by hand: it writes an account, replaces the token of a webhook, makes a key for a brand's bot, and
// reopens a message that was given up. It works on the Firestore that the environment names, as the functions do: GOOGLE_CLOUD_PROJECT, and
// FIRESTORE_EMULATOR_HOST for an emulator or the local cloud.
//
//	ops account [-n] FILE.json      writes the account that the file describes, and makes its webhooks' tokens
//	ops webhook-add [-n] APP        adds a token to the app's webhook, and lists those that it has
//	ops webhook-end [-n] APP/TOKEN  ends a token, named as webhook-add lists it
//	ops guest-key [-n] ACCOUNT      makes a key with which the account's bot calls brandapi
//	ops reopen [-n] MESSAGE_ID      sends once more what was given up
//
// With -n a command checks and says what it would do. Tokens and keys are printed once; only their hashes are stored.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "ops:", err)
		os.Exit(1)
	}
}

// environment is what is read of the functions' configuration.
type environment struct {
	Project   config.Project
	Providers catalog.Config
}

// run opens the store that the environment names, and carries out the command.
func run(ctx context.Context, args []string, out io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}

	var env environment
	if err = config.Load(ctx, config.OS(), &env); err != nil {
		return err
	}

	db, err := store.Open(ctx, env.Project.ID)
	if err != nil {
		return err
	}

	o := ops{
		store:     db,
		providers: catalog.New(env.Providers),
		clock:     clock.Real{},
		out:       out,
	}

	return errors.Join(o.do(ctx, c), db.Close())
}

// command is a parsed command line.
type command struct {
	name string
	// dry has the command only say what it would do.
	dry bool
	// subject is the command's one argument.
	subject string
}

var errUsage = errors.New(
	"usage: ops account|guest-key|reopen|webhook-add|webhook-end [-n] FILE.json|ACCOUNT|MESSAGE_ID|APP|APP/TOKEN")

// parse reads a command line.
func parse(args []string) (command, error) {
	if len(args) == 0 {
		return command{}, errUsage
	}

	c := command{name: args[0]}
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&c.dry, "n", false, "only say what would be done")

	// The flag may stand on either side of the argument.
	rest := args[1:]
	for len(rest) > 0 {
		if err := flags.Parse(rest); err != nil {
			return command{}, fmt.Errorf("%w; %w", err, errUsage)
		}

		if rest = flags.Args(); len(rest) > 0 {
			if c.subject != "" {
				return command{}, errUsage
			}

			c.subject, rest = rest[0], rest[1:]
		}
	}

	if strings.TrimSpace(c.subject) == "" {
		return command{}, errUsage
	}

	return c, nil
}

// ops is what the commands work with.
type ops struct {
	store     *store.Store
	providers *catalog.Catalog
	clock     clock.Clock
	out       io.Writer
}

// do carries out a command.
func (o ops) do(ctx context.Context, c command) error {
	switch c.name {
	case "account":
		return o.account(ctx, c.subject, c.dry)
	case "webhook-add":
		return o.addWebhook(ctx, c.subject, c.dry)
	case "webhook-end":
		return o.endWebhook(ctx, c.subject, c.dry)
	case "guest-key":
		return o.guestKey(ctx, c.subject, c.dry)
	case "reopen":
		return o.reopen(ctx, c.subject, c.dry)
	default:
		return errUsage
	}
}

// say prints a line.
func (o ops) say(format string, args ...any) { fmt.Fprintf(o.out, format+"\n", args...) }
