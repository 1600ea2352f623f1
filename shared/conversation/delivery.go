package conversation

import (
	"slices"
	"strconv"
	"time"
)

// Delivery is what came of the notices and answers of a conversation, each given by its id.
type Delivery struct {
	// Told are the notices that were told.
	Told []string
	// Done are the answers that are dealt with. Unsent are those of them that the shopper did not get and will not.
	Done, Unsent []string
	// PutOff says when other answers are tried again.
	PutOff map[string]time.Time
}

// IsZero reports whether nothing came of anything.
func (d Delivery) IsZero() bool {
	return len(d.Told) == 0 && len(d.Done) == 0 && len(d.PutOff) == 0
}

// Delivered returns the conversation without what was dealt with, and with what is tried again put off.
func (c Conversation) Delivered(d Delivery, now time.Time) Conversation {
	s := step{Facts: Facts{Now: now}, c: &c}

	c.Notices = slices.DeleteFunc(slices.Clone(c.Notices), func(n Notice) bool { return slices.Contains(d.Told, n.ID) })

	for _, a := range c.Actions {
		if a.State == Asked && slices.Contains(d.Unsent, a.FirstQuestion()) && a.Asks == 1 {
			s.unasked(a)
		}
	}

	c.Outbox = slices.DeleteFunc(slices.Clone(c.Outbox), func(a Answer) bool { return slices.Contains(d.Done, a.ID) })
	for i, a := range c.Outbox {
		if at, ok := d.PutOff[a.ID]; ok {
			c.Outbox[i].NotBefore = at
		}
	}

	// It was due for what is put off now; whatever else waits is looked at by the next step.
	s.schedule()

	if c.open() {
		s.dueBy(now)
	}

	return c
}

// unasked goes on with an action whose question does not reach the shopper, as with one that nobody can be asked about.
func (s *step) unasked(a Action) {
	if a.Code.complete() {
		s.ready(a)
		return
	}

	s.end(a, Forwarded, WhyCannotAsk)
}

// FirstQuestion returns the id of the answer that first asks what the action lacks.
func (a Action) FirstQuestion() string { return a.question(1) }

func (a Action) question(n int) string {
	return a.ID + "." + string(AnswerQuestion) + "." + strconv.Itoa(n)
}

// Unanswered lists the actions whose only question has ended without an answer at a time. It may be that it never reached the shopper.
func (c *Conversation) Unanswered(now time.Time) []Action {
	var all []Action
	for _, a := range c.Actions {
		if a.State == Asked && a.Asks == 1 && !a.Code.complete() && !now.Before(a.Until) {
			all = append(all, a)
		}
	}

	return all
}

// neverAsked reports whether the only question about an action was not sent, or failed.
func (s *step) neverAsked(a Action) bool {
	waits := slices.ContainsFunc(s.c.Outbox, func(b Answer) bool { return b.ID == a.FirstQuestion() })

	return a.Asks == 1 && (waits || s.Unasked[a.ID])
}
