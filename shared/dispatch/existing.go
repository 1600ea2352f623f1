package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// standing says how a message that exists stands towards a worker.
type standing int

const (
	// takeable: the worker may decide on the message and take it over.
	takeable standing = iota
	// done: a provider has it, or refused it for good.
	done
	// dropped: no further attempt follows.
	dropped
	// passedOver: it was refused, or dropped without an attempt; a later event of its key decides again.
	passedOver
	// ourClaim: the worker's own claim; the client repeated a write whose answer was lost.
	ourClaim
	// ourDecision: the worker's own decision that is not a claim.
	ourDecision
	// leased: another worker is sending it.
	leased
	// leaseOver: another worker claimed it and never recorded an outcome.
	leaseOver
	// notDue: it waits, is in doubt, or was given up.
	notDue
)

// standingOf returns the first standing that fits, for a worker of that nonce with an event of that ticket.
func standingOf(m message.Message, nonce, ticket string, now time.Time) standing {
	ours := m.Nonce == nonce

	due := !m.Due.IsZero() && !m.Due.After(now)
	switch {
	case m.Recorded(), m.Phase == message.Failed:
		return done
	case m.Phase == message.Dropped && (ours || ticket != "" || !m.PassedOver()):
		return dropped // also for sweep's copy: who dropped it may have died before it was told
	case m.Phase == message.Claimed && ours:
		return ourClaim
	case ours:
		return ourDecision
	case m.PassedOver() && ticket == "":
		return passedOver
	case m.Phase == message.Refused:
		return notDue // sweep's copy of an event, from before the message was passed over
	case m.Phase == message.Claimed && now.Before(m.LeaseUntil):
		return leased
	case m.Phase == message.Claimed:
		return leaseOver
	case m.Phase == message.InDoubt, m.Phase == message.GivenUp:
		return notDue
	case due, m.Ticket != "" && m.Ticket == ticket:
		return takeable
	default:
		return notDue
	}
}

// settleExisting handles a message that already exists. It publishes again the outcome of one that is done, goes on with our own
// claim, and turns a lease that is over into doubt. The step is not over if the message may be taken over, or is decided on
// again.
func (d *Dispatcher) settleExisting(ctx context.Context, o occurrence, p plan, m message.Message) (step, error) {
	duplicate := over(outcome.ReportOf(m, outcome.Duplicate))

	switch standingOf(m, o.nonce, o.delivery.ticket(), d.clock.Now()) {
	case takeable:
		if !o.contentOf(m) {
			return duplicate, nil // the first content wins, which sweep brings
		}

		return step{}, nil
	case passedOver:
		return step{}, nil
	case done:
		return duplicate, errors.Join(d.outcomes.LearnRecipient(ctx, m), d.outcomes.PublishAgain(ctx, m))
	case dropped:
		return duplicate, d.outcomes.PublishDropped(ctx, m)
	case ourClaim:
		return d.resume(ctx, o, p, m)
	case ourDecision:
		return over(outcome.ReportOf(m, outcome.Result(m.Phase))), d.tellRefused(ctx, m)
	case leased:
		// Who sends it now is answered for by the lease: sweep looks at its end, and its own copy need not come again.
		return over(outcome.ReportOf(m, outcome.Returned)), fault.New(fault.Conflict, "dispatch.settleExisting", "another worker is sending the message")
	case leaseOver:
		return over(outcome.ReportOf(m, outcome.InDoubt)), d.outcomes.Doubt(ctx, m, d.cfg.Limits.Grace)
	default:
		return duplicate, d.tellRefused(ctx, m)
	}
}

// tellRefused tells once more of a message that was refused: the worker that refused it may have died before it was told.
func (d *Dispatcher) tellRefused(ctx context.Context, m message.Message) error {
	if m.Phase != message.Refused {
		return nil
	}

	return d.outcomes.PublishRefused(ctx, m)
}

// settleDuplicate handles the message whose creation found that it exists. The step is not over if the message may be taken over,
// or if what existed was the order's document.
func (d *Dispatcher) settleDuplicate(ctx context.Context, s *sending, stored *store.Order) (step, error) {
	m, err := d.store.Message(ctx, s.occurrence.messageID)
	if errors.Is(err, store.ErrNotFound) {
		return step{}, nil
	}
	if err != nil {
		return step{}, err
	}

	s.exists = true

	return d.settle(ctx, s, m, stored)
}

