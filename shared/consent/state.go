package consent

import (
	"reflect"
	"time"
)

// Status is a customer's whatsAppStatus.
type Status string

// The statuses.
const (
	// Active: order updates may be sent.
	Active Status = "ACTIVE"
	// Inactive: never subscribed, or withdrawn.
	Inactive Status = "INACTIVE"
	// NotReachable: subscribed, but the number is not on WhatsApp. It ends by itself; see [State.StatusAt].
	NotReachable Status = "UNREACHABLE"
)

// unreachableFor is how long a refusal of a number as not being on WhatsApp is believed. Numbers are taken into use and
// WhatsApp is installed; nobody tells us of it.
const unreachableFor = 30 * 24 * time.Hour

// Mark is the latest action on one matter and the time it counts from.
type Mark struct {
	Action Action    `firestore:"action,omitempty"`
	At     time.Time `firestore:"at"`
}

// weight orders actions of the same time: one that stops messages wins over one that allows them, so that the order of
// reading makes no difference.
func weight(a Action) int {
	switch a {
	case Withdraw, Block:
		return 4
	case Deny:
		return 3
	case Expire:
		return 2
	case Grant:
		return 1
	default:
		return 0
	}
}

// latest returns the later of m and the action a at the time at.
func (m Mark) latest(a Action, at time.Time) Mark {
	if at.After(m.At) || at.Equal(m.At) && weight(a) > weight(m.Action) {
		return Mark{Action: a, At: at}
	}
	return m
}

// State is what the customer's document stores of the ledger. Only [Record] and [Fold] make one. Never set
// Status by hand: the next entry computes it from the marks.
type State struct {
	// Subject is whose state it is, the id of the customer's document, which it is not stored in; see [For].
	Subject string `firestore:"-"`
	// Status is as of the newest entry. What holds at a later time is read by [State.StatusAt].
	Status Status `firestore:"whatsAppStatus"`
	// Marketing is true if the shopper also agreed to offers; sending those needs Status ACTIVE as well.
	Marketing bool `firestore:"marketing"`
	// Sequence and LastHash are those of the newest entry; 0 and empty without one.
	Sequence int64  `firestore:"sequence"`
	LastHash string `firestore:"lastHash"`
	// ChangedAt is the time that the newest entry counts from.
	ChangedAt time.Time `firestore:"changedAt"`

	// Updates, Offers and Reach are the latest actions on order updates, on offers, and on whether the number is on
	// WhatsApp. An older action does not replace a later one. A subscription overrules an older Unreachable, although
	// Reach still has it. Reach follows from Rejections and Alive.
	Updates Mark `firestore:"updates"`
	Offers  Mark `firestore:"offers"`
	Reach   Mark `firestore:"reach"`
	// Orders are an authority's on the number, by their references; those that are over stay. See [State.Blocked].
	Orders []Order `firestore:"orders,omitempty"`

	// Rejections are the messages that were refused because the number is not on WhatsApp, oldest first, without those that were
	// delivered after all and those no later than the last sign of life, which is Alive. States of the old form have neither.
	Rejections []rejection `firestore:"rejections,omitempty"`
	Alive      time.Time   `firestore:"alive,omitzero"`

	// Again is the newest repetition, by a source that can repeat without end, of what the marks say; see [Record]. The marks have its time.
	// It has no place in the ledger yet; nil if there is none.
	Again *Entry `firestore:"again,omitempty"`
}

// For returns the state of a customer of whom nothing is known, by the id of its document.
func For(customerID string) State { return State{Subject: customerID} }

// tail returns what link needs of the newest entry, so that a new entry needs no read of the ledger.
func (s State) tail() *Entry {
	return &Entry{Subject: s.Subject, Sequence: s.Sequence, Hash: s.LastHash}
}

// Verify checks a whole ledger, oldest entry first, against the state: what a message is sent by is the state, so it must be what the ledger
// says. The error is a *[ChainError], which names the first entry that is missing, out of place, changed or unknown to the state; or the last
// one, if the state is not what they lead to.
func (s State) Verify(entries []Entry) error {
	if err := VerifyChain(entries); err != nil {
		return err
	}

	n := int64(len(entries))
	switch {
	case n > 0 && entries[n-1].Subject != s.Subject:
		return &ChainError{Sequence: n, Fault: "of another shopper"}
	case n < s.Sequence:
		return &ChainError{Sequence: n + 1, Fault: "missing or out of place"}
	case n > s.Sequence:
		return &ChainError{Sequence: s.Sequence + 1, Fault: "unknown to the customer"}
	case n > 0 && entries[n-1].Hash != s.LastHash:
		return &ChainError{Sequence: n, Fault: "not the entry that the customer knows"}
	case !s.follows(entries):
		return &ChainError{Sequence: max(n, 1), Fault: "not what the customer's status rests on"}
	}

	return nil
}

