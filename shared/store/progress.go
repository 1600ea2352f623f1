package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Record writes progress without reading; ErrNotFound if there is no such message, ErrConflict if it is no longer as of
// ClearDueIf.
func (s *Store) Record(ctx context.Context, p message.Progress) error {
	var as []firestore.Precondition
	if !p.ClearDueIf.IsZero() {
		as = append(as, firestore.LastUpdateTime(p.ClearDueIf))
	}

	_, err := s.message(p.MessageID).Update(ctx, transforms(p), as...)

	return failure("store.Record", err)
}

// RecordWith is Record together with what p says of shoppers, in one write, on condition that the message still has the
// update time. It returns the next one.
func (s *Store) RecordWith(ctx context.Context, p message.Progress, asOf time.Time, effects ...Consequence) (time.Time, error) {
	b := s.batch()
	b.Update(s.message(p.MessageID), transforms(p), firestore.LastUpdateTime(asOf))

	s.addConsequences(b, effects)

	return commit(ctx, "store.RecordWith", b)
}

// RecordAs is Record together with a change of phase, on condition that the message is as read at its UpdateTime. The
// change says when the message is due; ClearDueIf must not be set.
func (s *Store) RecordAs(ctx context.Context, p message.Progress, c Change) error {
	return s.apply(ctx, "store.RecordAs", transforms(p), c)
}

// RecordNotTaken records that the newest attempt of a message was surely not taken, and that sweep leaves the message alone. A report that came
// first says more, and stays.
func (s *Store) RecordNotTaken(ctx context.Context, m message.Message, f message.Failure, at time.Time) error {
	m.Phase, m.Due = message.Failed, time.Time{}

	err := s.RecordAs(ctx, message.Progress{
		MessageID: m.ID,
		Attempt:   m.Attempt,
		Status:    message.StatusFailed,
		At:        at.UnixMilli(),
		AppID:     m.AppID,
		Failure:   f,
	}, Change{Message: m})
	if IsConflict(err) {
		return nil
	}

	return err
}

// changed notes in a message that it was written, so that usage finds what was heard of a day that is closed.
var changed = firestore.Update{Path: "changed", Value: firestore.ServerTimestamp}

// transforms are the writes that fold p into its message on the server, as [message.Progress.Apply] does in memory.
func transforms(p message.Progress) []firestore.Update {
	attempt := func(path ...string) []string { return append([]string{"attempts", message.Number(p.Attempt)}, path...) }
	ups := []firestore.Update{changed}
	if p.Status != "" {
		ups = append(ups,
			firestore.Update{FieldPath: attempt("rank"), Value: firestore.FieldTransformMaximum(int(message.RankOf(p.Status)))},
			firestore.Update{FieldPath: attempt("at", string(p.Status)), Value: firestore.FieldTransformMinimum(p.At)})
	}
	if p.ClaimedAt > 0 {
		ups = append(ups, firestore.Update{Path: "takenAt", Value: firestore.FieldTransformMaximum(p.ClaimedAt)})
	}
	if len(p.IDs) > 0 {
		ups = append(ups,
			firestore.Update{FieldPath: attempt("ids"), Value: firestore.ArrayUnion(anys("", p.IDs)...)},
			firestore.Update{Path: "ids", Value: firestore.ArrayUnion(anys(p.AppID+":", p.IDs)...)})
	}
	if p.UserID != "" {
		ups = append(ups, firestore.Update{Path: "userId", Value: p.UserID})
	}
	if p.LearnedID != "" {
		ups = append(ups, firestore.Update{Path: "learnedId", Value: p.LearnedID})
	}
	if p.LinkedKey != "" {
		ups = append(ups, firestore.Update{Path: "linkedKey", Value: p.LinkedKey})
	}
	if p.Class != "" {
		ups = append(ups,
			firestore.Update{FieldPath: attempt("code"), Value: p.Code},
			firestore.Update{FieldPath: attempt("class"), Value: p.Class})
	}
	if !p.Pricing.IsZero() {
		ups = append(ups, firestore.Update{FieldPath: []string{"pricing", p.PricingKey()}, Value: p.Pricing})
	}
	if !p.ClearDueIf.IsZero() {
		ups = append(ups, firestore.Update{Path: "due", Value: firestore.Delete}, firestore.Update{Path: givenUpAt, Value: firestore.Delete})
	}
	if p.Final {
		ups = append(ups, firestore.Update{Path: "eventData", Value: firestore.Delete})
	}

	return ups
}

func anys(prefix string, texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = prefix + t
	}
	return out
}

// Change is a change of phase, on condition that the message is as read.
type Change struct {
	// Message holds the new phase, reason, due and counts, and the UpdateTime at which it was read.
	Message message.Message
	// Effects are written with it.
	Effects []Consequence
}

// Change writes a change of phase; ErrConflict if the message, or the customer, is no longer as read.
func (s *Store) Change(ctx context.Context, c Change) error {
	return s.apply(ctx, "store.Change", []firestore.Update{changed}, c)
}

func (s *Store) apply(ctx context.Context, op string, ups []firestore.Update, c Change) error {
	m := c.Message
	if m.Reason == message.QuietHours && m.Phase != message.Waiting {
		m.Reason = "" // it waits no more
	}

	ups = append(ups,
		firestore.Update{Path: "phase", Value: m.Phase},
		firestore.Update{Path: "reason", Value: m.Reason},
		firestore.Update{Path: "tries", Value: m.Tries},
		firestore.Update{Path: "ticket", Value: m.Ticket},
		firestore.Update{Path: "doubts", Value: m.Doubts},
		firestore.Update{Path: "resent", Value: m.Resent},
		firestore.Update{Path: "silence", Value: m.Silence},
		firestore.Update{Path: "reopened", Value: orDelete(m.ReopenedAt)},
		firestore.Update{Path: "retried", Value: m.Retried},
		firestore.Update{Path: "due", Value: orDelete(m.Due)},
		givenUp(m))

	b := s.batch()
	b.Update(s.message(m.ID), ups, firestore.LastUpdateTime(m.UpdateTime))

	s.addConsequences(b, c.Effects)

	_, err := commit(ctx, op, b)

	return err
}
