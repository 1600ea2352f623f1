package consent

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Status is a customer's whatsAppStatus.
type Status string

// The statuses.
const (
	// Active: order updates may be sent.
	Active Status = "ACTIVE"
	// Inactive: never subscribed, or withdrawn.
	Inactive Status = "INACTIVE"
	// NotReachable: subscribed, but the number is not on WhatsApp.
	NotReachable Status = "UNREACHABLE"
)

// Mark is the last word on one matter and the time it counts from.
type Mark struct {
	Action Action    `firestore:"action,omitempty"`
	At     time.Time `firestore:"at"`
}

// weight orders words of the same time: what stops a message goes before what lets it through, so that the outcome does
// not hang on which was read first.
func weight(a Action) int {
	switch a {
	case Withdraw:
		return 4
	case Deny:
		return 3
	case Expire, Unreachable:
		return 2
	case Grant, Reachable:
		return 1
	default:
		return 0
	}
}

// hear is the later word of m and the action at a time.
func (m Mark) hear(a Action, at time.Time) Mark {
	if at.After(m.At) || at.Equal(m.At) && weight(a) > weight(m.Action) {
		return Mark{Action: a, At: at}
	}
	return m
}

// State is what the customer's document keeps of the ledger. It is made by [Record], [Apply] or [Fold] only: one that was
// put together by hand loses its Status with the next entry, because that is read off the marks.
type State struct {
	Status Status `firestore:"whatsAppStatus"`
	// Marketing tells whether offers were agreed to as well; they need Status ACTIVE besides.
	Marketing bool `firestore:"marketing"`
	// Sequence and LastHash are those of the newest entry; 0 and empty without one.
	Sequence int64  `firestore:"sequence"`
	LastHash string `firestore:"lastHash"`
	// ChangedAt is the time that the newest entry counts from.
	ChangedAt time.Time `firestore:"changedAt"`

	// The last words on order updates, on offers, and on whether the number is on WhatsApp. An effect older than the word
	// it would overwrite changes nothing. A subscription overrules an older refusal of the number, though Reach keeps it.
	Updates Mark `firestore:"updates"`
	Offers  Mark `firestore:"offers"`
	Reach   Mark `firestore:"reach"`
}

// Tail is the newest entry as far as [Append] needs it, nil without one: a new entry costs no read of the ledger.
func (s State) Tail() *Entry {
	if s.Sequence == 0 {
		return nil
	}
	return &Entry{Sequence: s.Sequence, Hash: s.LastHash}
}

// Verify checks the whole ledger against the state, so that a cut off end shows as well. The error is a
// *[ChainError].
func (s State) Verify(entries []Entry) error {
	if err := Verify(entries); err != nil {
		return err
	}
	n := int64(len(entries))
	switch {
	case n < s.Sequence:
		return &ChainError{Sequence: n + 1, Fault: "missing or out of place"}
	case n > s.Sequence:
		return &ChainError{Sequence: s.Sequence + 1, Fault: "unknown to the customer"}
	case n > 0 && entries[n-1].Hash != s.LastHash:
		return &ChainError{Sequence: n, Fault: "not the entry that the customer knows"}
	}
	return nil
}

// with is the state after hearing e, but for what it knows of the ledger's end.
func (s State) with(e Entry) State {
	at := e.effective()
	switch e.Action {
	case Grant:
		switch e.Purpose {
		case OrderUpdates:
			s.Updates = s.Updates.hear(Grant, at)
		case Marketing:
			s.Offers = s.Offers.hear(Grant, at)
		default:
		}
	case Withdraw, Deny, Expire:
		// An unknown or missing purpose closes everything: too little is better than a message against someone's word.
		if e.Purpose != Marketing {
			s.Updates = s.Updates.hear(e.Action, at)
		}
		if e.Purpose != OrderUpdates && e.Purpose != NDRSupport {
			s.Offers = s.Offers.hear(e.Action, at)
		}
	case Unreachable, Reachable:
		s.Reach = s.Reach.hear(e.Action, at)
	default:
	}
	return s.settled()
}

// settled reads the status off the marks.
func (s State) settled() State {
	s.Marketing = s.Offers.Action == Grant
	switch {
	case s.Updates.Action != Grant:
		s.Status = Inactive
	case s.gone():
		s.Status = NotReachable
	default:
		s.Status = Active
	}
	return s
}

// gone tells whether the number was refused as not being on WhatsApp, and nobody subscribed with it since.
func (s State) gone() bool {
	return s.Reach.Action == Unreachable && (s.Updates.Action != Grant || !s.Updates.At.After(s.Reach.At))
}

// Fold is the state that the entries lead to, in whatever order they are given: on each matter the latest word by the time
// it counts from, and of words of the same time the one that stops.
func Fold(entries []Entry) State {
	s := State{}.settled()
	for _, e := range entries {
		s = s.with(e).ending(e)
	}
	return s
}

// ending takes e as the ledger's end if it is further on.
func (s State) ending(e Entry) State {
	if e.Sequence > s.Sequence {
		s.Sequence, s.LastHash, s.ChangedAt = e.Sequence, e.Hash, e.effective()
	}
	return s
}

// Apply is the state after e, and whether e changes anything and so belongs in the ledger; the first entry always does.
// If it changes nothing, next is s, so that a state is always the [Fold] of its ledger. Apply expects e from [Append] with
// the state's [State.Tail]; [Record] does both.
func Apply(s State, e Entry) (next State, changed bool) {
	next = s.with(e)
	if s.Sequence > 0 && !s.differs(next) && !s.repeated(next, e) {
		return s, false
	}
	return next.ending(e), true
}

// differs tells whether the word on any matter became another.
func (s State) differs(next State) bool {
	return s.Updates.Action != next.Updates.Action || s.Offers.Action != next.Offers.Action || s.gone() != next.gone()
}

// repeated tells whether e is a stop on top of an earlier one, told by WhatsApp. What WhatsApp tells may come out of order,
// and a start from in between must not count against the later stop; so that stop goes into the ledger too.
func (s State) repeated(next State, e Entry) bool {
	stops := e.Action == Withdraw || e.Action == Deny || e.Action == Expire
	return stops && e.Source.told() && (!s.Updates.At.Equal(next.Updates.At) || !s.Offers.At.Equal(next.Offers.At))
}

// Record is [Append] and [Apply] in one: e as the next entry of the ledger that s is the end of, the state after it, and
// whether the two are to be written; if not, entry is empty and next is s.
func Record(s State, e Entry) (entry Entry, next State, changed bool) {
	entry = Append(s.Tail(), e)
	next, changed = Apply(s, entry)
	if !changed {
		return Entry{}, s, false
	}
	return entry, next, true
}

// May tells whether a message for the purpose may be sent, and if not, why: [message.NotOptedIn] to who never agreed,
// [message.OptedOut] to who took it back, [message.Unreachable] to who is not on WhatsApp.
func May(s State, p Purpose) (ok bool, reason message.Reason) {
	switch s.Status {
	case Active:
	case NotReachable:
		return false, message.Unreachable
	default:
		return false, refusal(s.Updates)
	}
	switch {
	case p == OrderUpdates, p == NDRSupport, p == Marketing && s.Marketing:
		return true, ""
	case p == Marketing:
		return false, refusal(s.Offers)
	default:
		return false, message.NotOptedIn
	}
}

func refusal(m Mark) message.Reason {
	if m.Action == Withdraw {
		return message.OptedOut
	}
	return message.NotOptedIn
}
