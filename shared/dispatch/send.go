package dispatch

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxConflicts is how often a decision is made again because another worker was faster.
const maxConflicts = 8

// sending is an occurrence on its way, with what the rounds so far have found out.
type sending struct {
	occurrence occurrence
	plan       plan
	// exists is true once the message is known to exist.
	exists bool
	// token is the right to send now, if it was granted and not spent.
	token *token
}

// send plans, then decides and claims until no other worker is faster, and posts what it claimed.
func (d *Dispatcher) send(ctx context.Context, o occurrence) (outcome.Report, error) {
	p, err := d.plan(ctx, o, pinned{})
	if err != nil {
		return outcome.Report{}, err
	}

	s := &sending{occurrence: o, plan: p, exists: o.delivery.republished()}
	defer func() { s.token.giveBack() }()

	for range maxConflicts {
		report, done, err := d.round(ctx, s)
		if done || err != nil {
			return report, err
		}
	}

	return outcome.Report{}, fault.New(fault.Conflict, "dispatch.send", "the message is being worked on")
}

// round reads the facts, weighs them, and carries the decision out. done is false if the facts must be read again.
func (d *Dispatcher) round(ctx context.Context, s *sending) (report outcome.Report, done bool, err error) {
	f, err := d.facts(ctx, s.occurrence, s.plan, s.exists)
	if isRace(err) {
		return report, false, nil
	}
	if err != nil {
		return report, false, err
	}

	if f.Message != nil {
		report, done, err = d.settleExisting(ctx, s.occurrence, s.plan, *f.Message)
		if done || err != nil {
			return report, done, err
		}

		replanned, failed := d.bind(ctx, s, *f.Message)
		if replanned || failed != nil {
			return report, false, failed
		}
	}

	v, stale, err := d.decide(ctx, s, f)
	if stale || err != nil {
		return report, false, err
	}
	if v.phase == message.Refused && f.Message != nil {
		return outcome.ReportOf(*f.Message, outcome.Refused), true, nil
	}

	return d.carryOut(ctx, s, f, v)
}

// bind goes on with the time and the app of the message that exists. It reports whether that called for another plan, which
// may have taken its time: the facts must be read again.
func (d *Dispatcher) bind(ctx context.Context, s *sending, m message.Message) (replanned bool, err error) {
	s.occurrence = s.occurrence.asKept(m)

	pin := pinnedBy(m)
	if !pin.otherThan(s.plan) {
		return false, nil
	}

	s.token.giveBack()
	s.token = nil
	s.plan, err = d.plan(ctx, s.occurrence, pin)

	return true, err
}

// decide weighs the facts and admits a decision to send. A message that exists and was not refused before is dropped instead
// of refused. stale is true if the facts became too old.
func (d *Dispatcher) decide(ctx context.Context, s *sending, f store.Facts) (v decision, stale bool, err error) {
	v = d.weigh(s.occurrence, s.plan, f)
	if v.phase == message.Claimed {
		a, err := d.admit(ctx, s.occurrence, s.plan, f, s.token)
		s.token = a.token
		if a.stale || err != nil {
			return v, a.stale, err
		}

		v = a.decision
	}

	if v.phase == message.Refused && f.Message != nil && f.Message.Phase != message.Refused {
		v.phase = message.Dropped
	}

	return v, false, nil
}

// carryOut writes a decision, and posts what it claimed. done is false if another worker was faster.
func (d *Dispatcher) carryOut(ctx context.Context, s *sending, f store.Facts, v decision) (report outcome.Report, done bool, err error) {
	w, err := d.write(ctx, s.occurrence, s.plan, f, v)
	switch {
	case errors.Is(err, store.ErrExists):
		s.exists = true
		return d.settleDuplicate(ctx, s.occurrence, s.plan)
	case store.IsConflict(err):
		return report, false, nil
	case err != nil:
		return report, false, err
	case w.decision.phase == message.Claimed:
		s.token = nil // it is spent
		report, err = d.post(ctx, s.plan, w.message, w.request)
	default:
		report, err = d.conclude(ctx, s.occurrence, s.plan, w)
	}

	return report, true, err
}
