package dispatch

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// explained requires that what is kept of a decision leads to it once more.
func explained(t *testing.T, v decision) {
	t.Helper()
	verdict := checks.Decide(checks.Facts{Grounds: v.grounds})
	want := map[message.Phase]checks.Outcome{
		message.Claimed: checks.Passed, message.Refused: checks.Failed, message.Dropped: checks.Failed, message.Failed: checks.Failed,
		message.Waiting: checks.Waits, message.Held: checks.Waits,
	}[v.phase]
	if verdict.Outcome != want || v.reason != "" && verdict.Reason != v.reason {
		t.Errorf("decided %s %s, and what is kept says %+v", v.phase, v.reason, verdict)
	}
}

// formerly decides as it was decided before the checks had a table of their own. It is written out by hand, so that the table can be
// compared with something.
func formerly(d *Dispatcher, o occurrence, p plan, f store.Facts) decision {
	now := d.clock.Now()
	since := now
	if f.Message != nil && !f.Message.PassedOver() {
		since = f.Message.CreatedAt
	}
	fallback := o.fallbackAt(since)
	lacking := p.lacking != nil && now.Before(fallback)
	tries := triesOf(f)
	turn := decision{phase: message.Waiting, due: p.turn, free: true}
	if p.recipient.refusal == message.NoPhone && !p.turn.IsZero() {
		return turn
	}
	if p.recipient.refusal == message.NoPhone && lacking {
		return d.postponeUntil(tries, now, fallback)
	}
	if reason := formerRefusal(o, p, f, now); reason != "" {
		return refuse(reason)
	}
	switch {
	case p.hold != "" || !p.sender.installed.Health.Healthy() || !o.setting.Health.Healthy():
		v := d.postpone(message.Held, tries, now)
		v.free = true
		return v
	case !p.turn.IsZero():
		return turn
	case p.probedInVain():
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

func formerRefusal(o occurrence, p plan, f store.Facts, now time.Time) message.Reason {
	if p.refusal != "" {
		return p.refusal
	}
	if p.recipient.refusal != "" {
		return p.recipient.refusal
	}
	if ok, reason := consent.May(f.Customer.Consent, plan{}.purpose(o), now); !ok {
		return reason
	}
	if _, yes := o.event.Superseded(o.event.StatusTimes); yes {
		return message.Superseded
	}
	if f.Order != nil {
		if _, yes := o.event.Superseded(f.Order.TimesOf(o.event.Subject)); yes || o.event.SupersededElsewhere(f.Order.Shipments) {
			return message.Superseded
		}
	}

	limit, born := o.account.Age(o.kind()), o.occurredAt
	switch m := f.Message; {
	case m == nil:
	case m.PassedOver(), m.SecondLook && m.ReopenedAt.IsZero():
		limit = o.account.LongestAge(o.kind())
		if born.IsZero() {
			born = o.delivery.PublishedAt
		}
	case !m.ReopenedAt.IsZero():
		born = m.ReopenedAt
	}
	if limit > 0 && !born.IsZero() && now.Sub(born) > limit {
		return message.Expired
	}

	return ""
}

// TestChecksDecide draws many situations, and requires of each the decision as it was, and that what is kept leads to it again.
func TestChecksDecide(t *testing.T) {
	t.Parallel()

	const maxTries = 5
	d := New(Config{Limits: outcome.Limits{MaxTries: maxTries}}, Deps{Clock: clock.NewManual(noon)})
	seen := map[message.Reason]int{}
	phases := map[message.Phase]int{}
	r := rand.New(rand.NewPCG(1, 2))
	n := 200_000
	if testing.Short() {
		n = 20_000
	}
	for range n {
		o, p, f := drawn(r, maxTries)
		want, got := formerly(d, o, p, f), d.weigh(o, p, f)
		explained(t, got)
		seen[got.reason]++
		phases[got.phase]++
		got.grounds = message.Grounds{}
		if got != want {
			t.Fatalf("got %+v, want %+v\nof %+v\n%+v\n%+v", got, want, o, p, f)
		}
	}
	for _, reason := range []message.Reason{
		message.EventOff, message.NoSender, message.UnsupportedByProvider, message.NothingToPay, message.NoPhone, message.InvalidPhone,
		message.NotOptedIn, message.OptedOut, message.Unreachable, message.Superseded, message.Expired, message.Limit,
	} {
		if seen[reason] == 0 {
			t.Errorf("no situation was refused as %s", reason)
		}
	}
	if phases[message.Claimed] == 0 || phases[message.Waiting] == 0 || phases[message.Held] == 0 {
		t.Errorf("got %v", phases)
	}
}

// drawn returns a situation of which each part is drawn, as far as planning can lead to it.
func drawn(r *rand.Rand, maxTries int) (occurrence, plan, store.Facts) {
	rarely := func() bool { return r.IntN(6) == 0 }
	e := order.Event{Resource: order.Shipment, SubType: "created", Subject: "S1", OrderID: "1", OccurredAt: noon.Add(-time.Hour), OccurredKnown: true, StatusTimes: map[string]int64{}}
	if rarely() {
		e.StatusTimes["delivered"] = noon.Unix()
	}
	entry, _ := order.Lookup(e.Kind())
	entry.Marketing = rarely()
	o := occurrence{event: e, entry: entry, occurredAt: e.OccurredAt, delivery: Delivery{PublishedAt: noon.Add(-30 * time.Hour)}}
	if rarely() {
		o.occurredAt = time.Time{}
	}
	if rarely() {
		o.account.MaxAge = []time.Duration{time.Minute, 2 * time.Hour}[r.IntN(2)]
	}
	if rarely() {
		o.setting.Health.Reason = account.TemplateHeld
	}

	var p plan
	p.recipient.refusal = []message.Reason{"", "", "", "", message.NoPhone, message.InvalidPhone}[r.IntN(6)]
	switch r.IntN(8) {
	case 0:
		p.refusal = []message.Reason{message.EventOff, message.NoSender, message.UnsupportedByProvider}[r.IntN(3)]
	case 1:
		p.turn = noon.Add(time.Minute) // nothing else was prepared
	default:
		if rarely() {
			p.lacking = errors.New("down")
		}
		if rarely() {
			p.refusal, p.unsayable = []message.Reason{message.UnsupportedByProvider, message.NothingToPay}[r.IntN(2)], true
		}
		if rarely() {
			p.hold = []message.Cause{message.CauseCredentials, account.TemplateHeld}[r.IntN(2)]
		}
		if rarely() {
			p.postponed = &provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: provider.CodeNotSent}}
		}
		p.sender.notAnswering = rarely()
	}
	if rarely() {
		p.sender.installed.Health.Reason = message.CauseBalance
	}

	f := store.Facts{Customer: &store.Customer{Consent: agreement([]consent.Action{consent.Grant, consent.Grant, consent.Grant, consent.Withdraw, consent.Seen}[r.IntN(5)])}}
	if rarely() {
		_, f.Customer.Consent, _ = consent.Record(f.Customer.Consent, consent.Entry{Action: consent.Unreachable, Source: consent.ProviderError, Purpose: consent.Everything, OccurredAt: noon.Add(-time.Minute)})
	}
	switch r.IntN(8) {
	case 0:
		f.Order = storedTimes("S1", "delivered", noon)
	case 1:
		f.Order = storedTimes("S2", "created", noon.Add(-2*time.Hour))
	}
	if r.IntN(2) == 0 {
		f.Message = &message.Message{
			CreatedAt: noon.Add(-time.Duration(r.IntN(3)) * patience), Tries: r.IntN(maxTries + 2), SecondLook: rarely(),
			Phase: []message.Phase{message.Waiting, message.Held, message.Refused}[r.IntN(3)],
		}
		if rarely() {
			f.Message.ReopenedAt = noon.Add(-90 * time.Minute)
		}
	}

	return o, p, f
}
