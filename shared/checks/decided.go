package checks

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Decision is what the newest decision on a message came to. What became of the message afterwards is in its attempts.
type Decision struct {
	// Outcome is Passed if it was to be sent, Waits if not for now, and Failed if not at all.
	Outcome Outcome
	// Because is the check that had it wait, or the reason why it was not to be sent; empty if it was.
	Because string
	Words   Words
	// At is when it was made, Settings the version of the account's settings then; 0 if that is not known.
	At       time.Time
	Settings int64
}

// toSend is what is said of a message that passed every check.
var toSend = Words{"All checks were passed: the message was to be sent.", nothing}

// Decided returns what the newest decision on a message came to.
func Decided(m message.Message) Decision {
	f := factsOf(m)
	verdict := Decide(f)

	d := Decision{
		Outcome:  verdict.Outcome,
		Words:    toSend,
		At:       m.CreatedAt,
		Settings: cmp.Or(f.Settings, m.SettingsVersion),
	}

	switch {
	case f.Grounds != m.Grounds && !m.UpdateTime.IsZero() && m.Grounds.At != 0:
		d.At = m.UpdateTime // it was ended by no decision
	case f.At != 0:
		d.At = time.UnixMilli(f.At)
	}

	switch verdict.Outcome {
	case Failed:
		d.Because, d.Words = string(verdict.Reason), wordsOfRefusal(verdict.Reason, f)
	case Waits:
		d.Because, d.Words = string(verdict.Check), wordsOfWait(verdict.Check, f)
	default:
	}

	return d
}

// Failure says what an error of an attempt means, with the provider's own code.
func Failure(f message.Failure) Words { return wordsOfFailure(f) }

// Status says how far a status is.
func Status(s message.Status) Words { return statuses[s] }

// IsReason reports whether messages are kept with it: whether it is a reason of a refusal, or that of messages that wait for the end of
// quiet hours.
func IsReason(r message.Reason) bool {
	_, ok := reasons[r]
	return ok
}

// Reasons returns all reasons that messages are kept with, sorted.
func Reasons() []message.Reason { return slices.Sorted(maps.Keys(reasons)) }
