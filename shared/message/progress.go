package message

import (
	"maps"
	"slices"
	"time"
)

// Progress is what has become known of one attempt: a send's answer, a delivery report, or a price. Progresses commute:
// applied in any order, and any number of times, they lead to the same message. Only a Failure does not; the newest one
// written stays.
type Progress struct {
	MessageID string
	// Attempt is the attempt's number, from 1.
	Attempt int
	// Status is the provider's status; empty if the progress only carries ids or a price.
	Status Status
	// At is the provider's time of the status in epoch milliseconds.
	At int64
	// ClaimedAt is when the attempt was claimed, in epoch milliseconds, of a post that the provider answered as taken; else 0.
	ClaimedAt int64
	// AppID is the app that sent the attempt, IDs the provider's ids of it.
	AppID string
	IDs   []string
	// UserID is what the provider calls the recipient; empty if it does not say.
	UserID string
	// LearnedID is the user id of which it has been stored whose it is; empty if there is none.
	LearnedID string
	// RecipientKey is the key of the number that the provider names as the recipient's; empty if it names none. LinkedKey is that
	// too, once it is stored whose it is.
	RecipientKey string
	LinkedKey    string
	// Failure is the error of a failed attempt; its cause is stored with parked statuses only.
	Failure
	// Pricing is a fact about the price. Each fact has a place of its own, named by attempt and PricingKind, which is the
	// callback that told it ("sent", "billing").
	Pricing     Pricing
	PricingKind string
	// Final drops the stored event: no further attempt follows.
	Final bool
	// ClearDueIf, if set, clears Due and makes the whole write conditional: if the message no longer has this update time,
	// nothing of the progress is written. The zero time leaves Due alone and sets no condition.
	ClearDueIf time.Time
}

// Acceptance is the progress that the provider took the newest attempt of m at a time, under its id for the message, and told the user id
// of the shopper; written only while m is as read, and then m is due no more. Without reports nothing more will be heard of the message:
// it is known by our own id, and its event is dropped.
func Acceptance(m Message, providerID, userID string, at time.Time, reports bool) Progress {
	if !reports {
		providerID = m.ID
	}

	return Progress{
		MessageID:  m.ID,
		Attempt:    m.Attempt,
		Status:     StatusAccepted,
		At:         at.UnixMilli(),
		ClaimedAt:  m.Newest().ClaimedAt,
		AppID:      m.AppID,
		IDs:        []string{providerID},
		UserID:     userID,
		ClearDueIf: m.UpdateTime,
		Final:      !reports,
	}
}

// PricingKey is the key of the progress's price in [Message.Pricing].
func (p Progress) PricingKey() string { return Number(p.Attempt) + "." + p.PricingKind }

// idKeys returns the lookup keys ("appId:providerId") of the progress's ids.
func (p Progress) idKeys() []string {
	keys := make([]string, len(p.IDs))
	for i, id := range p.IDs {
		keys[i] = p.AppID + ":" + id
	}

	return keys
}

// Apply returns the message as the store holds it once p is written. m itself is not changed.
func (p Progress) Apply(m Message) Message {
	m = m.WithAttempt(p.Attempt, p.attempt(m.AttemptAt(p.Attempt)))
	m.ProviderIDs = union(m.ProviderIDs, p.idKeys())

	if p.UserID != "" {
		m.UserID = p.UserID
	}
	if p.LearnedID != "" {
		m.LearnedID = p.LearnedID
	}
	if p.LinkedKey != "" {
		m.LinkedKey = p.LinkedKey
	}
	if !p.Pricing.IsZero() {
		m.Pricing = cloned(m.Pricing)
		m.Pricing[p.PricingKey()] = p.Pricing
	}
	if !p.ClearDueIf.IsZero() {
		m.Due = time.Time{}
	}
	if p.Final {
		m.EventData = nil
	}

	return m
}

// attempt returns the attempt with the progress's status, ids and failure folded in.
func (p Progress) attempt(a Attempt) Attempt {
	if p.Status != "" {
		at, known := a.At[string(p.Status)]
		if !known || p.At < at {
			a.At = cloned(a.At)
			a.At[string(p.Status)] = p.At
		}

		a.Rank = max(a.Rank, RankOf(p.Status))
	}
	if p.Class != "" {
		a.Class = p.Class
		a.Code = p.Code
	}

	a.IDs = union(a.IDs, p.IDs)

	return a
}

// IsNews reports whether p tells a status, an id, a user id or a price that m does not hold. A failure's class and code alone are no
// news: a repeated report of a failure changes nothing.
func (p Progress) IsNews(m Message) bool {
	before, after := m.AttemptAt(p.Attempt), p.Apply(m)
	now := after.AttemptAt(p.Attempt)

	return before.Rank != now.Rank ||
		m.UserID != after.UserID || m.LearnedID != after.LearnedID || m.LinkedKey != after.LinkedKey ||
		!maps.Equal(before.At, now.At) ||
		!slices.Equal(before.IDs, now.IDs) ||
		!slices.Equal(m.ProviderIDs, after.ProviderIDs) ||
		!maps.Equal(m.Pricing, after.Pricing)
}

// Settles reports whether p ends the wait of a message that is claimed, in doubt or given up: nobody needs to look at it
// again. A failure never does; it is dealt with by a change of phase.
func (p Progress) Settles(m Message) bool {
	waits := (m.Phase == Claimed || m.Phase == InDoubt || m.Phase == GivenUp) && !m.Due.IsZero()

	return waits && p.Status != StatusFailed && p.Apply(m).Recorded()
}

// cloned returns a copy of m that can be written to, also if m is nil.
func cloned[K comparable, V any](m map[K]V) map[K]V {
	c := maps.Clone(m)
	if c == nil {
		c = map[K]V{}
	}

	return c
}

// union returns a with the elements of b that it lacks appended, as Firestore's ArrayUnion does. a itself is not changed.
func union(a, b []string) []string {
	all := slices.Clip(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}

	return all
}
