package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// rest holds what has come of every event against what should have.
func (s *sending) rest() {
	for _, key := range s.order {
		s.restOf(s.occurrences[key])
	}

	s.outcomesTrue()
}

// restOf looks at an occurrence at rest.
func (s *sending) restOf(o *occurrence) {
	if len(o.events) == 0 {
		return
	}

	first, last := o.events[0].at, o.events[len(o.events)-1].at
	on, off := s.ontimes(o, first.Add(-2*settingsAge), last.Add(time.Hour))

	e, has := s.entries[o.entry]
	switch {
	case !has && !off:
		s.find(o, "nothing came of it")
		return
	case !has:
		return
	case !on:
		s.find(o, "it has a message although its event is off")
	}

	s.settled(o, e)
	s.toldOf(o, e)

	for _, a := range o.acceptances {
		s.showsTruth(o, e, a)
	}

	s.didItsWork(o, e)
}

// settled looks for what has no end.
func (s *sending) settled(o *occurrence, e entry) {
	open := slices.Contains([]string{phaseWaiting, phaseHeld, phaseInDoubt, phaseClaimed}, e.phase) && !e.taken()
	if e.phase == phaseClaimed && e.tries[e.attempt].rank == rankFailed {
		open = false
	}

	switch {
	case !open:
	case e.due.IsZero():
		s.find(o, "its message stays %s, and nothing is due", e.phase)
	case e.phase == phaseInDoubt, e.phase == phaseClaimed:
		s.find(o, "its message is still %s", e.phase)
	}
}

// outrunUntil reports whether any event that was published until a time makes a message pointless.
func (s *sending) outrunUntil(o *occurrence, e entry, until time.Time) bool {
	for _, other := range s.occurrences {
		if slices.ContainsFunc(other.events, func(p publication) bool { return !p.at.After(until) && s.outruns(p.step, o, e) }) {
			return true
		}
	}

	return s.oracle.talks.outruns(o, e, until)
}

// showsTruth looks at what a message shows of one that the provider has taken: what its callbacks said.
func (s *sending) showsTruth(o *occurrence, e entry, a *acceptance) {
	if !s.attributable(o, a) {
		return
	}

	t := e.tries[a.attempt]

	for _, c := range a.callbacks {
		if c.heard.IsZero() {
			continue
		}
		if t.rank < rankOf(c.status) {
			s.find(o, "its attempt %d does not show that it was %s", a.attempt, c.status)
		}

		fact := fmt.Sprintf("%d.%s", a.attempt, c.status)
		if c.priced && !e.priced[fact] {
			s.find(o, "its message lacks the price that was told with %q of attempt %d", c.status, a.attempt)
		}
	}
}

// attributable reports whether it can be known which attempt the callbacks are of: the provider repeats our reference, or the answer
// was recorded, or they began within the lease of one attempt to the shopper only.
func (s *sending) attributable(o *occurrence, a *acceptance) bool {
	if s.world.plan.Apps[a.app].Provider != gupshup.Name {
		return true
	}

	e := s.entries[o.entry]
	if slices.Contains(e.tries[a.attempt].ids, a.id) {
		return true
	}

	var first time.Time
	for _, c := range a.callbacks {
		if !c.heard.IsZero() && (first.IsZero() || c.planned.Before(first)) {
			first = c.planned
		}
	}

	n := 0
	for other := range s.all() {
		if s.oracle.talks.phones[other.subject] != s.world.phoneOf(o) {
			continue
		}

		for _, t := range other.tries {
			if first.After(t.claimed.Add(-2*clockSlack)) && first.Before(t.claimed.Add(leaseTime+2*clockSlack)) {
				n++
			}
		}
	}

	within := first.After(a.claimed.Add(clockSlack-s.slack())) && first.Before(a.claimed.Add(leaseTime))

	return n == 1 && within
}

// didItsWork looks at what should have been sent, and was not.
func (s *sending) didItsWork(o *occurrence, e entry) {
	s.sentSoon(o)

	if !s.wanted(o) {
		return
	}
	if len(o.acceptances) > 0 {
		s.triedAgain(o, e)
		return
	}

	brand := s.world.plan.Brands[o.brand]
	app := s.world.plan.Apps[brand.Sender]
	now := time.Since(s.world.began)

	switch {
	case e.phase == phaseHeld && s.oracle.news.wellSince(brand.Sender, o.brand, o.name, now) > now-longWell:
	case e.phase == phaseFailed && s.hindered(o):
	case e.phase == phaseGivenUp && (!app.reports() || o.doubted >= mostDoubts || !o.knowable):
	case e.phase == phaseDropped && (e.reason == "expired" || e.reason == "limit") && (o.troubled || s.hindered(o)):
	case e.phase == phaseRefused && e.reason == "expired" && s.diedTooLong(o):
	case brand.SendsReclassed && (e.reason == "not_opted_in" || e.reason == "opted_out") && s.oracle.news.marketing(brand.Sender, o.name, 0, now) &&
		!s.oracle.people.wantsOffers(o.brand, o.shopper, o.events[0].at, time.Now()):
		// it would have gone out as marketing when that was decided, which was held against what was so then
	default:
		s.find(o, "it was not sent: %s %s, %d posts, %d of them unanswered", e.phase, e.reason, o.posted, o.unanswered)
	}
}

