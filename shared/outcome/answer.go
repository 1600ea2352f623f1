package outcome

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// recordTries is how often the worker that got a receipt tries to write it down.
const recordTries = 3

// Accept records that the provider took the newest attempt. The first try clears Due, on condition that the message is as
// claimed. If that fails, because a callback came first or for any other reason, what was learned is written without a
// condition: it commutes with what callbacks write. Then Due stays, and sweep visits the message again.
//
// reports says whether the provider sends delivery reports. Where it does not, nothing more will be heard of the
// message: it is known by our own id and its event is dropped.
//
// If the answer told the user id of a shopper first, what waited under it reaches the ledger. Should that fail, the redelivery
// of the event makes up for it.
func (r *Recorder) Accept(ctx context.Context, m message.Message, receipt provider.Receipt, reports bool) (Report, error) {
	now := r.clock.Now()
	p := message.Acceptance(m, receipt.ID, receipt.UserID, now, reports)

	err := r.store.Record(ctx, p)
	for try := 1; err != nil && try < recordTries; try++ {
		p.ClearDueIf = time.Time{}
		err = r.store.Record(ctx, p)
	}
	if err != nil {
		return Report{}, err
	}

	if _, err := r.noteTaken(ctx, m, m.Attempt, time.Time{}); err != nil {
		r.logger.WarnContext(ctx, "app's times were not written", "app_id", logging.Word(m.AppID), "error", err)
	}

	m = p.Apply(m)
	report := ReportOf(m, Accepted)
	report.Estimate = m.Estimate

	return report, errors.Join(
		r.LearnRecipient(ctx, m),
		r.publish(ctx, m, m.Attempt, message.StatusAccepted, now))
}

// Refuse records a post that the provider did not accept, on condition that the claim is still ours. An unknown outcome writes nothing:
// the lease ends, and evidence decides.
func (r *Recorder) Refuse(ctx context.Context, m message.Message, f message.Failure) (Report, error) {
	r.NoteUnlisted(ctx, m.Provider, m.AppID, f)

	phase := phaseAfter(f)
	report := ReportOf(m, resultOf(phase))
	report.Failure = f
	if phase == message.Claimed {
		return report, nil
	}

	now := r.clock.Now()
	p := message.Progress{
		MessageID: m.ID,
		Attempt:   m.Attempt,
		At:        now.UnixMilli(),
		AppID:     m.AppID,
		Failure:   f,
	}
	if phase == message.Failed {
		p.Status = message.StatusFailed
	}

	m.Phase = phase

	for range maxConflicts {
		err := r.conclude(ctx, m, p)
		if err == nil {
			return report, r.publishFailed(ctx, m, p)
		}
		if !store.IsConflict(err) {
			return report, err
		}

		fresh, err := r.store.Message(ctx, m.ID)
		if err != nil {
			return report, err
		}
		if fresh.Recorded() || fresh.Nonce != m.Nonce || fresh.Phase != message.Claimed {
			report.Result = Duplicate
			return report, nil
		}

		m.UpdateTime = fresh.UpdateTime
	}

	return report, fault.New(fault.Conflict, "outcome.Refuse", "the message keeps changing")
}

// publishFailed tells the platform of a refusal that is final.
func (r *Recorder) publishFailed(ctx context.Context, m message.Message, p message.Progress) error {
	if p.Status != message.StatusFailed {
		return nil
	}

	return r.publish(ctx, p.Apply(m), p.Attempt, p.Status, time.UnixMilli(p.At))
}

// Unsent gives a claim back that was not used. The attempt is marked as certainly not made, so that no evidence is
// expected of it.
func (r *Recorder) Unsent(ctx context.Context, m message.Message) (Report, error) {
	m.Phase = message.Waiting
	m.Due = r.clock.Now()

	p := message.Progress{
		MessageID: m.ID,
		Attempt:   m.Attempt,
		Failure:   message.Failure{Class: message.ClassTransient, Code: provider.CodeNotSent},
	}

	err := r.store.RecordAs(ctx, p, store.Change{Message: m})
	if store.IsConflict(err) {
		return ReportOf(m, Duplicate), nil
	}

	return ReportOf(m, Waiting), err
}

func resultOf(p message.Phase) Result {
	switch p {
	case message.Waiting:
		return Waiting
	case message.Held:
		return Held
	case message.Claimed:
		return InDoubt
	default:
		return Failed
	}
}
