package outcome

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Apply writes what a callback says of an attempt, does what a failure calls for, and tells the platform. It returns the message as it is
// stored then. After a failure that changed its phase that is not known, and its UpdateTime is zero. The error is store.ErrConflict if the message
// is no longer as read; the caller reads it again.
func (r *Recorder) Apply(ctx context.Context, m message.Message, p message.Progress) (message.Message, error) {
	p, err := r.learned(ctx, m, priced(m, p.Of(m)))
	if err != nil {
		return message.Message{}, err
	}

	p.Final = message.RankOf(p.Status) >= message.RankDelivered
	if p.Settles(m) {
		p.ClearDueIf = m.UpdateTime
	}

	if !p.IsNews(m) {
		return m, r.tell(ctx, m, p)
	}

	wrote, err := r.write(ctx, &m, p)
	if err != nil {
		return message.Message{}, err
	}

	after := p.Apply(m)
	after.ChangedAt, after.UpdateTime = wrote, wrote

	return after, r.tell(ctx, m, p)
}

// WritesOnly reports whether all that Apply does before it tells the platform is the one conditional write of m. Then p may be applied to a message
// that others may have changed since it was read: if they have, nothing is done. Failures, and what teaches whose a user id is, read and write more,
// and before that write.
func WritesOnly(m message.Message, p message.Progress) bool {
	p = priced(m, p.Of(m))

	return p.Status != message.StatusFailed && p.IsNews(m) && !hasFailed(m) && !teaches(m, p)
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

// write writes p on condition that m is as read; a failure of the newest attempt is written together with the change of phase that it calls
// for, which m has then. It returns the message's next update time, if no more was written.
func (r *Recorder) write(ctx context.Context, m *message.Message, p message.Progress) (time.Time, error) {
	repeated := m.AttemptAt(p.Attempt).Rank == message.RankFailed

	outdated := m.MaxRank() >= message.RankDelivered || p.Attempt != m.Attempt
	switch {
	case p.Final && m.MaxRank() < message.RankDelivered:
		return r.deliver(ctx, *m, p)
	case p.Status != message.StatusFailed || outdated:
		return r.store.RecordWith(ctx, p, m.UpdateTime)
	case repeated:
		// It is news as it tells an earlier time, from which it also counts for the shopper.
		effects, err := r.saidOfShopper(ctx, *m, p.Failure, time.UnixMilli(p.At))
		if err != nil {
			return time.Time{}, err
		}

		return r.store.RecordWith(ctx, p, m.UpdateTime, effects...)
	}

	m.Phase = phaseOfReported(*m, p.Failure)
	m.Retried = m.Retried || m.Phase == message.Waiting

	return time.Time{}, r.conclude(ctx, *m, p)
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
