// Package customers is the use case of what a brand and its agents do with shoppers: they look one up by the number, read the ledger of
// consents and add to it, bring customers in from a file, and erase one.
//
//	number ──Search──▶ key ──▶ Consents, Consent, Erase
//	file ──Rows──▶ Import ──▶ one result a row
//
// A shopper is named by the key, which is the keyed hash in the name of the customer's document. So no address and no log has a number. Each
// use case checks by itself, before it reads anything, whether its caller may.
package customers

import (
	"context"
	"errors"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Deps are what [Customers] work with.
type Deps struct {
	Store *store.Store
	// Accounts are read without a cache, so that a customer is made with the apps that the account has now.
	Accounts *settings.Accounts
	// Keyer names shoppers by their numbers.
	Keyer *cache.Once[phone.Keyer]
	Clock clock.Clock
}

// Customers are the use cases. They are safe for concurrent use.
type Customers struct {
	store    *store.Store
	accounts *settings.Accounts
	keyer    *cache.Once[phone.Keyer]
	clock    clock.Clock
}

// New returns the use cases; it makes no call.
func New(d Deps) *Customers {
	return &Customers{store: d.Store, accounts: d.Accounts, keyer: d.Keyer, clock: d.Clock}
}

// account returns an account to a caller who may do what is needed there.
func (c *Customers) account(ctx context.Context, op string, caller access.Caller, need access.Need, id string) (account.Account, error) {
	if err := caller.May(need, id); err != nil {
		return account.Account{}, err
	}

	return c.accounts.Known(ctx, op, id)
}

// customer returns the customer of an account that has a key. A key that cannot be one is nobody's.
func (c *Customers) customer(ctx context.Context, op, accountID, key string) (store.Customer, error) {
	if !phone.IsKey(key) {
		return store.Customer{}, unknown(op)
	}

	found, err := c.store.Customer(ctx, store.CustomerID(accountID, key))
	if errors.Is(err, store.ErrNotFound) {
		return store.Customer{}, unknown(op)
	}

	return found, err
}

// unknown is the error for a shopper whom the account does not know.
func unknown(op string) error {
	return fault.New(fault.NotFound, op, "the account knows no such customer")
}

// keysOf returns the keys of a number and of its other spelling, if it has one.
func (c *Customers) keysOf(ctx context.Context, n phone.Number) ([]string, error) {
	keyer, err := c.keyer.Get(ctx)
	if err != nil {
		return nil, err
	}

	return keyer.Keys(n), nil
}

// numberOf reads a number that a person has written.
func numberOf(text string) (phone.Number, error) {
	n, err := phone.ParseWritten(strings.TrimSpace(text))
	if err != nil {
		return n, fault.Field("phone", "must be a telephone number: an Indian one, or one that begins with + and the country's code")
	}

	return n, nil
}
