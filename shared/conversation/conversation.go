// Package conversation has the rules of what shoppers answer to a failed delivery, and of what they are answered. It is pure: it makes no
// call and reads no clock.
//
// One [Conversation] is what goes on between one shopper and one account. What the shopper taps becomes an [Action], whatever else is
// written is [Said], and what the shopper is to be told is an [Answer]. [Conversation.Step] moves all of it on by the facts of the
// moment: the order as the platform has it, the account's settings, the time. It may be repeated at any point, since it depends on nothing
// else; [Conversation.Settle] takes what the platform said of an action.
//
//	tap ─▶ chosen ─┬─▶ asked ──▶ ready ──▶ submitting ──▶ accepted, refused, stuck
//	               │     └─ no answer: ready (another attempt), unanswered (a date, a cancellation)
//	               └─▶ not_offered, overtaken, late, forwarded
//
// Of the actions on one failed attempt the first that is complete wins: ACTF001 and ACTF004 are with the tap, ACTF002 with a date, ACTF003
// with its confirmation.
package conversation

import (
	"slices"
	"time"
)

// Conversation is what goes on between one shopper and one account.
type Conversation struct {
	ID        string `firestore:"-"`
	AccountID string `firestore:"account"`
	// AppID is the app that the shopper wrote to last; answers go through it.
	AppID string `firestore:"app"`
	// CustomerID names the customer, who need not exist: anybody can write to a number.
	CustomerID string `firestore:"customer"`
	// Phone is where answers go, in E.164; empty while nobody knows the number.
	Phone string `firestore:"phone,omitempty"`
	// UserID is what the provider calls the shopper, if it has a name for shoppers.
	UserID string `firestore:"userId,omitempty"`
	// WindowUntil is when the service window closes, which the newest message of the shopper opened.
	WindowUntil time.Time `firestore:"windowUntil,omitzero"`
	// Standby says that another sender held the conversation when the shopper last wrote. What is said is read, and nothing is answered.
	Standby bool `firestore:"standby,omitempty"`

	// Actions are what was tapped, oldest first.
	Actions []Action `firestore:"actions,omitempty"`
	// Inbox is what else was said and is not dealt with, oldest first.
	Inbox []Said `firestore:"inbox,omitempty"`
	// Outbox is what the shopper is to be told and was not sent, oldest first.
	Outbox []Answer `firestore:"outbox,omitempty"`
	// Notices are what others are to be told and were not, oldest first.
	Notices []Notice `firestore:"notices,omitempty"`
	// StandardAt is when the standard text was last put into the outbox, LateAt when the shopper was last told that a tap came too late.
	StandardAt time.Time `firestore:"standardAt,omitzero"`
	LateAt     time.Time `firestore:"lateAt,omitzero"`

	// Due is when the conversation is looked at next; zero means when the shopper writes again.
	Due time.Time `firestore:"due,omitzero"`
	// Tries counts the looks in a row that did not get on, for the back-off.
	Tries      int       `firestore:"tries,omitempty"`
	ExpireAt   time.Time `firestore:"expireAt"`
	UpdateTime time.Time `firestore:"-"`
}

// Code is the platform's code of an action (shared/platform/CONTRACT.md section 5.2).
type Code string

// The actions after a failed delivery.
const (
	// Reattempt asks for another attempt.
	Reattempt Code = "ACTF001"
	// Defer asks for another day.
	Defer Code = "ACTF002"
	// Cancel cancels the order.
	Cancel Code = "ACTF003"
	// Dispute says that nobody came, and asks for another attempt.
	Dispute Code = "ACTF004"
)

// Valid reports whether it is one of the platform's codes.
func (c Code) Valid() bool {
	return c == Reattempt || c == Defer || c == Cancel || c == Dispute
}

// complete reports whether a tap alone says all that the platform needs.
func (c Code) complete() bool { return c == Reattempt || c == Dispute }

// State is how far an action has come.
type State string

// The states of an action.
const (
	// Chosen: tapped, and not yet compared with the order.
	Chosen State = "chosen"
	// Asked: the shopper was asked for what is missing.
	Asked State = "asked"
	// Ready: to be submitted to the platform.
	Ready State = "ready"
	// Submitting: a worker submits it until its lease ends.
	Submitting State = "submitting"
	// Accepted: the platform has taken it.
	Accepted State = "accepted"
	// Refused: the platform does not take it.
	Refused State = "refused"
	// Stuck: the platform gave no answer for a day. A person has to look at it.
	Stuck State = "stuck"
	// NotOffered: the order does not offer it.
	NotOffered State = "not_offered"
	// Overtaken: the order is no longer in failed delivery, or has an action that was made elsewhere.
	Overtaken State = "overtaken"
	// Late: an earlier action of the same attempt counts.
	Late State = "late"
	// Replaced: the shopper tapped something else before it was complete.
	Replaced State = "replaced"
	// Unanswered: nobody named a date, or confirmed the cancellation, in time.
	Unanswered State = "unanswered"
	// Kept: the shopper did not confirm the cancellation.
	Kept State = "kept"
	// Forwarded: a person has to go on, because the shopper cannot be asked.
	Forwarded State = "forwarded"
)

// counts reports whether no other action of the attempt can count beside one in this state. One that is stuck does not: the shopper may choose
// something else, and the order shows if it was taken.
func (s State) counts() bool {
	return s == Asked || s == Ready || s == Submitting || s == Accepted
}

// Over reports whether nothing more becomes of an action in this state by itself.
func (s State) Over() bool {
	return s != Chosen && s != Asked && s != Ready && s != Submitting
}

