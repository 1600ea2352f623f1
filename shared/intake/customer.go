package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// customersOf finds the customers behind a number at an app: the account's own one, or for the platform's app every
// account's that has the app. A shopper who hides the number is found by the user id, once a reply has told whose it is.
func (i *Intake) customersOf(ctx context.Context, c Callback, digits, userID string) ([]store.Customer, error) {
	key, err := i.phoneKey(ctx, digits)
	if err != nil {
		return nil, err
	}

	if key != "" && c.AccountID != "" {
		customer, found, failed := i.customer(ctx, store.CustomerID(c.AccountID, key))
		if !found {
			return nil, failed
		}

		return []store.Customer{customer}, nil
	}

	var all []store.Customer
	switch {
	case key != "":
		all, err = i.store.CustomersByPhone(ctx, key)
	case userID != "":
		all, err = i.customersByUser(ctx, c, userID)
	}
	if err != nil || c.AccountID != "" {
		return all, err
	}

	return i.customersBehind(ctx, c.AppID, all)
}

// customersByUser finds the customers whom the provider calls by that id, as a reply has told, or else the answer to a
// message that went to them.
func (i *Intake) customersByUser(ctx context.Context, c Callback, userID string) ([]store.Customer, error) {
	all, err := i.customersKnownAs(ctx, c.AccountID, userID)
	if len(all) > 0 || err != nil {
		return all, err
	}

	m, err := i.store.MessageToUser(ctx, c.AppID, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}

	customer, found, err := i.customer(ctx, m.CustomerID)
	switch {
	case !found:
		return nil, err
	case c.AccountID == "":
		return i.store.CustomersByPhone(ctx, customer.PhoneKey) // the same shopper at each brand that sends through the app
	case customer.AccountID != c.AccountID:
		return nil, nil
	default:
		return []store.Customer{customer}, nil
	}
}

// customersKnownAs finds the customers of the account, or of all accounts for the platform's app, that carry the user id.
func (i *Intake) customersKnownAs(ctx context.Context, accountID, userID string) ([]store.Customer, error) {
	if accountID == "" {
		return i.store.CustomersByUserInAllAccounts(ctx, userID)
	}

	return i.store.CustomersByUser(ctx, accountID, userID)
}

// customersBehind returns those of the customers whose account has the app.
func (i *Intake) customersBehind(ctx context.Context, appID string, all []store.Customer) ([]store.Customer, error) {
	var behind []store.Customer
	for _, customer := range all {
		if customer.AccountID == "" {
			continue // it is kept for the app itself, for accounts to come
		}

		a, err := i.accounts.Get(ctx, customer.AccountID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, installed := a.App(appID); installed {
			behind = append(behind, customer)
		}
	}

	return behind, nil
}

// withUnmet adds to the customers behind a number the one that must remember a STOP although no account, or not every
// account to come, knows the number yet: otherwise a brand whose checkout collects the opt-in would start a shopper ACTIVE
// who had said STOP. At a brand's own app that is a customer of the brand; at the platform's app it is a customer of the
// app, which [store.AppCustomerID] names. A customer that is new has no update time.
func (i *Intake) withUnmet(ctx context.Context, c Callback, known []store.Customer, digits, userID string) ([]store.Customer, error) {
	key, err := i.phoneKey(ctx, digits)
	if err != nil || key == "" {
		return known, err
	}

	if c.AccountID != "" {
		if len(known) > 0 {
			return known, nil
		}

		return []store.Customer{{
			ID:        store.CustomerID(c.AccountID, key),
			AccountID: c.AccountID,
			PhoneKey:  key,
			Phone:     "+" + digits,
			UserID:    userID,
		}}, nil
	}

	id := store.AppCustomerID(c.AppID, key)
	ofApp, found, err := i.customer(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found {
		ofApp = store.Customer{ID: id, UserID: userID}
	}

	return append(slices.Clone(known), ofApp), nil
}

// customer reads a customer; found is false if there is none.
func (i *Intake) customer(ctx context.Context, id string) (c store.Customer, found bool, err error) {
	c, err = i.store.Customer(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Customer{}, false, nil
	}

	return c, err == nil, err
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
