package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
)

// RootState says how far the daily roots of an account are published.
type RootState struct {
	// From is from when on entries are under no published root; zero before the first look.
	From time.Time `firestore:"from"`
	// Part is how many parts of the day of From are published, and Last the hash of the newest statement, which the next one names; empty if
	// there is none.
	Part int64  `firestore:"part"`
	Last string `firestore:"last"`
	// UpdateTime is the document's; zero if there is none.
	UpdateTime time.Time `firestore:"-"`
	// ReadAt is when it was read, by the clock of the database, which also gives entries their times.
	ReadAt time.Time `firestore:"-"`
}

func (s *Store) rootState(accountID string) *firestore.DocumentRef {
	return s.client.Collection("roots").Doc(accountID)
}

// RootState reads how far the daily roots of an account are published; of an account of which none is, only ReadAt is set.
func (s *Store) RootState(ctx context.Context, accountID string) (RootState, error) {
	const op = "store.RootState"

	if accountID == "" {
		return RootState{}, noAccount(op)
	}

	snap, err := s.rootState(accountID).Get(ctx)
	if err = failure(op, err); errors.Is(err, ErrNotFound) && snap != nil { // of a document that is not there the client knows when that was
		return RootState{ReadAt: snap.ReadTime}, nil
	}
	if err != nil {
		return RootState{}, err
	}

	var r RootState
	if err := snap.DataTo(&r); err != nil {
		return RootState{}, failure(op, err)
	}

	r.UpdateTime, r.ReadAt = snap.UpdateTime, snap.ReadTime

	return r, nil
}

// PutRootState writes how far the daily roots of an account are published, and returns it as it is kept; ErrConflict if somebody else did since
// it was read, and ErrExists if it was not there then.
func (s *Store) PutRootState(ctx context.Context, accountID string, r RootState) (RootState, error) {
	const op = "store.PutRootState"

	var (
		result *firestore.WriteResult
		err    error
	)

	if r.UpdateTime.IsZero() {
		result, err = s.rootState(accountID).Create(ctx, r)
	} else {
		result, err = s.rootState(accountID).Update(ctx, []firestore.Update{
			{Path: "from", Value: r.From}, {Path: "part", Value: r.Part}, {Path: "last", Value: r.Last},
		}, firestore.LastUpdateTime(r.UpdateTime))
	}
	if err != nil {
		return r, failure(op, err)
	}

	r.UpdateTime = result.UpdateTime

	return r, nil
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
