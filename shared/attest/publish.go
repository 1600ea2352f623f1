package attest

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// settles is how long after its end a day is published. Firestore gives an entry its time when it is committed, so that none comes to a
	// day that is over but one that is being committed.
	settles = 15 * time.Minute
	// daysACall is the most days that one call publishes; a later one goes on.
	daysACall = 31
	// pageSize is how many entries one query reads.
	pageSize = 1000
	// day is a day in UTC.
	day = 24 * time.Hour
)

// Publish publishes the roots of an account's days that are over. It may be called at any time, by several at once, and stop at any point:
// the same entries make the same file, and a file that is published stays. If one has another content than the entries give, a stored entry
// was changed since: that is an error of kind Conflict, told once, and the days after it go on from what is published. behind is how long
// ago the first day that is not published was over; 0 if there is none.
func (a *Attestor) Publish(ctx context.Context, accountID string) (behind time.Duration, err error) {
	if !a.Bucket.Named() {
		return 0, nil
	}

	read, err := a.Store.RootState(ctx, accountID)
	if err != nil {
		return 0, err
	}

	now := a.Clock.Now().UTC()
	open := now.Add(-settles).Truncate(day) // the first day that is not over
	next := read

	var from time.Time
	if next.Next != "" {
		if from, err = time.Parse(proof.DayForm, next.Next); err != nil {
			return 0, fault.Wrap(fault.Internal, "attest.Publish", err)
		}
	}

	var problems []error

	for n := 0; from.Before(open) && n < daysACall && err == nil; n++ {
		from, err = a.publishNext(ctx, accountID, from, open, &next)
		if differs, ok := errors.AsType[*differsError](err); ok {
			problems, err = append(problems, fault.Wrap(fault.Conflict, "attest.Publish", differs)), nil
		}
	}

	if next != read {
		put := a.Store.PutRootState(ctx, accountID, next)
		if store.IsConflict(put) || errors.Is(put, store.ErrExists) {
			put = nil // somebody else has done the same
		}

		err = errors.Join(err, put)
	}

	if err == nil {
		err = a.publishKey(ctx)
	}

	err = errors.Join(append(problems, err)...)

	if from.Before(open) && !from.IsZero() {
		behind = now.Sub(from.Add(day))
	}

	return behind, err
}

// publishNext publishes the first day from a time on that has entries, and notes it in next. It returns the first day that is not published
// then: of a failure the one that has failed.
func (a *Attestor) publishNext(ctx context.Context, accountID string, from, open time.Time, next *store.RootState) (time.Time, error) {
	first, err := a.Store.EntriesOfDay(ctx, accountID, from, open, store.DayEntry{}, 1)
	if err != nil {
		return from, err
	}

	if len(first) == 0 {
		next.Next = open.Format(proof.DayForm)
		return open, nil
	}

	begin := first[0].StoredAt.UTC().Truncate(day)

	hash, err := a.publishDay(ctx, accountID, begin, next.Last)
	if hash == "" {
		return begin, err
	}

	end := begin.Add(day)
	next.Next, next.Last = end.Format(proof.DayForm), hash

	return end, err
}

// differsError says that what is published of a day is not what is stored of it.
type differsError struct{ day string }

// Error names the day.
func (e *differsError) Error() string {
	return "what is stored of " + e.day + " is not what was published of it: an entry was changed, added or removed since"
}

// publishDay publishes a day and returns the hash of its statement. If another one is published in its place, that is the one that counts: its
// hash is returned together with a *differsError.
func (a *Attestor) publishDay(ctx context.Context, accountID string, begin time.Time, previous string) (hash string, err error) {
	signer, err := a.Signer.Get(ctx)
	if err != nil {
		return "", err
	}

	leaves, err := a.leaves(ctx, accountID, begin)
	if err != nil {
		return "", err
	}

	name := begin.Format(proof.DayForm)

	d, file, err := signer.NewDay(accountID, name, previous, leaves)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "attest.publishDay", err)
	}

	err = a.Bucket.Put(ctx, proof.DayObject(accountID, name), "application/json", file)
	if errors.Is(err, archive.ErrDiffers) {
		there, failed := a.day(ctx, signer, accountID, name)
		if failed != nil {
			return "", errors.Join(err, failed)
		}

		return there.Hash(), &differsError{name}
	}
	if err != nil {
		return "", err
	}

	return d.Hash(), nil
}

// publishKey publishes the public key, once an instance, also before there is a day.
func (a *Attestor) publishKey(ctx context.Context) error {
	if a.keyed.Load() {
		return nil
	}

	signer, err := a.Signer.Get(ctx)
	if err != nil {
		return err
	}

	text, err := proof.PublicPEM(signer.Public())
	if err != nil {
		return fault.Wrap(fault.Internal, "attest.publishKey", err)
	}
	if err = a.Bucket.Put(ctx, proof.KeyObject(signer.Public()), "application/x-pem-file", text); err != nil {
		return err
	}

	a.keyed.Store(true)

	return nil
}

// leaves reads what a day's file has of each entry.
func (a *Attestor) leaves(ctx context.Context, accountID string, begin time.Time) ([]proof.Leaf, error) {
	var leaves []proof.Leaf

	last := store.DayEntry{}

	for {
		page, err := a.Store.EntriesOfDay(ctx, accountID, begin, begin.Add(day), last, pageSize)
		if err != nil {
			return nil, err
		}

		for _, e := range page {
			leaves = append(leaves, proof.Leaf{Subject: proof.SubjectHash(e.Subject), Sequence: e.Sequence, Hash: e.Hash})
		}

		if len(page) < pageSize {
			return leaves, nil
		}

		last = page[len(page)-1]
	}
}
