package message

import "strconv"

// Rank orders what can be known of an attempt. Writers only ever raise it, so that late, repeated and reordered
// callbacks change nothing that is already further on.
type Rank int

// The ranks. Delivered outranks failed: a report of failure cannot undo a delivery.
const (
	// RankNone: nothing is known but the claim.
	RankNone Rank = 0
	// RankAccepted: the provider has taken the message, or says that it is queued.
	RankAccepted Rank = 10
	// RankSent: handed to WhatsApp.
	RankSent Rank = 20
	// RankFailed: it will not arrive.
	RankFailed Rank = 30
	// RankDelivered: on the shopper's phone.
	RankDelivered Rank = 40
	// RankRead: read, which implies delivered.
	RankRead Rank = 50
)

// Status is a message's status as people see it.
type Status string

// The statuses: those of a provider's callbacks first, then those that only we know.
const (
	StatusAccepted  Status = "accepted"
	StatusEnqueued  Status = "enqueued"
	StatusSent      Status = "sent"
	StatusFailed    Status = "failed"
	StatusDelivered Status = "delivered"
	StatusRead      Status = "read"

	StatusSending Status = "sending"
	StatusRefused Status = "refused"
	StatusWaiting Status = "waiting"
	StatusHeld    Status = "held"
	StatusInDoubt Status = "in_doubt"
	StatusGivenUp Status = "given_up"
	StatusDropped Status = "dropped"
)

// RankOf returns the rank that a provider's status gives its attempt; RankNone for any other status.
func RankOf(s Status) Rank {
	switch s {
	case StatusAccepted, StatusEnqueued:
		return RankAccepted
	case StatusSent:
		return RankSent
	case StatusFailed:
		return RankFailed
	case StatusDelivered:
		return RankDelivered
	case StatusRead:
		return RankRead
	default:
		return RankNone
	}
}

// Status returns the status of a rank; empty for RankNone.
func (r Rank) Status() Status {
	switch {
	case r >= RankRead:
		return StatusRead
	case r >= RankDelivered:
		return StatusDelivered
	case r >= RankFailed:
		return StatusFailed
	case r >= RankSent:
		return StatusSent
	case r >= RankAccepted:
		return StatusAccepted
	default:
		return ""
	}
}

// Number is the key of attempt n in [Message.Attempts].
func Number(n int) string { return strconv.Itoa(n) }

// Status folds the attempts and the phase into the message's status: that of the best attempt, and failed only if the newest
// attempt failed. What a provider reported outweighs the phase, because evidence is stronger than the lock.
func (m Message) Status() Status {
	best := m.MaxRank()

	newest := m.Newest().Rank
	switch {
	case best >= RankDelivered:
		return best.Status()
	case newest == RankFailed:
		return m.afterFailure()
	case newest >= RankAccepted:
		return m.bestBut(RankFailed).Status()
	default:
		if older := m.bestBut(RankFailed); older >= RankAccepted {
			return older.Status()
		}
		return m.unanswered()
	}
}

// afterFailure returns the status of a message whose newest attempt failed: the phase, if another attempt is to come.
func (m Message) afterFailure() Status {
	switch m.Phase {
	case Waiting:
		return StatusWaiting
	case Held:
		return StatusHeld
	case Dropped:
		return StatusDropped
	default:
		return StatusFailed
	}
}

// bestBut returns the highest rank of any attempt, except those of the rank left.
func (m Message) bestBut(left Rank) Rank {
	var best Rank
	for _, a := range m.Attempts {
		if a.Rank != left {
			best = max(best, a.Rank)
		}
	}

	return best
}

// unanswered returns the status of a message whose provider has reported nothing: the phase.
func (m Message) unanswered() Status {
	switch m.Phase {
	case Claimed:
		return StatusSending
	case Refused:
		return StatusRefused
	case Waiting:
		return StatusWaiting
	case Held:
		return StatusHeld
	case Failed:
		return StatusFailed
	case Dropped:
		return StatusDropped
	case GivenUp:
		return StatusGivenUp
	default:
		return StatusInDoubt
	}
}
