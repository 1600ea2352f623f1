package customers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Erased says what an erasure has done.
type Erased struct {
	// Counts are how many documents of each collection had personal data.
	Counts map[string]int
	// Ended is how many messages were open, and were ended.
	Ended int
	// Left is how many documents a last look still found: 0, unless others keep writing.
	Left int
}

// OnItsWayError says that a message to the shopper is on its way to the provider, so that nobody can be erased yet.
type OnItsWayError struct {
	// RetryAfter is how long it may take.
	RetryAfter time.Duration
}

// Error says how long to wait.
func (e *OnItsWayError) Error() string {
	return fmt.Sprintf("customers: a message is on its way for %v", e.RetryAfter)
}

const (
	// mostPasses is how often all collections are looked through for what others have written meanwhile.
	mostPasses = 5
	// leaseMargin is how long after its lease a message may still be written to by its worker.
	leaseMargin = 5 * time.Second
)

// Erase takes all personal data of a shopper out of an account: number, address, name, the provider's ids, copies of orders, events that
// wait, and what was written. It withdraws everything first, and ends the messages that are still open. What stays tells nobody who it was:
// the customer under the key, the ledger, and of each message what it was, how it ended and what it cost. So the shopper is not written to
// again, and proofs and sums hold. It may be repeated, and has to be if it ends in the middle.
//
// The error is Conflict with an [OnItsWayError] while a message is on its way to the provider: everything is withdrawn then, and nothing else done.
func (c *Customers) Erase(ctx context.Context, caller access.Caller, accountID, key, reason string, dry bool) (Erased, error) {
	const op = "customers.Erase"

	if err := caller.May(access.Write, accountID); err != nil {
		return Erased{}, err
	}
	if why := wrongReference(reason); why != "" {
		return Erased{}, fault.Field("reason", why)
	}

	a, err := c.accounts.Known(ctx, op, accountID)
	if err != nil {
		return Erased{}, err
	}

	of, err := c.customer(ctx, op, a.ID, key)
	if err != nil {
		return Erased{}, err
	}

	all, err := c.people(ctx, a, of)
	if err != nil {
		return Erased{}, err
	}

	now := c.clock.Now()
	if dry {
		return c.look(ctx, all, now)
	}

	note := store.Erasure{
		AccountID:  a.ID,
		CustomerID: of.ID,
		By:         actorOf(caller),
		Role:       string(caller.Role),
		Reason:     reason,
		BegunAt:    now,
	}
	if note.ID, err = c.store.BeginErasure(ctx, note); err != nil {
		return Erased{}, err
	}

	if err = c.withdrawAll(ctx, op, all[0], actorOf(caller), note.ID); err != nil {
		return Erased{}, err
	}

	done, err := c.erase(ctx, op, all, now)
	if err != nil {
		return done, err
	}

	if done.Left == 0 {
		note.DoneAt = c.clock.Now()
	}

	note.Counts = done.Counts

	return done, c.store.EndErasure(ctx, note)
}

// erase goes through all collections until nothing is found any more, then through the customers' own documents, and looks once more.
func (c *Customers) erase(ctx context.Context, op string, people []store.Person, now time.Time) (Erased, error) {
	all := Erased{Counts: map[string]int{}}

	for range mostPasses {
		found, err := c.erasePass(ctx, op, people, now, &all)
		if err != nil {
			return all, err
		}
		if found == 0 {
			break
		}
	}

	for _, p := range slices.Backward(people) {
		n, err := c.store.EraseCustomers(ctx, p, now, false)
		if err != nil {
			return all, err
		}
		if n > 0 {
			all.Counts["customers"] += n
		}
	}

	again, err := c.look(ctx, people, now)
	for _, n := range again.Counts {
		all.Left += n
	}

	return all, err
}

// erasePass goes through all collections once, and returns how much it found.
func (c *Customers) erasePass(ctx context.Context, op string, people []store.Person, now time.Time, all *Erased) (int, error) {
	found := 0

	for _, p := range people {
		ended, err := c.endMessages(ctx, op, p, now)
		if err != nil {
			return 0, err
		}

		counts, err := c.store.Erase(ctx, p, now, nil)
		if err != nil {
			return 0, err
		}

		all.Ended += ended
		found += ended

		for name, n := range counts {
			all.Counts[name] += n
			found += n
		}
	}

	return found, nil
}

// look counts what has personal data, and changes nothing.
func (c *Customers) look(ctx context.Context, people []store.Person, now time.Time) (Erased, error) {
	all, looked := Erased{Counts: map[string]int{}}, store.Looked{}

	for _, p := range people {
		ended, err := c.openMessages(ctx, p)
		if err != nil {
			return Erased{}, err
		}

		all.Ended += ended

		counts, err := c.store.Erase(ctx, p, now, looked)
		if err != nil {
			return Erased{}, err
		}

		n, err := c.store.EraseCustomers(ctx, p, now, true)
		if err != nil {
			return Erased{}, err
		}
		if n > 0 {
			counts["customers"] += n
		}

		for name, n := range counts {
			all.Counts[name] += n
		}
	}

	return all, nil
}

// withdrawAll closes everything for the shopper, under each number, that is not closed by the shopper or an authority already.
func (c *Customers) withdrawAll(ctx context.Context, op string, p store.Person, actor, noteID string) error {
	for _, key := range p.PhoneKeys {
		_, err := c.change(ctx, ledgerChange{
			op: op,
			id: store.CustomerID(p.AccountID, key),
			entries: func(of store.Customer) []consent.Entry {
				if closedBy(of.Consent.Updates) && closedBy(of.Consent.Offers) {
					return nil
				}

				at := of.Consent.NextMoment(c.clock.Now())

				return []consent.Entry{{
					Action:     consent.Withdraw,
					Source:     consent.API,
					Purpose:    consent.Everything,
					SourceRef:  "erasure:" + noteID,
					Actor:      actor,
					RequestID:  logging.TraceOf(ctx).ID,
					OccurredAt: at,
					RecordedAt: at,
				}}
			},
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}

	return nil
}

// endMessages ends the messages to a shopper that are still open: those that wait are dropped, and those in doubt given up. One that a worker
// owns is left to it.
func (c *Customers) endMessages(ctx context.Context, op string, p store.Person, now time.Time) (int, error) {
	all, err := c.store.MessagesOfPerson(ctx, p)
	if err != nil {
		return 0, err
	}

	ended := 0

	for _, m := range all {
		switch {
		case m.Recorded() || m.Phase == message.GivenUp:
			if m.Due.IsZero() {
				continue
			}
		case m.Phase == message.Claimed && now.Before(m.LeaseUntil.Add(leaseMargin)):
			return ended, &fault.Error{
				Kind: fault.Conflict,
				Op:   op,
				Msg:  "a message to the shopper is on its way to the provider; try again after Retry-After",
				Err:  &OnItsWayError{RetryAfter: m.LeaseUntil.Add(leaseMargin).Sub(now)},
			}
		case m.Phase == message.Claimed, m.Phase == message.InDoubt:
			m.Phase = message.GivenUp
		case m.Phase == message.Waiting, m.Phase == message.Held:
			m.Phase, m.Reason = message.Dropped, message.OptedOut
		default:
			continue
		}

		m.Due = time.Time{}

		if err = c.store.Change(ctx, store.Change{Message: m}); err != nil && !store.IsConflict(err) {
			return ended, err
		}

		ended++
	}

	return ended, nil
}
