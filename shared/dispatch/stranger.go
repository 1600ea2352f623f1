package dispatch

import (
	"context"
	"errors"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// What a shopper says before any account knows the number is remembered as well, or a brand whose checkout collects the
// opt-in would start somebody ACTIVE who had said STOP. At a brand's own app that is a customer of the brand. At the
// platform's app, which several brands send through, it is a customer of the app itself, who is no brand's and is found
// under no number: only [Dispatcher.saidBefore] looks there.

// customerOfApp names the document of a shopper at an app that several accounts send through.
func customerOfApp(appID, phoneKey string) string { return store.CustomerID("app:"+appID, phoneKey) }

// withStranger adds to the shoppers behind a number the one whose word is to be remembered although no account, or not
// every account to come, knows the number. One who is new has no update time.
func (d *Dispatcher) withStranger(ctx context.Context, c Callback, known []store.Customer, digits, userID string) ([]store.Customer, error) {
	key, err := d.phoneKey(ctx, digits)
	if err != nil || key == "" {
		return known, err
	}
	if c.AccountID != "" {
		if len(known) > 0 {
			return known, nil
		}
		return []store.Customer{{
			ID: store.CustomerID(c.AccountID, key), AccountID: c.AccountID, PhoneKey: key, Phone: "+" + digits, UserID: userID,
		}}, nil
	}
	of, err := d.Store.Customer(ctx, customerOfApp(c.AppID, key))
	if errors.Is(err, store.ErrNotFound) {
		of, err = store.Customer{ID: customerOfApp(c.AppID, key), UserID: userID}, nil
	}
	return append(slices.Clone(known), of), err
}

// saidBefore is what a shopper whom the account meets now has told one of the shared apps it sends through, if that was to
// stop; the zero Mark else.
func (d *Dispatcher) saidBefore(ctx context.Context, j *job, to phone.Number) (consent.Mark, error) {
	var last consent.Mark
	for id, app := range j.account.Apps {
		if app.Ownership != message.Platform {
			continue
		}
		of, err := d.Store.Customer(ctx, customerOfApp(id, j.keys.Phone.Key(to)))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return consent.Mark{}, err
		}
		if m := of.Consent.Updates; m.Action == consent.Withdraw && m.At.After(last.At) {
			last = m
		}
	}
	return last, nil
}
