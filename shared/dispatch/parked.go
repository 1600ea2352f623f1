package dispatch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweepParked looks at the parked statuses that are due, and tells whether it got through with all of them.
func (d *Dispatcher) sweepParked(ctx context.Context, s *Swept) (all bool, err error) {
	now := d.Clock.Now()
	return sweepAll(d, func(last *store.Parked) ([]store.Parked, error) {
		if last == nil {
			return d.Store.DueParked(ctx, now, sweepLimit)
		}
		return d.Store.DueParkedAfter(ctx, now, *last, sweepLimit)
	}, func(p store.Parked) error { return d.sweepParkedOne(ctx, s, p) })
}

// sweepParkedOne joins a parked status to its message: to the one that is known by the id, or to the one in doubt that it
// is evidence for.
func (d *Dispatcher) sweepParkedOne(ctx context.Context, s *Swept, p store.Parked) error {
	m, err := d.Store.MessageByProviderIDs(ctx, p.AppID, p.IDs)
	if err == nil {
		s.Joined++
		return d.join(ctx, p, m, m.AttemptOf(p.IDs))
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if p.Owner == "" {
		var attempt int
		if m, attempt, err = d.inDoubt(ctx, p); err != nil {
			return err
		}
		if attempt == 0 {
			s.Postponed++
			return d.Store.PostponeParked(ctx, p, d.lookAgainAt(p))
		}
		if err = d.Store.Adopt(ctx, p, m.ID); err != nil {
			return err
		}
		s.Adopted++
		// Adopting changed the document, so it is removed at the next sweep, when the id is known.
		return d.applyParked(ctx, p, m, attempt)
	}
	// The one who adopted the id died before it was written to the message.
	if m, err = d.Store.Message(ctx, p.Owner); err != nil {
		return err
	}
	return d.applyParked(ctx, p, m, max(d.attemptInDoubt(p, m), 1))
}

// lookAgainAt is when a parked status is looked at again: several times within the grace, later ever more rarely.
func (d *Dispatcher) lookAgainAt(p store.Parked) time.Time {
	now := d.Clock.Now()
	age := now.Sub(time.UnixMilli(p.First()))
	return now.Add(min(max(age/2, d.cfg.Grace/8), time.Hour))
}

// inDoubt is the message and attempt of the parked status's shopper of which nothing is known and in whose time the status
// falls; attempt 0 if there is none.
func (d *Dispatcher) inDoubt(ctx context.Context, p store.Parked) (message.Message, int, error) {
	customer, err := d.Store.Customer(ctx, p.CustomerID)
	if errors.Is(err, store.ErrNotFound) || err == nil && customer.InFlight == "" {
		return message.Message{}, 0, nil
	}
	if err != nil {
		return message.Message{}, 0, err
	}
	m, err := d.Store.Message(ctx, customer.InFlight)
	if errors.Is(err, store.ErrNotFound) {
		return message.Message{}, 0, nil
	}
	if err != nil || m.AppID != p.AppID {
		return message.Message{}, 0, err
	}
	return m, d.attemptInDoubt(p, m), nil
}

// evidenceSlack is how far a provider's clock may be off ours.
const evidenceSlack = 5 * time.Second

// attemptInDoubt is the attempt, its lease over and nothing known of it, in whose lease the parked status's first time
// lies; 0 if there is none.
func (d *Dispatcher) attemptInDoubt(p store.Parked, m message.Message) int {
	first, now := time.UnixMilli(p.First()), d.Clock.Now()
	for n := m.Attempt; n > 0; n-- {
		a := m.AttemptAt(n)
		claimed := time.UnixMilli(a.ClaimedAt)
		end := claimed.Add(d.cfg.Lease)
		if a.HasNoEvidence() && !now.Before(end) &&
			!first.Before(claimed.Add(-evidenceSlack)) && !first.After(end.Add(evidenceSlack)) {
			return n
		}
	}
	return 0
}

// join applies a parked status to the message it is known to be of, and removes it.
func (d *Dispatcher) join(ctx context.Context, p store.Parked, m message.Message, attempt int) error {
	if err := d.applyParked(ctx, p, m, attempt); err != nil {
		return err
	}
	return d.Store.Unpark(ctx, p)
}

// applyParked applies what is parked, the earliest status first.
func (d *Dispatcher) applyParked(ctx context.Context, p store.Parked, m message.Message, attempt int) error {
	statuses := slices.SortedFunc(maps.Keys(p.At), func(a, b string) int {
		return int(message.RankOf(message.Status(a)) - message.RankOf(message.Status(b)))
	})
	var parts []message.Progress
	for _, status := range statuses {
		part := message.Progress{Status: message.Status(status), At: p.At[status]}
		if part.Status == message.StatusFailed {
			part.Failure = p.Failure
		}
		parts = append(parts, part)
	}
	for kind, price := range p.Price {
		parts = append(parts, message.Progress{Pricing: price, PricingKind: kind})
	}
	for _, part := range parts {
		part.MessageID, part.Attempt, part.AppID, part.IDs = m.ID, attempt, p.AppID, p.IDs
		e := effect{Failure: part.Failure, at: time.UnixMilli(part.At)}
		fresh, err := d.Store.Message(ctx, m.ID)
		if err != nil {
			return err
		}
		if err := d.applyStatus(ctx, fresh, part, e); err != nil {
			return err
		}
	}
	return nil
}
