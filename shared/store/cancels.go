package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
)

// CancelRequest is the wish to cancel an order. There is at most one of an order, whose document is named like the order's.
type CancelRequest struct {
	// ID is OrderID's; it is also the id of the message to the platform, by which that is known when it comes twice.
	ID        string `firestore:"-"`
	AccountID string `firestore:"account"`
	OrderID   string `firestore:"order"`
	// Number is the order's number for its customers.
	Number string `firestore:"number"`
	// Reason is what the shopper said, shortened.
	Reason string `firestore:"reason"`
	// Actor is who asked, "bot"; Mode where, "whatsapp"; Source through which provider.
	Actor  string `firestore:"actor"`
	Mode   string `firestore:"mode"`
	Source string `firestore:"source"`
	// Nonce is the worker's that publishes it, until Lease ends.
	Nonce       string    `firestore:"nonce"`
	Lease       time.Time `firestore:"lease"`
	RequestedAt time.Time `firestore:"requestedAt"`
	// PublishedAt is when the platform's message was durable; the zero time before.
	PublishedAt time.Time `firestore:"publishedAt,omitzero"`
	ExpireAt    time.Time `firestore:"expireAt"`
	UpdateTime  time.Time `firestore:"-"`
}

func (s *Store) cancelRequest(id string) *firestore.DocumentRef {
	return s.client.Collection("cancelRequests").Doc(id)
}

// CreateCancel stores a request that must be the order's first; ErrExists if there is one.
func (s *Store) CreateCancel(ctx context.Context, r CancelRequest) error {
	_, err := s.cancelRequest(r.ID).Create(ctx, r)
	return failure("store.CreateCancel", err)
}

// CancelRequest reads an order's request; ErrNotFound if there is none.
func (s *Store) CancelRequest(ctx context.Context, id string) (CancelRequest, error) {
	snap, err := s.cancelRequest(id).Get(ctx)
	if err != nil {
		return CancelRequest{}, failure("store.CancelRequest", err)
	}

	var r CancelRequest
	if err := snap.DataTo(&r); err != nil {
		return CancelRequest{}, failure("store.CancelRequest", err)
	}

	r.ID, r.UpdateTime = snap.Ref.ID, snap.UpdateTime

	return r, nil
}

// TakeOverCancel renews nonce and lease of a request whose lease has expired; ErrConflict if it changed since it was read.
func (s *Store) TakeOverCancel(ctx context.Context, r CancelRequest) error {
	_, err := s.cancelRequest(r.ID).Update(ctx, []firestore.Update{
		{Path: "nonce", Value: r.Nonce}, {Path: "lease", Value: r.Lease},
	}, firestore.LastUpdateTime(r.UpdateTime))
	return failure("store.TakeOverCancel", err)
}

// CancelPublished notes that the platform's message is durable.
func (s *Store) CancelPublished(ctx context.Context, id string, at time.Time) error {
	_, err := s.cancelRequest(id).Update(ctx, []firestore.Update{{Path: "publishedAt", Value: at}})
	return failure("store.CancelPublished", err)
}
