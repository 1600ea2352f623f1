package conversation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// The times of a conversation.
const (
	// askFor is how long another attempt waits for what helps the courier.
	askFor = 10 * time.Minute
	// confirmFor is how long a date or a confirmation is waited for.
	confirmFor = 2 * time.Hour
	// submitFor is how long an action is tried to be submitted: after a day the courier sends the shipment back.
	submitFor = 24 * time.Hour
	// submitLease is longer than a call of the platform may take.
	submitLease = time.Minute
	// doubtFor is how long an order may take to show an action.
	doubtFor = 2 * time.Minute
	// quiet is how often the same answer is given at most.
	quiet = time.Hour
	// maxAsks is how often a shopper is asked the same.
	maxAsks = 3
	// maxDays is how far ahead a delivery can be put off.
	maxDays = 7
)

// step is one step of a conversation.
type step struct {
	Facts
	c *Conversation
	// blocked says that something waits for an order that the platform did not tell.
	blocked bool
	// standby says that another sender held the conversation when that was said which is dealt with.
	standby bool
}

// Step returns the conversation as it is once all that can be done now is done. What it marks as [Submitting] with the worker's nonce has to
// be submitted, and its result be given to [Conversation.Settle]; what it puts into the outbox has to be sent, and its notices be told. The
// conversation itself is not changed.
func (c Conversation) Step(f Facts) Conversation {
	s := step{Facts: f, c: &c}

	s.renew()
	s.hear()
	s.advance()
	s.hush()
	s.schedule()

	if s.blocked {
		s.dueBy(s.Now.Add(message.Backoff(c.Tries)))

		c.Tries++
	} else if c.Due.IsZero() {
		c.Tries = 0
	}

	return c
}

// renew has what waits count for the newest attempt of its shipment: the order is asked for the same, however often it failed since.
func (s *step) renew() {
	for _, a := range s.c.Actions {
		waits := a.State == Asked || a.State == Ready && !a.Doubt

		o, known := s.Orders[a.shipment()]
		if !known || !waits || o.Attempt <= a.Attempt {
			continue
		}

		a.Attempt = o.Attempt
		if s.c.counted(a) {
			s.end(a, Late, WhyLate) // something was chosen for that attempt since
			continue
		}

		s.c.set(a)
	}
}

// counted reports whether another action counts on the attempt of one, that need not give way to it.
func (c *Conversation) counted(a Action) bool {
	return slices.ContainsFunc(c.Actions, func(other Action) bool { return other.ID != a.ID && other.binds(a) })
}

// binds reports whether an action counts on the attempt of another one, and does not give way to what is chosen on it.
func (a Action) binds(other Action) bool {
	return a.ofAttempt(other) && a.State.counts() && !a.givesWay()
}

// givesWay reports whether an action is a question that ends when something else is chosen.
func (a Action) givesWay() bool { return a.State == Asked && !a.Code.complete() }

// hear deals with taps and texts, in the order in which they were said.
func (s *step) hear() {
	heard := s.c.Inbox
	s.c.Inbox = nil

	type turn struct {
		at  time.Time
		act func()
	}

	var turns []turn
	for _, a := range s.c.Actions {
		if a.State == Chosen {
			turns = append(turns, turn{a.At, func() { s.choose(a.ID) }})
		}
	}

	for _, said := range heard {
		turns = append(turns, turn{said.At, func() { s.take(said) }})
	}

	slices.SortStableFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })

	for _, t := range turns {
		t.act()
	}
}

