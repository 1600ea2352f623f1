package sweep

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// maxDoubts is how many attempts of a message may end in doubt.
	maxDoubts = 2
	// witnessMargin is how much later than the lease's end the provider time of another message's report must lie: reports of
	// one app come in no order.
	witnessMargin = time.Minute
	// firstDoubtLook and lastDoubtLook bound how long a doubt that nothing settles is left alone.
	firstDoubtLook = 10 * time.Second
	lastDoubtLook  = 5 * time.Minute
)

// doubtFacts are what the decision on a message in doubt rests on.
type doubtFacts struct {
	now time.Time
	// ends is when the message is too old to be sent.
	ends time.Time
	// times are those of the message's app.
	times store.AppTimes
	// beat is when the newest heartbeat was sent that came through webhook and receive.
	beat time.Time
	// reports is true if the provider sends delivery reports.
	reports bool
	// unowned is true if a status of that app and shopper is parked that no message owns, of whichever account behind the app: it
	// may be of this one.
	unowned bool
}

// doubtDecision is what becomes of a message in doubt.
type doubtDecision struct {
	// giveUp is why the message is given up; empty if it is not.
	giveUp string
	// silence is what a new attempt rests on; empty if none is made.
	silence message.Silence
	// blind is true for a new attempt through an app that has taken nothing since the message's lease.
	blind bool
}

// judgeDoubt decides on a message whose lease and grace are over and for which no evidence came. It is sent once more only if
// the provider would have told us of it: then silence means that it was not taken.
func (s *Sweeper) judgeDoubt(m message.Message, f doubtFacts) doubtDecision {
	end := m.LeaseUntil
	switch {
	case !f.reports, f.times.Witness.IsZero():
		return doubtDecision{giveUp: "no_reports"}
	case m.Doubts >= maxDoubts:
		return doubtDecision{giveUp: "doubts"}
	case len(m.EventData) == 0:
		return doubtDecision{giveUp: "no_event"}
	case !f.now.Before(f.ends):
		return doubtDecision{giveUp: "age"}
	case f.unowned, f.beat.Before(end.Add(s.cfg.Limits.Grace)):
		return doubtDecision{} // what was called back within the grace may still be on its way
	}

	d := doubtDecision{blind: !f.times.Taken.After(end)}
	switch {
	case f.times.Witness.After(end.Add(witnessMargin)):
		d.silence = message.SilenceWitnessed
	case owesNothing(f.times) && !f.beat.Before(end.Add(s.cfg.Limits.QuietGrace)):
		d.silence = message.SilenceQuiet
	}

	return d
}

// owesNothing reports whether a report came that is not older than the newest message the app took. Some providers tell times in
// whole seconds.
func owesNothing(t store.AppTimes) bool { return !t.Witness.Before(t.Taken.Truncate(time.Second)) }

// settleDoubt acts on a message in doubt that is due.
func (s *Sweeper) settleDoubt(ctx context.Context, p *pass, m message.Message) error {
	f, err := s.doubtFacts(ctx, p, m)
	if err != nil {
		return err
	}

	d := s.judgeDoubt(m, f)
	if d.silence == message.SilenceQuiet {
		owes, takenErr := s.store.HasTakenSince(ctx, m.AppID, f.times.Witness.Truncate(time.Second).Add(time.Second))
		if takenErr != nil {
			return takenErr
		}
		if owes { // an instance has not written it on the app
			d = doubtDecision{}
		}
	}
	if d.silence != "" && d.blind && !p.mayTry(m.AppID) {
		d = doubtDecision{} // another message finds out whether the app takes any
	}

	switch {
	case d.giveUp != "":
		p.count(func(c *Counts) { c.GivenUp++ })
		return s.outcomes.GiveUp(ctx, m, d.giveUp)
	case d.silence != "":
		p.count(func(c *Counts) { c.Resent++ })

		m.Phase = message.Waiting
		m.Resent = true
		m.Silence = d.silence

		return s.republish(ctx, p, m)
	}

	p.count(func(c *Counts) { c.Postponed++ })
	s.warnOfDoubt(ctx, m)

	m.Due = nextDoubtLook(m, f)

	return s.store.Change(ctx, store.Change{Message: m})
}

// nextDoubtLook returns when a doubt is looked at again: ever more rarely, more often again towards the end so that evidence of the
// last minutes still counts, and when the message is too old.
func nextDoubtLook(m message.Message, f doubtFacts) time.Time {
	left := f.ends.Sub(f.now)
	pause := max(min(f.now.Sub(m.LeaseUntil)/8, lastDoubtLook, left/2), firstDoubtLook)
	if next := f.now.Add(pause); next.Before(f.ends) {
		return next
	}

	return f.ends
}

// doubtFacts reads what the decision on a message in doubt rests on.
func (s *Sweeper) doubtFacts(ctx context.Context, p *pass, m message.Message) (doubtFacts, error) {
	f := doubtFacts{now: s.clock.Now(), beat: p.beat}

	owner, err := s.accountOf(ctx, m)
	if err != nil {
		return f, err
	}

	f.ends = m.Born().Add(owner.LongestAge(m.Event))

	known, ok := s.providers.Get(m.Provider)
	f.reports = ok && known.Capabilities().Callbacks
	if !f.reports {
		return f, nil
	}
	if f.times, err = s.store.AppTimes(ctx, m.AppID); err != nil {
		return f, err
	}

	if !known.Capabilities().Echo {
		claimed := time.UnixMilli(m.Newest().ClaimedAt)
		f.unowned, err = s.store.HasUnownedStatus(ctx, m.AppID, m.CustomerID, claimed.Add(-clockSlack))
	}

	return f, err
}
