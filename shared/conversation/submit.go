package conversation

import (
	"slices"
	"time"
)

// ready has an action submitted, from now on for as long as that is tried.
func (s *step) ready(a Action) {
	s.replace(a)

	for _, other := range s.c.Actions {
		if other.ID != a.ID && other.State == Stuck && other.shipment() == a.shipment() {
			s.end(other, Replaced, WhyReplaced) // the shopper has chosen once more
		}
	}

	a.Complete, a.HeardAt = true, s.Now
	a.State, a.Until, a.Why, a.DoneAt = Ready, time.Time{}, "", time.Time{}
	s.c.set(a)
}

// advance moves on what waits for a time.
func (s *step) advance() {
	for _, a := range s.c.Actions {
		if a.State == Asked && !s.Now.Before(a.Until) {
			if s.neverAsked(a) && !a.Code.complete() {
				s.unasked(a)
				continue
			}
			if !a.Code.complete() {
				s.end(a, Unanswered, WhyUnanswered)
				continue
			}

			s.ready(a)
			a, _ = s.c.Action(a.ID)
		}

		if (a.State == Ready || a.State == Submitting) && !s.Now.Before(a.Until) {
			s.submit(a)
		}
	}
}

// submit marks an action as being submitted, if its order still waits for it.
func (s *step) submit(a Action) {
	inDoubt := a.State == Submitting || a.Doubt

	o, known := s.Orders[a.shipment()]
	resolved := s.resolved(a.shipment(), o) || a.Contradicted && o.Answered

	switch {
	case known && inDoubt && o.Attempt > a.Attempt && o.ResolvedAt >= a.SubmittedAt.Unix():
		s.end(a, Accepted, "") // and the delivery failed once more since
	case known && inDoubt && o.Attempt > a.Attempt:
		s.fail(a, Overtaken, WhyMovedOn) // nobody chose anything for the newer attempt, and this one may have been taken
	case known && resolved && inDoubt && o.Resolution != "" && o.Resolution != a.Code:
		s.fail(a, Overtaken, WhyResolved)
	case known && resolved && inDoubt:
		s.end(a, Accepted, "")
		s.tellDone(a)
	case known && o.Missing:
		s.fail(a, Refused, WhyNoOrder)
	case known && resolved:
		s.fail(a, Overtaken, WhyResolved)
	case known && !o.Failed:
		s.fail(a, Overtaken, WhyMovedOn)
	case s.Now.Sub(a.HeardAt) >= submitFor:
		s.fail(a, Stuck, WhyNoAnswer)
	case !known:
		s.blocked = true
	case !slices.Contains(o.Offered, a.Code):
		s.end(a, NotOffered, WhyNotOffered)
		s.tellOffer(a, o.Offered)
	case a.Code == Defer && !s.possible(a.Date):
		s.fail(a, Forwarded, WhyDayOver)
	default:
		a.Attempt = max(a.Attempt, o.Attempt)
		a.State, a.Nonce, a.Until = Submitting, s.Nonce, s.Now.Add(submitLease)
		a.Doubt, a.SubmittedAt = inDoubt, s.Now
		s.c.set(a)
	}
}

// fail ends an action that the shopper thinks is done.
func (s *step) fail(a Action, state State, why Why) {
	s.end(a, state, why)

	switch {
	case state != Overtaken:
	case s.standardNow(a.Standby):
		s.tellGone(a, a.ID)
		return
	default:
		s.tellNotDone(a, a.ID, textGone) // it was told as being done: the account's text may have to wait, this may not
		return
	}

	s.tellNotDone(a, a.ID, textNotDone)
}

// end puts an action into its last state.
func (s *step) end(a Action, state State, why Why) {
	a.State, a.Why, a.DoneAt = state, why, s.Now
	a.Until, a.Nonce, a.Doubt = time.Time{}, "", false
	s.c.set(a)
	s.c.Notices = append(slices.Clone(s.c.Notices), Notice{ID: a.ID + "." + string(state), Action: a, Forward: state == Forwarded})
}

// schedule says when the conversation is looked at next, but for what waits for the platform.
func (s *step) schedule() {
	s.c.Due = time.Time{}

	for _, a := range s.c.Actions {
		// One whose time has come waits for its order, or this step would have dealt with it.
		if (a.State == Asked || a.State == Ready || a.State == Submitting) && s.Now.Before(a.Until) {
			s.dueBy(a.Until)
		}
	}

	for _, a := range s.c.Outbox {
		at := a.NotBefore
		if a.Until.Before(at) {
			at = a.Until
		}

		s.dueBy(at)
	}

	if len(s.c.Notices) > 0 {
		s.dueBy(s.Now)
	}
}

// dueBy has the conversation looked at no later than at a time.
func (s *step) dueBy(at time.Time) {
	if at.Before(s.Now) {
		at = s.Now
	}
	if s.c.Due.IsZero() || at.Before(s.c.Due) {
		s.c.Due = at
	}
}

// reschedule says when the conversation is looked at next once something of it was settled. What waited before still does.
func (s *step) reschedule() {
	before := s.c.Due
	s.schedule()

	if !before.IsZero() {
		s.dueBy(before)
	}
}
