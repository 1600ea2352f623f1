package dispatch

import (
	"cmp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// decision is what becomes of a message.
type decision struct {
	phase  message.Phase
	reason message.Reason
	due    time.Time
	// free is true for a postponement that counts as no try: the message waits for others, not because of itself.
	free bool
	// passed is the message that was on its way to the shopper and is no longer waited for.
	passed string
	// failure is the error that a failed message is recorded with.
	failure message.Failure
	// grounds are what it rests on; they are kept with the message.
	grounds message.Grounds
}

// on returns the decision with what it rests on.
func (v decision) on(g message.Grounds) decision {
	v.grounds = g
	return v
}

// refuse returns the decision not to send.
func refuse(reason message.Reason) decision {
	return decision{phase: message.Refused, reason: reason}
}

// weigh decides from the plan and the facts. It makes no call. Package checks judges what it sees, for the decision and for whoever asks
// later why it was made.
func (d *Dispatcher) weigh(o occurrence, p plan, f store.Facts) decision {
	now := d.clock.Now()
	since := now
	if f.Message != nil && !f.Message.PassedOver() {
		since = f.Message.CreatedAt
	}

	fallback := o.fallbackAt(since)
	tries := triesOf(f)

	g := groundsOf(o, p, f, now)
	g.Lacking = p.lacking != nil && now.Before(fallback)
	g.Tries = tries
	g.Exhausted = tries >= d.cfg.Limits.MaxTries

	verdict := checks.Decide(checks.Facts{Grounds: g})
	if verdict.Outcome == checks.Failed {
		v := refuse(verdict.Reason)
		v.free = verdict.Check == checks.App || verdict.Check == checks.Template

		return v.on(g)
	}

	if verdict.Check == checks.QuietHours {
		return untilQuietHoursEnd(g).on(g)
	}

	return d.postponedBy(verdict.Check, p, tries, now, fallback).on(g)
}

// postponedBy returns how a message waits for what a check found; it is sent if there is no such check.
func (d *Dispatcher) postponedBy(check checks.Name, p plan, tries int, now, fallback time.Time) decision {
	switch {
	case check == checks.NumberKnown && p.turn.IsZero(), check == checks.Order:
		return d.postponeUntil(tries, now, fallback) // only the order platform knows it
	case check == checks.NumberKnown, check == checks.Place:
		return decision{phase: message.Waiting, due: p.turn, free: true}
	case check == checks.App, check == checks.Template:
		v := d.postpone(message.Held, tries, now)
		v.free = true

		return v
	case check == checks.Answers:
		// It comes after all who wait for the next turn, since they may lack nothing.
		return decision{phase: message.Held, due: now.Add(account.LongestProbe), free: true}
	case check == checks.Copy:
		return d.postpone(message.Waiting, tries, now)
	default:
		return decision{phase: message.Claimed}
	}
}

// untilQuietHoursEnd returns how a message waits for the end of quiet hours: as one of many, since sweep takes what is due app by app in turn,
// and the app's rate spreads it. One that will be too old by then is looked at as soon as it is, and dropped for that.
func untilQuietHoursEnd(g message.Grounds) decision {
	v := decision{
		phase:  message.Waiting,
		reason: message.QuietHours,
		due:    time.Unix(g.QuietUntil, 0).UTC(),
		free:   true,
	}

	if tooOld := g.TooOldAt(); !tooOld.IsZero() && tooOld.Before(v.due) {
		v.due = tooOld.Add(time.Second).UTC()
	}

	return v
}

// groundsOf returns what a decision sees of plan and facts.
func groundsOf(o occurrence, p plan, f store.Facts, now time.Time) message.Grounds {
	g := message.Grounds{
		At:        now.UnixMilli(),
		Settings:  o.account.Version,
		Refusal:   p.refusal,
		NoNumber:  p.recipient.refusal,
		Marketing: p.purpose(o) == consent.Marketing,
		App:       p.sender.installed.Health.Reason,
		Template:  o.account.ForSending(o.setting.Health).Reason,
		Turn:      !p.turn.IsZero(),
		Vain:      p.probedInVain(),
		Overspent: p.overspent,
		Unread:    p.postponed != nil,
	}
	if p.unsayable {
		g.Refusal, g.Unsayable = "", p.refusal
	}

	switch p.hold {
	case "":
	case account.TemplateHeld, account.CategoryHeld:
		g.Template = cmp.Or(g.Template, p.hold)
	default:
		g.App = p.hold
	}

	if f.Customer != nil {
		g.Consent = string(f.Customer.Consent.StatusAt(now))
		_, g.Unwanted = consent.May(f.Customer.Consent, p.purpose(o), now)
		g.Ledger = f.Customer.Consent.Sequence
	}

	if until := p.quietUntil(o, now); !until.IsZero() {
		g.QuietUntil, g.Zone = until.Unix(), o.account.TimeZone
	}

	g.Overtaken, g.OvertakenAt = overtaken(o.event, f.Order)
	g.Age, g.Limit = o.age(f.Message, now)

	return g
}

// quietUntil returns when the quiet hours end that a message has to wait for; the zero time if it may be sent. They may have begun since it
// was planned. They may have ended, too: it waits all the same, for a moment, since nothing of it is prepared. A message that was decided
// on before they began may still be claimed and posted in their first second.
func (p plan) quietUntil(o occurrence, now time.Time) time.Time {
	if !p.quiet.IsZero() {
		return p.quiet
	}

	return o.account.QuietUntil(o.kind(), now)
}

// age returns how old the event is and how old it may be when it is sent; 0 of an event without a time, and where there is no limit. One
// that a person reopened is as old as that. A second look has a limit also where the account sets none.
func (o occurrence) age(m *message.Message, now time.Time) (age, limit time.Duration) {
	limit = o.account.Age(o.kind())
	born := o.occurredAt

	switch {
	case m == nil:
	case m.PassedOver(), m.SecondLook && m.ReopenedAt.IsZero():
		limit = o.account.LongestAge(o.kind())
		if born.IsZero() {
			born = o.delivery.PublishedAt
		}
	case !m.ReopenedAt.IsZero():
		born = m.ReopenedAt
	}

	if born.IsZero() {
		return 0, limit
	}

	return now.Sub(born), limit
}

// purpose returns what the shopper must have agreed to: marketing for an offer, and for whatever goes out as one.
func (p plan) purpose(o occurrence) consent.Purpose {
	if o.entry.Marketing || p.marketing {
		return consent.Marketing
	}

	return consent.OrderUpdates
}

// overtaken returns the status by which the shipment has moved on, or its order was spoken of before, by the event's own log or by what is
// stored, and when that was in epoch seconds, 0 if that is not known. It is empty if there is none.
func overtaken(e order.Event, stored *store.Order) (status string, at int64) {
	if by, yes := e.Superseded(e.StatusTimes); yes {
		return by, e.StatusTimes[by]
	}
	if stored == nil {
		return "", 0
	}

	times := stored.TimesOf(e.Subject)
	if by, yes := e.Superseded(times); yes {
		return by, times[by]
	}
	if e.SupersededElsewhere(stored.Shipments) {
		return checks.AnotherShipment, 0
	}

	return "", 0
}

func triesOf(f store.Facts) int {
	if f.Message == nil || f.Message.PassedOver() {
		return 0
	}

	return f.Message.Tries
}

// postpone returns a postponement with back-off, or the end of a message that was postponed too often.
func (d *Dispatcher) postpone(phase message.Phase, tries int, now time.Time) decision {
	if tries >= d.cfg.Limits.MaxTries {
		return refuse(message.Limit)
	}

	return decision{phase: phase, due: now.Add(message.Backoff(tries))}
}

// postponeUntil returns a postponement that does not outlast what is waited for.
func (d *Dispatcher) postponeUntil(tries int, now, end time.Time) decision {
	v := d.postpone(message.Waiting, tries, now)
	if v.due.After(end) {
		v.due = end
	}

	return v
}