// settle is settleExisting, and keeps what a duplicate tells of its shipment.
func (d *Dispatcher) settle(ctx context.Context, s *sending, m message.Message, stored *store.Order) (step, error) {
	next, err := d.settleExisting(ctx, s.occurrence, s.plan, m)
	if err != nil || !next.over {
		return next, err
	}
	if err = d.noteNews(ctx, s.occurrence, stored); err != nil {
		next.report.Result = outcome.Returned // what the message is about has been told; only this event's status time is missing
	}

	return next, err
}

// leave ends the second look at a message that is not sent after all: it stays as it is. What the same event led to before is told once
// more, since the worker may have died before; a later event of the key has nothing to add.
func (d *Dispatcher) leave(ctx context.Context, s *sending, f store.Facts) (step, error) {
	m := *f.Message

	report := outcome.ReportOf(m, outcome.Refused)
	switch {
	case m.Phase == message.Dropped:
		report.Result = outcome.Duplicate
		if err := d.outcomes.PublishDropped(ctx, m); err != nil {
			return over(report), err
		}
	case s.occurrence.contentOf(m):
		if err := d.tellRefused(ctx, m); err != nil {
			return over(report), err
		}
	}

	return over(report), d.noteNews(ctx, s.occurrence, f.Order)
}

// kept returns the message that an event is already kept by; nil if there is none, or if none can be under another id than
// the event's own, whose creation says so by itself.
func (d *Dispatcher) kept(ctx context.Context, o occurrence, stored *store.Order) (*message.Message, error) {
	former := d.formerIDs(o, stored)
	if len(former) == 0 {
		return nil, nil
	}

	m, err := d.store.FirstMessage(ctx, append([]string{o.messageID}, former...))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}

	return &m, err
}

// formerIDs returns the ids from before the repeat rules that the message of an event may be kept under: those of this
// event's time, and of the newest time that the order knows of its status, if the rule makes them one.
//
// There are none if the order does not know the status yet, since every decision writes the status with its message. So
// the first event of its key costs no read.
func (d *Dispatcher) formerIDs(o occurrence, stored *store.Order) []string {
	known := int64(0)
	if stored != nil {
		known = stored.TimesOf(o.event.Subject)[o.event.SubType]
	}
	if known == 0 && o.event.OrderID != "" && o.event.OccurredKnown {
		return nil
	}

	earlier := o.event
	earlier.OccurredAt = time.Unix(known, 0)
	earlier.OccurredDay = earlier.OccurredAt.In(d.cfg.Zone.Location()).Format(time.DateOnly)
	earlier.OccurredKnown = known != 0

	var ids []string
	for _, e := range []order.Event{o.published, earlier} {
		id := o.keys.Occurrence.Former(o.account.ID, e)
		one := o.keys.Occurrence.Occurrence(o.account.ID, e) == o.messageID
		if one && id != o.messageID && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}

	return ids
}

// resume goes on with the worker's own claim.
func (d *Dispatcher) resume(ctx context.Context, o occurrence, p plan, m message.Message) (step, error) {
	req, err := p.request(ctx, o, m.Attempt)
	if err != nil {
		return over(outcome.ReportOf(m, outcome.Failed)), fault.Wrap(fault.Internal, "dispatch.resume", err)
	}

	return step{claim: &claim{message: m, request: req}}, nil
}

// dropOrphan drops the message of a republished event whose account, or every app of it, has been removed. Without it
// sweep would republish the message forever. An event that comes for the first time has no message to drop; it is reported
// with the given result.
func (d *Dispatcher) dropOrphan(ctx context.Context, in Delivery, report outcome.Report, otherwise outcome.Result) (outcome.Report, error) {
	report.Result = otherwise

	id := in.Attributes[order.AttributeRetry]
	if !isMessageID(id) {
		return report, nil
	}

	m, err := d.store.Message(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return report, nil
	}
	if err != nil {
		return report, err
	}

	waits := m.Phase == message.Waiting || m.Phase == message.Held
	due := !m.Due.IsZero() && !m.Due.After(d.clock.Now()) || m.Ticket != "" && m.Ticket == in.ticket()
	if m.Event != report.Event || m.Recorded() || !waits || !due {
		return report, nil
	}

	dropped, err := d.outcomes.Drop(ctx, m, message.NoSender)
	if store.IsConflict(err) {
		return report, nil // another worker decided on it; if not, sweep republishes it
	}
	if err != nil {
		return report, err
	}

	return dropped, nil
}
