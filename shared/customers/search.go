package customers

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Summary says what holds for a customer. It has no personal data.
type Summary struct {
	// Key names the customer. OtherKey names the one that the account has under the other spelling of the number, as numbers of Brazil, Mexico
	// and Argentina have; empty if there is none.
	Key, OtherKey string
	Status        consent.Status
	// Marketing is true if the shopper also agreed to offers.
	Marketing bool
	// Unwanted is why no order updates may be sent at present, UnwantedOffers why no offers; empty if they may.
	Unwanted, UnwantedOffers message.Reason
	// Since is when the entry happened that decides on order updates, a consent or a withdrawal; the zero time if there is none.
	Since time.Time
	// Entries is how many entries the ledger has.
	Entries int64
}

// Search returns what holds for the shopper of a number, written as people write it; NotFound if the account does not know that one.
func (c *Customers) Search(ctx context.Context, caller access.Caller, accountID, number string) (Summary, error) {
	const op = "customers.Search"

	if err := caller.May(access.Read, accountID); err != nil {
		return Summary{}, err
	}

	n, err := numberOf(number)
	if err != nil {
		return Summary{}, err
	}

	a, err := c.accounts.Known(ctx, op, accountID)
	if err != nil {
		return Summary{}, err
	}

	keys, err := c.keysOf(ctx, n)
	if err != nil {
		return Summary{}, err
	}

	var found []store.Customer

	for _, key := range keys {
		one, unread := c.store.Customer(ctx, store.CustomerID(a.ID, key))
		if errors.Is(unread, store.ErrNotFound) {
			continue
		}
		if unread != nil {
			return Summary{}, unread
		}

		found = append(found, one)
	}

	if len(found) == 0 {
		return Summary{}, unknown(op)
	}

	s, err := c.summary(ctx, found[0])
	if len(found) > 1 {
		s.OtherKey = found[1].PhoneKey
	}

	return s, err
}

// atOnce is how many entries are read to find the one that a consent rests on: late entries of a time before may stand after it.
const atOnce = 50

// summary returns what holds for a customer.
func (c *Customers) summary(ctx context.Context, of store.Customer) (Summary, error) {
	newest, err := c.store.ConsentEntries(ctx, of.ID, consent.OrderUpdates, 0, atOnce)
	if err != nil {
		return Summary{}, err
	}

	s := summaryOf(of, c.clock.Now())
	if rests, ok := consent.InForce(newest, consent.OrderUpdates); ok {
		s.Since = rests.OccurredAt
	}

	return s, nil
}

// summaryOf returns what holds for a customer at a time, as far as the customer's document tells it.
func summaryOf(of store.Customer, now time.Time) Summary {
	s := Summary{
		Key:       store.PhoneKeyOf(of.ID),
		Status:    of.Consent.StatusAt(now),
		Marketing: of.Consent.Marketing,
		Entries:   of.Consent.Sequence,
	}
	_, s.Unwanted = consent.May(of.Consent, consent.OrderUpdates, now)
	_, s.UnwantedOffers = consent.May(of.Consent, consent.Marketing, now)

	return s
}
