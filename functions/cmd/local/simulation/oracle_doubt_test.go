package simulation

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"
)

// What the design says of doubts (section 6).
const (
	grace         = 3 * time.Minute
	quietGrace    = 15 * time.Minute
	witnessMargin = time.Minute
	leaseTime     = 45 * time.Second
	// clockSlack is how far a provider's clock may be off ours.
	clockSlack = 5 * time.Second
	// oldestLook is the age limit of what has none, where one is needed.
	oldestLook = 24 * time.Hour
	// mostDoubts is how many attempts may end in doubt.
	mostDoubts = 2
	// settingsAge is how old the settings may be that a machine goes by.
	settingsAge = 30 * time.Second
)

// providerEvent is what webhook publishes of a callback, as far as it says which one it is.
type providerEvent struct {
	Kind   string `json:"kind"`
	At     int64  `json:"at"`
	Status struct {
		IDs    []string `json:"ids"`
		Status string   `json:"status"`
	} `json:"status"`
}

// tells reports whether the event is what webhook makes of a callback.
func (e providerEvent) tells(c *callback) bool {
	return c.status == e.Status.Status || e.Status.Status == "" && c.status == e.Kind
}

// kept takes note of a callback that webhook has published: from now on receive goes by it, whether or not the provider hears that.
func (s *sending) kept(data []byte) {
	var event providerEvent
	if json.Unmarshal(data, &event) != nil {
		return // nobody can read it
	}

	for _, id := range event.Status.IDs {
		a := s.taken[id]
		if a == nil {
			continue
		}

		for _, cb := range a.callbacks {
			if cb.kept.IsZero() && event.tells(cb) {
				cb.kept = time.Now()
			}
		}

		if at := time.UnixMilli(event.At); event.Status.Status != "" && at.After(s.apps[a.app].kept) {
			s.apps[a.app].kept = at
		}
	}
}

// dealt takes note of a callback that receive has dealt with.
func (s *sending) dealt(c copyOf) {
	var event providerEvent
	if json.Unmarshal(c.message.GetData(), &event) != nil {
		return // nobody can read it
	}

	at := time.UnixMilli(event.At)
	if event.Kind == "heartbeat" {
		if at.After(s.beat) {
			s.beat = at
			s.proves()
		}

		return
	}

	for _, id := range event.Status.IDs {
		a := s.taken[id]
		if a == nil {
			continue
		}

		for _, cb := range a.callbacks {
			if cb.dealt.IsZero() && event.tells(cb) {
				cb.dealt = time.Now()
			}
		}

		s.at(nil, a.app).dealt = time.Now()

		if event.Status.Status != "" && at.After(s.apps[a.app].witness) {
			s.apps[a.app].witness = at
		}
	}
}

// mayClaim looks at a claim: nothing that the one who made it could know speaks against it.
func (s *sending) mayClaim(by *actor, o *occurrence, before, now entry) {
	brand := s.world.plan.Brands[o.brand]

	limit := brand.MaxAge
	if now.secondLook && limit == 0 && o.reopened.IsZero() {
		limit = oldestLook
	}
	if age := time.Since(o.born(now)); limit > 0 && age > limit+s.slack() {
		s.find(o, "%s claimed it at the age of %s, which is over the limit of %s", by.name, age.Round(time.Second), limit)
	}

	if later := s.outrunBy(o, now, by.began); later != nil {
		s.find(o, "%s claimed it although %s was known", by.name, later)
	}

	if !s.onSometime(o, s.world.began.Add(by.began).Add(-2*settingsAge), time.Now()) {
		s.find(o, "%s claimed it although the event is off", by.name)
	}

	if n := now.attempt; n > 1 && !before.tries[n-1].known() {
		s.mayClaimAfterDoubt(by, o, before, now)
	}

	waits := before.phase == phaseWaiting || before.phase == phaseHeld
	if waits && before.due.After(time.Now().Add(s.slack())) && by.about.ticket() != before.ticket {
		s.find(o, "%s claimed it %s before it was due", by.name, time.Until(before.due).Round(time.Second))
	}
}

// mayClaimAfterDoubt looks at a claim although nothing is known of the attempt before, whatever the message was meanwhile: it is marked,
// and silence has proved something, unless an operator has taken that upon themselves.
func (s *sending) mayClaimAfterDoubt(by *actor, o *occurrence, before, now entry) {
	if !now.tries[now.attempt].marked {
		s.find(o, "attempt %d is not marked although nothing is known of the one before", now.attempt)
	}

	app, _ := s.appCalled(before.app)
	witnessed := s.apps[app].kept.After(before.lease.Add(witnessMargin).Add(-s.slack()))
	quiet := !s.beat.Before(before.lease.Add(quietGrace).Add(-s.slack()))
	graced := !s.beat.Before(before.lease.Add(grace).Add(-s.slack()))

	if o.reopened.Before(before.lease) && (!graced || !witnessed && !quiet) {
		s.find(o, "%s claims attempt %d although nothing proves that the one before was not taken", by.name, now.attempt)
	}
}

