package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
)

// Operation says what somebody did by hand, with ops or in the console: what was changed or shown, by whom, when, and what came of it. It is kept for
// good, and holds nothing personal of a shopper and no secret.
type Operation struct {
	ID string `firestore:"-"`
	// Verb is the command of ops, also where the console does the same, Subject the ids of what it changed.
	Verb    string `firestore:"verb"`
	Subject string `firestore:"subject"`
	// By is who did it: with ops whoever sat at the keyboard, by the word of their machine, where Google's audit log has whose credentials they were; in
	// the console its door and the person whom the door knows.
	By string `firestore:"by"`
	// BegunAt is when it was about to write, DoneAt when it ended; zero of one that was cut off.
	BegunAt time.Time `firestore:"begunAt"`
	DoneAt  time.Time `firestore:"doneAt,omitzero"`
	// Result is what came of it, in a sentence.
	Result string `firestore:"result,omitempty"`
}

// BeginOperation notes that somebody is about to change something, and returns the note's id.
func (s *Store) BeginOperation(ctx context.Context, o Operation) (string, error) {
	ref := s.client.Collection("operations").NewDoc()
	_, err := ref.Create(ctx, o)

	return ref.ID, failure("store.BeginOperation", err)
}

// EndOperation notes what came of it.
func (s *Store) EndOperation(ctx context.Context, o Operation) error {
	_, err := s.client.Collection("operations").Doc(o.ID).Set(ctx, o)
	return failure("store.EndOperation", err)
}

// Operations returns what was done by hand since a moment, the oldest first.
func (s *Store) Operations(ctx context.Context, since time.Time) ([]Operation, error) {
	return s.operations(ctx, s.client.Collection("operations").Where("begunAt", ">=", since).OrderBy("begunAt", firestore.Asc))
}

// LatestOperations returns what was done by hand before a moment, the newest first, at most limit. The zero time sets no bound.
func (s *Store) LatestOperations(ctx context.Context, before time.Time, limit int) ([]Operation, error) {
	q := s.client.Collection("operations").OrderBy("begunAt", firestore.Desc).Limit(limit)
	if !before.IsZero() {
		q = q.Where("begunAt", "<", before)
	}

	return s.operations(ctx, q)
}

func (s *Store) operations(ctx context.Context, q firestore.Query) ([]Operation, error) {
	const op = "store.Operations"

	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	all := make([]Operation, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&all[i]); err != nil {
			return nil, failure(op, err)
		}

		all[i].ID = snap.Ref.ID
	}

	return all, nil
}
