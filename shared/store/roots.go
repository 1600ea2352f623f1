package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
)

// RootState says how far the daily roots of an account are published.
type RootState struct {
	// Next is the first day that is not; empty before the first look.
	Next string `firestore:"next"`
	// Last is the hash of the newest statement, which the next one names; empty if there is none.
	Last string `firestore:"last"`
	// UpdateTime is the document's; zero if there is none.
	UpdateTime time.Time `firestore:"-"`
}

func (s *Store) rootState(accountID string) *firestore.DocumentRef {
	return s.client.Collection("roots").Doc(accountID)
}

// RootState reads how far the daily roots of an account are published; the zero RootState if none is.
func (s *Store) RootState(ctx context.Context, accountID string) (RootState, error) {
	const op = "store.RootState"

	if accountID == "" {
		return RootState{}, noAccount(op)
	}

	snap, err := s.rootState(accountID).Get(ctx)
	if err = failure(op, err); errors.Is(err, ErrNotFound) {
		return RootState{}, nil
	}
	if err != nil {
		return RootState{}, err
	}

	var r RootState
	if err := snap.DataTo(&r); err != nil {
		return RootState{}, failure(op, err)
	}

	r.UpdateTime = snap.UpdateTime

	return r, nil
}

// PutRootState writes how far the daily roots of an account are published; ErrConflict if somebody else did since it was read, and ErrExists if
// it was not there then.
func (s *Store) PutRootState(ctx context.Context, accountID string, r RootState) error {
	const op = "store.PutRootState"

	if r.UpdateTime.IsZero() {
		_, err := s.rootState(accountID).Create(ctx, r)
		return failure(op, err)
	}

	_, err := s.rootState(accountID).Update(ctx, []firestore.Update{
		{Path: "next", Value: r.Next}, {Path: "last", Value: r.Last},
	}, firestore.LastUpdateTime(r.UpdateTime))

	return failure(op, err)
}

// StoredAt returns when entries of a ledger were stored, by their sequences. Those from before that was kept are not among them.
func (s *Store) StoredAt(ctx context.Context, customerID string, sequences []int64) (map[int64]time.Time, error) {
	const op = "store.StoredAt"

	refs := make([]*firestore.DocumentRef, len(sequences))
	for i, n := range sequences {
		refs[i] = s.entry(customerID, n)
	}

	snaps, err := s.client.GetAll(ctx, refs)
	if err != nil {
		return nil, failure(op, err)
	}

	times := map[int64]time.Time{}

	for _, snap := range snaps {
		var e DayEntry
		if !snap.Exists() {
			continue
		}
		if err := snap.DataTo(&e); err != nil {
			return nil, failure(op, err)
		}
		if !e.StoredAt.IsZero() {
			times[e.Sequence] = e.StoredAt
		}
	}

	return times, nil
}
