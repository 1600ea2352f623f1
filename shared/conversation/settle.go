package conversation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Verdict is what the platform made of an action.
type Verdict string

// What the platform can make of an action.
const (
	// Taken: it has the action.
	Taken Verdict = "taken"
	// Declined: it does not take it, and never will.
	Declined Verdict = "declined"
	// Contradicted: the order has another action, or moved on. The order tells.
	Contradicted Verdict = "contradicted"
	// NotTaken: it has surely not taken it, and may do so later.
	NotTaken Verdict = "not_taken"
	// Unknown: nobody knows. The order tells, after a while.
	Unknown Verdict = "unknown"
)

// Result is what came of the submission of an action.
type Result struct {
	ActionID string
	// Nonce is the mark of the worker that submitted it.
	Nonce   string
	Verdict Verdict
	// RetryAfter is how long the platform wants to be left alone; 0 where it does not say.
	RetryAfter time.Duration
}

// Settle returns the conversation after a submission. A result of a worker whose lease was taken over changes nothing, unless the platform
// has the action.
func (c Conversation) Settle(r Result, f Facts) Conversation {
	s := step{Facts: f, c: &c}

	a, ok := c.Action(r.ActionID)
	if !ok || a.State != Submitting || a.Nonce != r.Nonce && r.Verdict != Taken {
		return c
	}

	pause := max(r.RetryAfter, message.Backoff(c.Tries))

	switch r.Verdict {
	case Taken:
		s.end(a, Accepted, "")
		s.tellDone(a)

		c.Tries = 0
	case Declined:
		s.fail(a, Refused, WhyDeclined)
	case Contradicted, NotTaken:
		a.State, a.Until, a.Nonce = Ready, s.Now.Add(pause), ""
		a.Contradicted = a.Contradicted || r.Verdict == Contradicted
		c.set(a)

		c.Tries++
	case Unknown:
		a.Doubt, a.Until = true, s.Now.Add(doubtFor)
		c.set(a)

		c.Tries++
	}

	s.reschedule()

	return c
}

// open reports whether something waits that only a step can deal with.
func (c *Conversation) open() bool {
	return len(c.Inbox) > 0 || slices.ContainsFunc(c.Actions, func(a Action) bool {
		return a.State == Chosen || (a.State == Ready || a.State == Submitting) && a.Until.IsZero()
	})
}

// chosenSince reports whether the shopper has chosen something else for the shipment since, on whatever attempt.
func (c *Conversation) chosenSince(a Action) bool {
	return slices.ContainsFunc(c.Actions, func(other Action) bool {
		return other.shipment() == a.shipment() && other.At.After(a.At) && other.State.counts()
	})
}

// Retry has the choices on an order tried once more that the platform gave no answer to for a day. It returns them as they were. One that the
// shopper has not completed is compared with its order, and asked about, as if it were tapped now.
func (c Conversation) Retry(orderID string, now time.Time) (Conversation, []Action) {
	s := step{Facts: Facts{Now: now}, c: &c}

	var stuck []Action
	for _, a := range c.Actions {
		if a.State != Stuck || a.OrderID != orderID {
			continue
		}

		if c.chosenSince(a) {
			s.end(a, Replaced, WhyReplaced)
			s.dueBy(now)

			continue
		}

		stuck = append(stuck, a)
		if a.Complete {
			s.ready(a)
		} else {
			a.State, a.Why, a.HeardAt, a.DoneAt = Chosen, "", now, time.Time{}
			s.c.set(a)
		}

		s.dueBy(now)
	}

	return c, stuck
}