// longestAge is how old a brand's events may be, a day where it sets no limit.
func (b Brand) longestAge() time.Duration { return cmp.Or(b.MaxAge, oldestLook) }

// born is when the age of an occurrence's message counts from: its event, or when an operator reopened it.
func (o *occurrence) born(e entry) time.Time {
	if o.reopened.After(e.occurred) {
		return o.reopened
	}

	return e.occurred
}

func (s *sending) reopening(id string) {
	o := s.of[id]
	o.reopenings++
	o.reopened = time.Now()
	o.claimed, o.doubted, o.stumbles, o.knowable, o.provenSince = 0, 0, 0, false, time.Time{}
	o.tickets = map[string]bool{}
}

// mayGiveUp looks at a message in doubt that is given up: no report can come of it any more, or it is too late for one more attempt.
func (s *sending) mayGiveUp(by string, o *occurrence, now entry) {
	app, _ := s.appCalled(now.app)
	limit := s.world.plan.Brands[o.brand].longestAge()
	age := time.Since(o.born(now))
	if s.world.plan.Apps[app].reports() && o.doubted < mostDoubts && age < limit-s.slack() {
		s.find(o, "%s gives it up after %d doubts at the age of %s", by, o.doubted, age.Round(time.Second))
	}
}

// outrunBy returns the later event of the shipment that makes a message pointless and had been dealt with at a time; nil if there is
// none. What is told once an order is old news as soon as another shipment of the order was spoken of.
func (s *sending) outrunBy(o *occurrence, e entry, began time.Duration) *occurrence {
	// Of each status of a shipment the newest time is kept.
	newest := map[string]Step{}
	for _, key := range s.order {
		for _, p := range s.occurrences[key].events {
			status := shipmentID(p.step) + p.step.Event
			known := !p.done.IsZero() && p.done.Before(s.world.began.Add(began))
			if last, has := newest[status]; known && (!has || last.Occurred < p.step.Occurred) {
				newest[status] = p.step
			}
		}
	}

	for _, status := range slices.Sorted(maps.Keys(newest)) {
		if s.outruns(newest[status], o, e) {
			return s.occurrenceOf(newest[status].ID)
		}
	}

	return nil
}

// outruns reports whether an event makes a message pointless.
func (s *sending) outruns(step Step, o *occurrence, e entry) bool {
	if step.Brand != o.brand || orderID(step.Brand, step.Shopper, step.Order) != e.order {
		return false
	}
	if shipmentID(step) != e.subject {
		return o.repeat == perOrder && step.occurred().Before(e.occurred)
	}

	return slices.Contains(o.outrun, kinds[kindNumber(step.Event)].status()) && step.occurred().After(e.occurred)
}

// onSometime reports whether an occurrence's event was on at any time between two.
func (s *sending) onSometime(o *occurrence, from, until time.Time) bool {
	on, _ := s.ontimes(o, from, until)
	return on
}

// ontimes reports whether an occurrence's event was on, and off, at any time between two. At the platform's app it is off as well while its
// template is marketing, to whose price nobody has agreed.
func (s *sending) ontimes(o *occurrence, from, until time.Time) (on, off bool) {
	now := s.world.plan.Brands[o.brand].on(o.name)
	note := func() {
		on = on || now
		off = off || !now
	}

	noted := false
	for _, sw := range s.ons {
		if sw.brand != o.brand || sw.event != o.name || sw.at.After(until) {
			continue
		}
		if sw.at.After(from) && !noted {
			note()

			noted = true
		}

		now = s.steps[sw.step].Active
		if sw.at.After(from) {
			note()
		}
	}

	note()

	sender := s.world.plan.Brands[o.brand].Sender
	off = off || s.world.plan.Apps[sender].Brand < 0 &&
		s.oracle.news.marketing(sender, o.name, from.Sub(s.world.began), until.Sub(s.world.began))

	return on, off
}

