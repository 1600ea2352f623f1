package sweep

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweepParked handles the parked statuses that are due. complete is true if it got through with all of them.
func (s *Sweeper) sweepParked(ctx context.Context, p *pass) (complete bool, err error) {
	now := s.clock.Now()
	list := func(last *store.Parked) ([]store.Parked, error) {
		if last == nil {
			return s.store.DueParked(ctx, now, pageSize)
		}

		return s.store.DueParkedAfter(ctx, now, *last, pageSize)
	}

	return sweepPages(s.clock, list, func(status store.Parked) error { return s.sweepParkedStatus(ctx, p, status) })
}

// sweepParkedStatus joins a parked status to its message: the one that is known by the id, or the one in doubt that it is
// evidence for, which adopts the id.
func (s *Sweeper) sweepParkedStatus(ctx context.Context, p *pass, status store.Parked) error {
	m, err := s.store.MessageByProviderIDs(ctx, status.AppID, status.IDs)
	switch {
	case err == nil:
		p.count(func(c *Counts) { c.Joined++ })
		return s.join(ctx, status, m)
	case !errors.Is(err, store.ErrNotFound):
		return err
	case status.Stop != nil:
		p.count(func(c *Counts) { c.Postponed++ })
		return s.store.PostponeParked(ctx, status, s.nextLook(status))
	}

	m, attempt, err := s.messageInDoubt(ctx, status)
	if err != nil {
		return err
	}
	if attempt == 0 {
		p.count(func(c *Counts) { c.Postponed++ })
		return s.store.PostponeParked(ctx, status, s.nextLook(status))
	}
	if err := s.store.Adopt(ctx, status, m, attempt); err != nil {
		return err
	}

	// Adopting changed the document, so it is removed at the next sweep, which finds the message by the id.
	p.count(func(c *Counts) { c.Adopted++ })

	return s.apply(ctx, status, m, attempt)
}

// join applies a parked status to the message it is known to be of, or a parked STOP to its customer, and removes it.
func (s *Sweeper) join(ctx context.Context, p store.Parked, m message.Message) error {
	var err error
	if p.Stop != nil {
		err = s.outcomes.StopAnswered(ctx, m, *p.Stop)
	} else {
		err = s.apply(ctx, p, m, m.AttemptOf(p.IDs))
	}
	if err != nil {
		return err
	}

	return s.store.Unpark(ctx, p)
}

// nextLook returns when a parked status is looked at again: several times within the grace, later ever more rarely.
func (s *Sweeper) nextLook(p store.Parked) time.Time {
	now := s.clock.Now()
	age := now.Sub(time.UnixMilli(p.First()))

	return now.Add(min(max(age/2, s.cfg.Limits.Grace/8), time.Hour))
}

// messageInDoubt finds the message and attempt of the parked status's shopper that the status is evidence for; attempt is 0
// if there is none, or if it may be of more than one.
func (s *Sweeper) messageInDoubt(ctx context.Context, p store.Parked) (of message.Message, attempt int, err error) {
	all, err := s.unsettled(ctx, p)
	if err != nil {
		return message.Message{}, 0, err
	}

	for _, m := range all {
		n, over := s.attemptInDoubt(p, m)
		if n == 0 {
			continue
		}
		if attempt != 0 || !over {
			return message.Message{}, 0, nil // it may be of either, or of one that a worker is about to record
		}

		of = m
		attempt = n
	}

	return of, attempt, nil
}

// unsettled returns the messages of the parked status's app that it may be of: those to the customers of its shopper's number, at
// the platform's app of all accounts that send or ever sent through it.
func (s *Sweeper) unsettled(ctx context.Context, p store.Parked) ([]message.Message, error) {
	customers, err := s.store.CustomersByPhone(ctx, p.PhoneKey)
	if err != nil {
		return nil, err
	}

	var all []message.Message
	for _, customer := range customers {
		for _, id := range customer.Unsettled() {
			m, err := s.store.Message(ctx, id)
			switch {
			case errors.Is(err, store.ErrNotFound):
				continue
			case err != nil:
				return nil, err
			case m.AppID == p.AppID:
				all = append(all, m)
			}
		}
	}

	return all, nil
}

// clockSlack is how far a provider's clock may be off ours.
const clockSlack = 5 * time.Second

// attemptInDoubt returns the newest attempt of which nothing is known, and in whose lease the parked status's first time lies;
// 0 if there is none. over is true once that lease is over.
func (s *Sweeper) attemptInDoubt(p store.Parked, m message.Message) (n int, over bool) {
	now := s.clock.Now()
	first := time.UnixMilli(p.First())

	for n = m.Attempt; n > 0; n-- {
		a := m.AttemptAt(n)
		claimed := time.UnixMilli(a.ClaimedAt)
		end := claimed.Add(s.cfg.Limits.Lease)
		within := !first.Before(claimed.Add(-clockSlack)) && !first.After(end.Add(clockSlack))
		if a.HasNoEvidence() && within {
			return n, !now.Before(end)
		}
	}

	return 0, false
}

// apply applies what is parked to an attempt, the earliest status first, and notes what it shows of the app.
func (s *Sweeper) apply(ctx context.Context, p store.Parked, m message.Message, attempt int) error {
	var fresh message.Message

	for _, progress := range progressesOf(p) {
		progress.MessageID = m.ID
		progress.Attempt = attempt
		progress.AppID = p.AppID
		progress.IDs = p.IDs
		progress.UserID = p.UserID

		var err error
		if fresh.UpdateTime.IsZero() {
			if fresh, err = s.store.Message(ctx, m.ID); err != nil {
				return err
			}
		}

		if fresh, err = s.outcomes.Apply(ctx, fresh, progress); err != nil {
			return err
		}
	}

	if len(p.At) == 0 {
		return nil // a price alone is no report
	}

	var witness time.Time
	if p.Witness > 0 {
		witness = time.UnixMilli(p.Witness)
	}

	return s.outcomes.NoteReported(ctx, m, attempt, witness)
}

// progressesOf returns what a parked document tells, by status in the order of rank, then the prices.
func progressesOf(p store.Parked) []message.Progress {
	byRank := func(a, b string) int {
		return int(message.RankOf(message.Status(a)) - message.RankOf(message.Status(b)))
	}

	var all []message.Progress
	for _, status := range slices.SortedFunc(maps.Keys(p.At), byRank) {
		progress := message.Progress{Status: message.Status(status), At: p.At[status]}
		if progress.Status == message.StatusFailed {
			progress.Failure = p.Failure
		}

		all = append(all, progress)
	}

	for kind, price := range p.Price {
		all = append(all, message.Progress{Pricing: price, PricingKind: kind})
	}

	return all
}
