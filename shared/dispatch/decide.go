package dispatch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// step says how run goes on.
type step int

const (
	// stop: the event is dealt with.
	stop step = iota
	// again: somebody was faster; read the facts again.
	again
	// lookAgain: the message exists; read it with the facts.
	lookAgain
)

// verdict is what shall become of a message.
type verdict struct {
	phase  message.Phase
	reason message.Reason
	due    time.Time
	// why is the error that a failed message is recorded with.
	why *provider.SendError
}

// facts reads customer and order afresh, and the message when it is known to exist. A customer who is not known yet is
// made from the event.
func (d *Dispatcher) facts(ctx context.Context, j *job, look bool) (store.Facts, error) {
	of := store.FactsOf{CustomerID: j.customer}
	if j.event.OrderID != "" {
		of.OrderID = j.order
	}
	if look {
		of.MessageID = j.id
	}
	var f store.Facts
	if of != (store.FactsOf{}) {
		var err error
		if f, err = d.Store.Facts(ctx, of); err != nil {
			return store.Facts{}, err
		}
	}
	if j.customer == "" || f.Customer != nil {
		return f, nil
	}
	if err := d.meet(ctx, j); err != nil {
		return store.Facts{}, err
	}
	return store.Facts{}, store.ErrConflict // read again: who was met has an update time now
}

// meet makes the customer of an event that no one has heard of, as the account's consent mode says.
func (d *Dispatcher) meet(ctx context.Context, j *job) error {
	now := d.Clock.Now()
	e := consent.Entry{
		Action: consent.Seen, Source: consent.OrderEvent, Purpose: consent.OrderUpdates,
		SourceRef: "order:" + j.event.OrderID, Actor: "platform", OccurredAt: now, RecordedAt: now,
	}
	if j.account.ConsentMode == account.BrandDeclared {
		said, err := d.saidBefore(ctx, j, j.to)
		if err != nil {
			return err
		}
		if said.Action == consent.Withdraw {
			e.Action, e.Source, e.Purpose, e.Actor, e.OccurredAt = consent.Withdraw, consent.Keyworded, consent.Everything, "customer", said.At
		} else {
			e.Action, e.Source, e.Actor = consent.Grant, consent.Checkout, "brand"
		}
	}
	entry, state, _ := consent.Record(consent.State{}, e)
	return d.Store.CreateCustomer(ctx, store.Customer{
		ID: j.customer, AccountID: j.account.ID, PhoneKey: j.keys.Phone.Key(j.to), Phone: j.to.E164(),
		Email: j.event.Customer.Email, Name: j.event.Customer.Name, Consent: state,
	}, entry)
}

// decide weighs the facts, writes the decision, and sends when the decision is to send.
func (d *Dispatcher) decide(ctx context.Context, j *job, f store.Facts) (Outcome, step, error) {
	if f.Message != nil {
		if done, out, err := d.finished(ctx, j, *f.Message); done || err != nil {
			return out, stop, err
		}
		if f.Message.OccurredAt > 0 {
			j.date(time.Unix(f.Message.OccurredAt, 0)) // not that of a later publication
		}
		if k := kept(*f.Message); k.appID != "" && k.appID != j.sender.installed.ID && j.refuse == "" {
			// Preparing may take its time; the facts are read again after it.
			return Outcome{}, lookAgain, d.prepare(ctx, j, k)
		}
	}
	v := d.weigh(j, f)
	if v.phase == message.Claimed {
		var stale bool
		var err error
		if v, stale, err = d.gate(ctx, j, f, v); err != nil {
			return Outcome{}, stop, err
		}
		if stale {
			return Outcome{}, d.afterConflict(f), nil
		}
	}
	if f.Message != nil {
		return d.decideAgain(ctx, j, f, v)
	}
	return d.decideFirst(ctx, j, f, v)
}

// kept is what a message that was claimed before holds on to.
func kept(m message.Message) keep {
	if m.Attempt == 0 {
		return keep{}
	}
	return keep{appID: m.AppID, templateID: m.TemplateID, variables: m.Variables, media: m.Media}
}

// gate lets a decision to send pass once no other message is on its way to the shopper and the sender has a token left;
// else the message waits. Only what is about to be claimed takes a token. It reports stale when it waited for one for so
// long that the facts must be read again.
func (d *Dispatcher) gate(ctx context.Context, j *job, f store.Facts, v verdict) (_ verdict, stale bool, err error) {
	if !j.sender.echoes() {
		wait, err := d.inFlight(ctx, j, *f.Customer)
		if err != nil {
			return v, false, err
		}
		if !wait.IsZero() {
			return verdict{phase: message.Waiting, due: wait}, false, nil
		}
	}
	if j.token != nil {
		return v, false, nil
	}
	began := d.Clock.Now()
	j.token, err = d.limits.take(ctx, j.sender, j.to, j.entry.Urgent)
	if errors.Is(err, errNoToken) {
		return d.later(message.Waiting, triesOf(f), began), false, nil
	}
	return v, d.Clock.Now().Sub(began) > freshness, err
}

