package customers

import (
	"context"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// takenBackElsewhere says why a row of another spelling does not hold.
const takenBackElsewhere = "the shopper has taken it back under the other spelling of the number"

// closeBoth closes what a row closes for both spellings of the number; shut is true if it has closed anything under the other one.
func (i *importing) closeBoth(ctx context.Context, op string, task *rowTask, entries func(store.Customer) []consent.Entry, change func() error) (shut bool, err error) {
	other := ledgerChange{op: op, id: store.CustomerID(i.account.ID, task.otherKey), entries: entries, dry: i.dry}

	done, met, err := i.customers.closeOther(ctx, other)
	if err != nil {
		return false, err
	}

	shut = met && len(done.added) > 0

	if err = change(); err != nil || met {
		return shut, err
	}

	done, met, err = i.customers.closeOther(ctx, other)

	return met && len(done.added) > 0, err
}

// closedElsewhere is what of a row's purposes a shopper has taken back, or was forbidden, under the other spelling of the number.
type closedElsewhere struct {
	purposes []consent.Purpose
	// all is true if it is all of the row; then status and marketing are what holds under the other spelling.
	all       bool
	status    consent.Status
	marketing bool
}

// closedElsewhere looks at the customer whom the account has under the other spelling of a row's number, at what that number said to the account's
// apps before the account knew it, and at what an authority has ordered. Only numbers of Brazil, Mexico and Argentina have another spelling.
func (i *importing) closedElsewhere(ctx context.Context, task *rowTask) (closedElsewhere, error) {
	found := closedElsewhere{status: consent.Inactive}

	said, err := i.customers.store.SaidOf(ctx, i.account.ID, task.otherKey, i.account.AppIDs())
	if err != nil {
		return found, err
	}

	for _, of := range said {
		if of.AccountID != "" {
			found.status, found.marketing = of.Consent.StatusAt(i.customers.clock.Now()), of.Consent.Marketing
		}

		for _, p := range task.of.purposes {
			if isClosed(of, p) && !slices.Contains(found.purposes, p) {
				found.purposes = append(found.purposes, p)
			}
		}
	}

	found.all = len(found.purposes) > 0 && len(found.purposes) == len(task.of.purposes)

	return found, nil
}

// isClosed reports whether a purpose is closed to a customer: taken back, refused, or forbidden by an authority.
func isClosed(of store.Customer, p consent.Purpose) bool {
	if of.Consent.Blocked() {
		return true
	}

	// At an app all that is kept is a STOP, which is of everything.
	if p == consent.Marketing && of.AccountID != "" {
		return closedBy(of.Consent.Offers)
	}

	return closedBy(of.Consent.Updates)
}

// without returns a row without some of its purposes.
func (r row) without(purposes []consent.Purpose) row {
	r.purposes = slices.DeleteFunc(slices.Clone(r.purposes), func(p consent.Purpose) bool { return slices.Contains(purposes, p) })
	return r
}
