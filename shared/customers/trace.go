package customers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// people returns by what the data of a customer is found: the shopper, with the numbers in every spelling and those that the provider calls the
// shopper by, addresses, and the provider's ids; and then one for each number that the shopper had before, which may be another's since.
func (c *Customers) people(ctx context.Context, a account.Account, of store.Customer) ([]store.Person, error) {
	keyer, err := c.keyer.Get(ctx)
	if err != nil {
		return nil, err
	}

	s := &tracing{
		customers: c,
		account:   a,
		keyer:     keyer,
		person:    store.Person{AccountID: a.ID},
		former:    map[string]time.Time{},
	}
	seen := map[string]bool{}

	// The list grows while it is worked off.
	for wanted := []string{of.PhoneKey}; len(wanted) > 0; wanted = wanted[1:] {
		key := wanted[0]
		if seen[key] || len(seen) == mostNumbers {
			continue
		}

		seen[key] = true
		s.person.PhoneKeys = append(s.person.PhoneKeys, key)

		more, unread := s.number(ctx, key)
		if unread != nil {
			return nil, unread
		}

		wanted = append(wanted, more...)
	}

	others, err := c.othersHave(ctx, s.person)
	if err != nil {
		return nil, err
	}

	s.person.Sole = !others

	for id, app := range a.Apps {
		if s.person.Sole || app.Ownership != message.Platform {
			s.person.Apps = append(s.person.Apps, id)
		}
	}

	return s.withFormer(ctx, seen)
}

// mostNumbers is how many numbers of one shopper are looked at.
const mostNumbers = 16

// tracing finds out what is known of a shopper.
type tracing struct {
	customers *Customers
	account   account.Account
	keyer     phone.Keyer
	person    store.Person
	// former are the keys of numbers that have passed on, with when.
	former map[string]time.Time
}

// withFormer returns the shopper, and one for each number of before.
func (s *tracing) withFormer(ctx context.Context, seen map[string]bool) ([]store.Person, error) {
	all := []store.Person{s.person}

	for key, until := range s.former {
		if seen[key] {
			continue
		}

		before := store.Person{
			AccountID: s.account.ID,
			PhoneKeys: []string{key},
			Emails:    s.person.Emails,
			Names:     s.person.Names,
			Until:     until,
		}

		of, err := s.customers.store.Customer(ctx, store.CustomerID(s.account.ID, key))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if of.Phone != "" {
			before.Phones = []string{of.Phone}
		}

		all = append(all, before)
	}

	return all, nil
}

// number adds what is known of the shopper of a number, and returns the keys of what else are the shopper's numbers.
func (s *tracing) number(ctx context.Context, key string) ([]string, error) {
	var more []string

	of, err := s.customers.store.Customer(ctx, store.CustomerID(s.account.ID, key))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}

	if n, invalid := phone.FromE164(of.Phone); invalid == nil {
		s.person.Phones = append(s.person.Phones, of.Phone)

		if other, ok := n.OtherSpelling(); ok {
			s.person.Phones = append(s.person.Phones, other.E164())
			more = append(more, s.keyer.Key(other))
		}
	}

	if of.Email != "" {
		s.person.Emails = append(s.person.Emails, of.Email)
		s.person.EmailKeys = append(s.person.EmailKeys, s.keyer.Email(of.Email))
	}

	if of.Name != "" {
		s.person.Names = append(s.person.Names, of.Name)
	}

	for app := range s.account.Apps {
		linked, err := s.linked(ctx, app, of, key)
		if err != nil {
			return nil, err
		}

		more = append(more, linked...)
	}

	return more, nil
}

// linked adds what an app's provider calls the shopper of a number, and returns the keys of the numbers that it links with that one.
func (s *tracing) linked(ctx context.Context, app string, of store.Customer, key string) ([]string, error) {
	number, err := s.customers.store.UserID(ctx, app, store.NumberID(key))
	if err != nil {
		return nil, err
	}

	var keys []string
	if number.PassedOn.IsZero() {
		keys = append(keys, number.PhoneKeys...)
	}

	id := cmp.Or(of.Learned[app], of.UserID)
	if id == "" {
		return keys, nil
	}

	if !slices.Contains(s.person.UserIDs, id) {
		s.person.UserIDs = append(s.person.UserIDs, id)
	}

	user, err := s.customers.store.UserID(ctx, app, id)
	if err != nil {
		return nil, err
	}

	for _, one := range slices.Concat(user.PhoneKeys, user.Former) {
		was, err := s.customers.store.UserID(ctx, app, store.NumberID(one))
		if err != nil {
			return nil, err
		}

		if was.PassedOn.After(user.Known[one]) {
			s.former[one] = was.PassedOn
			continue
		}

		keys = append(keys, one)
	}

	return keys, nil
}

// othersHave reports whether another account has a customer of any of a shopper's numbers.
func (c *Customers) othersHave(ctx context.Context, p store.Person) (bool, error) {
	for _, key := range p.PhoneKeys {
		all, err := c.store.CustomersByPhone(ctx, key)
		if err != nil {
			return false, err
		}

		if slices.ContainsFunc(all, func(of store.Customer) bool { return of.AccountID != "" && of.AccountID != p.AccountID }) {
			return true, nil
		}
	}

	return false, nil
}
