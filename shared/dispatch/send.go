package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/throttle"
)

// maxConflicts is how often a decision is made again because another worker was faster.
const maxConflicts = 8

// sending is an occurrence on its way, with what the rounds so far have found out.
type sending struct {
	occurrence occurrence
	plan       plan
	// exists is true once the message is known to exist.
	exists bool
	// readAt is when the facts were asked for that the newest decision rests on.
	readAt time.Time
	// place is held from planning to the answer, if the app can be used and a place was free.
	place *throttle.Place
	// token is the right to send now, if it was granted and not spent.
	token *throttle.Token
}

// giveBack gives back what was granted and not spent.
func (s *sending) giveBack() {
	s.token.GiveBack()
	s.place.Release()

	s.token = nil
	s.place = nil
}

// step is how far a round came. The zero step means that the facts must be read again.
type step struct {
	// over is true if nothing is left to do; report says what was done.
	over   bool
	report outcome.Report
	// claim is set if the message is ours and is posted next.
	claim *claim
}

// over returns the step after which nothing is left to do.
func over(r outcome.Report) step { return step{over: true, report: r} }

// send plans, then decides and claims until no other worker is faster, and posts what it claimed.
func (d *Dispatcher) send(ctx context.Context, o occurrence) (outcome.Report, error) {
	s := &sending{occurrence: o, exists: o.delivery.republished()}
	defer s.giveBack()

	if err := d.plan(ctx, s, pinned{}); err != nil {
		return outcome.Report{}, err
	}

	for range maxConflicts {
		next, err := d.round(ctx, s)
		switch {
		case err != nil, next.over:
			return next.report, err
		case next.claim != nil:
			s.token = nil // it is spent
			return d.postWanted(ctx, s, *next.claim)
		}
	}

	return outcome.Report{}, fault.New(fault.Conflict, "dispatch.send", "the message is being worked on")
}

// plan takes a place and plans. Without a place nothing is prepared: the message waits for its turn. In quiet hours nothing is prepared
// either, and no place is taken: the message waits for their end.
func (d *Dispatcher) plan(ctx context.Context, s *sending, pin pinned) error {
	s.giveBack()

	o := s.occurrence
	p := d.chooseSender(o, pin)
	if until := o.account.QuietUntil(o.kind(), d.clock.Now()); p.refusal == "" && !until.IsZero() {
		p.quiet = until
		p.recipient = recipientOf(o, nil)
		s.plan = p

		return nil
	}

	if p.usable() {
		app := p.sender.installed
		var err error
		s.place, err = d.places.Take(ctx, app.ID, app.Provider, o.entry.Urgent)
		if errors.Is(err, throttle.ErrNoPlace) {
			p.turn = d.places.Turn(app.ID, d.rateOf(p.sender))
			p.recipient = recipientOf(o, nil)
			s.plan = p

			return nil
		}
		if err != nil {
			return err
		}

		p = d.chooseSender(o, pin) // the app may have stopped answering meanwhile
	}
	var err error
	s.plan, err = d.complete(ctx, o, p)

	return err
}

// round reads the facts, weighs them, and carries the decision out.
func (d *Dispatcher) round(ctx context.Context, s *sending) (step, error) {
	readAt := d.clock.Now()

	f, err := d.facts(ctx, s.occurrence, s.plan, s.exists)
	if isRace(err) {
		return step{}, nil
	}
	if err != nil {
		return step{}, err
	}

	if f.Message == nil {
		if f.Message, err = d.kept(ctx, s.occurrence, f.Order); err != nil {
			return step{}, err
		}
	}
	if f.Message != nil {
		s.occurrence.messageID = f.Message.ID
		s.exists = true

		next, failed := d.settle(ctx, s, *f.Message, f.Order)
		if failed != nil || next != (step{}) {
			return next, failed
		}

		replanned, failed := d.bind(ctx, s, *f.Message)
		if replanned || failed != nil {
			return step{}, failed
		}
	}

	s.readAt = readAt // our own claim, above, rests on the facts of an earlier round

	v, stale, err := d.decide(ctx, s, f)
	if stale || err != nil {
		return step{}, err
	}
	if v.phase == message.Refused && f.Message != nil {
		return d.leave(ctx, s, f)
	}

	return d.carryOut(ctx, s, f, v)
}

