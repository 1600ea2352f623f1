package outcome

import (
	"context"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Number is a shopper's number. E164 is empty where only its key is known.
type Number struct{ Key, E164 string }

// Inherit adds what a shopper refused under former numbers of a user id to the customers of a number that the id now stands for.
func (r *Recorder) Inherit(ctx context.Context, l Line, user store.UserID, to Number, effects *store.Consequences) error {
	for _, key := range slices.Concat(user.Former, user.PhoneKeys) {
		if key == to.Key {
			continue
		}

		number, err := r.store.UserID(ctx, l.AppID, store.NumberID(key))
		if err != nil {
			return err
		}

		at, passed := leftAt(number, user, key)
		if !passed {
			continue
		}
		if err := r.CarryRefusals(ctx, l, key, at, to, effects); err != nil {
			return err
		}
	}

	return nil
}

// leftAt returns when the shopper of a user id left one of its numbers; passed is false if they have it still.
func leftAt(number, user store.UserID, key string) (at time.Time, passed bool) {
	for _, heir := range number.Heirs {
		if !heir.At.Before(user.Known[key]) && (!passed || heir.ID == user.ID) {
			at, passed = heir.At, true
		}
	}

	return at, passed
}

// CarryRefusals adds what the customers of a number, given by its key, had refused when the shopper left it to those of the same
// accounts under another number. One whom an account has not met there is made, so that a brand whose checkout collects the opt-in
// does not start it ACTIVE.
func (r *Recorder) CarryRefusals(ctx context.Context, l Line, from string, left time.Time, to Number, effects *store.Consequences) error {
	customers, err := r.CustomersOf(ctx, l, from)
	if err != nil {
		return err
	}

	ofApp, found, err := r.customer(ctx, store.AppCustomerID(l.AppID, from))
	if err != nil {
		return err
	}
	if found {
		customers = append(customers, ofApp)
	}

	for _, customer := range customers {
		entries, err := r.refusedBy(ctx, l, customer, left)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			continue
		}

		heir, met, err := r.heirOf(ctx, l, customer, to)
		if err != nil {
			return err
		}
		if !met && entries[0].Purpose != consent.OrderUpdates {
			continue // nobody is taken to want offers, and the customer would start INACTIVE for them alone
		}

		effect := effects.Of(heir)
		for _, entry := range entries {
			effect.Record(entry)
		}
	}

	return nil
}

// heirOf returns the customer of the same account under another number; met is false if there is none yet.
func (r *Recorder) heirOf(ctx context.Context, l Line, customer store.Customer, to Number) (heir store.Customer, met bool, err error) {
	id := store.AppCustomerID(l.AppID, to.Key)
	if customer.AccountID != "" {
		id = store.CustomerID(customer.AccountID, to.Key)
	}

	heir, met, err = r.customer(ctx, id)
	switch {
	case met || err != nil:
		return heir, met, err
	case customer.AccountID != "" && to.E164 != "":
		fresh, unread := r.newcomer(ctx, store.Customer{ID: id, AccountID: customer.AccountID, PhoneKey: to.Key, Phone: to.E164})
		if unread != nil {
			return store.Customer{}, false, unread
		}

		return fresh[0], false, nil
	}

	atApp := store.AppCustomerID(l.AppID, to.Key)

	heir, met, err = r.customer(ctx, atApp)
	switch {
	case !met:
		return store.Customer{ID: atApp}, false, err
	case customer.AccountID != "" && slices.Contains(heir.Met, customer.AccountID): // made between the two reads
		ofApp := heir
		if heir, met, err = r.customer(ctx, id); !met && err == nil {
			return ofApp, true, nil
		}
	}

	return heir, met, err
}

// refusedBy returns the entries of what a customer had refused at a time, as of when they did; that of order updates is the first. A
// later consent under the new number overrules them.
func (r *Recorder) refusedBy(ctx context.Context, l Line, customer store.Customer, at time.Time) ([]consent.Entry, error) {
	state := customer.Consent
	at = consent.StopsAt(at)
	if state.Updates.At.After(at) || state.Offers.At.After(at) {
		ledger, err := r.store.Ledger(ctx, customer.ID)
		if err != nil {
			return nil, err
		}

		state = consent.Fold(slices.DeleteFunc(ledger, func(e consent.Entry) bool { return e.OccurredAt.After(at) }))
	}

	var entries []consent.Entry
	for _, part := range []struct {
		purpose consent.Purpose
		mark    consent.Mark
	}{{consent.OrderUpdates, state.Updates}, {consent.Marketing, state.Offers}} {
		if part.mark.Action != consent.Withdraw && part.mark.Action != consent.Deny {
			continue
		}

		entries = append(entries, consent.Entry{
			Action:     consent.Withdraw,
			Source:     consent.NumberChange,
			Purpose:    part.purpose,
			SourceRef:  "app:" + l.AppID,
			Actor:      "provider",
			OccurredAt: part.mark.At,
			RecordedAt: r.clock.Now(),
		})
	}

	return entries, nil
}
