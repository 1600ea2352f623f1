// Package simulator stands in for everything outside: the WhatsApp providers, the shoppers' phones and the order
// platform, behind real HTTP. It is what `make run` talks to and the witness that tests compare our own records with.
// It is strict: what the real systems would refuse is refused. It shares no code with our own clients.
//
// One sub-package simulates one system; a new provider is one more beside gupshup, wired in [New].
package simulator

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// callbackTimeout is how long a receiver of callbacks may take: Gupshup's hard limit
// (shared/provider/gupshup/CONTRACT.md section 5.1).
const callbackTimeout = 10 * time.Second

// The words that callers of this package need, without the sub-packages.
type (
	// Accepted is one message that a provider took on.
	Accepted = witness.Accepted
	// Callback is one post that is to reach a webhook.
	Callback = callback.Callback
	// Message is one message as a phone shows it.
	Message = handset.Message
	// Reply is a shopper's answer.
	Reply = handset.Reply
	// Fault is one thing that goes wrong on demand.
	Fault = chaos.Fault
)

// Options is what a simulator is made of. Every field may be left out.
type Options struct {
	// Clock is what all lag, delay and back-off run on; the machine's by default.
	Clock clock.Clock
	// Client posts the callbacks. Its timeout, if any, should be longer than ten seconds.
	Client *http.Client
	// Logger gets a line for each callback that is given up; none by default.
	Logger *slog.Logger
	// Seed decides every id and every disorder.
	Seed uint64
	// Forget keeps only the newest so many messages, requests and deliveries, for long runs; 0 keeps all.
	Forget int
}

// Simulator is the outside world. It is safe for concurrent use.
type Simulator struct {
	log      *witness.Log
	faults   *chaos.List
	outbox   *callback.Outbox
	phones   *handset.Book
	gupshup  *gupshup.Server
	kaleyra  *kaleyra.Server
	bot      *businessonbot.Server
	meta     *meta.Server
	platform *platform.Server
	handler  http.Handler
}

// New returns a world without apps, orders and faults.
func New(o Options) *Simulator {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	if o.Client == nil {
		o.Client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}}
	}

	s := &Simulator{
		log:    witness.New(o.Forget),
		faults: chaos.New(o.Clock),
		phones: handset.New(o.Clock.Now, o.Forget),
	}

	s.outbox = callback.New(callback.Config{
		Clock:   o.Clock,
		Client:  o.Client,
		Logger:  o.Logger,
		Log:     s.log,
		Faults:  s.faults,
		Timeout: callbackTimeout,
	})

	ids := ident.New(o.Seed)
	provider := tenant.Config{
		Clock:   o.Clock,
		IDs:     ids,
		Log:     s.log,
		Faults:  s.faults,
		Outbox:  s.outbox,
		Handset: s.phones,
		Client:  o.Client,
	}

	s.gupshup, s.kaleyra, s.meta = gupshup.New(provider), kaleyra.New(provider), meta.New(provider)
	s.bot = businessonbot.New(businessonbot.Config{
		Clock:  o.Clock,
		Log:    s.log,
		Faults: s.faults,
		Keep:   o.Forget,
	})
	s.platform = platform.New(platform.Config{
		Clock:  o.Clock,
		IDs:    ids,
		Faults: s.faults,
		Keep:   o.Forget,
	})

	mux := http.NewServeMux()
	mux.Handle("/gupshup/", http.StripPrefix("/gupshup", s.gupshup.Handler()))
	mux.Handle("/kaleyra/", http.StripPrefix("/kaleyra", s.kaleyra.Handler()))
	mux.Handle("/businessonbot/", http.StripPrefix("/businessonbot", s.bot.Handler()))
	mux.Handle("/meta/", http.StripPrefix("/meta", s.meta.Handler()))
	mux.Handle("/platform/", http.StripPrefix("/platform", s.platform.Handler()))
	s.handler = s.log.Wrap(o.Clock.Now, mux)

	return s
}

// Handler serves the order platform under "/platform" and each provider's API under the provider's name: "/gupshup",
// "/kaleyra", "/businessonbot" and "/meta". These are the base URLs for clients.
func (s *Simulator) Handler() http.Handler { return s.handler }

// Close cuts requests that hang and ends the callbacks. It may be called more than once.
func (s *Simulator) Close() {
	s.faults.Close()
	s.outbox.Close()
}

// Gupshup is the simulated Gupshup.
func (s *Simulator) Gupshup() *gupshup.Server { return s.gupshup }

// Kaleyra is the simulated Kaleyra.
func (s *Simulator) Kaleyra() *kaleyra.Server { return s.kaleyra }

// BusinessOnBot is the simulated BusinessOnBot.
func (s *Simulator) BusinessOnBot() *businessonbot.Server { return s.bot }

// Meta is the simulated Meta.
func (s *Simulator) Meta() *meta.Server { return s.meta }

// Platform is the simulated order platform.
func (s *Simulator) Platform() *platform.Server { return s.platform }

// Phones are the shoppers' phones: what they show, and what their owners answer.
func (s *Simulator) Phones() *handset.Book { return s.phones }

// Log is the record of what reached the simulated systems: messages accepted, requests seen, callbacks posted.
func (s *Simulator) Log() *witness.Log { return s.log }

// Systems are the names of the simulated systems, as a [Fault] names one.
func Systems() []string { return []string{"gupshup", "meta", "kaleyra", "businessonbot", "platform"} }

// Lacking is what the provider of a name documents no form of callback for, so that no phone can send it to an app there.
func Lacking(provider string) handset.Lacking {
	switch provider {
	case "gupshup":
		return gupshup.Lacking()
	case "kaleyra":
		return kaleyra.Lacking()
	default:
		return handset.Lacking{}
	}
}

// Faults are the injected faults in force in all simulated systems.
func (s *Simulator) Faults() *chaos.List { return s.faults }

// Outbox holds the callbacks that wait for their time or, with Behaviour.Hold, for a release by hand.
func (s *Simulator) Outbox() *callback.Outbox { return s.outbox }

// Settle waits until every callback that is due by the clock was posted and answered.
func (s *Simulator) Settle(ctx context.Context) error {
	return s.outbox.Settle(ctx)
}
