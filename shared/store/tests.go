package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
)

// testCount is how many tests an account has sent on a day.
type testCount struct {
	Day   time.Time `firestore:"day"`
	Count int       `firestore:"count"`
}

// TakeTest counts one more test of an account on a day, and reports whether it is within most. One beyond that is not counted. It is
// ErrConflict if others count at the same time, again and again.
func (s *Store) TakeTest(ctx context.Context, accountID string, day time.Time, most int) (bool, error) {
	const op = "store.TakeTest"

	ref, within := s.client.Collection("testCounts").Doc(safeID(accountID)), false

	failed := untilNoConflict(func() error {
		snap, err := ref.Get(ctx)
		if err = failure(op, err); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}

		there := err == nil

		var stored testCount
		if there {
			if err = snap.DataTo(&stored); err != nil {
				return failure(op, err)
			}
		}

		next := testCount{Day: day, Count: 1}
		if stored.Day.Equal(day) {
			next.Count += stored.Count
		}

		if within = next.Count <= most; !within {
			return nil
		}

		if !there {
			_, err = ref.Create(ctx, next)
			if err = failure(op, err); errors.Is(err, ErrExists) {
				err = ErrConflict // another has counted the first one
			}

			return err
		}

		_, err = ref.Update(ctx, []firestore.Update{{Path: "day", Value: next.Day}, {Path: "count", Value: next.Count}}, firestore.LastUpdateTime(snap.UpdateTime))

		return failure(op, err)
	})

	return within && failed == nil, failed
}
