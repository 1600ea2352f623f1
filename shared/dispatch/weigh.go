package dispatch

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
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
}

// refuse returns the decision not to send.
func refuse(reason message.Reason) decision {
	return decision{phase: message.Refused, reason: reason}
}

// weigh decides from the plan and the facts. It makes no call.
func (d *Dispatcher) weigh(o occurrence, p plan, f store.Facts) decision {
	now := d.clock.Now()
	since := now
	if f.Message != nil && !f.Message.PassedOver() {
		since = f.Message.CreatedAt
	}

	fallback := o.fallbackAt(since)
	lacking := p.lacking != nil && now.Before(fallback)
	tries := triesOf(f)

	waitsForTurn := decision{
		phase: message.Waiting,
		due:   p.turn,
		free:  true,
	}
	if p.recipient.refusal == message.NoPhone && !p.turn.IsZero() {
		return waitsForTurn
	}
	if p.recipient.refusal == message.NoPhone && lacking {
		return d.postponeUntil(tries, now, fallback) // only the order platform knows the number
	}
	if reason := refusal(o, p, f, now); reason != "" {
		return refuse(reason)
	}

	switch {
	case p.held(o.setting):
		v := d.postpone(message.Held, tries, now)
		v.free = true

		return v
	case !p.turn.IsZero():
		return waitsForTurn
	case p.probedInVain():
		// It comes after all who wait for the next turn, since they may lack nothing.
		return decision{phase: message.Held, due: now.Add(account.LongestProbe), free: true}
	case p.postponed != nil:
		return d.postpone(message.Waiting, tries, now)
	case lacking:
		return d.postponeUntil(tries, now, fallback)
	case tries >= d.cfg.Limits.MaxTries:
		return refuse(message.Limit)
	default:
		return decision{phase: message.Claimed}
	}
}

// refusal returns why the message must not be sent; empty if nothing speaks against it.
func refusal(o occurrence, p plan, f store.Facts, now time.Time) message.Reason {
	if p.refusal != "" {
		return p.refusal
	}
	if p.recipient.refusal != "" {
		return p.recipient.refusal
	}
	if ok, reason := consent.May(f.Customer.Consent, o.purpose(), now); !ok {
		return reason
	}
	if superseded(o.event, f.Order) {
		return message.Superseded
	}

	if o.tooOld(f.Message, now) {
		return message.Expired
	}

	return ""
}

// tooOld reports whether the event is older than the account wants it sent. One that a person reopened is as old as that.
// A second look has a limit also where the account sets none.
func (o occurrence) tooOld(m *message.Message, now time.Time) bool {
	limit := o.account.Age(o.kind())
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

	return limit > 0 && !born.IsZero() && now.Sub(born) > limit
}

// purpose returns what the shopper must have agreed to.
func (o occurrence) purpose() consent.Purpose {
	if o.entry.Marketing {
		return consent.Marketing
	}

	return consent.OrderUpdates
}

// superseded reports whether the shipment has moved on, or its order was spoken of before, by the event's own log or by what is stored.
func superseded(e order.Event, stored *store.Order) bool {
	if _, yes := e.Superseded(e.StatusTimes); yes {
		return true
	}
	if stored == nil {
		return false
	}

	_, yes := e.Superseded(stored.TimesOf(e.Subject))

	return yes || e.SupersededElsewhere(stored.Shipments)
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
