// Ops is what an operator does by hand: it makes the keys, writes a secret, puts an account or a rate card, replaces the token of a webhook, makes a key for a
// brand's bot, reopens a message that was given up, submits a choice once more, explains why messages were sent or not, prints
// what proves one, brings customers in from a file, and erases one. It works on the Firestore and the Secret Manager that the environment names, as the functions do:
// GOOGLE_CLOUD_PROJECT, and FIRESTORE_EMULATOR_HOST, SECRET_MANAGER_EMULATOR_HOST and STORAGE_EMULATOR_HOST for emulators or the local cloud;
// PROOF_BUCKET names the bucket of the daily roots, for ledger.
//
//	ops secret [-n] NAME                writes a new version of the secret: what it reads from the standard input
//	ops account [-n] FILE.json          puts the account that the file describes; its apps and events are set over the workspace API
//	ops webhook-add [-n] APP            adds a token to the app's webhook, and lists those that it has
//	ops webhook-end [-n] APP/TOKEN      ends a token, named as webhook-add lists it; the app's last one with -f only
//	ops guest-key [-n] ACCOUNT          makes a key with which the account's bot calls brandapi, and lists those that it has
//	ops guest-key-end [-n] ACCOUNT/KEY  ends a key, named as guest-key -n lists it
//	ops keys [-n]                       makes the product's own keys, once: what is there stays
//	ops reopen [-n] MESSAGE_ID          sends once more what was given up
//	ops explain [-n] ACCOUNT/ORDER      says why each message of an order was sent or not; with a message's id, of that one; with ACCOUNT/-, to
//	                                    the shopper whose number it reads from the standard input
//	ops receipt ACCOUNT/MESSAGE_ID      prints what proves a message: consent, settings, template, attempts, and what it cost and by which card
//	ops erase [-n] ACCOUNT/KEY          erases a customer's personal data for good, for the reason that it reads from the standard input
//	ops import [-n] ACCOUNT/FILE.csv    brings the customers of a file and their opt-ins into an account; -from LINE goes on where one stopped
//	ops submit [-n] ACCOUNT/ORDER       submits once more the choices on an order that the platform gave no answer to for a day
//	ops rate-card [-n] FILE.json        puts the rate card that the file has; one that begins within a quarter with -f only
//	ops rate-cards                      lists all rate cards with their prices
//	ops ledger ACCOUNT/KEY              writes the file that proves the ledger of a customer's consents, whom the key of a search names, to the
//	                                    standard output
//	ops proof-key                       prints the public key that proofs are signed with, as it is published
//	ops verify [-key FILE] [-roots DIR] FILE
//	                                    checks a file that proves a consent; it needs no environment, no network and no access
//
// With -n a command checks and says what it would do; -h lists the commands. Tokens and keys are printed once; only their hashes are stored.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "ops:", err)
		os.Exit(1)
	}
}

// environment is what is read of the functions' configuration.
type environment struct {
	Project   config.Project
	Secrets   secret.Config
	Providers catalog.Config
	Keys      wire.OwnKeysConfig
	Archive   archive.Config
	Zone      config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
}

// run opens the store that the environment names, and carries out the command.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	c, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(out, help())
		return err
	}
	if err != nil {
		return err
	}

	if c.name == verifyName {
		return ops{in: in, out: out}.do(ctx, c)
	}

	var env environment
	if err = config.Load(ctx, config.OS(), &env); err != nil {
		return err
	}

	db, err := store.Open(ctx, env.Project.ID)
	if err != nil {
		return err
	}

	secrets := secret.New(secret.Options{Config: env.Secrets, ProjectID: env.Project.ID})
	o := ops{
		store:     db,
		secrets:   secrets,
		providers: catalog.New(env.Providers),
		clock:     clock.Real{},
		zone:      env.Zone.Location(),
		own:       env.Keys,
		bucket:    archive.New(archive.Options{Config: env.Archive}),
		in:        in,
		out:       out,
	}

	return errors.Join(o.do(ctx, c), secrets.Close(), db.Close())
}

// command is a parsed command line.
type command struct {
	name string
	// dry has the command only say what it would do.
	dry bool
	// force has webhook-end end the last token of an app, and rate-card take a card that begins or ends within a quarter.
	force bool
	// key and roots are files that verify checks by.
	key, roots string
	// from is the line of the file that import begins with.
	from int
	// subject is the command's one argument.
	subject string
}

// verb is a command that there is.
type verb struct {
	name string
	// subject is what its argument is, empty if it takes none, and what says what it does.
	subject, what string
	do            func(o ops, ctx context.Context, subject string, dry bool) error
}

