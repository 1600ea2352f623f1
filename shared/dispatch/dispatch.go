// Package dispatch turns an event of the order platform into at most one message per occurrence, and sends it.
//
//	Deliver ─▶ identify ─▶ plan ─▶ ┌ facts ─▶ settle ─▶ weigh ─▶ admit ─▶ claim (write) ┐ ─▶ post ─▶ outcome.Recorder
//	           what        how it  └──────────── again if another was faster ───────────┘
//	           happened    is sent
//
// No lock is held across a call. The claim is the creation of the message's document, which succeeds once; every later
// change of hands is conditional on the update time that was read. A message that a provider may have taken, although
// nothing was recorded, is in doubt: it is settled by evidence, not by trying again.
package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/throttle"
)

// Keys are the product's own keys. With another phone key every customer is new; with another
// occurrence key every message is, and is sent again.
type Keys struct {
	// Phone makes customers' ids, Occurrence messages' ids.
	Phone      phone.Keyer
	Occurrence order.Keyer
	// Reference seals what providers echo.
	Reference message.Sealer
}

// Deps are what a Dispatcher works with.
type Deps struct {
	Store     *store.Store
	Accounts  *settings.Accounts
	Apps      *settings.Apps
	Orders    *orders.Reader
	Providers settings.Providers
	Keys      *cache.Once[Keys]
	Outcomes  *outcome.Recorder
	// Client calls providers.
	Client *http.Client
	Clock  clock.Clock
	Logger *slog.Logger
}

// Dispatcher sends messages. It is safe for concurrent use.
type Dispatcher struct {
	cfg       Config
	store     *store.Store
	accounts  *settings.Accounts
	apps      *settings.Apps
	orders    *orders.Reader
	providers settings.Providers
	keys      *cache.Once[Keys]
	outcomes  *outcome.Recorder
	client    *http.Client
	clock     clock.Clock
	logger    *slog.Logger
	rates     *throttle.Rates
	places    *throttle.Places
	circuits  *throttle.Circuits
}

// New returns a Dispatcher; it makes no call.
func New(cfg Config, deps Deps) *Dispatcher {
	circuits := throttle.NewCircuits(deps.Clock)

	return &Dispatcher{
		cfg:       cfg,
		store:     deps.Store,
		accounts:  deps.Accounts,
		apps:      deps.Apps,
		orders:    deps.Orders,
		providers: deps.Providers,
		keys:      deps.Keys,
		outcomes:  deps.Outcomes,
		client:    deps.Client,
		clock:     deps.Clock,
		logger:    deps.Logger,
		rates:     throttle.NewRates(deps.Clock),
		places:    throttle.NewPlaces(deps.Clock, circuits, cfg.Concurrency, cfg.AppConcurrency),
		circuits:  circuits,
	}
}

// Deliver takes one event. A nil error means that Pub/Sub may forget it; a [queue.UnreadableError] means that it cannot be read, any
// other error that it must be delivered again. An event that sweep published asks for redelivery only if its outcome is stored and
// not yet told, by this delivery or by one before that ended in the middle. After any other failure sweep publishes it again when the
// message is due.
func (d *Dispatcher) Deliver(ctx context.Context, in Delivery) (outcome.Report, error) {
	report, err := d.deliver(ctx, in)
	if _, unreadable := errors.AsType[*queue.UnreadableError](err); err == nil || unreadable || in.ticket() == "" || untold(report) {
		return report, err
	}

	if untold := d.tellEnd(ctx, in); untold != nil {
		return report, errors.Join(err, untold)
	}

	d.logger.WarnContext(ctx, "event of a waiting message failed", "message_id", report.MessageID, "error", err)

	report.Result = outcome.Returned

	return report, nil
}

// tellEnd tells the end of the message of an event that sweep published if that is stored. It returns nil for a message that sweep brings
// again. One that cannot be read may have been ended by an earlier delivery of the event, if there was any: only then is that an error.
func (d *Dispatcher) tellEnd(ctx context.Context, in Delivery) error {
	id := in.Attributes[order.AttributeRetry]
	if !isMessageID(id) {
		return nil
	}

	m, err := d.store.Message(ctx, id)

	switch {
	case errors.Is(err, store.ErrNotFound), err != nil && !in.Again:
		return nil
	case err != nil:
		return err
	case m.Phase == message.Dropped:
		return d.outcomes.PublishDropped(ctx, m)
	case m.Phase == message.Refused:
		return d.outcomes.PublishRefused(ctx, m)
	case m.Recorded(), m.Phase == message.Failed:
		return d.outcomes.PublishAgain(ctx, m)
	default:
		return nil
	}
}

// untold reports whether a failed event has an outcome that is written and must still be told: no further event follows by itself,
// so it is delivered again.
func untold(r outcome.Report) bool {
	switch r.Result {
	case outcome.Accepted, outcome.Failed, outcome.Refused, outcome.Dropped, outcome.Duplicate:
		return true
	default:
		return false
	}
}

// deliver decides on one event.
func (d *Dispatcher) deliver(ctx context.Context, in Delivery) (outcome.Report, error) {
	o, report, err := d.identify(ctx, in)
	if err != nil || report.Result != "" {
		return report, err
	}

	if !o.setting.Enabled && !o.delivery.republished() {
		report.Result = outcome.EventOff
		return report, d.noteOff(ctx, o)
	}

	sent, err := d.send(ctx, o)
	if sent.Result == "" {
		return report, err
	}

	return sent, err
}
