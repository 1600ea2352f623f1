// Package dispatch is the sending protocol: an event becomes at most one message per occurrence, and what became of it is
// known. It is used by notify (events), receive (callbacks) and sweep (everything that waits).
//
// A message goes prepare → decide → claim → post → record. No lock is held across a call: the claim is the creation of
// the message's document, which can succeed once, and every later change of hands names the update time it read.
// What the provider may have taken although nobody recorded it is in doubt, and is settled by evidence, not by trying.
package dispatch

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Queue publishes one message and returns its id once it is durable.
type Queue interface {
	Publish(ctx context.Context, m queue.Message) (id string, err error)
}

// Keys are the secrets of our own that ids and references are made with.
type Keys struct {
	Phone      phone.Keyer
	Occurrence order.Keyer
	Reference  message.Sealer
}

// Deps are what the protocol works with.
type Deps struct {
	Store   *store.Store
	Secrets settings.Secrets
	// Orders is the order platform. Only Deliver uses it.
	Orders    orders.Platform
	Providers settings.Providers
	Keys      *cache.Once[Keys]
	// Events is order-events, to which sweep publishes again what waits. Only Sweep uses it.
	Events Queue
	// Callbacks is provider-events, for sweep's heartbeat. Only Sweep uses it.
	Callbacks Queue
	// Outcomes is customer-notifications.
	Outcomes Queue
	// Client calls providers.
	Client *http.Client
	Clock  clock.Clock
	Logger *slog.Logger
}

// Dispatcher runs the protocol. It is safe for concurrent use.
type Dispatcher struct {
	Deps
	cfg      Config
	accounts *settings.Accounts
	apps     *settings.Apps
	orders   *orders.Reader
	limits   *limits
	touched  sync.Map // app id → time of the last note of a callback
}

// New returns a Dispatcher; it makes no call.
func New(cfg Config, deps Deps) *Dispatcher {
	d := &Dispatcher{Deps: deps, cfg: cfg, limits: newLimits(deps.Clock, cfg.MaxInstances)}
	caching := settings.Options{Clock: deps.Clock, TTL: cfg.Settings.TTL, Timeout: cfg.ProviderTimeout}
	d.accounts = settings.NewAccounts(deps.Store, caching)
	d.apps = settings.NewApps(caching, settings.Deps{
		Accounts:  d.accounts,
		Templates: deps.Store,
		Secrets:   deps.Secrets,
		Providers: deps.Providers,
		Client:    deps.Client,
	})
	d.orders = orders.New(deps.Store, deps.Orders, deps.Clock, cfg.Retention.Orders)
	return d
}

// maxConflicts is how often a decision is made anew because somebody else was faster.
const maxConflicts = 8

// Outcome says what became of an event or callback, for the log.
type Outcome struct {
	// Result is one of the Result constants.
	Result    string
	Reason    string
	MessageID string
	AccountID string
	Event     string
	AppID     string
	Attempt   int
	// Failure is what the provider said was wrong, if anything.
	message.Failure
}

// Results of an event or a callback.
const (
	ResultAccepted       = "accepted"
	ResultRefused        = "refused"
	ResultDropped        = "dropped"
	ResultWaiting        = "waiting"
	ResultHeld           = "held"
	ResultFailed         = "failed"
	ResultInDoubt        = "in_doubt"
	ResultDuplicate      = "duplicate"
	ResultEventOff       = "event_off"
	ResultUnknownEvent   = "unknown_event"
	ResultUnknownAccount = "unknown_account"
	ResultNoApp          = "no_app"
	ResultApplied        = "applied"
	ResultParked         = "parked"
	ResultForeign        = "foreign"
	ResultStored         = "stored"
	ResultIgnored        = "ignored"
	ResultHeartbeat      = "heartbeat"
)

// LogValue lists what is set, for one line per outcome.
func (o Outcome) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, a := range []struct{ key, value string }{
		{"result", o.Result},
		{"reason", o.Reason},
		{"message_id", o.MessageID},
		// The others are our own words. These came with the message, and may be anything.
		{"account_id", logging.Number(o.AccountID)},
		{"event", o.Event},
		{"app_id", logging.Word(o.AppID)},
		{"class", logging.Word(string(o.Class))},
		{"code", logging.Word(o.Code)},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	if o.Attempt > 0 {
		attrs = append(attrs, slog.Int("attempt", o.Attempt))
	}
	return slog.GroupValue(attrs...)
}

// newNonce marks one worker's claim.
func newNonce() string { return rand.Text()[:16] }
