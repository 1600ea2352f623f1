// Package dispatch turns an event of the order platform into at most one message per occurrence, and sends it.
//
//	Deliver ─▶ occurrence ─▶ plan ─▶ ┌ facts ─▶ weigh ─▶ admit ─▶ claim ┐ ─▶ post ─▶ outcome.Recorder
//	           what happened  how it  └────── again if another was faster ┘
//	                          is sent
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
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Keys are the product's own keys. Another phone key makes every customer a new one, another occurrence key every message.
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
	limits    *limits
}

// New returns a Dispatcher; it makes no call.
func New(cfg Config, deps Deps) *Dispatcher {
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
		limits:    newLimits(deps.Clock, cfg.MaxInstances),
	}
}

// Deliver takes one event. A nil error means that Pub/Sub may forget it; an error of kind Invalid means that it cannot be
// read, any other that it must be delivered again.
func (d *Dispatcher) Deliver(ctx context.Context, in Delivery) (outcome.Report, error) {
	o, report, err := d.identify(ctx, in)
	if err != nil || report.Result != "" {
		return report, err
	}

	if !o.setting.Enabled && !o.delivery.republished() {
		report.Result = outcome.EventOff
		return report, d.store.MergeStatusTimes(ctx, d.statusTimes(o))
	}

	return d.send(ctx, o)
}

// maxConflicts is how often a decision is made again because another worker was faster.
const maxConflicts = 8

// send plans, then decides and claims until no other worker is faster, and posts what it claimed.
func (d *Dispatcher) send(ctx context.Context, o occurrence) (outcome.Report, error) {
	p, err := d.plan(ctx, o, pinned{})
	if err != nil {
		return outcome.Report{}, err
	}

	// A token that is not spent on a post is given back.
	var held *token
	defer func() { held.giveBack() }()

	exists := o.delivery.republished()
	for range maxConflicts {
		f, err := d.facts(ctx, o, p, exists)
		if isRace(err) {
			continue
		}
		if err != nil {
			return outcome.Report{}, err
		}

		if f.Message != nil {
			report, settled, err := d.settleExisting(ctx, o, p, *f.Message)
			if settled || err != nil {
				return report, err
			}

			o = o.asKept(*f.Message)
			if pin := pinnedBy(*f.Message); pin.otherThan(p) {
				if p, err = d.plan(ctx, o, pin); err != nil {
					return outcome.Report{}, err
				}

				held.giveBack()
				held = nil

				continue // planning may have taken its time: the facts are read again
			}
		}

		v := d.weigh(o, p, f)
		if v.phase == message.Claimed {
			a, err := d.admit(ctx, o, p, f, held)
			held = a.token
			if err != nil {
				return outcome.Report{}, err
			}
			if a.stale {
				continue
			}

			v = a.decision
		}
		if f.Message != nil && v.phase == message.Refused {
			if f.Message.Phase == message.Refused {
				return outcome.ReportOf(*f.Message, outcome.Refused), nil
			}

			v.phase = message.Dropped
		}

		w, err := d.write(ctx, o, p, f, v)
		switch {
		case errors.Is(err, store.ErrExists):
			report, settled, err := d.settleDuplicate(ctx, o, p)
			if settled || err != nil {
				return report, err
			}

			exists = true
		case store.IsConflict(err):
			// What was read may have been changed by a write of our own whose answer was lost.
		case err != nil:
			return outcome.Report{}, err
		case w.decision.phase == message.Claimed:
			held = nil
			return d.post(ctx, p, w.message, w.request)
		default:
			return d.conclude(ctx, o, p, w)
		}
	}

	return outcome.Report{}, fault.New(fault.Conflict, "dispatch.send", "the message is being worked on")
}
