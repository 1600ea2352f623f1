package dispatch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// send posts a claimed message and records what came of it. Between claim and post there is no call, and a worker that was
// held up for so long that its lease might end before the provider's answer does not post.
func (d *Dispatcher) send(ctx context.Context, j *job, m message.Message, req *http.Request) (Outcome, error) {
	// A caller who hangs up must not leave a message in doubt: from here on only our own times count.
	ctx = context.WithoutCancel(ctx)
	if m.LeaseUntil.Sub(d.Clock.Now()) <= d.cfg.ProviderTimeout {
		return d.unsent(ctx, j, m)
	}
	j.token = nil
	posting, cancel := context.WithTimeout(ctx, d.cfg.ProviderTimeout)
	defer cancel()
	receipt, err := provider.Do(posting, d.Client, req, j.sender.read())
	if err == nil {
		return d.accepted(ctx, j, m, receipt)
	}
	problem, ok := errors.AsType[*provider.SendError](err)
	if !ok {
		problem = &provider.SendError{Failure: provider.InDoubt}
	}
	return d.refused(ctx, j, m, problem)
}

// unsent gives a claim back that was not used.
func (d *Dispatcher) unsent(ctx context.Context, j *job, m message.Message) (Outcome, error) {
	m.Phase, m.Due = message.Waiting, d.Clock.Now()
	// An attempt that was certainly not made must not be taken for one that evidence can come of.
	p := message.Progress{
		MessageID: m.ID, Attempt: m.Attempt, Failure: provider.Transient.Coded(provider.CodeNotSent),
	}
	err := d.Store.RecordAs(ctx, p, store.Change{Message: m})
	if store.IsConflict(err) {
		return j.outcome(m, ResultDuplicate), nil
	}
	return j.outcome(m, ResultWaiting), err
}

// recordTries is how often the worker that knows of an acceptance tries to write it down.
const recordTries = 3

// accepted records that the provider has the message. The write commutes with those of callbacks, which may have come
// first. Whoever wrote meanwhile may have made the message due for something else: then that is left as it is, and sweep
// looks at the message once more.
func (d *Dispatcher) accepted(ctx context.Context, j *job, m message.Message, r provider.Receipt) (Outcome, error) {
	now := d.Clock.Now()
	final := !j.sender.provider.Capabilities().Callbacks
	if final {
		r.ID = m.ID // it names none that would ever be heard of again
	}
	p := message.Progress{
		MessageID: m.ID, Attempt: m.Attempt, Status: message.StatusAccepted, At: now.UnixMilli(),
		AppID: m.AppID, IDs: []string{r.ID}, UserID: r.UserID, ClearDueIf: m.UpdateTime, Final: final,
	}
	err := d.Store.Record(ctx, p)
	for try := 1; err != nil && try < recordTries; try++ {
		p.ClearDueIf = time.Time{}
		err = d.Store.Record(ctx, p)
	}
	if err != nil {
		return Outcome{}, err
	}
	m.ProviderIDs = append(m.ProviderIDs, m.AppID+":"+r.ID)
	return j.outcome(m, ResultAccepted), d.publish(ctx, m, m.Attempt, message.StatusAccepted, now)
}

// refused records every other outcome of a post, on condition that the claim is still ours.
func (d *Dispatcher) refused(ctx context.Context, j *job, m message.Message, e *provider.SendError) (Outcome, error) {
	now := d.Clock.Now()
	meant := effect{Failure: e.Failure, at: now}
	d.noteUnlisted(ctx, m.Provider, m.AppID, meant)
	if meant.Cause == message.CauseCredentials {
		d.Secrets.Forget(j.sender.installed.Secret) // it may have been replaced
	}
	phase := meant.phase()
	out := j.outcome(m, resultOf(phase))
	out.Failure = e.Failure
	if phase == message.Claimed {
		out.Result = ResultInDoubt
		return out, nil // nobody knows; the lease ends, and evidence decides
	}
	for range maxConflicts {
		p := message.Progress{MessageID: m.ID, Attempt: m.Attempt, Failure: e.Failure}
		if phase == message.Failed {
			p.Status, p.At = message.StatusFailed, now.UnixMilli()
		}
		err := d.conclude(ctx, m, p, meant)
		if err == nil {
			if phase == message.Failed {
				p.AppID = m.AppID
				return out, d.publish(ctx, p.Apply(m), m.Attempt, message.StatusFailed, now)
			}
			return out, nil
		}
		if !store.IsConflict(err) {
			return out, err
		}
		fresh, err := d.Store.Message(ctx, m.ID)
		if err != nil {
			return out, err
		}
		if fresh.Recorded() || fresh.Nonce != m.Nonce || fresh.Phase != message.Claimed {
			out.Result = ResultDuplicate
			return out, nil
		}
		m.UpdateTime = fresh.UpdateTime
	}
	return out, fault.New(fault.Conflict, "dispatch.refused", "the message keeps changing")
}

func resultOf(p message.Phase) string {
	switch p {
	case message.Waiting:
		return ResultWaiting
	case message.Held:
		return ResultHeld
	default:
		return ResultFailed
	}
}

// effect is what a provider's error means beyond the message.
type effect struct {
	message.Failure
	// at is when it happened; what changed later is left alone.
	at time.Time
}

// phase is what an error makes of the message it struck.
func (e effect) phase() message.Phase {
	switch e.Class {
	case message.ClassTransient, message.ClassThrottled:
		return message.Waiting
	case message.ClassAccount, message.ClassTemplatePaused:
		return message.Held
	case message.ClassUnknown:
		return message.Claimed
	default:
		return message.Failed
	}
}

// conclude writes an error's outcome: the message's new phase and what it changes of the customer, in one write; then the
// health of app or template, which sweep watches and the next failure would set again.
func (d *Dispatcher) conclude(ctx context.Context, m message.Message, p message.Progress, e effect) error {
	now := d.Clock.Now()
	m.Phase = e.phase()
	switch m.Phase {
	case message.Waiting:
		m.Due = now.Add(max(message.Backoff(m.Tries), e.RetryAfter))
		m.Tries++
	case message.Held:
		m.Due = now.Add(message.Backoff(m.Tries))
		m.Tries++
	default:
		m.Due, p.Final = time.Time{}, true
	}
	c := store.Change{Message: m}
	if err := d.consequence(ctx, &c, m, e); err != nil {
		return err
	}
	if err := d.Store.RecordAs(ctx, p, c); err != nil {
		return err
	}
	if e.Class == message.ClassTemplate {
		// The template may have been edited since it was read: the next message is filled by a fresh copy.
		_, err := d.apps.RefreshTemplate(ctx, settings.Ref{AccountID: m.AccountID, AppID: m.AppID, TemplateID: m.TemplateID})
		return err
	}
	if m.Phase == message.Held {
		return d.markUnhealthy(ctx, m, e)
	}
	return nil
}
