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
func (s *Sweeper) sweepParked(ctx context.Context, counts *Counts) (complete bool, err error) {
	now := s.clock.Now()
	list := func(last *store.Parked) ([]store.Parked, error) {
		if last == nil {
			return s.store.DueParked(ctx, now, pageSize)
		}

		return s.store.DueParkedAfter(ctx, now, *last, pageSize)
	}

	return sweepPages(s.clock, list, func(p store.Parked) error {
		return s.sweepParkedStatus(ctx, counts, p)
	})
}

// sweepParkedStatus joins a parked status to its message: the one that is known by the id, the one that adopted it, or the
// one in doubt that it is evidence for.
func (s *Sweeper) sweepParkedStatus(ctx context.Context, counts *Counts, p store.Parked) error {
	m, err := s.store.MessageByProviderIDs(ctx, p.AppID, p.IDs)
	switch {
	case err == nil:
		counts.Joined++
		return s.join(ctx, p, m)
	case !errors.Is(err, store.ErrNotFound):
		return err
	case p.Owner != "":
		return s.applyToOwner(ctx, p)
	}

	m, attempt, err := s.messageInDoubt(ctx, p)
	if err != nil {
		return err
	}
	if attempt == 0 {
		counts.Postponed++
		return s.store.PostponeParked(ctx, p, s.nextLook(p))
	}
	if err := s.store.Adopt(ctx, p, m.ID); err != nil {
		return err
	}

	// Adopting changed the document, so it is removed at the next sweep, when the id is known.
	counts.Adopted++

	return s.apply(ctx, p, m, attempt)
}

// join applies a parked status to the message it is known to be of, and removes it.
func (s *Sweeper) join(ctx context.Context, p store.Parked, m message.Message) error {
	if err := s.apply(ctx, p, m, m.AttemptOf(p.IDs)); err != nil {
		return err
	}

	return s.store.Unpark(ctx, p)
}

// applyToOwner applies a parked status whose adopter died before it wrote the id to the message.
func (s *Sweeper) applyToOwner(ctx context.Context, p store.Parked) error {
	m, err := s.store.Message(ctx, p.Owner)
	if err != nil {
		return err
	}

	return s.apply(ctx, p, m, max(s.attemptInDoubt(p, m), 1))
}

// nextLook returns when a parked status is looked at again: several times within the grace, later ever more rarely.
func (s *Sweeper) nextLook(p store.Parked) time.Time {
	now := s.clock.Now()
	age := now.Sub(time.UnixMilli(p.First()))

	return now.Add(min(max(age/2, s.cfg.Limits.Grace/8), time.Hour))
}

// messageInDoubt finds the message and attempt of the parked status's shopper that the status is evidence for; attempt is 0
// if there is none.
func (s *Sweeper) messageInDoubt(ctx context.Context, p store.Parked) (message.Message, int, error) {
	customer, err := s.store.Customer(ctx, p.CustomerID)
	if errors.Is(err, store.ErrNotFound) || err == nil && customer.InFlight == "" {
		return message.Message{}, 0, nil
	}
	if err != nil {
		return message.Message{}, 0, err
	}

	m, err := s.store.Message(ctx, customer.InFlight)
	if errors.Is(err, store.ErrNotFound) {
		return message.Message{}, 0, nil
	}
	if err != nil || m.AppID != p.AppID {
		return message.Message{}, 0, err
	}

	return m, s.attemptInDoubt(p, m), nil
}

// clockSlack is how far a provider's clock may be off ours.
const clockSlack = 5 * time.Second

// attemptInDoubt returns the newest attempt whose lease is over, of which nothing is known, and in whose lease the parked
// status's first time lies; 0 if there is none.
func (s *Sweeper) attemptInDoubt(p store.Parked, m message.Message) int {
	now := s.clock.Now()
	first := time.UnixMilli(p.First())

	for n := m.Attempt; n > 0; n-- {
		a := m.AttemptAt(n)
		claimed := time.UnixMilli(a.ClaimedAt)
		end := claimed.Add(s.cfg.Limits.Lease)
		within := !first.Before(claimed.Add(-clockSlack)) && !first.After(end.Add(clockSlack))
		if a.HasNoEvidence() && !now.Before(end) && within {
			return n
		}
	}

	return 0
}

// apply applies what is parked to an attempt, the earliest status first.
func (s *Sweeper) apply(ctx context.Context, p store.Parked, m message.Message, attempt int) error {
	for _, progress := range progressesOf(p) {
		progress.MessageID = m.ID
		progress.Attempt = attempt
		progress.AppID = p.AppID
		progress.IDs = p.IDs

		fresh, err := s.store.Message(ctx, m.ID)
		if err != nil {
			return err
		}
		if err := s.outcomes.Apply(ctx, fresh, progress); err != nil {
			return err
		}
	}

	return nil
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
