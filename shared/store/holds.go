package store

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"cloud.google.com/go/firestore"
)

// ErrHeld means that somebody else has the sole right that a [Hold] is, at the moment.
var ErrHeld = errors.New("somebody else is changing it")

// holdDoc gives the sole right to change something to whoever changes it at the moment. It says nothing of what that is in the end, which
// accounts and apps of the platform's say themselves.
type holdDoc struct {
	Until time.Time `firestore:"until"`
	// Nonce tells the write that took the right from all others.
	Nonce string `firestore:"nonce"`
}

// Hold is the sole right to connect a business number, or to change the webhook of an app. The zero value is of nothing, and does nothing.
type Hold struct {
	ref   *firestore.DocumentRef
	taken time.Time
}

// Also is written in the batch of a save, or nothing is: a [Disposal], a [QuietChange], or the end of a [Hold], without which the save is
// [ErrConflict].
type Also interface {
	add(s *Store, b *batch)
}

func (d Disposal) add(s *Store, b *batch) { b.Set(s.disposal(d.ID), d) }

func (h Hold) add(_ *Store, b *batch) {
	if h.ref != nil {
		b.Delete(h.ref, firestore.LastUpdateTime(h.taken))
	}
}

// HoldNumber takes the sole right to connect a business number for some time, which has to be longer than connecting takes; ErrHeld if
// another has it. Whoever has it reads where the number is, and gives the hold to the save that connects it. So of two that connect one
// number at the same time only one can be saved, and the other one does nothing else before.
func (s *Store) HoldNumber(ctx context.Context, number string, now time.Time, limit time.Duration) (Hold, error) {
	return s.hold(ctx, s.client.Collection("numbers").Doc(hashID("number", number)), now, limit)
}

// HoldWebhook takes the sole right to change the webhook of an app for some time, which has to be longer than that takes; ErrHeld if
// another has it. Whoever has it keeps it until the provider was told, so that the provider holds the address of the change that was
// saved last. accountID is empty for an app of the platform's.
func (s *Store) HoldWebhook(ctx context.Context, accountID, appID string, now time.Time, limit time.Duration) (Hold, error) {
	return s.hold(ctx, s.client.Collection("webhookHolds").Doc(hashID("webhook", accountID, appID)), now, limit)
}

func (s *Store) hold(ctx context.Context, ref *firestore.DocumentRef, now time.Time, limit time.Duration) (Hold, error) {
	next := holdDoc{Until: now.Add(limit), Nonce: rand.Text()}

	snap, held, err := readHold(ctx, ref)

	var wrote *firestore.WriteResult

	switch {
	case errors.Is(err, ErrNotFound):
		wrote, err = ref.Create(ctx, next)
	case err != nil:
		return Hold{}, err
	case held.Until.After(now):
		return Hold{}, ErrHeld
	default:
		wrote, err = ref.Update(ctx, []firestore.Update{{Path: "until", Value: next.Until}, {Path: "nonce", Value: next.Nonce}}, firestore.LastUpdateTime(snap.UpdateTime))
	}

	if err = failure("store.hold", err); err == nil {
		return Hold{ref, wrote.UpdateTime}, nil
	}
	if !errors.Is(err, ErrExists) && !IsConflict(err) {
		return Hold{}, err
	}

	// Another was faster; or the answer was lost, and the client's second try has met the first.
	snap, held, err = readHold(ctx, ref)
	if err != nil || held.Nonce != next.Nonce {
		return Hold{}, ErrHeld
	}

	return Hold{ref, snap.UpdateTime}, nil
}

func readHold(ctx context.Context, ref *firestore.DocumentRef) (*firestore.DocumentSnapshot, holdDoc, error) {
	snap, err := ref.Get(ctx)
	if err != nil {
		return nil, holdDoc{}, failure("store.readHold", err)
	}

	var doc holdDoc
	err = snap.DataTo(&doc)

	return snap, doc, failure("store.readHold", err)
}

// Release ends a hold that no save has ended. It changes nothing if another has what was held by then.
func (s *Store) Release(ctx context.Context, h Hold) error {
	if h.ref == nil {
		return nil
	}

	_, err := h.ref.Delete(ctx, firestore.LastUpdateTime(h.taken))
	if err = failure("store.Release", err); IsConflict(err) {
		return nil
	}

	return err
}
