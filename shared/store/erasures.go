package store

import (
	"context"
	"slices"
	"time"
)

// Erasure says who was erased, when, by whom and why, and from how many documents of each collection personal data went. It is kept for good,
// and has none itself.
type Erasure struct {
	ID         string `firestore:"-"`
	AccountID  string `firestore:"account"`
	CustomerID string `firestore:"customer"`
	By         string `firestore:"by"`
	Role       string `firestore:"role"`
	Reason     string `firestore:"reason"`
	// BegunAt is when it began, DoneAt when a last look found nothing more; zero of one that was cut off, which is to be repeated.
	BegunAt time.Time      `firestore:"begunAt"`
	DoneAt  time.Time      `firestore:"doneAt,omitzero"`
	Counts  map[string]int `firestore:"counts,omitempty"`
}

// BeginErasure notes that somebody is about to be erased, and returns the note's id.
func (s *Store) BeginErasure(ctx context.Context, e Erasure) (string, error) {
	ref := s.client.Collection("erasures").NewDoc()
	_, err := ref.Create(ctx, e)

	return ref.ID, failure("store.BeginErasure", err)
}

// EndErasure notes that it is done.
func (s *Store) EndErasure(ctx context.Context, e Erasure) error {
	_, err := s.client.Collection("erasures").Doc(e.ID).Set(ctx, e)
	return failure("store.EndErasure", err)
}

// ErasuresOf returns the notes of a customer of an account, the newest first.
func (s *Store) ErasuresOf(ctx context.Context, accountID, customerID string) ([]Erasure, error) {
	const op = "store.ErasuresOf"

	if accountID == "" {
		return nil, noAccount(op)
	}

	snaps, err := s.client.Collection("erasures").Where("account", "==", accountID).Where("customer", "==", customerID).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	all := make([]Erasure, len(snaps))
	for i, snap := range snaps {
		if err = snap.DataTo(&all[i]); err != nil {
			return nil, failure(op, err)
		}

		all[i].ID = snap.Ref.ID
	}

	slices.SortFunc(all, func(a, b Erasure) int { return b.BegunAt.Compare(a.BegunAt) })

	return all, nil
}
