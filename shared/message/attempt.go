package message

import (
	"slices"
	"strings"
	"time"
)

// AttemptOf returns the number of the attempt that one of the provider's ids belongs to; the newest if none does.
func (m Message) AttemptOf(ids []string) int {
	for n := m.Attempt; n > 0; n-- {
		for _, id := range m.AttemptAt(n).IDs {
			if slices.Contains(ids, id) || m.IsErased && slices.Contains(hashedIDs(ids), id) {
				return n
			}
		}
	}

	return m.Attempt
}

// AttemptThatReached returns the number of the newest attempt that had the status; the newest of all if none had.
func (m Message) AttemptThatReached(s Status) int {
	for n := m.Attempt; n > 0; n-- {
		if _, reached := m.AttemptAt(n).At[string(s)]; reached {
			return n
		}
	}

	return m.Attempt
}

// FirstTime returns the earliest time at which any attempt had the status; the zero time if none had.
func (m Message) FirstTime(s Status) time.Time {
	var first int64
	for _, a := range m.Attempts {
		if at := a.At[string(s)]; at != 0 && (first == 0 || at < first) {
			first = at
		}
	}

	if first == 0 {
		return time.Time{}
	}

	return time.UnixMilli(first)
}

// ShownID returns the provider's id that the order platform knows the message by; ours while the provider has named none.
func (m Message) ShownID() string {
	if len(m.ProviderIDs) == 0 {
		return m.ID
	}

	return strings.TrimPrefix(m.ProviderIDs[0], m.AppID+":")
}

// HasNoEvidence reports whether nothing is known of the attempt: it has neither an id nor a status nor an error.
func (a Attempt) HasNoEvidence() bool {
	return a.Rank == RankNone && len(a.IDs) == 0 && a.Class == ""
}

// Unsettled reports whether evidence of one of the attempts may still come, even if the message was given up on, or sent
// once more since.
func (m Message) Unsettled() bool {
	for _, a := range m.Attempts {
		if a.HasNoEvidence() {
			return true
		}
	}

	return false
}

// Backoff returns how long the n-th postponement lasts, from 0: 5 s doubling to 15 min.
func Backoff(n int) time.Duration {
	const (
		first      = 5 * time.Second
		last       = 15 * time.Minute
		maxDoubles = 16
	)

	return min(first<<min(n, maxDoubles), last)
}
