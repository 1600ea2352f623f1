package conversation

import "time"

// Erased returns the conversation without personal data and at its end: nothing is asked, answered or told any more. Which choices were made,
// and what was done about them, stays. What the platform was not told yet is left to a person.
func (c Conversation) Erased(now time.Time) Conversation {
	c.Phone, c.UserID = "", ""
	c.Inbox, c.Outbox, c.Notices = nil, nil, nil
	c.Due = time.Time{}
	actions := make([]Action, len(c.Actions))

	for n, a := range c.Actions {
		a.Details = Details{}

		switch a.State {
		case Chosen, Asked:
			a.State, a.DoneAt = Unanswered, now
		case Ready, Submitting:
			a.State, a.DoneAt = Stuck, now
		default:
		}

		actions[n] = a
	}

	c.Actions = actions

	return c
}

// Personal reports whether it has personal data, or goes on.
func (c Conversation) Personal() bool {
	for _, a := range c.Actions {
		if !a.Details.IsZero() || !a.State.Over() {
			return true
		}
	}

	return c.Phone != "" || c.UserID != "" || len(c.Inbox)+len(c.Outbox)+len(c.Notices) > 0 || !c.Due.IsZero()
}
