package simulation

import (
	"context"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Desk is who records something of a shopper, beside the shopper's own doors: in workspace, by its use cases.
type Desk string

// The desks. An agent, and a consent manager, can record only of who is known.
const (
	// ManagerWithdraws: a consent manager passes on that the shopper withdraws everything.
	ManagerWithdraws Desk = "a consent manager withdraws"
	// AgentSubscribes: an agent records that the shopper wants news of orders.
	AgentSubscribes Desk = "an agent subscribes"
	// AgentOffers: an agent records that the shopper wants offers, or if the step is not active no more.
	AgentOffers Desk = "an agent records the wish for offers"
	// Authority: the number is blocked for everybody, or if the step is not active no more.
	Authority Desk = "an authority blocks"
)

var desks = []Desk{ManagerWithdraws, AgentSubscribes, AgentOffers, Authority}

// platform is who may record everything.
var platform = access.Caller{Subject: "platform", Role: access.Platform, All: true}

// newCustomers returns the use cases of a machine's workspace that are about customers.
func newCustomers(ctx context.Context, f boot.Function) (*customers.Customers, error) {
	var cfg workspace.Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, err
	}

	return customers.New(customers.Deps{
		Store:    db,
		Accounts: settings.NewAccounts(db, settings.Options{Clock: f.Clock, TTL: time.Second, Timeout: 10 * time.Second}),
		Keyer:    wire.PhoneKeyer(wire.Secrets(f, cfg.Project, cfg.Secrets), cfg.Keys.Phone),
		Clock:    f.Clock,
	}), nil
}

// record has a desk record something of a shopper, again until it is heard that it is stored.
func (w *World) record(s Step) {
	for try := 1; try <= 12; try++ {
		attempt := fmt.Sprintf("%s, try %d", s.name(), try)
		m := w.machine(attempt)
		by := m.actor(attempt)
		watched := by.watch()

		said := w.oracle.records(s)
		err := w.recordOnce(withActor(background(), by), m, s)
		heard := !m.isDead()

		w.oracle.answered(said, heard && err == nil)

		switch {
		case !heard:
			w.note("%s: nobody hears whether it is stored that %s", attempt, s.recorded())
		case err == nil:
			w.note("%s: it is stored that %s", attempt, s.recorded())
			return
		case fault.KindOf(err) == fault.NotFound && s.Desk == Authority && !s.Active && !w.oracle.mustBeBlocked(s, watched.began):
			w.note("%s: there is no order that could be over", attempt)
			return
		case fault.KindOf(err) == fault.NotFound && s.Desk != Authority:
			w.note("%s: nobody is known of whom it could be stored that %s", attempt, s.recorded())

			if !w.oracle.mayBeUnknown(s, watched.began) {
				w.oracle.find("%s: a shopper whom the brand knows is not found", attempt)
			}

			return
		default:
			w.note("%s: it is not stored that %s: %s", attempt, s.recorded(), fault.KindOf(err))

			struck := w.anyStruckSince(watched.began.Add(-longestStall - time.Minute))
			if !struck && !watched.excused() && !store.IsConflict(err) {
				w.oracle.find("%s: a desk cannot record, although nothing stands in the way: %v", attempt, err)
			}
		}

		time.Sleep(time.Second << try)
	}
}

// recorded says what a desk records.
func (s Step) recorded() string {
	if s.Desk == AgentOffers || s.Desk == Authority {
		return fmt.Sprintf("%s, %s", s.Desk, onOff(s.Active))
	}

	return string(s.Desk)
}

func (w *World) recordOnce(ctx context.Context, m *machine, s Step) error {
	office, err := newCustomers(ctx, m.function)
	if err != nil {
		return err
	}

	if w.forgets != nil && w.forgets(s) {
		return nil
	}

	one := who{s.Brand, w.plan.Brands[s.Brand].Shoppers[s.Shopper].Phone}
	if s.Desk == Authority {
		action := consent.Unblock
		if s.Active {
			action = consent.Block
		}

		// An order that is over has the name of the one that began it.
		_, err = office.Block(ctx, platform, "+"+one.phone, action, "order 1")

		return err
	}

	said := customers.Said{
		Action: consent.Withdraw, Source: consent.Agent, Purpose: consent.Everything, Reference: s.name(),
		NoticeVersion: "v1", NoticeHash: consent.NoticeHash("a notice"),
	}

	switch {
	case s.Desk == ManagerWithdraws:
		said.Source = consent.ConsentManager
	case s.Desk == AgentSubscribes:
		said.Action, said.Purpose = consent.Grant, consent.OrderUpdates
	case s.Active:
		said.Action, said.Purpose = consent.Grant, consent.Marketing
	default:
		said.Purpose = consent.Marketing
	}

	_, err = office.Consent(ctx, platform, w.plan.Brands[s.Brand].ID, store.PhoneKeyOf(w.oracle.people.documentOf(one)), said)

	return err
}

// desk draws what is recorded of shoppers beside their own doors. Who is asked to get what goes out as marketing has agreed to that here and
// there, and some think better of it.
func (d *drawing) desk() {
	for i, b := range d.plan.Brands {
		for k := range b.Shoppers {
			if b.SendsReclassed && !d.one(3) {
				d.agrees(i, k)
			}
		}
	}

	s, ok := d.anybody()
	if !ok || !d.one(4) {
		return
	}

	step := Step{Kind: Records, Brand: s.brand, Shopper: s.shopper, At: s.sometime()}
	switch d.IntN(4) {
	case 0:
		step.Desk = ManagerWithdraws
		d.step(step)

		if d.one(3) {
			s.decides(true, min(step.At+d.some(time.Minute, time.Hour), d.plan.Until), 0)
		}
	case 1:
		step.Desk = AgentSubscribes
		d.step(step)
	default:
		step.Desk, step.Active = Authority, true
		d.step(step)

		if d.one(2) {
			s.decides(d.one(2), min(step.At+d.some(10*time.Second, time.Hour), d.plan.Until), 0)
		}
		if d.one(3) {
			step.At, step.Active = min(step.At+d.some(time.Minute, time.Hour), d.plan.Until), false
			d.step(step)
		}
	}
}

// agrees has a shopper agree to offers, soon after the brand has met them.
func (d *drawing) agrees(brand, shopper int) {
	for _, e := range d.plan.Steps {
		if e.Kind != Happens || e.Brand != brand || e.Shopper != shopper {
			continue
		}

		s := Step{Kind: Records, Desk: AgentOffers, Active: true, Brand: brand, Shopper: shopper, At: min(e.At+d.some(10*time.Second, 5*time.Minute), d.plan.Until)}
		d.step(s)

		if d.one(3) {
			s.At, s.Active = min(s.At+d.some(time.Minute, time.Hour), d.plan.Until), false
			d.step(s)
		}

		return
	}
}
