package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
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
	return keep{appID: m.AppID, templateID: m.TemplateID, filling: m.Filling}
}

// gate lets a decision to send pass once no other message is on its way to the shopper and the sender has a token left;
// else the message waits. What was told of another shipment, and is true of the whole order, is not told again. Only what is
// about to be claimed takes a token. It reports stale when it waited for one for so long that the facts must be read again.
func (d *Dispatcher) gate(ctx context.Context, j *job, f store.Facts, v verdict) (_ verdict, stale bool, err error) {
	told, err := d.toldBefore(ctx, j)
	if err != nil || told {
		return verdict{phase: message.Refused, reason: message.AlreadyTold}, false, err
	}
	if j.sender.blind() {
		var wait time.Time
		wait, err = d.inFlight(ctx, j, *f.Customer)
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
	if j.hold != "" || !j.sender.installed.Health.Healthy() || !j.setting.Health.Healthy() {
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

// purpose is what the shopper must have agreed to.
func (j *job) purpose() consent.Purpose {
	if j.entry.Marketing {
		return consent.Marketing
	}
	return consent.OrderUpdates
}

// refusal is why the message shall not be sent; empty if nothing stands against it.
func (d *Dispatcher) refusal(j *job, f store.Facts, now time.Time) message.Reason {
	if j.refuse != "" {
		return j.refuse
	}
	if j.phoneErr != "" {
		return j.phoneErr
	}
	if ok, reason := consent.May(f.Customer.Consent, j.purpose()); !ok {
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
	return verdict{phase: phase, due: now.Add(message.Backoff(tries))}
}

// laterBy is a postponement that does not outlast what is waited for.
func (d *Dispatcher) laterBy(tries int, now, end time.Time) verdict {
	v := d.later(message.Waiting, tries, now)
	if v.due.After(end) {
		v.due = end
	}
	return v
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
	soon := d.Clock.Now().Add(message.Backoff(0))
	if other.Phase == message.InDoubt && other.Due.After(soon) {
		return other.Due, nil
	}
	return soon, nil
}
