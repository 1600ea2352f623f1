package dispatch

import (
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// decideFirst writes the first decision on an occurrence.
func (d *Dispatcher) decideFirst(ctx context.Context, j *job, f store.Facts, v verdict) (Outcome, step, error) {
	now := d.Clock.Now()
	m := message.Message{
		ID: j.id, AccountID: j.account.ID, OrderID: j.event.OrderID, Event: j.event.Kind().String(), Subject: j.event.Subject,
		Bucket: store.Bucket(j.id), CreatedAt: now, ExpireAt: now.Add(d.cfg.Retention.Messages), Nonce: j.nonce,
	}
	if !j.occurred.IsZero() {
		m.OccurredAt = j.occurred.Unix()
	}
	return d.write(ctx, j, f, m, v)
}

// decideAgain writes a decision on a message that exists and may be taken over.
func (d *Dispatcher) decideAgain(ctx context.Context, j *job, f store.Facts, v verdict) (Outcome, step, error) {
	m := *f.Message
	if v.phase == message.Refused {
		if m.Phase == message.Refused {
			return j.outcome(m, ResultRefused), stop, nil
		}
		v.phase = message.Dropped
	}
	if v.phase == message.Waiting || v.phase == message.Held {
		m.Tries++
	}
	m.Nonce = j.nonce
	return d.write(ctx, j, f, m, v)
}

// write fills the message by the verdict and writes it; what was claimed is sent.
func (d *Dispatcher) write(ctx context.Context, j *job, f store.Facts, m message.Message, v verdict) (Outcome, step, error) {
	var req *http.Request
	if v.phase == message.Claimed {
		var err error
		if req, err = d.request(ctx, j, m.Attempt+1); err != nil {
			v = unbuilt(f, err)
			d.Logger.ErrorContext(ctx, "message cannot be expressed", "message_id", j.id, "error", err)
		}
	}
	d.describe(j, &m, v)
	w := store.Decision{Message: m, Times: d.statusTimes(j), Order: f.Order}
	if v.phase == message.Claimed && j.sender.blind() {
		w.Mark = f.Customer
	}
	updated, err := d.Store.Decide(ctx, w)
	switch {
	case errors.Is(err, store.ErrExists):
		return d.exists(ctx, j)
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return Outcome{}, d.afterConflict(f), nil
	case err != nil:
		return Outcome{}, stop, err
	}
	m.UpdateTime = updated
	if v.phase == message.Claimed {
		var out Outcome
		out, err = d.send(ctx, j, m, req)
		return out, stop, err
	}
	out, err := d.tell(ctx, j, m, v)
	return out, stop, err
}

// unbuilt is what becomes of a message that no request can be made of: it is refused where its provider has no way to say
// it, and failed where its settings are wrong.
func unbuilt(f store.Facts, err error) verdict {
	switch {
	case !errors.Is(err, provider.ErrUnsupported):
		return verdict{phase: message.Failed, why: &provider.SendError{Failure: provider.BadRequest.Coded("unbuildable")}}
	case f.Message != nil:
		return verdict{phase: message.Dropped, reason: message.UnsupportedByProvider}
	default:
		return verdict{phase: message.Refused, reason: message.UnsupportedByProvider}
	}
}

// afterConflict reads again what was read before: a take-over may have been our own whose answer was lost.
func (d *Dispatcher) afterConflict(f store.Facts) step {
	if f.Message != nil {
		return lookAgain
	}
	return again
}

// describe fills in what a verdict makes of a message.
func (d *Dispatcher) describe(j *job, m *message.Message, v verdict) {
	now := d.Clock.Now()
	m.Phase, m.Reason, m.Due = v.phase, v.reason, v.due
	j.address(m)
	if m.Attempts == nil {
		m.Attempts = map[string]message.Attempt{}
	}
	switch v.phase {
	case message.Claimed:
		m.Attempt++
		m.LeaseUntil = now.Add(d.cfg.Lease)
		m.Due = m.LeaseUntil
		m.Attempts[message.Number(m.Attempt)] = message.Attempt{ClaimedAt: now.UnixMilli(), PossibleDuplicate: m.Resent}
	case message.Failed:
		m.Attempt++
		m.Attempts[message.Number(m.Attempt)] = message.Attempt{
			ClaimedAt: now.UnixMilli(), Rank: message.RankFailed, Failure: v.why.Failure,
			At: map[string]int64{string(message.StatusFailed): now.UnixMilli()},
		}
	default:
	}
	// The first content wins, and what is over needs no event any more.
	switch {
	case v.phase == message.Refused || v.phase == message.Dropped || v.phase == message.Failed:
		m.EventData, m.EventAttrs = nil, nil
	case len(m.EventData) == 0:
		m.EventData, m.EventAttrs = j.delivery.Data, j.event.Attributes()
	}
}

// address fills in by which app and with what a message goes to whom, as far as the job knows it. A message that was
// claimed before keeps its app.
func (j *job) address(m *message.Message) {
	app := j.sender.installed
	if m.Attempt == 0 && app.ID != "" {
		m.AppID, m.Provider, m.Ownership = app.ID, app.Provider, app.Ownership
	}
	if app.ID == m.AppID {
		m.TemplateID, m.Filling, m.Activity = j.sender.template.ID, j.filling, j.activity()
	}
	if !j.to.IsZero() {
		m.Phone, m.CustomerID = j.to.E164(), j.customer
	}
}

func (j *job) activity() message.Activity {
	e := j.event
	return message.Activity{
		OrderNumber: e.OrderNumber, VendorOrderNumber: e.VendorOrderNumber, ShipmentID: e.ShipmentID, TrackingID: e.TrackingID,
		ChannelID: e.ChannelID, AccountSlug: j.account.Slug, CustomerName: e.Customer.Name, CustomerPhone: e.Customer.Phone,
		CustomerEmail: e.Customer.Email, From: j.sender.installed.Number,
	}
}

func (j *job) outcome(m message.Message, result string) Outcome {
	return Outcome{
		Result: result, Reason: string(m.Reason), MessageID: m.ID, AccountID: m.AccountID, Event: m.Event,
		AppID: m.AppID, Attempt: m.Attempt,
	}
}

// tell reports a decision that is not to send.
func (d *Dispatcher) tell(ctx context.Context, j *job, m message.Message, v verdict) (Outcome, error) {
	switch v.phase {
	case message.Refused:
		return j.outcome(m, ResultRefused), nil
	case message.Dropped:
		return j.outcome(m, ResultDropped), d.publishDropped(ctx, m)
	case message.Held:
		return j.outcome(m, ResultHeld), d.noteHold(ctx, j, m)
	case message.Failed:
		out := j.outcome(m, ResultFailed)
		out.Failure = v.why.Failure
		return out, d.publish(ctx, m, m.Attempt, message.StatusFailed, d.Clock.Now())
	default:
		return j.outcome(m, ResultWaiting), nil
	}
}

// noteHold marks on the account what preparing found missing: the credential, or the template.
func (d *Dispatcher) noteHold(ctx context.Context, j *job, m message.Message) error {
	switch j.hold {
	case "":
		return nil
	case account.TemplateHeld:
		if !j.setting.Health.Healthy() {
			return nil // it is known, and when the provider is asked again
		}
		return d.markUnhealthy(ctx, m, effect{Failure: provider.TemplatePaused, at: d.Clock.Now()})
	default:
		return d.markUnhealthy(ctx, m, effect{Failure: message.Failure{Class: message.ClassAccount, Cause: j.hold}, at: d.Clock.Now()})
	}
}

// exists deals with a message that somebody created before us.
func (d *Dispatcher) exists(ctx context.Context, j *job) (Outcome, step, error) {
	m, err := d.Store.Message(ctx, j.id)
	if errors.Is(err, store.ErrNotFound) {
		return Outcome{}, again, nil // it was the order that came to be meanwhile
	}
	if err != nil {
		return Outcome{}, stop, err
	}
	done, out, err := d.finished(ctx, j, m)
	if done || err != nil {
		return out, stop, err
	}
	return Outcome{}, lookAgain, nil
}

// resume sends what is claimed by ourselves: the client repeated a write whose answer was lost, and found it done.
func (d *Dispatcher) resume(ctx context.Context, j *job, m message.Message) (Outcome, error) {
	req, err := d.request(ctx, j, m.Attempt)
	if err != nil {
		return j.outcome(m, ResultFailed), fault.Wrap(fault.Internal, "dispatch.resume", err)
	}
	return d.send(ctx, j, m, req)
}

// finished deals with a message that is not to be decided on now: it is over, in somebody's hands, or not due. It reports
// false for one that may be taken over.
func (d *Dispatcher) finished(ctx context.Context, j *job, m message.Message) (bool, Outcome, error) {
	now := d.Clock.Now()
	switch {
	case m.Recorded(), m.Phase == message.Failed:
		return true, j.outcome(m, ResultDuplicate), d.publishAgain(ctx, m)
	case m.Phase == message.Dropped:
		return true, j.outcome(m, ResultDuplicate), d.publishDropped(ctx, m)
	case m.Phase == message.Claimed && m.Nonce == j.nonce:
		out, err := d.resume(ctx, j, m)
		return true, out, err
	case m.Nonce == j.nonce:
		return true, j.outcome(m, string(m.Phase)), nil
	case m.Phase == message.Refused:
		return false, Outcome{}, nil
	case m.Phase == message.Claimed && now.Before(m.LeaseUntil):
		return true, j.outcome(m, ResultDuplicate), fault.New(fault.Conflict, "dispatch.finished", "another worker is sending the message")
	case m.Phase == message.Claimed:
		return true, j.outcome(m, ResultInDoubt), d.doubt(ctx, m)
	case m.Phase == message.InDoubt, m.Due.IsZero(), m.Due.After(now):
		return true, j.outcome(m, ResultDuplicate), nil
	default:
		return false, Outcome{}, nil
	}
}

// doubt notes that a lease ended without a record: the provider may or may not have the message.
func (d *Dispatcher) doubt(ctx context.Context, m message.Message) error {
	m.Phase, m.Due = message.InDoubt, m.LeaseUntil.Add(d.cfg.Grace)
	err := d.Store.Change(ctx, store.Change{Message: m})
	if store.IsConflict(err) {
		return nil
	}
	return err
}