// choose compares an action that was tapped with its order, and with the other actions of the attempt.
func (s *step) choose(id string) {
	a, _ := s.c.Action(id)

	o, known := s.Orders[a.shipment()]
	switch {
	case !known && s.Now.Sub(a.HeardAt) >= submitFor:
		s.end(a, Stuck, WhyNoAnswer)
		return
	case !known:
		s.blocked = true
		return
	}

	a.Attempt = max(a.Attempt, o.Attempt)
	s.c.set(a)

	if s.late(a) {
		return
	}

	switch {
	case o.Missing:
		s.end(a, Overtaken, WhyNoOrder)
		s.tellGone(a, a.ID)
	case s.resolved(a.shipment(), o):
		s.end(a, Overtaken, WhyResolved)
		s.tellGone(a, a.ID)
	case !o.Failed:
		s.end(a, Overtaken, WhyMovedOn)
		s.tellGone(a, a.ID)
	case !slices.Contains(o.Offered, a.Code):
		s.end(a, NotOffered, WhyNotOffered)
		s.tellOffer(a, o.Offered)
	case a.Code.complete() && !s.answers(a.Standby):
		s.ready(a)
	case !s.answers(a.Standby):
		s.replace(a)
		s.end(a, Forwarded, WhyCannotAsk)
	default:
		s.ask(a)
	}
}

// late ends an action if another one of the attempt counts.
func (s *step) late(a Action) bool {
	for _, other := range s.c.Actions {
		switch {
		case other.ID == a.ID || !other.ofAttempt(a) || !other.State.counts():
		case other.State == Asked && other.Code == a.Code && other.MessageID == a.MessageID && a.State == Chosen && s.answers(a.Standby):
			s.end(a, Late, WhyRepeated) // the question stands already

			return true
		case other.givesWay():
		default:
			s.end(a, Late, WhyLate)
			s.tellLate(a, other)

			return true
		}
	}

	return false
}

// replace ends the questions that give way to an action of their attempt.
func (s *step) replace(a Action) {
	for _, other := range s.c.Actions {
		if other.ID != a.ID && other.ofAttempt(a) && other.givesWay() {
			s.end(other, Replaced, WhyReplaced)
		}
	}
}

// resolved reports whether the newest attempt of a shipment has an action. What the order shows may be what was chosen here after an attempt
// before, if no event has told when that was.
func (s *step) resolved(shipment Shipment, o Order) bool {
	if !o.Resolved || o.ResolvedAt > 0 {
		return o.Resolved
	}

	var before bool

	for _, a := range s.c.Actions {
		if a.State != Accepted || a.shipment() != shipment {
			continue
		}
		if a.Attempt >= o.Attempt {
			return true
		}

		before = before || o.Resolution == "" || o.Resolution == a.Code
	}

	return !before
}

// winner returns the action that counts on the attempt of another one, which may be that one; false if none does, or one that gives way.
func (s *step) winner(a Action) (Action, bool) {
	for _, other := range s.c.Actions {
		if other.binds(a) {
			return other, true
		}
	}

	return Action{}, false
}

func (a Action) about() About {
	return About{MessageID: a.MessageID, OrderID: a.OrderID, Subject: a.Subject, TrackingID: a.TrackingID}
}

// take deals with what was said beside the choice of an action.
func (s *step) take(said Said) {
	s.standby = said.Standby
	defer func() { s.standby = false }()

	a, known := s.c.Action(said.ActionID)
	if said.Kind == SaidChoice {
		if known {
			s.decide(a, said)
		}

		return
	}

	if !known || a.State != Asked {
		a, known = s.c.question(said.Quotes)
	}
	if known && said.Kind != SaidGoods && s.answer(a, said) {
		return
	}

	o := s.Orders[said.About.shipment()]

	var offered []Code
	if o.Failed && !s.resolved(said.About.shipment(), o) && !s.c.acted(said.About, o) {
		offered = o.Offered
	}

	s.tellStandard(said.ID, said.About, said.Standby, offered)
}

// acted reports whether an action counts on the present attempt of a shipment.
func (c *Conversation) acted(about About, o Order) bool {
	return slices.ContainsFunc(c.Actions, func(a Action) bool {
		return a.OrderID == about.OrderID && a.Subject == about.Subject && a.Attempt >= o.Attempt && a.State.counts()
	})
}