// Action is what a shopper chose after a failed delivery.
type Action struct {
	// ID is that of the reply that it was chosen with.
	ID    string `firestore:"id"`
	Code  Code   `firestore:"code"`
	State State  `firestore:"state"`
	// MessageID is the message about the failed delivery.
	MessageID string `firestore:"message"`
	OrderID   string `firestore:"order"`
	// Subject is the shipment, TrackingID the courier's name of it.
	Subject    string `firestore:"subject"`
	TrackingID string `firestore:"tracking,omitempty"`
	// Attempt is the time of the failed attempt that the action counts for, in epoch seconds; 0 if it is not known.
	Attempt int64 `firestore:"attempt"`
	// Standby says that another sender held the conversation: the shopper is not answered.
	Standby bool `firestore:"standby,omitempty"`
	// At is when it was tapped, HeardAt when we heard of it, and later of what completed it; DoneAt is when its state was the last one.
	At      time.Time `firestore:"at"`
	HeardAt time.Time `firestore:"heardAt"`
	DoneAt  time.Time `firestore:"doneAt,omitzero"`
	// Until is when a question ends, or a worker's lease.
	Until time.Time `firestore:"until,omitzero"`
	// SubmittedAt is when it was last submitted.
	SubmittedAt time.Time `firestore:"submittedAt,omitzero"`
	// Nonce is the mark of the worker that submits it.
	Nonce string `firestore:"nonce,omitempty"`
	// Complete says that nothing more is asked of the shopper.
	Complete bool `firestore:"complete,omitempty"`
	// Contradicted says that the platform answered that the order has another action, or moved on.
	Contradicted bool `firestore:"contradicted,omitempty"`
	// Doubt says that nobody knows whether the platform has it: the order tells, once Until is over.
	Doubt bool `firestore:"doubt,omitempty"`
	// Date is the day that the shopper wants, "2006-01-02"; of ACTF002 only.
	Date string `firestore:"date,omitempty"`
	// Details are what goes with another attempt.
	Details Details `firestore:"details,omitzero"`
	// Asks counts how often the shopper was asked.
	Asks int `firestore:"asks,omitempty"`
	// Why says why it is not done.
	Why Why `firestore:"why,omitempty"`
}

// Details are what a shopper adds to the wish for another attempt.
type Details struct {
	Landmark string `firestore:"landmark,omitempty"`
	Notes    string `firestore:"notes,omitempty"`
}

// IsZero reports whether nothing was added.
func (d Details) IsZero() bool { return d == Details{} }

// ofAttempt reports whether two actions are about one failed attempt.
func (a Action) ofAttempt(b Action) bool {
	return a.OrderID == b.OrderID && a.Subject == b.Subject && a.Attempt == b.Attempt
}

func (a About) shipment() Shipment {
	return Shipment{OrderID: a.OrderID, Subject: a.Subject, TrackingID: a.TrackingID}
}

// IsZero reports whether there is no such message.
func (a About) IsZero() bool { return a == About{} }

// maxActions is how many actions are kept of a shopper.
const maxActions = 100

// Choose adds an action that was tapped. One that is there already stays as it is.
func (c *Conversation) Choose(a Action) {
	if slices.ContainsFunc(c.Actions, func(known Action) bool { return known.ID == a.ID }) {
		return
	}

	a.State = Chosen
	c.Actions = append(slices.Clone(c.Actions), a)
	c.forget()
	c.touch(a.At, a.Standby)
}

// Hear adds what else was said. What is there already stays as it is.
func (c *Conversation) Hear(s Said) {
	if slices.ContainsFunc(c.Inbox, func(known Said) bool { return known.ID == s.ID }) {
		return
	}

	c.Inbox = append(slices.Clone(c.Inbox), s)
	c.touch(s.At, s.Standby)
}

// forget drops the oldest actions that are over.
func (c *Conversation) forget() {
	for len(c.Actions) > maxActions {
		at := slices.IndexFunc(c.Actions, func(a Action) bool { return a.State.Over() })
		if at < 0 {
			return
		}

		c.Actions = slices.Delete(c.Actions, at, at+1)
	}
}

// ServiceWindow is how long a shopper's message lets free text be answered (shared/provider/cloudapi/CONTRACT.md section 6.3).
const ServiceWindow = 24 * time.Hour

// touch opens the service window, notes who holds the conversation, and has it looked at.
func (c *Conversation) touch(at time.Time, standby bool) {
	if until := at.Add(ServiceWindow); !until.Before(c.WindowUntil) {
		c.WindowUntil, c.Standby = until, standby
	}

	c.Due, c.Tries = at, 0
}

// Action returns the action of an id; false if there is none.
func (c *Conversation) Action(id string) (Action, bool) {
	at := slices.IndexFunc(c.Actions, func(a Action) bool { return a.ID == id })
	if id == "" || at < 0 {
		return Action{}, false
	}

	return c.Actions[at], true
}

// set puts an action in the place of the one of its id.
func (c *Conversation) set(a Action) {
	c.Actions = slices.Clone(c.Actions)
	for i := range c.Actions {
		if c.Actions[i].ID == a.ID {
			c.Actions[i] = a
		}
	}
}

// question returns the newest action that the shopper was asked about and has not answered; false if there is none. What quotes a message
// answers no question but that of the quoted one.
func (c *Conversation) question(quotes string) (Action, bool) {
	for _, a := range slices.Backward(c.Actions) {
		if a.State == Asked && (quotes == "" || quotes == a.MessageID) {
			return a, true
		}
	}

	return Action{}, false
}
