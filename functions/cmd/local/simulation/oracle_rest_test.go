package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
	s.rightReason(o, e)
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

// rightReason looks at why a message was not sent.
func (s *sending) rightReason(o *occurrence, e entry) {
	if e.phase != phaseRefused && e.phase != phaseDropped {
		return
	}

	brand := s.world.plan.Brands[o.brand]
	app := s.world.plan.Apps[brand.Sender]

	right := false

	switch e.reason {
	case "superseded":
		right = s.outrunEver(o, e)
	case "expired":
		right = brand.MaxAge > 0 || e.secondLook
	case "event_off":
		_, right = s.ontimes(o, o.events[0].at.Add(-2*settingsAge), time.Now())
	case "limit":
		right = true // which mayDrop has looked at
	case "not_opted_in", "opted_out", "unreachable":
		right = s.mayRefuse(o, e.reason)
	case "already_told", "unsupported_by_provider":
		right = app.Provider == businessonbot.Name && !app.ByTemplate
	}

	if !right {
		s.find(o, "its message is %s as %s, which is not so", e.phase, e.reason)
	}
}

// mayRefuse reports whether an occurrence's shopper may have refused it for a reason. One who has said STOP before the brand met them
// has opted out, and has never opted in: either is right.
func (s *sending) mayRefuse(o *occurrence, reason string) bool {
	reasons := []string{reason}
	if reason != "unreachable" {
		reasons = []string{"not_opted_in", "opted_out"}
	}

	return slices.ContainsFunc(reasons, func(r string) bool {
		return s.oracle.people.couldRefuse(o.brand, o.shopper, r, o.events[0].at, time.Now())
	})
}

// outrunEver reports whether any event that was published makes a message pointless.
func (s *sending) outrunEver(o *occurrence, e entry) bool {
	for _, other := range s.occurrences {
		if slices.ContainsFunc(other.events, func(p publication) bool { return s.outruns(p.step, o, e) }) {
			return true
		}
	}

	return false
}

// toldOf looks at what the platform was told of a message: its end at least.
func (s *sending) toldOf(o *occurrence, e entry) {
	state := map[string]string{
		"accepted": "inqueue", "sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed",
		phaseDropped: "dropped", phaseGivenUp: "given_up",
	}[e.shows()]
	if state == "dropped" && e.tries[e.attempt].rank == rankFailed {
		state = "failed"
	}
	if state == "" {
		return
	}

	attempt := e.attempt
	if best := e.best(0); state == "delivered" || state == "read" || state == "sent" || state == "inqueue" {
		for n, t := range e.tries {
			if t.rank == best {
				attempt = n
			}
		}
	}

	for n := range e.tries {
		if s.outcomes[fmt.Sprintf("%s.%d.%s", e.id, n, state)] > 0 {
			return
		}
	}
	if s.outcomes[fmt.Sprintf("%s.0.%s", e.id, state)] > 0 {
		return
	}

	s.find(o, "the platform was never told %q of attempt %d", state, attempt)
}

// outcomesTrue looks at each outcome that the platform was told: what it says has happened.
func (s *sending) outcomesTrue() {
	for _, id := range slices.Sorted(maps.Keys(s.outcomes)) {
		parts := strings.Split(id, ".")
		if len(parts) != 3 {
			s.oracle.find("an outcome has no right id")
			continue
		}

		o := s.of[parts[0]]
		if o == nil {
			s.oracle.find("an outcome %s is of no message", parts[2])
			continue
		}
		if parts[2] != "delivered" && parts[2] != "read" {
			continue
		}

		said := func(a *acceptance) bool {
			return slices.ContainsFunc(a.callbacks, func(c *callback) bool { return c.status == parts[2] && c.reached() })
		}
		if !slices.ContainsFunc(o.acceptances, said) {
			s.find(o, "the platform was told %q of attempt %s, which no callback has said", parts[2], parts[1])
		}
	}
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
	for _, other := range s.entries {
		if s.of[other.id] == nil || s.world.phoneOf(s.of[other.id]) != s.world.phoneOf(o) {
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
	if len(o.acceptances) > 0 || !s.wanted(o) {
		return
	}

	brand := s.world.plan.Brands[o.brand]
	app := s.world.plan.Apps[brand.Sender]
	now := time.Since(s.world.began)

	switch {
	case e.phase == phaseHeld && s.oracle.news.wellSince(brand.Sender, o.brand, o.name, now) > now-longWell:
	case e.phase == phaseGivenUp && (!app.reports() || o.claimed >= 2 || s.neverSilent(brand.Sender) || !o.knowable):
	case e.phase == phaseDropped && (e.reason == "expired" || e.reason == "limit") && (o.troubled || s.world.plan.hampered(brand.Sender, now)):
	default:
		s.find(o, "it was not sent: %s %s, %d posts, %d of them unanswered", e.phase, e.reason, o.posted, o.unanswered)
	}
}

// longWell is how long an app must have been well for its messages to be sent by then.
const longWell = 10 * time.Minute

// neverSilent reports whether the silence of an app may never have proved anything: callbacks of it were lost.
func (s *sending) neverSilent(app int) bool {
	for _, a := range s.taken {
		if a.app == app && slices.ContainsFunc(a.callbacks, func(c *callback) bool { return c.heard.IsZero() }) {
			return true
		}
	}

	return false
}

// wanted reports whether nothing of the plan speaks against a message: its event is on, its shopper agrees, nothing outruns it, and
// it is not too old when it comes.
func (s *sending) wanted(o *occurrence) bool {
	last := o.events[len(o.events)-1]
	brand := s.world.plan.Brands[o.brand]
	app := s.world.plan.Apps[brand.Sender]

	_, off := s.ontimes(o, s.world.began, time.Now())
	if off || !s.oracle.people.agreedThroughout(o.brand, o.shopper, o.events[0].at, time.Now()) {
		return false
	}

	age := last.at.Sub(last.step.occurred())
	limit := brand.MaxAge
	if limit == 0 {
		limit = oldestLook
	}
	if age > limit-2*time.Minute {
		return false
	}

	if app.Provider == businessonbot.Name && !app.ByTemplate {
		return false // it words its messages itself, and may have said the same before
	}

	for _, p := range o.events {
		as := entry{order: orderID(o.brand, o.shopper, p.step.Order), subject: shipmentID(p.step), occurred: p.step.occurred()}
		if s.outrunEver(o, as) {
			return false
		}
	}

	return true
}