// follows reports whether s is what a ledger leads to, with Again after it. Of Again no hash knows anything, so it may only repeat.
func (s State) follows(entries []Entry) bool {
	want := Fold(entries)
	want.Subject = s.Subject

	if len(entries) == 0 {
		// Nothing was recorded yet, and so no status was worked out.
		return s.Again == nil && (reflect.DeepEqual(s.plain(), want.plain()) || reflect.DeepEqual(s.plain(), For(s.Subject).plain()))
	}

	if s.Again != nil {
		repeated := want.apply(*s.Again)
		if want.writes(repeated, *s.Again) {
			return false
		}

		want = repeated
	}

	return reflect.DeepEqual(s.plain(), want.plain())
}

// plain returns s in one spelling, for comparison: that of states of the present form, with nil for lists of nothing. Again is left out.
func (s State) plain() State {
	s = s.upgraded()
	s.Again, s.ChangedAt, s.Alive = nil, stored(s.ChangedAt), stored(s.Alive)

	for _, m := range []*Mark{&s.Updates, &s.Offers, &s.Reach} {
		m.At = stored(m.At)
	}

	s.Orders = append([]Order(nil), s.Orders...)
	for i := range s.Orders {
		s.Orders[i].Last.At = stored(s.Orders[i].Last.At)
	}

	s.Rejections = append([]rejection(nil), s.Rejections...)
	for i := range s.Rejections {
		s.Rejections[i].At = stored(s.Rejections[i].At)
	}

	return s
}

// apply returns s with e's effect on the marks; Sequence, LastHash and ChangedAt are unchanged.
func (s State) apply(e Entry) State {
	s = s.upgraded()

	at := e.effective()
	switch e.Action {
	case Grant:
		switch e.Purpose {
		case OrderUpdates:
			s.Updates = s.Updates.latest(Grant, at)
		case Marketing:
			s.Offers = s.Offers.latest(Grant, at)
		default:
		}
	case Withdraw, Deny, Expire:
		// An unknown or missing purpose closes everything: too little is better than a message against someone's word.
		if e.Purpose != Marketing {
			s.Updates = s.Updates.latest(e.Action, at)
		}
		if e.Purpose != OrderUpdates && e.Purpose != NDRSupport {
			s.Offers = s.Offers.latest(e.Action, at)
		}
	case Unreachable:
		s = s.rejected(rejection{Ref: e.SourceRef, At: at})
	case Reachable:
		s = s.alive(e)
	case Block, Unblock:
		if e.Source == Authority {
			s = s.ordered(e, at)
		}
	default:
	}

	return s.settled()
}

// settled returns s with Reach, Status and Marketing computed from the rest.
func (s State) settled() State {
	s.Reach = s.reach()
	s.Marketing = s.Offers.Action == Grant

	switch {
	case s.Updates.Action != Grant, s.Blocked():
		s.Status = Inactive
	case s.gone():
		s.Status = NotReachable
	default:
		s.Status = Active
	}

	return s
}

// gone reports whether the number was refused as not being on WhatsApp and has not been subscribed since.
func (s State) gone() bool {
	return s.Reach.Action == Unreachable && (s.Updates.Action != Grant || !s.Updates.At.After(s.Reach.At))
}

// StatusAt returns the status at a time: Status, but for one of [NotReachable] that is 30 days old, which is ACTIVE again.
func (s State) StatusAt(now time.Time) Status {
	if s.Status == NotReachable && s.Reach.Action == Unreachable && !s.believed(now) {
		return Active
	}

	return s.Status
}

// believed reports whether the refusal that Reach has is young enough to count at a time.
func (s State) believed(now time.Time) bool { return now.Before(s.Reach.At.Add(unreachableFor)) }

// Fold returns the state after all entries, in whatever order they are given: on each matter the latest action by the time
// it counts from, and of actions of the same time the one that stops messages. For whether the number is on WhatsApp see
// [State.Rejections].
func Fold(entries []Entry) State {
	s := State{}.settled()

	// What takes a refusal back may be given before it.
	for _, refusals := range []bool{true, false} {
		for _, e := range entries {
			if (e.Action == Unreachable) == refusals {
				s = s.apply(e).ending(e)
			}
		}
	}

	return s
}

// ending returns s with e as the end of the ledger, if e is later in it.
func (s State) ending(e Entry) State {
	if e.Sequence > s.Sequence {
		s.Subject = e.Subject
		s.Sequence, s.LastHash, s.ChangedAt = e.Sequence, e.Hash, e.effective()
	}
	return s
}

// NextMoment returns now, or the microsecond after the last mark of the state if that is later. Who says something now has seen the state that
// the mark led to, so it must not count as the later word because another machine's clock is ahead of ours.
func (s State) NextMoment(now time.Time) time.Time {
	marks := []Mark{s.Updates, s.Offers, s.Reach}
	for _, o := range s.Orders {
		marks = append(marks, o.Last)
	}

	now = stored(now)
	for _, m := range marks {
		if !now.After(m.At) {
			now = m.At.Add(time.Microsecond)
		}
	}

	return now
}