// freshness is how old facts may be that a decision rests on.
const freshness = 250 * time.Millisecond

func triesOf(f store.Facts) int {
	if f.Message == nil {
		return 0
	}
	return f.Message.Tries
}

// weigh is the decision, from what was prepared and the facts.
func (d *Dispatcher) weigh(j *job, f store.Facts) verdict {
	now := d.Clock.Now()
	tries, since := triesOf(f), now
	if f.Message != nil {
		since = f.Message.CreatedAt
	}
	without := j.withoutAt(since)
	lacking := j.lacking != nil && now.Before(without)
	if j.phoneErr == message.NoPhone && lacking {
		return d.laterBy(tries, now, without) // only the order platform knows the number
	}
	if reason := d.refusal(j, f, now); reason != "" {
		return verdict{phase: message.Refused, reason: reason}
	}
	if j.hold != "" || !j.sender.installed.Health.Healthy() || j.setting.HeldReason != "" {
		return d.later(message.Held, tries, now)
	}
	if j.wait != nil {
		return d.later(message.Waiting, tries, now)
	}
	if lacking {
		return d.laterBy(tries, now, without)
	}
	if tries >= d.cfg.MaxTries {
		return verdict{phase: message.Refused, reason: message.Limit}
	}
	return verdict{phase: message.Claimed}
}

// refusal is why the message shall not be sent; empty if nothing stands against it.
func (d *Dispatcher) refusal(j *job, f store.Facts, now time.Time) message.Reason {
	if j.refuse != "" {
		return j.refuse
	}
	if j.phoneErr != "" {
		return j.phoneErr
	}
	if ok, reason := consent.May(f.Customer.Consent, consent.OrderUpdates); !ok {
		return reason
	}
	if j.superseded(f.Order) {
		return message.Superseded
	}
	if limit := j.account.Age(j.event.Kind().String()); limit > 0 && !j.occurred.IsZero() && now.Sub(j.occurred) > limit {
		return message.Expired
	}
	return ""
}

// superseded tells whether the shipment has moved on, by what is stored or by the event's own log.
func (j *job) superseded(o *store.Order) bool {
	if _, yes := j.event.Superseded(j.event.StatusTimes); yes {
		return true
	}
	if o == nil {
		return false
	}
	_, yes := j.event.Superseded(o.TimesOf(j.event.Subject))
	return yes
}

// later is a postponement with back-off, or the end of a message that was postponed too often.
func (d *Dispatcher) later(phase message.Phase, tries int, now time.Time) verdict {
	if tries >= d.cfg.MaxTries {
		return verdict{phase: message.Refused, reason: message.Limit}
	}
	return verdict{phase: phase, due: now.Add(backoff(tries))}
}

// laterBy is a postponement that does not outlast what is waited for.
func (d *Dispatcher) laterBy(tries int, now, end time.Time) verdict {
	v := d.later(message.Waiting, tries, now)
	if v.due.After(end) {
		v.due = end
	}
	return v
}

// backoff is how long the n-th postponement lasts: 5 s doubling to 15 min.
func backoff(tries int) time.Duration {
	const first, last = 5 * time.Second, 15 * time.Minute
	return min(first<<min(tries, 16), last)
}

// inFlight is when to look again at a message whose shopper has another one that is unsettled; zero if none is.
func (d *Dispatcher) inFlight(ctx context.Context, j *job, c store.Customer) (time.Time, error) {
	if c.InFlight == "" || c.InFlight == j.id {
		return time.Time{}, nil
	}
	other, err := d.Store.Message(ctx, c.InFlight)
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil || !other.Open() {
		return time.Time{}, err
	}
	soon := d.Clock.Now().Add(backoff(0))
	if other.Phase == message.InDoubt && other.Due.After(soon) {
		return other.Due, nil
	}
	return soon, nil
}

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
			v = verdict{phase: message.Failed, why: &provider.SendError{Class: provider.ClassBadRequest, Code: "unbuildable"}}
			d.Logger.ErrorContext(ctx, "message cannot be expressed", "message_id", j.id, "error", err)
		}
	}
	d.describe(j, &m, v)
	w := store.Decision{Message: m, Times: d.statusTimes(j), Order: f.Order}
	if v.phase == message.Claimed && !j.sender.echoes() {
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
		out, err := d.send(ctx, j, m, req)
		return out, stop, err
	}
	out, err := d.tell(ctx, j, m, v)
	return out, stop, err
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
			ClaimedAt: now.UnixMilli(), Rank: message.RankFailed, Code: v.why.Code, Class: string(v.why.Class),
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
		m.TemplateID, m.Variables, m.Media, m.Activity = j.sender.template.ID, j.variables, j.media, j.activity()
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
		out.Class, out.Code = string(v.why.Class), v.why.Code
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
	case heldTemplate:
		return d.markUnhealthy(ctx, m, effect{class: provider.ClassTemplatePaused, at: d.Clock.Now()})
	default:
		return d.markUnhealthy(ctx, m, effect{class: provider.ClassAccount, cause: j.hold, at: d.Clock.Now()})
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
