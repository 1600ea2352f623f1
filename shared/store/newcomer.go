package store

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Newcomer returns a customer that is to be made, with the last STOP that its number told one of the account's apps before the
// account knew it, and with the open orders of an authority: the ledger begins with them. Where the number has another spelling, what was said by that
// one counts as well, and what the account's customer of it has taken back or refused.
//
// The customer is written together with a note in each document that was read, at each app, at the authority, and of that customer. A STOP, a
// block or a withdrawal writes the same document. So if one of them and the new customer come at once, the later write conflicts and reads the
// other. It costs a read of each app and one more, in one call; twice that, and one, with another spelling.
func (s *Store) Newcomer(ctx context.Context, c Customer, apps []string, now time.Time) (Customer, error) {
	c.Consent.Subject = c.ID

	apps = append(slices.Clone(apps), Authority)

	ids := appCustomerIDs(apps, c.PhoneKey)
	if c.OtherKey != "" {
		ids = append(append(ids, appCustomerIDs(apps, c.OtherKey)...), CustomerID(c.AccountID, c.OtherKey))
	}

	known, err := s.customersByID(ctx, ids)
	if err != nil {
		return Customer{}, err
	}

	if c.OtherKey != "" {
		last := len(known) - 1
		if spelled := known[last]; !spelled.UpdateTime.IsZero() {
			c.refuseAs(spelled.Consent, now)
		} else {
			known = known[:last] // nobody to leave a note with
		}
	}

	var stop consent.Mark
	for _, ofApp := range known {
		if said := ofApp.Consent.Updates; ofApp.AccountID == "" && said.Action == consent.Withdraw && said.At.After(stop.At) {
			stop = said
		}
	}

	c.atApps = known
	c.inherit(stop, consent.Entry{Action: consent.Withdraw, Source: consent.Keyworded, Purpose: consent.Everything, Actor: "customer", RecordedAt: now})

	for _, ofApp := range known {
		if ofApp.ID == AppCustomerID(Authority, PhoneKeyOf(ofApp.ID)) {
			c.inheritOrders(ofApp.Consent, now)
		}
	}

	return c, nil
}

// SaidOf returns what a number has said, or was ordered of it, at an account and its apps: the account's customer of a key and those of the apps
// and the authority, without those that do not exist.
func (s *Store) SaidOf(ctx context.Context, accountID, phoneKey string, apps []string) ([]Customer, error) {
	ids := appCustomerIDs(append(slices.Clone(apps), Authority), phoneKey)

	all, err := s.customersByID(ctx, append(ids, CustomerID(accountID, phoneKey)))

	return slices.DeleteFunc(all, func(c Customer) bool { return c.UpdateTime.IsZero() }), err
}

// appCustomerIDs names the documents of a shopper at some apps.
func appCustomerIDs(apps []string, phoneKey string) []string {
	ids := make([]string, len(apps))
	for n, app := range apps {
		ids[n] = AppCustomerID(app, phoneKey)
	}

	return ids
}

// customersByID reads customers in one call. One that does not exist has its ID, and no update time.
func (s *Store) customersByID(ctx context.Context, ids []string) ([]Customer, error) {
	refs := make([]*firestore.DocumentRef, len(ids))
	for n, id := range ids {
		refs[n] = s.customer(id)
	}

	snaps, err := s.client.GetAll(ctx, refs)
	if err != nil {
		return nil, failure("store.customersByID", err)
	}

	found := make([]Customer, len(snaps))
	for n, snap := range snaps {
		found[n] = Customer{ID: ids[n]}
		if !snap.Exists() {
			continue
		}
		if found[n], err = customerOf(snap); err != nil {
			return nil, err
		}
	}

	return found, nil
}

// refuseAs adds what a shopper has taken back or refused under the other spelling of the number to the ledger of a customer that is to be made.
func (c *Customer) refuseAs(said consent.State, now time.Time) {
	refuse := func(m consent.Mark, p consent.Purpose) {
		if m.Action == consent.Withdraw || m.Action == consent.Deny {
			c.inherit(m, consent.Entry{Action: m.Action, Source: consent.NumberChange, Purpose: p, Actor: "customer", RecordedAt: now})
		}
	}

	refuse(said.Updates, consent.OrderUpdates)
	refuse(said.Offers, consent.Marketing)
}
