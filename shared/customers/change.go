package customers

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxConflicts is how often a change is tried again after another writer was faster.
const maxConflicts = 8

// ledgerChange says whose ledger is changed, and how.
type ledgerChange struct {
	op, id string
	// fresh returns the customer to be made where there is none; nil if none is.
	fresh func(context.Context) (store.Customer, error)
	// entries returns what is to be added by what is known now. It is called again if somebody else writes meanwhile, so that a STOP of that
	// moment is seen.
	entries func(store.Customer) []consent.Entry
	// dry has nothing be written.
	dry bool
}

// changed is a customer before a change and the state after it.
type changed struct {
	before store.Customer
	after  consent.State
	added  []consent.Entry
}

// made reports whether the customer was made.
func (c changed) made() bool { return c.before.UpdateTime.IsZero() }

// change adds entries to the ledger of a customer.
func (c *Customers) change(ctx context.Context, l ledgerChange) (changed, error) {
	for range maxConflicts {
		of, err := c.store.Customer(ctx, l.id)
		if errors.Is(err, store.ErrNotFound) && l.fresh != nil {
			of, err = l.fresh(ctx)
		}
		if err != nil {
			return changed{}, err
		}

		done, differs := changed{before: of, after: of.Consent}, false

		for _, e := range l.entries(of) {
			more, next, news := consent.Record(done.after, e)
			done.added, done.after, differs = append(done.added, more...), next, differs || news
		}

		if l.dry || !done.made() && !differs {
			return done, nil
		}

		err = c.write(ctx, of, done.after, done.added)
		if err == nil || !isRace(err) {
			return done, err
		}
	}

	return changed{}, fault.Wrap(fault.Unavailable, l.op, store.ErrConflict)
}

// write adds the entries to the ledger of a customer as read, or makes a customer with them.
func (c *Customers) write(ctx context.Context, of store.Customer, next consent.State, entries []consent.Entry) error {
	if !of.UpdateTime.IsZero() {
		return c.store.ChangeConsent(ctx, of, next, entries...)
	}

	of.Consent = next

	return c.store.CreateCustomer(ctx, of, entries...)
}

// isRace reports whether a write lost to another writer's.
func isRace(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrNotFound)
}