// bind goes on with the time and the app of the message that exists. It reports whether that called for another plan, which
// may have taken its time: the facts must be read again. A second look goes by its own event.
func (d *Dispatcher) bind(ctx context.Context, s *sending, m message.Message) (replanned bool, err error) {
	if m.PassedOver() {
		return false, nil
	}

	s.occurrence = s.occurrence.asKept(m)

	pin := pinnedBy(m)
	if !pin.otherThan(s.plan) {
		return false, nil
	}

	return true, d.plan(ctx, s, pin)
}

// decide weighs the facts and admits a decision to send. A message that waited is dropped instead of refused. stale is true if the facts became too old.
func (d *Dispatcher) decide(ctx context.Context, s *sending, f store.Facts) (v decision, stale bool, err error) {
	v = d.weigh(s.occurrence, s.plan, f)
	if v.phase == message.Claimed {
		a, err := d.admit(ctx, s, f, v)
		s.token = a.token
		if a.stale || err != nil {
			return v, a.stale, err
		}

		v = a.decision
	}

	if v.phase == message.Refused && f.Message != nil && !f.Message.PassedOver() {
		v.phase = message.Dropped
	}

	return v, false, nil
}

// carryOut writes a decision and does what one that is not a claim calls for.
func (d *Dispatcher) carryOut(ctx context.Context, s *sending, f store.Facts, v decision) (step, error) {
	w, err := d.write(ctx, s.occurrence, s.plan, f, v)
	switch {
	case errors.Is(err, store.ErrExists):
		return d.settleDuplicate(ctx, s, f.Order)
	case store.IsConflict(err):
		return step{}, nil
	case err != nil:
		return d.unclear(ctx, s, w, err)
	case w.decision.phase == message.Claimed:
		return step{claim: &claim{message: w.message, request: w.request}}, nil
	}

	report, err := d.conclude(ctx, s.occurrence, s.plan, w)

	return over(report), err
}

// unclear handles a decision whose write failed with an error. It may be written all the same, and then nobody comes back to a
// message that it has ended: so that is found out, and told. If even that fails, the event is delivered again.
func (d *Dispatcher) unclear(ctx context.Context, s *sending, w written, failed error) (step, error) {
	var result outcome.Result
	switch w.decision.phase {
	case message.Dropped:
		result = outcome.Dropped
	case message.Failed:
		result = outcome.Failed
	default:
		return step{}, failed
	}

	m, err := d.store.Message(ctx, w.message.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return step{}, failed
	case err != nil:
		return step{report: outcome.ReportOf(w.message, result)}, failed
	case m.Nonce != s.occurrence.nonce || m.Phase != w.decision.phase:
		return step{}, failed
	}

	w.message = m
	report, err := d.conclude(ctx, s.occurrence, s.plan, w)

	return over(report), err
}

// postWanted posts a claim. If the claim took so long that the facts are too old, the customer is read once more: a shopper who has
// opted out meanwhile gets nothing, and if that takes as long, the claim is given back.
func (d *Dispatcher) postWanted(ctx context.Context, s *sending, c claim) (outcome.Report, error) {
	if d.clock.Now().Sub(s.readAt) > freshness {
		began := d.clock.Now()
		if !d.stillWanted(ctx, s.occurrence, s.plan) || d.clock.Now().Sub(began) > freshness {
			return d.returnClaim(ctx, c.message)
		}
	}

	return d.post(ctx, s.plan, c.message, c.request)
}

// stillWanted reads the customer once more and reports whether the message may be sent. If the customer cannot be read, it may
// not for now.
func (d *Dispatcher) stillWanted(ctx context.Context, o occurrence, p plan) bool {
	f, err := d.store.Facts(ctx, store.FactsOf{CustomerID: p.recipient.customerID})
	if err != nil || f.Customer == nil {
		return false
	}

	may, _ := consent.May(f.Customer.Consent, p.purpose(o), d.clock.Now())

	return may
}
