package story

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// reportOf returns what was reported of an attempt.
func reportOf(m message.Message, attempt int, s message.Status) *Report {
	r := Report{Attempt: attempt, Status: s, Late: late(m, attempt, s), Words: checks.Status(s)}
	if s == message.StatusFailed {
		f := m.AttemptAt(attempt).Failure
		r.Class, r.Code, r.Words = f.Class, f.Code, checks.Failure(f)
	}

	return &r
}

// second is a second in milliseconds.
const second = 1000

// late reports whether a status changed nothing any more when it came, or came after the message was ended: a later status of the same
// attempt has an earlier time, another attempt had begun, or the message was given up, had failed or was dropped.
func late(m message.Message, attempt int, s message.Status) bool {
	a := m.AttemptAt(attempt)
	at := a.At[string(s)]

	for other, ms := range a.At {
		// Providers cut their times to seconds, and ours have milliseconds.
		if message.RankOf(message.Status(other)) > message.RankOf(s) && ms/second < at/second {
			return true
		}
	}

	if next := m.AttemptAt(attempt + 1); next.ClaimedAt != 0 && next.ClaimedAt < at {
		return true
	}

	ended := m.Phase == message.GivenUp || m.Phase == message.Failed || m.Phase == message.Dropped

	return ended && attempt == m.Attempt && s != message.StatusFailed && message.RankOf(s) > message.RankFailed || m.Phase == message.GivenUp && attempt == m.Attempt
}

// givenUpAt returns when a message was given up, as far as it is known: a report that came since leaves the end of the lease, before which
// it cannot have been.
func givenUpAt(m message.Message) time.Time {
	if m.Due.IsZero() {
		return m.LeaseUntil
	}

	return m.Due.Add(-message.ReopenableFor)
}
