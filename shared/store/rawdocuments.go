package store

import (
	"context"

	"cloud.google.com/go/firestore"
)

// Document is a document as it is stored, for people who look for what nothing else shows. Its fields hold personal data.
type Document struct {
	// Collection and ID name it.
	Collection, ID string
	Fields         map[string]any
}

// maxDocuments is how many documents of one collection are shown of an order.
const maxDocuments = 200

// DocumentsOfOrder returns what is stored of an order of an account: its messages and what shoppers replied to them, each at most maxDocuments.
func (s *Store) DocumentsOfOrder(ctx context.Context, accountID, orderID string) ([]Document, error) {
	const op = "store.DocumentsOfOrder"

	if accountID == "" {
		return nil, noAccount(op)
	}

	replies := s.client.Collection("replies").Where("account", "==", accountID).Where("order", "==", orderID)

	var all []Document

	for _, q := range []firestore.Query{s.ofOrder(accountID, orderID), replies} {
		snaps, err := q.Limit(maxDocuments).Documents(ctx).GetAll()
		if err != nil {
			return nil, unread(op, err)
		}

		for _, snap := range snaps {
			all = append(all, documentOf(snap))
		}
	}

	return all, nil
}

// OrderDocument returns the document of a stored order; ErrNotFound if there is none.
func (s *Store) OrderDocument(ctx context.Context, id string) (Document, error) {
	snap, err := s.order(id).Get(ctx)
	if err = failure("store.OrderDocument", err); err != nil {
		return Document{}, err
	}

	return documentOf(snap), nil
}

func documentOf(snap *firestore.DocumentSnapshot) Document {
	return Document{Collection: snap.Ref.Parent.ID, ID: snap.Ref.ID, Fields: snap.Data()}
}
