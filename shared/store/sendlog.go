package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// LogQuery says which messages of an account are listed. Empty fields set no condition.
type LogQuery struct {
	AccountID string
	// Event is the kind, such as "shipment/failed_delivery".
	Event  string
	AppID  string
	Reason message.Reason
	// Customers are the names of one shopper's documents, of which a number with two spellings has two.
	Customers []string
	// From and Until bound when the message was made: From counts, Until does not.
	From, Until time.Time
	// After is the last message of the page before; nil begins with the newest.
	After *LogPlace
}

// LogPlace is a place in a list of messages.
type LogPlace struct {
	CreatedAt time.Time
	ID        string
}

// SendLog lists messages of an account, the newest first, at most limit. A message that cannot be read is an error, with which all others
// come. An empty account is an error: it must not mean all accounts.
func (s *Store) SendLog(ctx context.Context, q LogQuery, limit int) ([]message.Message, error) {
	if q.AccountID == "" {
		return nil, noAccount("store.SendLog")
	}

	query := s.log.Where("account", "==", q.AccountID)

	for _, equal := range []struct{ field, value string }{{"event", q.Event}, {"app", q.AppID}, {"reason", string(q.Reason)}} {
		if equal.value != "" {
			query = query.Where(equal.field, "==", equal.value)
		}
	}

	if len(q.Customers) > 0 {
		query = query.Where("customer", "in", q.Customers)
	}
	if !q.From.IsZero() {
		query = query.Where("createdAt", ">=", q.From)
	}
	if !q.Until.IsZero() {
		query = query.Where("createdAt", "<", q.Until)
	}

	query = query.OrderBy("createdAt", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	if q.After != nil {
		query = query.StartAfter(q.After.CreatedAt, q.After.ID)
	}

	return s.messages(ctx, query.Limit(limit))
}

// RepliesToOrder returns what shoppers answered to the account's messages about an order, in no order, at most limit.
func (s *Store) RepliesToOrder(ctx context.Context, accountID, orderID string, limit int) ([]Reply, error) {
	const op = "store.RepliesToOrder"

	if accountID == "" {
		return nil, noAccount(op)
	}

	q := s.client.Collection("replies").Where("account", "==", accountID).Where("order", "==", orderID)

	snaps, err := q.Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	found := make([]Reply, 0, len(snaps))

	var problems []error
	for _, snap := range snaps {
		var r Reply
		if err := snap.DataTo(&r); err != nil {
			problems = append(problems, fmt.Errorf("reply %s: %w", snap.Ref.ID, failure(op, err)))
			continue
		}

		r.ID = snap.Ref.ID
		found = append(found, r)
	}

	return found, errors.Join(problems...)
}

// Reveal is the note that a person was shown the telephone number of a message. It is kept for good.
type Reveal struct {
	AccountID string `firestore:"account"`
	MessageID string `firestore:"message"`
	OrderID   string `firestore:"order"`
	// CustomerID names whose number it is, by a keyed hash.
	CustomerID string `firestore:"customer"`
	By         Author `firestore:"by"`
	// Role is the caller's, Reason what it typed.
	Role   string    `firestore:"role"`
	Reason string    `firestore:"reason"`
	At     time.Time `firestore:"at"`
}

// AddReveal notes that a number is about to be shown.
func (s *Store) AddReveal(ctx context.Context, r Reveal) error {
	_, err := s.client.Collection("reveals").NewDoc().Create(ctx, r)
	return failure("store.AddReveal", err)
}

// RevealsOfOrder lists the notes about an order of an account, in no order, at most limit.
func (s *Store) RevealsOfOrder(ctx context.Context, accountID, orderID string, limit int) ([]Reveal, error) {
	const op = "store.RevealsOfOrder"

	q := s.client.Collection("reveals").Where("account", "==", accountID).Where("order", "==", orderID)

	snaps, err := q.Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	all := make([]Reveal, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&all[i]); err != nil {
			return nil, failure(op, err)
		}
	}

	return all, nil
}
