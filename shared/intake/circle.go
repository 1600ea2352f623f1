package intake

import (
	"context"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxCircle is how many user ids and numbers of one shopper a STOP is carried to.
const maxCircle = 16

// circle finds all numbers that a STOP concerns: those that user ids stand for, and those of what has taken the place of a number or
// user id since. It has the STOP stored under each that is the shopper's still, so that one that is told later finds it.
type circle struct {
	intake *Intake
	appID  string
	stop   consent.Entry
	party  *party
	seen   []string
	keys   []string
}

// visit adds what a user id or number leads to that was the shopper's at a time.
func (w *circle) visit(ctx context.Context, id store.UserID, since time.Time) error {
	if slices.Contains(w.seen, id.ID) || len(w.seen) == maxCircle {
		return nil
	}

	w.seen = append(w.seen, id.ID)

	if !id.PassedOn.After(since) {
		w.party.note(id, id.Stopped(w.stop))

		w.keys = append(w.keys, id.Former...)

		for _, key := range id.PhoneKeys {
			w.keys = append(w.keys, key)
			if err := w.visitNumber(ctx, key, latest(since, id.Known[key])); err != nil {
				return err
			}
		}
	}

	for _, heir := range id.Heirs {
		if heir.At.Before(since) {
			continue // it was not the shopper's any more
		}
		if err := w.visitHeir(ctx, heir); err != nil {
			return err
		}
	}

	return nil
}

func (w *circle) visitNumber(ctx context.Context, key string, since time.Time) error {
	number, err := w.intake.store.UserID(ctx, w.appID, store.NumberID(key))
	if err != nil {
		return err
	}

	return w.visit(ctx, number, since)
}

func (w *circle) visitHeir(ctx context.Context, heir store.Heir) error {
	if heir.PhoneKey == "" {
		id, err := w.intake.store.UserIDOf(ctx, w.appID, heir.ID)
		if err != nil {
			return err
		}

		return w.visit(ctx, id, heir.At)
	}

	number, err := w.intake.store.UserID(ctx, w.appID, store.NumberID(heir.PhoneKey))
	if err != nil {
		return err
	}
	if !number.PassedOn.After(heir.At) {
		w.keys = append(w.keys, heir.PhoneKey)
	}

	return w.visit(ctx, number, heir.At)
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}

	return b
}
