package consent

import (
	"slices"
	"time"
)

// Record works out what entry e adds to a ledger in state s: the new entries, the state after them, and whether anything is to
// be written. If nothing is, next is s.
//
// An entry that changes what holds is added at once, and so is the first. One that only repeats, at a later time, what holds
// already is kept too: something of a time between the two may still arrive, and must not overrule the later word. What was told
// once, as one message of the shopper's or one artefact of a consent manager's, is added for that; so is the shopper's own consent
// where only the brand's word was known, since it proves more. What comes from any other source, as
// the portal's POST does, can be repeated without end. So of such repetitions in a row only the newest is kept, as [State.Again],
// and no entry is added until another one is: then the repetition gets its place before that one, if a mark still rests on it.
// In this way a state is always the [Fold] of its ledger with Again after it, and every repetition but the newest leaves no trace.
//
// A sign of life is added only if it ends a refusal: the customer's last inbound time has the others.
func Record(s State, e Entry) (entries []Entry, next State, changed bool) {
	next = s.apply(e)

	written := s.writes(next, e)
	if !written && !s.repeats(next) {
		return nil, s, false
	}

	add := func(last Entry) {
		last = link(next.tail(), last)
		entries, next = append(entries, last), next.ending(last)
	}

	if s.Again != nil && next.restsOn(*s.Again) {
		add(*s.Again)
	}

	next.Again = nil
	if written {
		add(e)
	} else {
		e.OccurredAt, e.RecordedAt = stored(e.OccurredAt), stored(e.RecordedAt)
		next.Again = &e
	}

	return entries, next, true
}

// writes reports whether an entry that led from s to next gets its place in the ledger at once.
func (s State) writes(next State, e Entry) bool {
	return s.Sequence == 0 || s.differs(next, e.effective()) || s.declaredBefore(next) || e.Source.told() && s.mayMatter(next)
}

// declaredBefore reports whether next has the shopper's own consent on a matter where s has a brand's declaration of one.
func (s State) declaredBefore(next State) bool {
	own := func(was, is Mark) bool {
		return was.Action == Grant && was.At.Equal(declaredAt) && is.Action == Grant && is.At.After(declaredAt)
	}

	return own(s.Updates, next.Updates) || own(s.Offers, next.Offers)
}

// mayMatter reports whether what led from s to next, from a source that tells once, repeats what was said on a matter at a later
// time, or changes which refusals of the number stand.
func (s State) mayMatter(next State) bool {
	return s.repeats(next) || !slices.EqualFunc(s.upgraded().Rejections, next.Rejections, rejection.equal)
}

// differs reports whether next has another latest action on any matter, or other orders of an authority, at the time of the entry that led to it.
func (s State) differs(next State, at time.Time) bool {
	wasGone, isGone := s.gone() && s.believed(at), next.gone() && next.believed(at)

	return s.Updates.Action != next.Updates.Action || s.Offers.Action != next.Offers.Action || !s.sameOrders(next) || wasGone != isGone
}

// repeats reports whether next has the latest action on a matter at a later time than s: what led to it repeats what was said.
func (s State) repeats(next State) bool {
	return !s.Updates.At.Equal(next.Updates.At) || !s.Offers.At.Equal(next.Offers.At)
}

// restsOn reports whether a mark has its action and time from e.
func (s State) restsOn(e Entry) bool {
	m := Mark{Action: e.Action, At: e.effective()}
	return s.Updates == m || s.Offers == m
}