// verbs are the commands in the order of their names.
func verbs() []verb {
	return []verb{
		{"account", "FILE.json", "puts the account that the file describes; its apps and events are set over the workspace API", ops.account},
		{"erase", "ACCOUNT/KEY", "erases a customer's personal data for good, for the reason that it reads from the standard input", ops.erase},
		{"explain", "ACCOUNT/ORDER", "says why each message of an order was sent or not; with a message's id, of that one; with ACCOUNT/-, to the shopper whose number it reads", ops.explain},
		{"guest-key", "ACCOUNT", "makes a key with which the account's bot calls brandapi, and lists those that it has", ops.guestKey},
		{"guest-key-end", "ACCOUNT/KEY", "ends a key, named as guest-key -n lists it", ops.endGuestKey},
		{"import", "ACCOUNT/FILE.csv", "brings the customers of a file and their opt-ins into an account; -from LINE goes on where one stopped", ops.importCustomers},
		{"keys", "", "makes the product's own keys, once: what is there stays", ops.keys},
		{"ledger", "ACCOUNT/KEY", "writes the file that proves the ledger of a customer's consents, whom the key of a search names; verify checks it", ops.ledger},
		{"proof-key", "", "prints the public key that proofs are signed with, as it is published", ops.proofKey},
		{"rate-card", "FILE.json", "puts the rate card that the file has; one that begins or ends within a quarter with -f only", ops.rateCard},
		{"rate-cards", "", "lists all rate cards with their prices", ops.rateCards},
		{"receipt", "ACCOUNT/MESSAGE_ID", "prints what proves a message: consent, settings, template, attempts, and what it cost and by which card", ops.receipt},
		{"reopen", "MESSAGE_ID", "sends once more what was given up", ops.reopen},
		{"secret", "NAME", "writes a new version of the secret: what it reads from the standard input", ops.secret},
		{"submit", "ACCOUNT/ORDER", "submits once more the choices on an order that the platform gave no answer to for a day", ops.submit},
		{verifyName, "FILE", "checks a file that proves a consent, by the public key in -key FILE and the copy of what was published in -roots DIR", ops.verify},
		{"webhook-add", "APP", "adds a token to the app's webhook, and lists those that it has", ops.addWebhook},
		{"webhook-end", "APP/TOKEN", "ends a token, named as webhook-add lists it; the app's last one with -f only", ops.endWebhook},
	}
}

// help lists the commands, one a line.
func help() string {
	var b strings.Builder
	for _, v := range verbs() {
		usage := v.name
		if v.subject != "" {
			usage += " [-n] " + v.subject
		}

		fmt.Fprintf(&b, "ops %-31s %s\n", usage, v.what)
	}

	return b.String()
}

// errUsage says what a command line looks like.
var errUsage = func() error {
	var names, subjects []string
	for _, v := range verbs() {
		names = append(names, v.name)

		if v.subject != "" && !slices.Contains(subjects, v.subject) {
			subjects = append(subjects, v.subject)
		}
	}

	return fmt.Errorf("usage: ops %s [-n] %s; ops -h says what each does", strings.Join(names, "|"), strings.Join(subjects, "|"))
}()

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

	if slices.Contains([]string{"rate-card", "webhook-end"}, c.name) {
		flags.BoolVar(&c.force, "f", false, "do what is refused without: end an app's last token, or put a card that is not of whole quarters")
	}

	if c.name == verifyName {
		flags.StringVar(&c.key, "key", "", "file of the public key that must have signed")
		flags.StringVar(&c.roots, "roots", "", "directory with a copy of what was published")
	}

	if c.name == "import" {
		flags.IntVar(&c.from, "from", 0, "the line of the first row to import")
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

	if takes := subjectOf(c.name) != ""; takes == (strings.TrimSpace(c.subject) == "") {
		return command{}, errUsage
	}

	return c, nil
}

// subjectOf returns what the argument of a command is; empty if it takes none, or if there is no such command.
func subjectOf(name string) string {
	for _, v := range verbs() {
		if v.name == name {
			return v.subject
		}
	}

	return ""
}

// ops is what the commands work with.
type ops struct {
	store     *store.Store
	secrets   *secret.Store
	providers *catalog.Catalog
	clock     clock.Clock
	// zone is that of the platform's times.
	zone *time.Location
	// own names the secrets of the product's own keys.
	own wire.OwnKeysConfig
	// bucket has the daily roots of consents.
	bucket *archive.Bucket
	in     io.Reader
	out    io.Writer
	// force, keyFile, roots and from are the command's.
	force          bool
	keyFile, roots string
	from           int
}

// do carries out a command.
func (o ops) do(ctx context.Context, c command) error {
	o.force, o.keyFile, o.roots, o.from = c.force, c.key, c.roots, c.from

	for _, v := range verbs() {
		if v.name == c.name {
			return v.do(o, ctx, c.subject, c.dry)
		}
	}

	return errUsage
}

// count returns a number of things, in words that fit it.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// say prints a line.
func (o ops) say(format string, args ...any) { fmt.Fprintf(o.out, format+"\n", args...) }
