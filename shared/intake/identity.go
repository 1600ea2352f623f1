package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveIdentity takes the news that a shopper has another number or user id. What was refused goes on holding under the new
// ones. Nothing else goes over: a number may have had another owner, so customers are not merged and no consent is given.
func (i *Intake) receiveIdentity(ctx context.Context, c Callback) (outcome.Report, error) {
	e := c.Event.Identity
	if e == nil {
		return c.report(outcome.Ignored), nil
	}

	for range maxConflicts {
		err := i.move(ctx, c, *e)
		if store.IsConflict(err) || errors.Is(err, store.ErrExists) {
			continue
		}

		return c.report(outcome.Applied), err
	}

	return c.report(""), fault.New(fault.Conflict, "intake.receiveIdentity", "the customer keeps changing")
}

// refusals gathers entries of customers, each of whom is written once.
type refusals struct{ all []store.Consequence }

func (r *refusals) add(customer store.Customer, entries ...consent.Entry) {
	at := slices.IndexFunc(r.all, func(known store.Consequence) bool { return known.Customer.ID == customer.ID })
	if at < 0 {
		at = len(r.all)
		r.all = append(r.all, store.ConsequenceFor(customer))
	}

	for _, entry := range entries {
		r.all[at].Record(entry)
	}
}

// written are the consequences that change something.
func (r *refusals) written() []store.Consequence {
	return slices.DeleteFunc(r.all, func(e store.Consequence) bool { return len(e.Entries) == 0 })
}

func (i *Intake) move(ctx context.Context, c Callback, e provider.IdentityEvent) error {
	before, err := i.phoneKey(ctx, e.PreviousPhone)
	if err != nil {
		return err
	}

	now, err := i.phoneKey(ctx, e.Phone)
	if err != nil {
		return err
	}

	var carried refusals
	if before != "" && now != "" && before != now {
		if err = i.carry(ctx, c, before, now, &carried); err != nil {
			return err
		}
	}

	var user *store.UserID
	if e.UserID != "" {
		if user, err = i.successor(ctx, c, e, now, &carried); err != nil {
			return err
		}
	}

	if user == nil {
		return i.store.AddConsents(ctx, carried.written())
	}

	return i.store.AddConsents(ctx, carried.written(), *user)
}

// carry adds what the customers of a number have refused to those of the same accounts under another number, both given by their
// keys. One whom an account has not met there is made, so that a brand whose checkout collects the opt-in does not start it ACTIVE.
func (i *Intake) carry(ctx context.Context, c Callback, before, now string, to *refusals) error {
	customers, err := i.outcomes.CustomersOf(ctx, c.lineOf(), before)
	if err != nil {
		return err
	}

	ofApp, err := i.store.Customer(ctx, store.AppCustomerID(c.AppID, before))
	switch {
	case err == nil:
		customers = append(customers, ofApp)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}

	for _, customer := range customers {
		entries := i.refusedBy(c, customer.Consent)
		if len(entries) == 0 {
			continue
		}

		heir := store.Customer{ID: store.AppCustomerID(c.AppID, now)}
		if customer.AccountID != "" {
			heir = store.Customer{
				ID:        store.CustomerID(customer.AccountID, now),
				AccountID: customer.AccountID,
				PhoneKey:  now,
				Phone:     e164(c.Event.Identity.Phone),
			}
		}

		met, err := i.store.Customer(ctx, heir.ID)
		switch {
		case err == nil:
			heir = met
		case !errors.Is(err, store.ErrNotFound):
			return err
		case entries[0].Purpose != consent.OrderUpdates:
			continue // nobody is taken to want offers, and the customer would start INACTIVE for them alone
		}

		to.add(heir, entries...)
	}

	return nil
}

// refusedBy returns the entries of what a customer has refused, as of when they did; that of order updates is the first. A later consent under the new number overrules
// them.
func (i *Intake) refusedBy(c Callback, s consent.State) []consent.Entry {
	var entries []consent.Entry
	for _, part := range []struct {
		purpose consent.Purpose
		mark    consent.Mark
	}{{consent.OrderUpdates, s.Updates}, {consent.Marketing, s.Offers}} {
		if part.mark.Action != consent.Withdraw && part.mark.Action != consent.Deny {
			continue
		}

		entries = append(entries, consent.Entry{
			Action:     consent.Withdraw,
			Source:     consent.NumberChange,
			Purpose:    part.purpose,
			SourceRef:  "app:" + c.AppID,
			Actor:      "provider",
			RequestID:  c.Event.Identity.ID,
			OccurredAt: part.mark.At,
			RecordedAt: i.clock.Now(),
		})
	}

	return entries
}

// successor returns what is to be stored of a new user id: it stands for the number that the news tells, given by its key, or,
// where only the id has changed, for those of the old one. A STOP that was said under the old id is added to those of each number,
// as is what waited under the new one. It returns nil if nothing is new.
func (i *Intake) successor(ctx context.Context, c Callback, e provider.IdentityEvent, now string, to *refusals) (*store.UserID, error) {
	stored, err := i.store.UserID(ctx, c.AppID, e.UserID)
	if err != nil {
		return nil, err
	}

	var old store.UserID
	if e.PreviousUserID != "" {
		if old, err = i.store.UserID(ctx, c.AppID, e.PreviousUserID); err != nil {
			return nil, err
		}
	}

	user := stored
	if old.Stop != nil {
		user = user.Stopped(*old.Stop)
	}

	waiting := user.Waiting()
	if e.Phone == "" || e.Phone == e.PreviousPhone {
		for _, key := range old.PhoneKeys {
			user = user.Standing(key, old.Known[key])
		}
	}
	if now != "" {
		user = user.Standing(now, c.happenedAt())
	}
	if len(user.PhoneKeys) == len(stored.PhoneKeys) && user.Stop == stored.Stop {
		return nil, nil //nolint:nilnil // nothing is new
	}
	if len(waiting) == 0 {
		return &user, nil
	}

	return &user, i.addUnder(ctx, c, user.PhoneKeys, waiting, to)
}

// addUnder adds what was said under a user id to the customers of each number that the id stands for, given by their keys.
func (i *Intake) addUnder(ctx context.Context, c Callback, phoneKeys []string, said []consent.Entry, to *refusals) error {
	for n := range said {
		said[n].RecordedAt = i.clock.Now()
	}

	for _, key := range phoneKeys {
		known, err := i.outcomes.CustomersOf(ctx, c.lineOf(), key)
		if err != nil {
			return err
		}

		customers, err := i.outcomes.WithUnmet(ctx, c.lineOf(), known, key, "")
		if err != nil {
			return err
		}

		for _, customer := range customers {
			to.add(customer, said...)
		}
	}

	return nil
}
