package simulation

import (
	"cmp"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
)

// rightReason looks at why somebody writes that a message is not sent: it was so while they were at work.
func (s *sending) rightReason(by *actor, o *occurrence, now entry) {
	brand := s.world.plan.Brands[o.brand]
	app := s.world.plan.Apps[brand.Sender]
	began := s.world.began.Add(by.began)

	right := false

	switch now.reason {
	case "superseded":
		right = s.outrunUntil(o, now, time.Now())
	case "expired":
		right = s.tooOld(o, now)
	case "event_off":
		_, right = s.ontimes(o, began.Add(-2*settingsAge), time.Now())
	case "limit":
		right = o.tries()+1 >= cmp.Or(s.world.plan.Tries, usualTries) || s.world.plan.asksInVain() || s.world.plan.loses() // the copy at hand counts, too
	case "not_opted_in", "opted_out", "unreachable", "blocked":
		right = s.mayRefuse(o, now.reason, began)
		if brand.SendsReclassed && (now.reason == "not_opted_in" || now.reason == "opted_out") {
			right = right || s.marketing(o, by) && !s.oracle.people.wantsOffers(o.brand, o.shopper, began, time.Now())
		}
	case "already_told", "unsupported_by_provider":
		right = app.Provider == businessonbot.Name && !app.ByTemplate
	}

	if !right {
		s.find(o, "%s writes that its message is %s as %s, which is not so: at the age of %s, after %d tries",
			by.name, now.phase, now.reason, time.Since(o.born(now)).Round(time.Second), o.tries())
	}
}

// marketing reports whether an occurrence's template may have been marketing since somebody began to work on it.
func (s *sending) marketing(o *occurrence, by *actor) bool {
	return s.oracle.news.marketing(s.world.plan.Brands[o.brand].Sender, o.name, by.began-knownAfter, time.Since(s.world.began))
}

// tooOld reports whether a message may be taken to be older than its brand wants it sent.
func (s *sending) tooOld(o *occurrence, now entry) bool {
	limit := s.world.plan.Brands[o.brand].MaxAge
	if limit == 0 && (now.secondLook || now.passedOver()) {
		limit = oldestLook
	}

	return limit > 0 && time.Since(o.born(now)) > limit-s.slack()
}

// mayRefuse reports whether an occurrence's shopper may have refused it for a reason since somebody began to work on it. One who has
// said STOP before the brand met them has opted out, and has never opted in: either is right.
func (s *sending) mayRefuse(o *occurrence, reason string, began time.Time) bool {
	reasons := []string{reason}
	if reason != "unreachable" && reason != "blocked" && s.oracle.people.stoppedBeforeMet(o.brand, o.shopper) {
		reasons = []string{"not_opted_in", "opted_out"}
	}

	return slices.ContainsFunc(reasons, func(r string) bool {
		return s.oracle.people.couldRefuse(o.brand, o.shopper, r, began, time.Now())
	})
}

// usualTries is how often sweep may bring a message back that waits because of itself.
const usualTries = 100

// tries counts what may count as a try of a message: its claims, and the copies of it that never came, or came under a fault, or after
// which nothing was written. To wait for a place, for another message or for a provider is none.
func (o *occurrence) tries() int { return o.claimed + o.stumbles + len(o.tickets) }

// loses reports whether copies of sweep's may come late, or their tries be counted without anybody to see it.
func (p Plan) loses() bool {
	return len(p.Troubles) > 0 || slices.ContainsFunc(p.Closures, func(c Closure) bool { return c.What == OrdersDown })
}

// asksInVain reports whether an outage may keep from us what a message is made of. To wait for that is a try.
func (p Plan) asksInVain() bool {
	return slices.ContainsFunc(p.Outages, func(o Outage) bool { return o.All })
}