// diedTooLong reports whether an event was a dead letter until it was too old.
func (s *sending) diedTooLong(o *occurrence) bool {
	last := o.events[len(o.events)-1]
	limit := s.world.plan.Brands[o.brand].longestAge()

	return o.revived.After(last.at) && o.revived.Sub(last.step.occurred()) > limit-s.slack()
}

// hindered reports whether anything kept an occurrence's app from sending since the event was published.
func (s *sending) hindered(o *occurrence) bool {
	app := s.world.plan.Brands[o.brand].Sender
	at, now := o.events[0].at.Sub(s.world.began), time.Since(s.world.began)

	unanswered := s.at(nil, app).last.After(s.at(nil, app).answered) // until sweep has found out that it answers

	return unanswered || s.world.plan.hampered(app, at-longWell, now) || s.oracle.news.wellSince(app, o.brand, o.name, now) > at
}

// stillHolds reports whether the app of a message that is held, or its template, is not well.
func (o *oracle) stillHolds(e entry) bool {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	of := o.sending.of[e.id]
	app := o.world.plan.Brands[of.brand].Sender
	now := time.Since(o.world.began)

	return o.news.wellSince(app, of.brand, of.name, now) > now-longWell
}

// longWell is how long an app must have been well for its messages to be sent by then.
const longWell = 10 * time.Minute

// triedAgain looks at a message that was taken and failed for a passing reason: there has to be a new attempt.
func (s *sending) triedAgain(o *occurrence, e entry) {
	step := o.events[0].step.ID

	f := s.oracle.news.owesRetry(step)
	if f == nil || o.troubled || len(o.events) > 1 || !s.attributable(o, o.acceptances[0]) || e.attempt > o.acceptances[0].attempt || e.phase == phaseDropped && (e.reason == "expired" || e.reason == "limit") {
		return
	}

	s.find(o, "it was not sent once more after its failure with %d: %s %s", f.code, e.phase, e.reason)
}

// sentSoon looks at an event that was published once, in a time in which nothing went wrong and nothing spoke against its message.
func (s *sending) sentSoon(o *occurrence) {
	at := o.events[0].at.Sub(s.world.began)
	tellable, sure := s.oracle.quiet.tellable(o, o.events[0].at, s.slack())
	from, until := at-longWell, tellable.Sub(s.world.began)+longWell

	switch app := s.world.plan.Brands[o.brand].Sender; {
	case !sure:
	case o.posted > 0 || len(o.events) > 1 || len(o.events[0].step.Again) > 0:
	case !s.world.calm(app, from, until) || s.world.plan.hampered(app, from, until) || s.world.plan.Missed > 0:
	case s.oracle.news.wellSince(app, o.brand, o.name, until) > from:
	case !s.speaksFor(o, s.world.began.Add(from), s.world.began.Add(until)):
	default:
		e := s.entries[o.entry]
		s.find(o, "it was not posted within %s, although all was well: %s %s", longWell, e.phase, e.reason)
	}
}

// wanted reports whether nothing of the plan speaks against a message, from the publication of its event until the end.
func (s *sending) wanted(o *occurrence) bool { return s.speaksFor(o, s.world.began, time.Now()) }

// speaksFor reports whether between two times nothing of the plan speaks against a message: its event is on, its shopper agrees, nothing
// outruns it, and it is not too old when it comes.
func (s *sending) speaksFor(o *occurrence, from, until time.Time) bool {
	last := o.events[len(o.events)-1]
	brand := s.world.plan.Brands[o.brand]
	app := s.world.plan.Apps[brand.Sender]

	_, off := s.ontimes(o, from.Add(-2*settingsAge), until)
	if off || !s.oracle.people.agreedThroughout(o.brand, o.shopper, o.events[0].at, until) {
		return false
	}

	latest := last.at
	for _, p := range o.events {
		if waits := s.oracle.quiet.latest(o, p.at); waits.After(latest) {
			latest = waits
		}
	}

	if age := latest.Sub(last.step.occurred()); age > brand.longestAge()-2*time.Minute {
		return false
	}

	if app.Provider == businessonbot.Name && !app.ByTemplate {
		return false // it words its messages itself, and may have said the same before
	}

	for _, p := range o.events {
		as := entry{order: orderID(o.brand, o.shopper, p.step.Order), subject: shipmentID(p.step), occurred: p.step.occurred()}
		if s.outrunUntil(o, as, until) {
			return false
		}
	}

	return true
}
