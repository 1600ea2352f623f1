package outcome

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Apply writes what a callback says of an attempt, does what a failure calls for, and tells the platform. It returns
// store.ErrConflict if the message is no longer as read; the caller reads it again.
func (r *Recorder) Apply(ctx context.Context, m message.Message, p message.Progress) error {
	p, err := r.learned(ctx, m, priced(m, p.Of(m)))
	if err != nil {
		return err
	}

	p.Final = message.RankOf(p.Status) >= message.RankDelivered
	if p.Settles(m) {
		p.ClearDueIf = m.UpdateTime
	}

	if p.IsNews(m) {
		phase, err := r.write(ctx, m, p)
		if err != nil {
			return err
		}

		m.Phase = phase
	}

	return r.tell(ctx, m, p)
}

// priced returns p with the status that its price implies: a provider charges only for what it took.
func priced(m message.Message, p message.Progress) message.Progress {
	if p.Status == "" && !p.Pricing.IsZero() && m.AttemptAt(p.Attempt).Rank == message.RankNone {
		p.Status = message.StatusAccepted
	}

	return p
}

// tell publishes a status, except a failure that is not the message's: another attempt follows or followed, or the
// shopper has the message.
func (r *Recorder) tell(ctx context.Context, m message.Message, p message.Progress) error {
	if p.Status == "" || p.Status == message.StatusEnqueued {
		return nil
	}

	after := p.Apply(m)
	if p.Status == message.StatusFailed && (after.Status() != message.StatusFailed || p.Attempt != m.Attempt) {
		return nil
	}

	return r.publish(ctx, after, p.Attempt, p.Status, time.UnixMilli(p.At))
}

// write writes p; a failure of the newest attempt is written together with the change of phase that it calls for. It
// returns the phase that the message is in then.
func (r *Recorder) write(ctx context.Context, m message.Message, p message.Progress) (message.Phase, error) {
	repeated := m.AttemptAt(p.Attempt).Rank == message.RankFailed

	outdated := m.MaxRank() >= message.RankDelivered || p.Attempt != m.Attempt
	switch {
	case p.Final && m.MaxRank() < message.RankDelivered:
		return m.Phase, r.deliver(ctx, m, p)
	case p.Status != message.StatusFailed || outdated:
		return m.Phase, r.store.Record(ctx, p)
	case repeated:
		// It is news as it tells an earlier time, from which it also counts for the shopper.
		effects, err := r.saidOfShopper(ctx, m, p.Failure, time.UnixMilli(p.At))
		if err != nil {
			return m.Phase, err
		}

		return m.Phase, r.store.RecordWith(ctx, p, m.UpdateTime, effects...)
	}

	m.Phase = phaseOfReported(m, p.Failure)
	m.Retried = m.Retried || m.Phase == message.Waiting

	return m.Phase, r.conclude(ctx, m, p)
}

// phaseOfReported returns the phase that a message is in after a report that its newest attempt failed. It is Failed wherever no
// other attempt can follow. What the report says of the app and the template counts all the same.
func phaseOfReported(m message.Message, f message.Failure) message.Phase {
	phase := phaseAfter(f)

	switch {
	case len(m.EventData) == 0:
		return message.Failed // it was dropped meanwhile, and there is nothing left to send
	case phase == message.Claimed:
		return message.Failed // a reported failure is no doubt: it did not arrive
	case phase == message.Waiting && m.Retried:
		return message.Failed // a failed report gives one new attempt only
	default:
		return phase
	}
}
