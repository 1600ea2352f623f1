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

// change adds entries to the ledger of a customer. entries returns what is to be added by what is known now; it is called again if somebody
// else writes meanwhile, so that a STOP of that moment is seen. fresh returns the customer to be made where there is none; nil if none is.
// The answer is the customer as it is afterwards, with no update time if it was made, and what was added.
func (c *Customers) change(
	ctx context.Context,
	op, id string,
	fresh func(context.Context) (store.Customer, error),
	entries func(store.Customer) []consent.Entry,
) (after store.Customer, added []consent.Entry, err error) {
	for range maxConflicts {
		of, err := c.store.Customer(ctx, id)
		if errors.Is(err, store.ErrNotFound) && fresh != nil {
			of, err = fresh(ctx)
		}
		if err != nil {
			return store.Customer{}, nil, err
		}

		made, changed := of.UpdateTime.IsZero(), false
		next := of.Consent
		added = nil

		for _, e := range entries(of) {
			more, state, differs := consent.Record(next, e)
			added, next, changed = append(added, more...), state, changed || differs
		}

		if !made && !changed {
			return of, nil, nil
		}

		err = c.write(ctx, of, next, added)
		if err == nil {
			of.Consent = next
			return of, added, nil
		}
		if !isRace(err) {
			return store.Customer{}, nil, err
		}
	}

	return store.Customer{}, nil, fault.Wrap(fault.Unavailable, op, store.ErrConflict)
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
