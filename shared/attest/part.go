package attest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// part reads the entries of an account from a time on until a part is full or the day ends, and returns where the part ends. Entries that were
// stored in the same instant stay together, so that the time of an entry says which part it is in.
func (a *Attestor) part(ctx context.Context, accountID string, from, end time.Time) (entries []store.DayEntry, until time.Time, err error) {
	last := store.DayEntry{}

	for {
		page, err := a.Store.EntriesOfDay(ctx, accountID, from, end, last, pageSize)
		if err != nil {
			return nil, time.Time{}, err
		}

		entries = append(entries, page...)

		if n := a.full(entries); n > 0 {
			return entries[:n], entries[n].StoredAt.UTC(), nil
		}
		if len(page) < pageSize {
			return entries, end, nil
		}

		last = page[len(page)-1]
	}
}

// full returns how many of the entries make a full part; 0 if they are too few, or all beyond it were stored in the instant of its end.
func (a *Attestor) full(entries []store.DayEntry) int {
	if len(entries) <= a.partSize {
		return 0
	}

	for n := a.partSize; n > 0; n-- {
		if entries[n-1].StoredAt.Before(entries[n].StoredAt) {
			return n
		}
	}

	for n := a.partSize + 1; n < len(entries); n++ {
		if entries[n-1].StoredAt.Before(entries[n].StoredAt) {
			return n
		}
	}

	return 0
}

// leavesOf returns what a day's file has of entries.
func leavesOf(entries []store.DayEntry) []proof.Leaf {
	leaves := make([]proof.Leaf, len(entries))
	for i, e := range entries {
		leaves[i] = proof.Leaf{Subject: proof.SubjectHash(e.Subject), Sequence: e.Sequence, Hash: e.Hash}
	}

	return leaves
}

// published reads what is published of a part of a day, and checks it; NotFound if nothing is.
func (a *Attestor) published(ctx context.Context, signer proof.Signer, accountID, day string, part int64) (proof.Day, error) {
	file, err := a.Bucket.Get(ctx, proof.DayObject(accountID, day, part), proof.MaxDayFile)
	if err != nil {
		return proof.Day{}, err
	}

	d, err := proof.OpenDay(file, signer.Public())
	if err == nil && (d.Account != accountID || d.Day != day || d.Part != part) {
		err = errOtherDay
	}
	if err != nil {
		return proof.Day{}, fault.Wrap(fault.Internal, "attest.published", fmt.Errorf("the file of %s: %w", day, err))
	}

	return d, nil
}

var errOtherDay = errors.New("it is the file of another day or account")

// partAt returns the published part of a day that has the entries of a time; NotFound if that is not published. Of a day of many parts it reads
// few: the number is found as in a sorted list whose length is not known.
func (a *Attestor) partAt(ctx context.Context, signer proof.Signer, accountID, day string, at time.Time) (proof.Day, error) {
	low, high := int64(1), int64(0) // the part is one of low up to, not including, high; 0 if no bound is known

	for n := low; ; {
		d, err := a.published(ctx, signer, accountID, day, n)

		switch {
		case fault.Is(err, fault.NotFound), err == nil && at.Before(d.From):
			high = n
		case err != nil:
			return proof.Day{}, err
		case !at.Before(d.Until):
			low = n + 1
		default:
			return d, nil
		}

		switch {
		case high == 0:
			n *= 2
		case low < high:
			n = low + (high-low)/2
		default:
			return proof.Day{}, fault.New(fault.NotFound, "attest.partAt", "that part of the day is not published")
		}
	}
}

// rootsOfDay returns the roots of the parts of a day that have entries of one customer, with the paths to them. missing are those whose part is
// not published. times are when the entries were stored, by their sequences. It has one part in memory at a time.
func (a *Attestor) rootsOfDay(ctx context.Context, signer proof.Signer, p proof.Payload, day string, entries []consent.Entry, times map[int64]time.Time) (roots []proof.Root, missing []consent.Entry, err error) {
	if !a.Bucket.Named() {
		return nil, entries, nil
	}

	for len(entries) > 0 {
		root, rest, err := a.rootOfFirst(ctx, signer, p, day, entries, times)
		if fault.Is(err, fault.NotFound) {
			missing, entries = append(missing, entries[0]), entries[1:]
			continue
		}
		if err != nil {
			return nil, nil, err
		}

		roots, entries = append(roots, root), rest
	}

	return roots, missing, nil
}

// rootOfFirst returns the root of the part that has the first of some entries, with the paths of all entries in that part, and the other ones.
// A ledger must have all that the part has of its customer.
func (a *Attestor) rootOfFirst(ctx context.Context, signer proof.Signer, p proof.Payload, day string, entries []consent.Entry, times map[int64]time.Time) (root proof.Root, rest []consent.Entry, err error) {
	release, err := hold(ctx, a.reading)
	if err != nil {
		return proof.Root{}, nil, err
	}
	defer release()

	d, err := a.partAt(ctx, signer, p.Account, day, times[entries[0].Sequence])
	if err != nil {
		return proof.Root{}, nil, err
	}

	var there []consent.Entry

	for _, e := range entries {
		if at := times[e.Sequence]; at.Before(d.From) || !at.Before(d.Until) {
			rest = append(rest, e)
			continue
		}

		there = append(there, e)
	}

	if p.Whole {
		if err = d.CheckWhole(p.Subject, p.Ledger()); err != nil {
			return proof.Root{}, nil, a.broken(ctx, p.Subject, err)
		}
	}

	if root, err = d.Prove(there); err != nil {
		return proof.Root{}, nil, a.broken(ctx, entries[0].Subject, err)
	}

	return root, rest, nil
}

// hold takes a place, of which there are only some, and returns what gives it back.
func hold(ctx context.Context, places chan struct{}) (release func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(fault.KindOf(ctx.Err()), "attest.hold", ctx.Err())
	}
}
