package store

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
)

// ErrNumberHeld means that a business number is being connected somewhere else at the moment.
var ErrNumberHeld = errors.New("the number is being connected")

// numberDoc holds a business number for whoever connects it at the moment. It says nothing of where the number is in the end, which accounts
// and apps of the platform's say themselves.
type numberDoc struct {
	Until time.Time `firestore:"until"`
	// Nonce tells the write that took the number from all others.
	Nonce string `firestore:"nonce"`
}

// NumberHold is the sole right to connect a business number. The zero value is of no number, and does nothing.
type NumberHold struct {
	number string
	taken  time.Time
}

// Also is written in the batch of a save, or nothing is: a [Disposal], or the end of a [NumberHold], without which the save is [ErrConflict].
type Also interface {
	add(s *Store, b *batch)
}

func (d Disposal) add(s *Store, b *batch) { b.Set(s.disposal(d.ID), d) }

func (h NumberHold) add(s *Store, b *batch) {
	if h.number != "" {
		b.Delete(s.number(h.number), firestore.LastUpdateTime(h.taken))
	}
}

func (s *Store) number(number string) *firestore.DocumentRef {
	return s.client.Collection("numbers").Doc(hashID("number", number))
}

// HoldNumber takes the sole right to connect a business number for some time, which has to be longer than connecting takes; ErrNumberHeld if
// another has it. Whoever has it reads where the number is, and gives the hold to the save that connects it. So of two that connect one
// number at the same time only one can be saved, and the other one does nothing else before.
func (s *Store) HoldNumber(ctx context.Context, number string, now time.Time, limit time.Duration) (NumberHold, error) {
	const op = "store.HoldNumber"

	ref, next := s.number(number), numberDoc{Until: now.Add(limit), Nonce: rand.Text()}

	snap, held, err := s.readNumber(ctx, ref)

	var wrote *firestore.WriteResult

	switch {
	case errors.Is(err, ErrNotFound):
		wrote, err = ref.Create(ctx, next)
	case err != nil:
		return NumberHold{}, err
	case held.Until.After(now):
		return NumberHold{}, ErrNumberHeld
	default:
		wrote, err = ref.Update(ctx, []firestore.Update{{Path: "until", Value: next.Until}, {Path: "nonce", Value: next.Nonce}}, firestore.LastUpdateTime(snap.UpdateTime))
	}

	if err = failure(op, err); err == nil {
		return NumberHold{number, wrote.UpdateTime}, nil
	}
	if !errors.Is(err, ErrExists) && !IsConflict(err) {
		return NumberHold{}, err
	}

	// Another was faster; or the answer was lost, and the client's second try has met the first.
	snap, held, err = s.readNumber(ctx, ref)
	if err != nil || held.Nonce != next.Nonce {
		return NumberHold{}, ErrNumberHeld
	}

	return NumberHold{number, snap.UpdateTime}, nil
}

func (s *Store) readNumber(ctx context.Context, ref *firestore.DocumentRef) (*firestore.DocumentSnapshot, numberDoc, error) {
	snap, err := ref.Get(ctx)
	if err != nil {
		return nil, numberDoc{}, failure("store.readNumber", err)
	}

	var doc numberDoc
	err = snap.DataTo(&doc)

	return snap, doc, failure("store.readNumber", err)
}

// ReleaseNumber ends a hold whose number was not connected. It changes nothing if another has the number by then, or if it was connected.
func (s *Store) ReleaseNumber(ctx context.Context, h NumberHold) error {
	if h.number == "" {
		return nil
	}

	_, err := s.number(h.number).Delete(ctx, firestore.LastUpdateTime(h.taken))
	if err = failure("store.ReleaseNumber", err); IsConflict(err) {
		return nil
	}

	return err
}
