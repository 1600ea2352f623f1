package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ownNumbers returns the keys of the number that something was said from and of those that it stands for, and notes in p what is to be
// stored of the number. What was said before the number passed on to another shopper concerns that number's customer alone.
func (i *Intake) ownNumbers(ctx context.Context, c Callback, s sender, key string, p *party) ([]string, error) {
	number, err := i.store.UserID(ctx, c.AppID, store.NumberID(key))
	if err != nil {
		return nil, err
	}

	p.number = number
	if number.PassedOn.After(c.happenedAt()) {
		return []string{key}, nil
	}

	if s.start != nil && len(number.PhoneKeys) == 0 {
		p.number = number.Started(*s.start)
	}
	if s.stop == nil { // else circle stores it
		p.note(number, p.number)
	}

	return append([]string{key}, number.PhoneKeys...), nil
}

// still returns those of the numbers of a user id, given by their keys, that have not passed on to another shopper, and the pairs of them of
// which the provider calls one by the other.
func (i *Intake) still(ctx context.Context, c Callback, keys []string, user store.UserID) (still []string, called map[[2]string]bool, err error) {
	called = map[[2]string]bool{}

	for _, key := range keys {
		number, err := i.store.UserID(ctx, c.AppID, store.NumberID(key))
		if err != nil {
			return nil, nil, err
		}
		if number.PassedOn.After(user.Known[key]) {
			continue
		}

		still = append(still, key)

		for _, other := range number.PhoneKeys {
			called[[2]string{key, other}], called[[2]string{other, key}] = true, true
		}
	}

	return still, called, nil
}

// spelledAlike returns, of the customers of a user id's numbers, those of the number that it was last known to stand for and of its
// other spellings, and the keys of these numbers. Of any other number nobody knows whether the shopper still has it. A customer whom no
// account has met has no number, only what the provider calls by it.
func spelledAlike(customers []store.Customer, keys []string, user store.UserID, called map[[2]string]bool) (alike []store.Customer, left []string) {
	last := lastOf(keys, user)

	var number phone.Number
	for _, customer := range customers {
		if store.PhoneKeyOf(customer.ID) == last && customer.Phone != "" {
			number, _ = phone.FromE164(customer.Phone)
		}
	}

	for _, customer := range customers {
		key := store.PhoneKeyOf(customer.ID)
		other, err := phone.FromE164(customer.Phone)
		if key != last && !called[[2]string{key, last}] && (err != nil || !other.Respells(number)) {
			continue
		}

		alike = append(alike, customer)
		if !slices.Contains(left, key) {
			left = append(left, key)
		}
	}

	return alike, left
}

// lastOf returns the one of a user id's numbers, given by their keys, that it stood for at the latest time that is known.
func lastOf(keys []string, user store.UserID) string {
	var last string
	for _, key := range keys {
		if last == "" || !user.Known[key].Before(user.Known[last]) {
			last = key
		}
	}

	return last
}

// learn reads what is stored of the sender's user id, and notes in p what is to be stored of it now: the numbers that it stands for,
// given by their keys, a STOP, and a START of which nobody knows whose it is. It returns the numbers that the id was known to stand
// for. own are the numbers that what is said came from, if one came.
func (i *Intake) learn(ctx context.Context, c Callback, s sender, own []string, p *party) ([]string, error) {
	stored, err := i.store.UserID(ctx, c.AppID, s.userID)
	if err != nil {
		return nil, err
	}

	known := stored.PhoneKeys
	if len(known) == 0 && (len(own) == 0 || s.stops) {
		if known, err = i.keysKnownAs(ctx, c, s.userID, stored); err != nil {
			return nil, err
		}
	}

	stands, at := own, c.happenedAt()
	if len(own) == 0 {
		stands, at = known, time.Time{}
	}

	user := stored
	for n, key := range stands {
		if slices.Contains(stored.PhoneKeys, key) {
			continue
		}

		to := outcome.Number{Key: key}
		if n == 0 {
			to.E164 = e164(s.digits)
		}
		if err := i.outcomes.Inherit(ctx, c.lineOf(), stored, to, &p.inherited); err != nil {
			return nil, err
		}

		user = user.Standing(key, at)
	}
	if len(user.PhoneKeys) > len(stored.PhoneKeys) {
		p.earlier = stored.Waiting()
	}
	if s.stop != nil {
		user = user.Stopped(*s.stop)
	}
	if s.start != nil && len(stands) == 0 {
		user = user.Started(*s.start)
	}

	p.userID = user
	p.note(stored, user)

	return known, nil
}

// allKnownAs reports whether there are customers and of each it is known that the app's user id is theirs.
func allKnownAs(customers []store.Customer, appID, userID string) bool {
	other := func(c store.Customer) bool { return c.Learned[appID] != userID }
	return len(customers) > 0 && !slices.ContainsFunc(customers, other)
}

// keysKnownAs finds the numbers of the customers whom the provider calls by that id, as a reply has told, and of the message
// that went to it, as the send's answer has told.
func (i *Intake) keysKnownAs(ctx context.Context, c Callback, userID string, stored store.UserID) ([]string, error) {
	all, err := i.customersKnownAs(ctx, c.AccountID, userID)
	if err != nil {
		return nil, err
	}

	var keys []string
	for _, customer := range all {
		if customer.PhoneKey != "" {
			keys = append(keys, customer.PhoneKey)
		}
	}

	m, err := i.store.MessageToUser(ctx, c.AppID, userID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if key := store.PhoneKeyOf(m.CustomerID); key != "" {
		keys = append(keys, key)
	}

	slices.Sort(keys)

	former := func(key string) bool { return slices.Contains(stored.Former, key) }

	return slices.DeleteFunc(slices.Compact(keys), former), nil
}

// customersKnownAs finds the customers of the account, or of all accounts for the platform's app, that carry the user id.
func (i *Intake) customersKnownAs(ctx context.Context, accountID, userID string) ([]store.Customer, error) {
	if accountID == "" {
		return i.store.CustomersByUserInAllAccounts(ctx, userID)
	}

	return i.store.CustomersByUser(ctx, accountID, userID)
}

// phoneKey returns the key of a number given as digits; empty for a number that is missing or cannot be one. A shopper may
// hide the number: then no customer is found by it.
func (i *Intake) phoneKey(ctx context.Context, digits string) (string, error) {
	number, err := phone.FromE164("+" + digits)
	if err != nil {
		return "", nil //nolint:nilerr // a hidden number is no error
	}

	keys, err := i.keys.Get(ctx)
	if err != nil {
		return "", err
	}

	return keys.Phone.Key(number), nil
}

// e164 returns a number given as digits in E.164; empty for one that cannot be one.
func e164(digits string) string {
	number, err := phone.FromE164("+" + digits)
	if err != nil {
		return ""
	}

	return number.E164()
}
