package customers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// rowTime is how long a row may take: clients of the store try again for as long as they may.
const rowTime = 20 * time.Second

// row writes one row. The error is the store's: nothing of the row is written then, or all of it.
func (i *importing) row(ctx context.Context, task *rowTask) (RowResult, error) {
	const op = "customers.Import"

	ctx, cancel := context.WithTimeout(ctx, rowTime)
	defer cancel()

	result := RowResult{Row: task.row, Key: task.key}

	closed, err := i.otherClosed(ctx, task.of)
	if err != nil {
		return result, err
	}

	if closed != nil && task.of.status == consent.Active {
		result.Verdict, result.Why = Kept, "the shopper has taken it back under the other spelling of the number"
		result.Status, result.Marketing = closed.Consent.StatusAt(i.customers.clock.Now()), closed.Consent.Marketing

		return result, nil
	}

	trace := logging.TraceOf(ctx).ID

	done, err := i.customers.change(ctx, ledgerChange{
		op:    op,
		id:    store.CustomerID(i.account.ID, task.key),
		fresh: func(ctx context.Context) (store.Customer, error) { return i.newcomer(ctx, task) },
		entries: func(of store.Customer) []consent.Entry {
			return task.of.entries(of, i.customers.clock.Now(), trace)
		},
		dry: i.dry,
	})
	if err != nil {
		return result, err
	}

	result.Status, result.Marketing = done.after.StatusAt(i.customers.clock.Now()), done.after.Marketing
	result.Verdict, result.Why = task.of.verdict(done)

	return result, nil
}

// newcomer returns the customer that a row is to make, with what the number said to the account's apps before.
func (i *importing) newcomer(ctx context.Context, task *rowTask) (store.Customer, error) {
	c := store.Customer{
		ID:        store.CustomerID(i.account.ID, task.key),
		AccountID: i.account.ID,
		PhoneKey:  task.key,
		Phone:     task.of.number.E164(),
		Email:     task.of.email,
		Name:      task.of.name,
	}

	return i.customers.store.Newcomer(ctx, c, i.account.AppIDs(), i.customers.clock.Now())
}

// otherClosed returns the customer whom the account has under the other spelling of a row's number, if that shopper has taken order updates
// back or was forbidden them; nil otherwise. Only numbers of Brazil, Mexico and Argentina have one.
func (i *importing) otherClosed(ctx context.Context, of row) (*store.Customer, error) {
	other, ok := of.number.OtherSpelling()
	if !ok {
		return nil, nil //nolint:nilnil // there is no such customer
	}

	c, err := i.customers.store.Customer(ctx, store.CustomerID(i.account.ID, i.keyer.Key(other)))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}

	if closedBy(c.Consent.Updates) || c.Consent.Blocked.Action == consent.Block {
		return &c, nil
	}

	return nil, nil //nolint:nilnil // as above
}

// closedBy reports whether the latest action on a matter has taken it back or refused it.
func closedBy(m consent.Mark) bool { return m.Action != "" && m.Action != consent.Grant }

// entries returns what a row adds to the ledger of a customer as it is known.
func (r row) entries(of store.Customer, now time.Time, trace string) []consent.Entry {
	e := consent.Entry{
		Source:        consent.BrandImport,
		SourceRef:     r.reference(),
		NoticeVersion: r.noticeVersion,
		NoticeHash:    r.noticeHash,
		Actor:         "brand",
		RequestID:     trace,
		OccurredAt:    r.occurredAt,
		RecordedAt:    now,
	}
	known := !of.UpdateTime.IsZero()

	switch {
	case r.status == consent.Active:
		e.Action = consent.Grant
		return each(e, r.purposes)
	case r.status == consent.Inactive && !r.occurredAt.IsZero():
		e.Action, e.OccurredAt = consent.Withdraw, consent.StopsAt(r.occurredAt)
		return each(e, r.purposes)
	case r.status == consent.Inactive && known:
		// Without a time it is of now. What is closed stays as it is, so that the same file changes nothing the second time.
		e.Action, e.OccurredAt = consent.Withdraw, of.Consent.NextMoment(now)
		e.RecordedAt = e.OccurredAt

		return each(e, slices.DeleteFunc(slices.Clone(r.purposes), func(p consent.Purpose) bool { return !isOpen(of.Consent, p) }))
	case !known:
		e.Action, e.Purpose, e.OccurredAt = consent.Seen, consent.OrderUpdates, now
		return []consent.Entry{e}
	default:
		return nil
	}
}

// reference is what the ledger has of the brand's own record.
func (r row) reference() string {
	if r.evidence == "" {
		return ""
	}

	return "import:" + r.evidence
}

// each returns an entry once for each of several purposes.
func each(e consent.Entry, purposes []consent.Purpose) []consent.Entry {
	all := make([]consent.Entry, len(purposes))
	for n, p := range purposes {
		e.Purpose = p
		all[n] = e
	}

	return all
}

// isOpen reports whether a purpose is granted.
func isOpen(s consent.State, p consent.Purpose) bool {
	updates, offers := s.Updates.Action == consent.Grant, s.Offers.Action == consent.Grant

	switch p {
	case consent.Marketing:
		return offers
	case consent.Everything:
		return updates || offers
	default:
		return updates
	}
}

// verdict says what a row has come to.
func (r row) verdict(done changed) (Verdict, string) {
	var opened, shut, lacks bool

	for _, p := range r.purposes {
		before, after := isOpen(done.before.Consent, p), isOpen(done.after, p)
		opened, shut, lacks = opened || !before && after, shut || before && !after, lacks || !after
	}

	const since = "the shopper has agreed since"

	switch {
	case r.status == consent.Active && done.after.Blocked.Action == consent.Block:
		return Kept, "an authority has ordered that the number is not written to"
	case r.status == consent.Active && lacks && !opened:
		return Kept, "the shopper has taken it back, and alone can give it again"
	case r.status == consent.Active && lacks:
		return verdictOf(done, Granted), "of two purposes the shopper has taken one back, and alone can give it again"
	case r.status == consent.Active && opened:
		return verdictOf(done, Granted), ""
	case done.made():
		return Created, ""
	case r.status == consent.Inactive && !lacks:
		return Unchanged, since
	case r.status == consent.Inactive && shut:
		return Withdrawn, ""
	default:
		return Unchanged, ""
	}
}

// verdictOf returns Created for a customer that was made, and else the verdict for one that was known.
func verdictOf(done changed, known Verdict) Verdict {
	if done.made() {
		return Created
	}

	return known
}
