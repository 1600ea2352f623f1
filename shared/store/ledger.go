package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

func entryID(sequence int64) string { return fmt.Sprintf("%012d", sequence) }

func (s *Store) entry(customerID string, sequence int64) *firestore.DocumentRef {
	return s.customer(customerID).Collection("consents").Doc(entryID(sequence))
}

// storedEntry is an entry with what finds the entries of an account and day. When it was stored is told by Firestore: an entry may be recorded on
// one day and get its place in the ledger on a later one.
type storedEntry struct {
	consent.Entry

	Account  string    `firestore:"account"`
	StoredAt time.Time `firestore:"storedAt,serverTimestamp"`
}

// addEntries adds entries of a customer's ledger. Those of a customer of an app belong to no account: they are the platform's, so that they
// are under a daily root too.
func (s *Store) addEntries(b *batch, c Customer, entries []consent.Entry) {
	account, _, _ := strings.Cut(c.ID, ":")
	if c.AccountID == "" {
		account = consent.PlatformAccount
	}

	for _, entry := range entries {
		b.Create(s.entry(c.ID, entry.Sequence), storedEntry{Entry: entry, Account: account})
	}
}

// EntriesOfDay reads entries of all ledgers of an account, or with [consent.PlatformAccount] of all customers of apps, that were stored from one time up
// to, not including, another, in the order in which they were stored, at most limit: after is the last of the page before, the zero value for
// the first page.
func (s *Store) EntriesOfDay(ctx context.Context, accountID string, from, until time.Time, after DayEntry, limit int) ([]DayEntry, error) {
	const op = "store.EntriesOfDay"

	snaps, err := s.entriesStored(ctx, op, accountID, storedSpan{from, until, after}, limit)
	if err != nil {
		return nil, err
	}

	entries := make([]DayEntry, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&entries[i]); err != nil {
			return nil, failure(op, err)
		}

		entries[i].Subject = snap.Ref.Parent.Parent.ID // what the ledger is found under, whatever the entry says
	}

	return entries, nil
}

// EntriesStored reads what [Store.EntriesOfDay] reads, whole.
func (s *Store) EntriesStored(ctx context.Context, accountID string, from, until time.Time, after StoredEntry, limit int) ([]StoredEntry, error) {
	const op = "store.EntriesStored"

	place := DayEntry{Subject: after.Subject, Sequence: after.Sequence, StoredAt: after.StoredAt}

	snaps, err := s.entriesStored(ctx, op, accountID, storedSpan{from, until, place}, limit)
	if err != nil {
		return nil, err
	}

	entries := make([]StoredEntry, len(snaps))
	for i, snap := range snaps {
		var e storedEntry
		if err := snap.DataTo(&e); err != nil {
			return nil, failure(op, err)
		}

		entries[i] = StoredEntry{Entry: e.Entry, StoredAt: e.StoredAt}
		entries[i].Subject = snap.Ref.Parent.Parent.ID // as in EntriesOfDay
	}

	return entries, nil
}

// StoredEntry is an entry with when it was stored, by Firestore's clock.
type StoredEntry struct {
	consent.Entry

	StoredAt time.Time
}

// storedSpan is from when until when entries were stored, and the last of the page before; the zero value for the first page.
type storedSpan struct {
	from, until time.Time
	after       DayEntry
}

// entriesStored reads a page of the entries of all ledgers of an account that were stored in a span, in the order in which they were.
func (s *Store) entriesStored(ctx context.Context, op, accountID string, span storedSpan, limit int) ([]*firestore.DocumentSnapshot, error) {
	if accountID == "" {
		return nil, noAccount(op)
	}

	account := safeID(accountID)
	if accountID == consent.PlatformAccount {
		account = accountID
	}

	q := s.client.CollectionGroup("consents").Where("account", "==", account).
		Where("storedAt", ">=", span.from).Where("storedAt", "<", span.until).
		OrderBy("storedAt", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
	if span.after.Subject != "" {
		q = q.StartAfter(span.after.StoredAt, s.entry(span.after.Subject, span.after.Sequence))
	}

	snaps, err := q.Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	return snaps, nil
}

// DayEntry is what a daily root has of an entry.
type DayEntry struct {
	// Subject is whose ledger it is in; see [consent.Entry].
	Subject  string    `firestore:"-"`
	Sequence int64     `firestore:"sequence"`
	Hash     string    `firestore:"hash"`
	StoredAt time.Time `firestore:"storedAt"`
}

// ConsentEntries reads the newest entries of a shopper's ledger that give a consent for a purpose or take it back, at most limit, beginning at
// a sequence (0: at the newest).
func (s *Store) ConsentEntries(ctx context.Context, customerID string, p consent.Purpose, upTo int64, limit int) ([]consent.Entry, error) {
	const op = "store.ConsentEntries"

	q := s.customer(customerID).Collection("consents").Where("action", "in", consent.Decisive()).Where("purpose", "in", consent.Covering(p))
	if upTo > 0 {
		q = q.Where("sequence", "<=", upTo)
	}

	snaps, err := q.OrderBy("sequence", firestore.Desc).Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	return entriesOf(op, snaps)
}

// Ledger reads all entries of a shopper, oldest first.
func (s *Store) Ledger(ctx context.Context, customerID string) ([]consent.Entry, error) {
	snaps, err := s.customer(customerID).Collection("consents").OrderBy(firestore.DocumentID, firestore.Asc).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.Ledger", err)
	}

	return entriesOf("store.Ledger", snaps)
}

// readsOfALedger is how often a ledger is read whose customer changes meanwhile.
const readsOfALedger = 4

// CheckedLedger reads a customer with all entries of the ledger, the oldest first, and checks the one against the other. broken says where the
// ledger does not hold; nil if it does. The two are read one after the other: an entry that is written between them looks like a fault, so a
// fault only counts if the customer has not changed since. ErrNotFound if there is no such customer; Unavailable if it keeps changing.
func (s *Store) CheckedLedger(ctx context.Context, customerID string) (of Customer, entries []consent.Entry, broken *consent.ChainError, err error) {
	if of, err = s.Customer(ctx, customerID); err != nil {
		return Customer{}, nil, nil, err
	}

	for range readsOfALedger {
		if entries, err = s.Ledger(ctx, customerID); err != nil {
			return Customer{}, nil, nil, err
		}

		at, isBroken := errors.AsType[*consent.ChainError](of.Consent.Verify(entries))
		if !isBroken {
			return of, entries, nil, nil
		}

		again, err := s.Customer(ctx, customerID)
		if err != nil {
			return Customer{}, nil, nil, err
		}
		if again.UpdateTime.Equal(of.UpdateTime) {
			return of, entries, at, nil
		}

		of = again
	}

	return Customer{}, nil, nil, fault.New(fault.Unavailable, "store.CheckedLedger", "the ledger changes while it is read; try again")
}

func entriesOf(op string, snaps []*firestore.DocumentSnapshot) ([]consent.Entry, error) {
	entries := make([]consent.Entry, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&entries[i]); err != nil {
			return nil, failure(op, err)
		}
	}

	return entries, nil
}
