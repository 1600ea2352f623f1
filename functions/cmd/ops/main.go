// Ops is what an operator does by hand: it makes the keys, writes a secret, puts an account or a rate card, replaces the token of a webhook, makes a key for a
// brand's bot, reopens a message that was given up, submits a choice once more, explains why messages were sent or not, prints
// what proves one, brings customers in from a file, and erases one. It works on the Firestore and the Secret Manager that the environment names, as the functions do:
// GOOGLE_CLOUD_PROJECT, and FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST, SECRET_MANAGER_EMULATOR_HOST and STORAGE_EMULATOR_HOST for emulators or the local cloud;
// PROOF_BUCKET names the bucket of the daily roots, for ledger, and LOCAL_AHEAD how far a local run's time was moved ahead.
//
//	ops secret [-n] NAME                writes a new version of the secret: what it reads from the standard input
//	ops account [-n] FILE.json          puts the account that the file describes; its apps and events are set over the workspace API
//	ops dead-letters TOPIC              lists dead letters by groups; of all topics for TOPIC all; each letter of a group for TOPIC/GROUP
//	ops dead-letter TOPIC/ID            shows one, with its values masked; with -clear as it is
//	ops dead-letter-replay [-n] TOPIC   publishes them to where they came from; of TOPIC/GROUP or TOPIC/ID those
//	ops dead-letter-drop [-n] TOPIC/ID  takes one, or TOPIC/GROUP, away for good; more, or a shopper's, with -f only
//	ops onboard [-n] FILE.json          makes what a brand begins with from one file: account, apps, sender, events; it can be repeated
//	ops rotate-secret [-n] ACCOUNT/APP  gives an app the credential that it reads from the standard input, once it works; -signing what callbacks are signed with
//	ops rotate-webhook [-n] ACCOUNT/APP gives an app's webhook another address, and tells the provider where that is possible
//	ops rotate-end [-n] ACCOUNT/APP     ends at once what these two left beside the new ones; else it ends after a day
//	ops webhook-add [-n] APP            adds a token to the app's webhook, and lists those that it has
//	ops webhook-end [-n] APP/TOKEN      ends a token, named as webhook-add lists it; the app's last one with -f only
//	ops guest-key [-n] ACCOUNT          makes a key with which the account's bot calls brandapi, and lists those that it has
//	ops guest-key-end [-n] ACCOUNT/KEY  ends a key, named as guest-key -n lists it
//	ops keys [-n]                       makes the product's own keys, once: what is there stays
//	ops replay ACCOUNT/DAY              delivers an account's events of a day to the code of today, on a copy of what is stored, and says what would be
//	                                    otherwise; -settings now or a file takes other settings, -card another rate card, -events a file of events
//	ops reopen [-n] MESSAGE_ID          sends once more what was given up
//	ops reopen-all [-n] ACCOUNT/DAY     sends once more all that was given up since a day; with ACCOUNT/APP/DAY of one app
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
//	ops shapes                          lists forms of providers' bodies that were not seen before
//	ops shape FINGERPRINT               prints a masked body of one, as it can stand among the fixtures
//	ops proof-key                       prints the public key that proofs are signed with, as it is published
//	ops verify [-key FILE] [-roots DIR] FILE
//	                                    checks a file that proves a consent; it needs no environment, no network and no access
//	ops operations DAY                  lists what was done with these commands from that day on
//
// With -n a command checks and says what it would do; -h lists the commands. Tokens and keys are printed once; only their hashes are stored.
// A command that writes, or that shows what is of a shopper, leaves a note in the collection operations: what it changed or showed, when, what came of it, and who it was, by OPERATOR or by
// the name of the machine's user.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/deadletter"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

func main() {
	ctx, stop := untilEnded(context.Background())
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "ops:", err)
		os.Exit(1)
	}
}

// untilEnded returns a context that a signal ends, after which a command gives back what it holds. SIGPIPE comes when the reader of the output is
// gone, such as head.
func untilEnded(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
}

