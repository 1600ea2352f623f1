package customers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Chain says whether a ledger is as it was written: each entry holds the hash of the one before, and the customer's document that of the last.
type Chain struct {
	Intact bool
	// Entries is how many there are, Head the hash of the newest.
	Entries int
	Head    string
	// BrokenAt is the first entry that does not hold, Fault what is wrong with it; 0 and empty of a ledger that is intact.
	BrokenAt int64
	Fault    string
}

// LedgerPage is one page of a customer's ledger.
type LedgerPage struct {
	Summary Summary
	Chain   Chain
	// Entries are the newest first.
	Entries []consent.Entry
	// Next is the cursor of the next page; empty on the last one.
	Next string
	// ErasedAt is when the shopper was erased; zero if they were not, or have subscribed since.
	ErasedAt time.Time
	// Erasures say who has erased the shopper and why, the newest first.
	Erasures []store.Erasure
}

// Consents returns a page of a customer's ledger, the newest entries first, and whether all of the ledger is as it was written.
func (c *Customers) Consents(ctx context.Context, caller access.Caller, accountID, key, cursor string, limit int) (LedgerPage, error) {
	const op = "customers.Consents"

	a, err := c.account(ctx, op, caller, access.Read, accountID)
	if err != nil {
		return LedgerPage{}, err
	}

	before := int64(0)
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil || before < 1 || strconv.FormatInt(before, 10) != cursor {
			return LedgerPage{}, fault.Field("cursor", "must be the next of an earlier answer")
		}
	}

	of, entries, chain, err := c.ledger(ctx, op, a.ID, key)
	if err != nil {
		return LedgerPage{}, err
	}

	page := LedgerPage{Summary: summaryOf(of, c.clock.Now()), Chain: chain, ErasedAt: of.ErasedAt}
	if page.Erasures, err = c.store.ErasuresOf(ctx, a.ID, of.ID); err != nil {
		return LedgerPage{}, err
	}

	if rests, ok := consent.InForce(entries, consent.OrderUpdates); ok {
		page.Summary.Since = rests.OccurredAt
	}

	for _, e := range slices.Backward(entries) {
		switch {
		case before > 0 && e.Sequence >= before:
		case len(page.Entries) < limit:
			page.Entries = append(page.Entries, e)
		default:
			page.Next = strconv.FormatInt(page.Entries[limit-1].Sequence, 10)
			return page, nil
		}
	}

	return page, nil
}

// ledger returns a customer with all entries, the oldest first, and what the check of them says.
func (c *Customers) ledger(ctx context.Context, op, accountID, key string) (store.Customer, []consent.Entry, Chain, error) {
	if !phone.IsKey(key) {
		return store.Customer{}, nil, Chain{}, unknown(op)
	}

	of, entries, broken, err := c.store.CheckedLedger(ctx, store.CustomerID(accountID, key))
	if errors.Is(err, store.ErrNotFound) {
		err = unknown(op)
	}
	if err != nil {
		return store.Customer{}, nil, Chain{}, err
	}

	return of, entries, chainOf(entries, broken), nil
}

// chainOf says what the check of a whole ledger found.
func chainOf(entries []consent.Entry, broken *consent.ChainError) Chain {
	chain := Chain{Intact: broken == nil, Entries: len(entries)}
	if len(entries) > 0 {
		chain.Head = entries[len(entries)-1].Hash
	}
	if broken != nil {
		chain.BrokenAt, chain.Fault = broken.Sequence, broken.Fault
	}

	return chain
}
