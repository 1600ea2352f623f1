package simulation

import (
	"slices"
	"time"
)

// quietHours is what the oracle knows of the brands' quiet hours.
type quietHours struct {
	deaf

	world *World
	all   []*hushing
}

// hushing is a change of quiet hours: it may count since began, and surely does soon after known, which is zero while nobody has heard that
// it is saved.
type hushing struct {
	brand        int
	on           bool
	began, known time.Time
}

func newQuietHours(o *oracle) *quietHours { return &quietHours{world: o.world} }

// changes takes note that a brand's quiet hours are about to be switched.
func (q *quietHours) changes(s Step) *hushing {
	h := &hushing{brand: s.Brand, on: s.Active, began: time.Now()}
	q.all = append(q.all, h)

	return h
}

// settles is how long after a change of settings something may still be decided, or wait, by the former ones: by what a machine has in its
// cache, and until sweep has brought back what waits.
const settles = 2*settingsAge + 30*time.Second

// states reports which settings may count at some time between two: that the quiet hours are on, and that they are off.
func (q *quietHours) states(brand int, from, until time.Time) (on, off bool) {
	if q.world.plan.Brands[brand].Quiet == nil {
		return false, true
	}

	note := func(is bool) { on, off = on || is, off || !is }
	note(true)

	for _, h := range q.all {
		switch {
		case h.brand != brand || h.began.After(until):
		case h.known.IsZero() || h.known.Add(settles).After(from) || q.overlapped(h):
			note(h.on) // and the former ones may still count
		default:
			on, off = h.on, !h.on
		}
	}

	return on, off
}

// overlapped reports whether another change was under way at the same time: which of them counts is not known.
func (q *quietHours) overlapped(h *hushing) bool {
	return slices.ContainsFunc(q.all, func(other *hushing) bool {
		return other != h && other.brand == h.brand && other.began.Before(h.known) && (other.known.IsZero() || other.known.After(h.began))
	})
}

// window returns the quiet hours of a brand that a time lies in, by the clock alone; false if it lies in none.
func (q *quietHours) window(brand int, at time.Time) (from, until time.Time, in bool) {
	hours := q.world.plan.Brands[brand].Quiet
	if hours == nil {
		return time.Time{}, time.Time{}, false
	}

	const day = 24 * time.Hour
	for later := -day; later < 10*day; later += day {
		from, until = start.Add(hours.From+later), start.Add(hours.Until+later)
		if !at.Before(from) && at.Before(until) {
			return from, until, true
		}
	}

	return time.Time{}, time.Time{}, false
}

// exempt reports whether an occurrence is told at all hours.
func (q *quietHours) exempt(o *occurrence) bool {
	hours := q.world.plan.Brands[o.brand].Quiet
	return hours == nil || slices.Contains(hours.Exempt, o.name)
}

// mayBeQuiet reports whether a message may have to wait at a time for quiet hours, by some machine's clock, and until when.
func (q *quietHours) mayBeQuiet(o *occurrence, at time.Time, slack time.Duration) (until time.Time, may bool) {
	if on, _ := q.states(o.brand, at.Add(-slack), at.Add(slack)); !on || q.exempt(o) {
		return time.Time{}, false
	}

	for _, look := range []time.Time{at.Add(slack), at, at.Add(-slack)} {
		if _, end, in := q.window(o.brand, look); in {
			return end, true
		}
	}

	return time.Time{}, false
}

// mayPost looks at a post: it was decided on within a lease, and if it was quiet all that time by every clock, it should not have been made.
func (q *quietHours) mayPost(c call, o *occurrence, slack time.Duration) {
	if q.exempt(o) {
		return
	}

	now := time.Now()
	decided := now.Add(-leaseTime - slack)

	from, until, in := q.window(o.brand, now)
	if !in || from.After(decided) || until.Before(now.Add(slack)) {
		return
	}
	if _, off := q.states(o.brand, decided, now); !off {
		q.world.oracle.sending.find(o, "%s posts it in the quiet hours, which end %s later", c.actor.name, until.Sub(now).Round(time.Second))
	}
}

// mayWait looks at a message that is made to wait for the end of quiet hours: there have to be some.
func (q *quietHours) mayWait(by *actor, o *occurrence, slack time.Duration) {
	began := q.world.began.Add(by.began)

	for at := began; !at.After(time.Now()); at = at.Add(min(time.Minute, max(time.Since(at), 1))) {
		if _, may := q.mayBeQuiet(o, at, slack); may {
			return
		}
	}

	q.world.oracle.sending.find(o, "%s has it wait for the end of quiet hours, of which there are none", by.name)
}

// tellable returns from when on an event that was published at a time may be told, and whether that is known for sure.
func (q *quietHours) tellable(o *occurrence, at time.Time, slack time.Duration) (from time.Time, sure bool) {
	if q.exempt(o) {
		return at, true
	}

	begin, end, in := q.window(o.brand, at)
	on, off := q.states(o.brand, at.Add(-slack), at.Add(longWell))

	switch {
	case on && off:
		return time.Time{}, false
	case off:
		return at, true
	case !in:
		_, _, soon := q.window(o.brand, at.Add(longWell))
		return at, !soon
	case at.Sub(begin) < slack || end.Sub(at) < slack:
		return time.Time{}, false
	}

	meanwhile := slices.DeleteFunc(slices.Clone(q.all), func(h *hushing) bool {
		return h.brand != o.brand || h.began.Before(at) || h.began.After(end.Add(longWell))
	})

	switch {
	case len(meanwhile) == 0:
		return end, true
	case len(meanwhile) == 1 && !meanwhile[0].on && !meanwhile[0].known.IsZero() && meanwhile[0].known.Before(end):
		return meanwhile[0].known, true
	default:
		return time.Time{}, false
	}
}

// latest returns until when an event that was published at a time may wait at most because of quiet hours that begin before it should be out.
func (q *quietHours) latest(o *occurrence, at time.Time) time.Time {
	if q.exempt(o) {
		return at
	}

	for _, look := range []time.Time{at.Add(longWell), at} {
		if _, end, in := q.window(o.brand, look); in {
			return end
		}
	}

	return at
}