// mayResend looks at a message in doubt that is to be sent once more: the silence about it must prove something.
func (s *sending) mayResend(by *actor, o *occurrence, e entry) {
	app, _ := s.appCalled(e.app)
	a := s.world.plan.Apps[app]
	now := time.Now()

	for _, taken := range o.acceptances {
		for _, c := range taken.callbacks {
			if taken.attempt == e.attempt && !c.dealt.IsZero() && c.status != "billing" {
				s.find(o, "%s has it sent again although %q of it was dealt with %s before", by.name, c.status, now.Sub(c.dealt).Round(time.Second))
				return
			}
		}
	}

	switch {
	case !a.reports():
		s.find(o, "%s has it sent again although its app reports nothing", by.name)
	case e.doubts >= mostDoubts:
		s.find(o, "%s has it sent again after %d doubts", by.name, e.doubts)
	case s.beat.Before(e.lease.Add(grace).Add(-s.slack())):
		s.find(o, "%s has it sent again before callbacks of its grace were surely dealt with", by.name)
	case s.apps[app].kept.After(e.lease.Add(witnessMargin).Add(-s.slack())):
	case s.beat.Before(e.lease.Add(quietGrace).Add(-s.slack())):
		s.find(o, "%s has it sent again although no later callback of its app has come, newest %s before its lease's end",
			by.name, e.lease.Sub(s.apps[app].witness).Round(time.Second))
	case s.owes(app, e.id, s.world.began.Add(by.began)):
		s.find(o, "%s has it sent again although its app owes callbacks", by.name)
	}

	s.mayTry(by, o, app, e)
}

// proves takes note, as each heartbeat is dealt with, of whose doubt the silence surely decides. What is not sure yet, of a machine
// that has not written what it knows, it waits for in lookedAtWithin.
func (s *sending) proves() {
	for _, key := range s.order {
		o := s.occurrences[key]
		e := s.entries[o.entry]

		switch app, known := s.appCalled(e.app); {
		case e.phase != phaseInDoubt || !known || !s.surelyProves(app, e):
			o.provenSince = time.Time{}
		case o.provenSince.IsZero():
			o.provenSince = time.Now()
		}
	}
}

// surelyProves reports whether silence proves by every clock that a message in doubt was not taken.
func (s *sending) surelyProves(app int, e entry) bool {
	witness := s.apps[app].witness
	if s.beat.Before(e.lease.Add(grace).Add(s.slack())) {
		return false
	}
	if witness.After(e.lease.Add(witnessMargin).Add(s.slack())) {
		return true
	}

	owes := false
	for _, a := range s.taken {
		owes = owes || a.app == app && a.claimed.Add(s.slack()).After(witness)
	}

	return !owes && s.beat.After(e.lease.Add(quietGrace).Add(s.slack()))
}

// lookedAtWithin is how long it takes at most until a message in doubt is looked at by what is known, where sweep is missed now and
// then: one look of several minutes, those of the messages that are tried before it, and what each machine has yet to write.
func (s *sending) lookedAtWithin() time.Duration {
	inDoubt := 0
	for _, e := range s.entries {
		if e.phase == phaseInDoubt {
			inDoubt++
		}
	}

	return 10*time.Minute*time.Duration(len(s.world.plan.Machines)) + time.Duration(inDoubt)*time.Minute
}

// blindly is a call of sweep that has a message sent again through an app of which nobody knows whether it takes any.
type blindly struct {
	by  *actor
	app int
}

// all returns the documents of all messages. Answers to shoppers are among them: what a provider takes or reports of one shows as much of the
// app as of any other, and the lease of one makes as unclear whose a report is.
func (s *sending) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, e := range s.entries {
			if !yield(e) {
				return
			}
		}

		for _, a := range s.oracle.talks.answers {
			if !yield(a.entry) {
				return
			}
		}
	}
}

// mayTry looks at a message that is sent again through an app that has taken nothing since: one an app and call of sweep.
func (s *sending) mayTry(by *actor, o *occurrence, app int, e entry) {
	for other := range s.all() {
		for _, t := range other.tries {
			if other.app == e.app && t.known() && t.claimed.After(e.lease.Add(-s.slack())) {
				return
			}
		}
	}

	if s.blind[blindly{by, app}] {
		s.find(o, "%s has it sent again although it tries another whether its app takes any", by.name)
	}

	s.blind[blindly{by, app}] = true
}

// knownWithin is how long it takes at most until what a machine has learned of an app is known to all.
const knownWithin = time.Minute

// owes reports whether an app was known at a time to have taken a message, other than the one, later than the newest status that came
// of it.
func (s *sending) owes(app int, but string, by time.Time) bool {
	for e := range s.all() {
		if e.id == but || e.app != s.world.plan.Apps[app].ID {
			continue
		}

		for _, t := range e.tries {
			known := time.UnixMilli(t.at["accepted"]).Before(by.Add(-knownWithin))
			if t.taken() && known && t.claimed.Add(-s.slack()).After(s.apps[app].witness) {
				return true
			}
		}
	}

	return false
}

// appCalled returns the app of an id of ours.
func (s *sending) appCalled(id string) (int, bool) {
	i := slices.IndexFunc(s.world.plan.Apps, func(a App) bool { return a.ID == id })
	return max(i, 0), i >= 0
}
