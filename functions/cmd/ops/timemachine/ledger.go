package timemachine

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ledger has what was said since the day began.
type ledger struct {
	// entries are in the order in which they are to be applied.
	entries []*entry
	// since has the customers whose ledger has gone on since, with the sequence of the first such entry.
	since map[string]int64
	// customers are those that are made in the scratch, as they are in reality.
	customers map[string]store.Customer
	// earlier are the entries of before, of the customers that had some.
	earlier map[string][]consent.Entry
}

// entry is an entry of a ledger, and when it counts.
type entry struct {
	store.StoredEntry

	at time.Time
}

const entriesPage = 1000

// readLedger reads what was said since the day began, and finds out when each of it was seen first by a decision.
func (m *machine) readLedger(ctx context.Context) (ledger, error) {
	l := ledger{since: map[string]int64{}, customers: map[string]store.Customer{}, earlier: map[string][]consent.Entry{}}

	var all []store.StoredEntry
	for after := (store.StoredEntry{}); ; {
		page, err := m.o.Real.EntriesStored(ctx, m.o.AccountID, m.from, never, after, entriesPage)
		if err != nil {
			return ledger{}, err
		}

		all = append(all, page...)
		if len(page) < entriesPage {
			break
		}

		after = page[len(page)-1]
	}

	byCustomer := map[string][]*entry{}
	for _, stored := range all {
		if first, known := l.since[stored.Subject]; !known || stored.Sequence < first {
			l.since[stored.Subject] = stored.Sequence
		}

		byCustomer[stored.Subject] = append(byCustomer[stored.Subject], &entry{StoredEntry: stored, at: stored.StoredAt})
	}

	m.seenBy(byCustomer)

	for id, entries := range byCustomer {
		entries = slices.DeleteFunc(entries, func(e *entry) bool { return !e.at.Before(m.until) })
		l.entries = append(l.entries, withoutFirst(entries)...)

		if len(withoutFirst(entries)) > 0 || l.since[id] > 1 {
			l.customers[id] = store.Customer{}
		}
		if l.since[id] > 1 {
			l.earlier[id] = nil
		}
	}

	slices.SortStableFunc(l.entries, func(a, b *entry) int { return a.at.Compare(b.at) })

	return l, m.readCustomers(ctx, l)
}

// seenBy puts each entry before the decisions that saw it and behind those that did not, as their messages tell: entries have Firestore's time
// and decisions that of an instance.
func (m *machine) seenBy(byCustomer map[string][]*entry) {
	for _, d := range m.deliveries {
		one := m.stored[d.id]
		if !d.decided || one.Grounds.Ledger == 0 {
			continue
		}

		for _, e := range byCustomer[one.CustomerID] {
			switch saw := e.Sequence <= one.Grounds.Ledger; {
			case saw && e.at.After(d.at):
				e.at = d.at
			case !saw && !e.at.After(d.at):
				e.at = d.at.Add(1)
			}
		}
	}
}

// withoutFirst returns the entries of a customer that the scratch does not make itself: an event of a shopper who is new makes the customer, with
// one entry.
func withoutFirst(entries []*entry) []*entry {
	if len(entries) == 0 || entries[0].Sequence != 1 || entries[0].Source != consent.OrderEvent && entries[0].Source != consent.Checkout {
		return entries
	}

	return entries[1:]
}

// readersAtOnce is how many documents are read at the same time.
const readersAtOnce = 16

// readCustomers reads the customers that are made in the scratch, and the ledgers of those that were there before.
func (m *machine) readCustomers(ctx context.Context, l ledger) error {
	type read struct {
		customer store.Customer
		earlier  []consent.Entry
	}

	ids := make([]string, 0, len(l.customers))
	for id := range l.customers {
		ids = append(ids, id)
	}

	found := make([]read, len(ids))

	var group errgroup.Group
	group.SetLimit(readersAtOnce)

	for i, id := range ids {
		_, before := l.earlier[id]

		group.Go(func() (err error) {
			if found[i].customer, err = m.o.Real.Customer(ctx, id); err != nil || !before {
				return err
			}

			found[i].earlier, err = m.o.Real.Ledger(ctx, id)

			return err
		})
	}

	if err := group.Wait(); err != nil {
		return err
	}

	for i, id := range ids {
		l.customers[id], l.earlier[id] = found[i].customer, found[i].earlier
	}

	return nil
}

// rebuild makes the customers that were there when the day began and whose ledger has gone on since, as they were.
func (m *machine) rebuild(ctx context.Context) error {
	for id, c := range m.ledger.customers {
		entries := slices.Clone(m.ledger.earlier[id])
		entries = slices.DeleteFunc(entries, func(e consent.Entry) bool { return e.Sequence >= m.ledger.since[id] })
		if len(entries) == 0 {
			continue
		}

		c.Consent = consent.Fold(entries)
		if err := m.scratch.Store.CreateCustomer(ctx, asNew(c)); err != nil {
			return err
		}
	}

	return nil
}

// asNew returns a customer without what came later.
func asNew(c store.Customer) store.Customer {
	c.InFlight, c.Passed, c.UpdateTime = "", nil, time.Time{}
	c.ErasedAt = time.Time{}

	return c
}

// say adds an entry to its ledger in the scratch.
func (m *machine) say(ctx context.Context, e *entry) error {
	c, err := m.scratch.Store.Customer(ctx, e.Subject)
	if errors.Is(err, store.ErrNotFound) {
		c = asNew(m.ledger.customers[e.Subject])
		c.ID = e.Subject

		entries, next, _ := consent.Record(consent.For(e.Subject), e.Entry)
		c.Consent = next

		return m.scratch.Store.CreateCustomer(ctx, c, entries...)
	}
	if err != nil {
		return err
	}

	entries, next, changed := consent.Record(c.Consent, e.Entry)
	if !changed {
		return nil
	}

	return m.scratch.Store.ChangeConsent(ctx, c, next, entries...)
}
