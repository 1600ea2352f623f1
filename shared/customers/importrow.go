package customers

import (
	"context"
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

	var (
		elsewhere closedElsewhere
		err       error
	)

	if task.of.status == consent.Active && task.otherKey != "" {
		if elsewhere, err = i.closedElsewhere(ctx, task); err != nil {
			return result, err
		}
	}

	if elsewhere.all {
		result.Verdict, result.Why = Kept, takenBackElsewhere
		result.Status, result.Marketing = elsewhere.status, elsewhere.marketing

		return result, nil
	}

	var (
		trace   = logging.TraceOf(ctx).ID
		granted = task.of.without(elsewhere.purposes)
		entries = func(of store.Customer) []consent.Entry { return granted.entries(of, i.customers.clock.Now(), trace) }
		done    changed
		shut    bool
	)

	change := func() (err error) {
		done, err = i.customers.change(ctx, ledgerChange{
			op:      op,
			id:      store.CustomerID(i.account.ID, task.key),
			fresh:   func(ctx context.Context) (store.Customer, error) { return i.newcomer(ctx, task) },
			entries: entries,
			dry:     i.dry,
		})

		return err
	}

	if task.of.status == consent.Inactive && task.otherKey != "" {
		shut, err = i.closeBoth(ctx, op, task, entries, change)
	} else {
		err = change()
	}
	if err != nil {
		return result, err
	}

	result.Status, result.Marketing = done.after.StatusAt(i.customers.clock.Now()), done.after.Marketing
	result.Verdict, result.Why = task.of.verdict(done)

	switch {
	case result.Verdict == Unchanged && result.Why == "" && shut:
		result.Verdict, result.Why = Withdrawn, "under the other spelling of the number"
	case result.Verdict != Kept && slices.ContainsFunc(elsewhere.purposes, func(p consent.Purpose) bool { return !isOpen(done.after, p) }):
		result.Why = "of two purposes the shopper has taken one back under the other spelling of the number"
	}

	return result, nil
}

// newcomer returns the customer that a row is to make, with what the number said to the account's apps before.
func (i *importing) newcomer(ctx context.Context, task *rowTask) (store.Customer, error) {
	c := store.Customer{
		ID:        store.CustomerID(i.account.ID, task.key),
		AccountID: i.account.ID,
		PhoneKey:  task.key,
		OtherKey:  task.otherKey,
		Phone:     task.of.number.E164(),
		Email:     task.of.email,
		Name:      task.of.name,
	}

	return i.customers.store.Newcomer(ctx, c, i.account.AppIDs(), i.customers.clock.Now())
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
	case r.status == consent.Active && done.after.Blocked():
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