// environment is what is read of the functions' configuration.
type environment struct {
	Project   config.Project
	Secrets   secret.Config
	Providers catalog.Config
	Keys      wire.OwnKeysConfig
	Archive   archive.Config
	Zone      config.Zone `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	Dead      wire.DeadTopics
	Client    httpx.ClientConfig
	Calls     provider.CallConfig
	News      wire.AccountNews
	// PubSubEmulator is the address of an emulator or of the local cloud, which brings at once what it has.
	PubSubEmulator string `env:"PUBSUB_EMULATOR_HOST"`
	// WebhookURL is webhook's public address; it is needed where an app gets one.
	WebhookURL string `env:"WEBHOOK_URL"`
	// Operator is who is noted with what is changed; empty means the user of the machine.
	Operator string `env:"OPERATOR"`
	// Ahead is how far the time of a local run is ahead of the machine's, beside which ops is to work; it goes with the local cloud only.
	Ahead time.Duration `env:"LOCAL_AHEAD"`
}

// Validate checks that only a local run is ahead of time.
func (e environment) Validate() error {
	if e.Ahead != 0 && (e.Ahead < 0 || e.PubSubEmulator == "") {
		return errors.New("LOCAL_AHEAD goes with a local run, and is no less than 0s")
	}

	return nil
}

// clock returns the clock of what ops works on.
func (e environment) clock() clock.Clock {
	if e.Ahead == 0 {
		return clock.Real{}
	}

	return clock.NewForward(e.Ahead)
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
		return ops{in: in, out: out, hints: os.Stderr}.do(ctx, c)
	}

	var env environment
	if err = config.Load(ctx, config.OS(), &env); err != nil {
		return err
	}

	who, err := operatorOf(env.Operator)
	if err != nil {
		return err
	}

	db, err := store.Open(ctx, env.Project.ID)
	if err != nil {
		return err
	}

	secrets := secret.New(secret.Options{Config: env.Secrets, ProjectID: env.Project.ID})
	topics := queue.NewClient(env.Project.ID)
	now := env.clock()
	stage := scratch.Options{Project: env.Project.ID, Secrets: secrets, Clock: now}
	o := ops{
		store:       db,
		topics:      topics,
		events:      env.Dead.Events.Topic,
		dead:        env.Dead.Topics(),
		keeping:     env.keeping(),
		stage:       stage,
		scratch:     func(ctx context.Context) (*scratch.Scratch, error) { return scratch.Open(ctx, stage) },
		secrets:     secrets,
		providers:   catalog.New(env.Providers),
		client:      httpx.Client(env.Client.RequestTimeout, env.Providers.Addresses()...),
		timeout:     env.Calls.Timeout,
		webhookURL:  env.WebhookURL,
		news:        env.News.Topic,
		clock:       now,
		zone:        env.Zone.Location(),
		own:         env.Keys,
		bucket:      archive.New(archive.Options{Config: env.Archive}),
		in:          in,
		out:         out,
		hints:       os.Stderr,
		environment: config.OS(),
		who:         who,
	}

	return errors.Join(o.do(ctx, c), topics.Close(), secrets.Close(), db.Close())
}

// keeping says how long to wait for dead letters; nothing is the usual time.
func (e environment) keeping() queue.KeptOptions {
	if e.PubSubEmulator == "" {
		return queue.KeptOptions{}
	}

	return queue.KeptOptions{Patience: 300 * time.Millisecond}
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
	// environment has what a file names as env:NAME.
	environment config.Lookuper
	in          io.Reader
	out         io.Writer
	// hints takes what is no part of the output, which may be a file.
	hints io.Writer
	// who sits at the keyboard, and note what is noted of the command; nil before it is carried out.
	who  string
	note *audit.Note
	// client calls providers, each call no longer than timeout; webhookURL is where they report to, and news the topic of what is told of apps.
	client     *http.Client
	timeout    time.Duration
	webhookURL string
	news       string
	// topics are those of Pub/Sub, dead those of dead letters, and keeping says how long to wait for these.
	topics  *queue.Client
	dead    []deadletter.Topic
	keeping queue.KeptOptions
	// events is the topic of the platform's events.
	events string
	// stage says how a copy of what is stored is opened; scratch opens one.
	stage   scratch.Options
	scratch func(ctx context.Context) (*scratch.Scratch, error)
	// force, unmasked, keyFile, roots and from are the command's.
	force, unmasked, signing bool
	keyFile, roots           string
	from                     int
	again                    replayFlags
}

// do carries out a command.
func (o ops) do(ctx context.Context, c command) error {
	o.signing, o.again = c.signing, c.again
	o.force, o.unmasked, o.keyFile, o.roots, o.from = c.force, c.unmasked, c.key, c.roots, c.from

	v := find(c.name)
	if v.do == nil {
		return errNoCommand
	}

	o.note = audit.New(o.store, o.clock).Note(v.name, o.who)

	if v.effect == shows && !c.dry {
		if err := o.begin(ctx, noted(c.subject)); err != nil {
			return err
		}

		o.note.Result("shown")
	}

	err := v.do(o, ctx, c.subject, c.dry)

	switch {
	case c.dry && v.effect != writes:
		fmt.Fprintf(o.hints, "%s only reads, with -n and without\n", v.name)
	case c.dry && err == nil:
		o.say("nothing is written, as -n wants it")
	}

	return errors.Join(err, o.end(ctx, err))
}

// count returns a number of things, in words that fit it.
func count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "s"):
		return fmt.Sprintf("%d %ses", n, thing)
	default:
		return fmt.Sprintf("%d %ss", n, thing)
	}
}

// say prints a line.
func (o ops) say(format string, args ...any) { fmt.Fprintf(o.out, format+"\n", args...) }
