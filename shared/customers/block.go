package customers

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Blocked says what an authority's order has changed.
type Blocked struct {
	// Customers is how many customers of the number there are, of all accounts, and Changed of how many the order was news.
	Customers, Changed int
}

// Block carries out what an authority orders of a number, at all accounts: that nothing is sent to it, or that this is over. It holds for
// customers that are made later too. reference names the order, and an [consent.Unblock] names the order that is over: the number is blocked while
// any is open. An order that nobody has recorded for the number is NotFound. Repeating it changes nothing; if it ends in the middle, it is to be
// repeated.
func (c *Customers) Block(ctx context.Context, caller access.Caller, number string, action consent.Action, reference string) (Blocked, error) {
	const op = "customers.Block"

	if err := caller.May(access.Operate, ""); err != nil {
		return Blocked{}, err
	}

	n, err := numberOf(number)
	if err != nil {
		return Blocked{}, err
	}
	if action != consent.Block && action != consent.Unblock {
		return Blocked{}, fault.Field("action", "must be block or unblock")
	}
	if why := wrongReference(reference); why != "" {
		return Blocked{}, fault.Field("reference", why)
	}

	keys, err := c.keysOf(ctx, n)
	if err != nil {
		return Blocked{}, err
	}

	ordered := action == consent.Block

	entries := func(known store.Customer) []consent.Entry {
		if action == consent.Unblock && !known.Consent.Ordered(reference) {
			return nil
		}

		ordered = true
		at := known.Consent.NextMoment(c.clock.Now())

		return []consent.Entry{{
			Action:     action,
			Source:     consent.Authority,
			Purpose:    consent.Everything,
			SourceRef:  reference,
			Actor:      "authority",
			RequestID:  logging.TraceOf(ctx).ID,
			OccurredAt: at,
			RecordedAt: at,
		}}
	}

	var result Blocked

	for _, key := range keys {
		if err = c.blockKey(ctx, op, key, action, entries, &result); err != nil {
			return Blocked{}, err
		}
	}

	if !ordered {
		return Blocked{}, fault.New(fault.NotFound, op, "no order of that reference was recorded for the number; an unblock names the reference of the block that it ends")
	}

	return result, nil
}

// blockKey adds the entries of an order to what is remembered of a number for customers to come, and then to all customers of the number: one
// that is made between the two is made with them, or found.
func (c *Customers) blockKey(
	ctx context.Context, op, key string, action consent.Action, entries func(store.Customer) []consent.Entry, result *Blocked,
) error {
	change := ledgerChange{op: op, id: store.AppCustomerID(store.Authority, key), entries: entries}
	if action == consent.Block {
		change.fresh = func(context.Context) (store.Customer, error) {
			return store.Customer{ID: change.id, Consent: consent.For(change.id)}, nil
		}
	}

	// Where an order that ended in the middle has left none there is nothing to end for customers to come.
	if _, err := c.change(ctx, change); err != nil && (action == consent.Block || !errors.Is(err, store.ErrNotFound)) {
		return err
	}

	all, err := c.store.CustomersByPhone(ctx, key)
	if err != nil {
		return err
	}

	for _, of := range all {
		if of.AccountID == "" {
			continue
		}

		done, err := c.change(ctx, ledgerChange{op: op, id: of.ID, entries: entries})
		if err != nil {
			return err
		}

		result.Customers++
		if len(done.added) > 0 {
			result.Changed++
		}
	}

	return nil
}
