package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
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

// standingOf returns the first standing that fits.
func standingOf(m message.Message, nonce string, now time.Time) standing {
	ours := m.Nonce == nonce
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
	case m.Phase == message.InDoubt, m.Due.IsZero(), m.Due.After(now):
		return notDue
	default:
		return takeable
	}
}

// settleExisting handles a message that already exists. It publishes again the outcome of one that is done, posts our own
// claim, and turns a lease that is over into doubt. settled is false if the message may be taken over.
func (d *Dispatcher) settleExisting(ctx context.Context, o occurrence, p plan, m message.Message) (report outcome.Report, settled bool, err error) {
	report = outcome.ReportOf(m, outcome.Duplicate)

	switch standingOf(m, o.nonce, d.clock.Now()) {
	case takeable:
		return outcome.Report{}, false, nil
	case done:
		return report, true, d.outcomes.PublishAgain(ctx, m)
	case dropped:
		return report, true, d.outcomes.PublishDropped(ctx, m)
	case ourClaim:
		report, err = d.resume(ctx, o, p, m)
		return report, true, err
	case ourDecision:
		return outcome.ReportOf(m, outcome.Result(m.Phase)), true, nil
	case leased:
		return report, true, fault.New(fault.Conflict, "dispatch.settleExisting", "another worker is sending the message")
	case leaseOver:
		return outcome.ReportOf(m, outcome.InDoubt), true, d.outcomes.Doubt(ctx, m, d.cfg.Limits.Grace)
	default:
		return report, true, nil
	}
}

// settleDuplicate handles the message whose creation found that it exists. settled is false if it may be taken over, or if
// what existed was the order's document.
func (d *Dispatcher) settleDuplicate(ctx context.Context, o occurrence, p plan) (report outcome.Report, settled bool, err error) {
	m, err := d.store.Message(ctx, o.messageID)
	if errors.Is(err, store.ErrNotFound) {
		return outcome.Report{}, false, nil
	}
	if err != nil {
		return outcome.Report{}, false, err
	}

	return d.settleExisting(ctx, o, p, m)
}

// resume posts the worker's own claim.
func (d *Dispatcher) resume(ctx context.Context, o occurrence, p plan, m message.Message) (outcome.Report, error) {
	req, err := p.request(ctx, o, m.Attempt)
	if err != nil {
		return outcome.ReportOf(m, outcome.Failed), fault.Wrap(fault.Internal, "dispatch.resume", err)
	}

	return d.post(ctx, p, m, req)
}
