package dispatch

import (
	"context"
	"errors"
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
	case m.Phase == message.Dropped:
		return dropped
	case m.Phase == message.Claimed && ours:
		return ourClaim
	case ours:
		return ourDecision
	case m.Phase == message.Refused:
		return takeable
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
// claim, and turns a lease that is over into doubt. The step is not over if the message may be taken over.
func (d *Dispatcher) settleExisting(ctx context.Context, o occurrence, p plan, m message.Message) (step, error) {
	duplicate := over(outcome.ReportOf(m, outcome.Duplicate))

	switch standingOf(m, o.nonce, o.delivery.ticket(), d.clock.Now()) {
	case takeable:
		return step{}, nil
	case done:
		return duplicate, d.outcomes.PublishAgain(ctx, m)
	case dropped:
		return duplicate, d.outcomes.PublishDropped(ctx, m)
	case ourClaim:
		return d.resume(ctx, o, p, m)
	case ourDecision:
		return over(outcome.ReportOf(m, outcome.Result(m.Phase))), nil
	case leased:
		return duplicate, fault.New(fault.Conflict, "dispatch.settleExisting", "another worker is sending the message")
	case leaseOver:
		return over(outcome.ReportOf(m, outcome.InDoubt)), d.outcomes.Doubt(ctx, m, d.cfg.Limits.Grace)
	default:
		return duplicate, nil
	}
}

// settleDuplicate handles the message whose creation found that it exists. The step is not over if the message may be taken over,
// or if what existed was the order's document.
func (d *Dispatcher) settleDuplicate(ctx context.Context, s *sending) (step, error) {
	m, err := d.store.Message(ctx, s.occurrence.messageID)
	if errors.Is(err, store.ErrNotFound) {
		return step{}, nil
	}
	if err != nil {
		return step{}, err
	}

	s.exists = true

	return d.settleExisting(ctx, s.occurrence, s.plan, m)
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
	if err != nil && dropped.Result == "" {
		return report, err
	}

	return dropped, err
}
