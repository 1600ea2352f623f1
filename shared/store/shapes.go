package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
)

// Shape is a form of a provider's bodies that no fixture has. It holds no value that was sent.
type Shape struct {
	// Fingerprint names the form, and the document.
	Fingerprint string `firestore:"-"`
	Provider    string `firestore:"provider"`
	// Door is "callback" or "answer", Kind what the first such body was.
	Door string `firestore:"door"`
	Kind string `firestore:"kind"`
	// Path is where in the body the part is that was new, Outline its fields and their types.
	Path    string `firestore:"path"`
	Outline string `firestore:"outline"`
	// Others are further parts of the first body that were new.
	Others []string `firestore:"others,omitempty"`
	// Fixture is the first such body with other values; empty if it was too long.
	Fixture string `firestore:"fixture"`
	// Hour is that of FirstAt, in UTC, by which the new forms of an hour are counted.
	Hour    string    `firestore:"hour"`
	FirstAt time.Time `firestore:"firstAt"`
	LastAt  time.Time `firestore:"lastAt"`
	// Count is how many such bodies came. An event that is delivered twice counts twice, and what an instance has not told yet when it ends is
	// not in it.
	Count    int64     `firestore:"count"`
	ExpireAt time.Time `firestore:"expireAt"`
}

func (s *Store) shape(fingerprint string) *firestore.DocumentRef {
	return s.client.Collection("shapes").Doc(fingerprint)
}

// AddShape keeps a form that is new; ErrExists if it is there.
func (s *Store) AddShape(ctx context.Context, shape Shape) error {
	_, err := s.shape(shape.Fingerprint).Create(ctx, shape)
	return failure("store.AddShape", err)
}

// CountShape adds to the count of a form; ErrNotFound if it is not there.
func (s *Store) CountShape(ctx context.Context, fingerprint string, count int64, at, expireAt time.Time) error {
	_, err := s.shape(fingerprint).Update(ctx, []firestore.Update{
		{Path: "count", Value: firestore.Increment(count)},
		{Path: "lastAt", Value: at},
		{Path: "expireAt", Value: expireAt},
	})

	return failure("store.CountShape", err)
}

// ShapesOfHour returns how many forms of a provider were new in an hour, up to limit.
func (s *Store) ShapesOfHour(ctx context.Context, provider, hour string, limit int) (int, error) {
	snaps, err := s.client.Collection("shapes").Where("provider", "==", provider).Where("hour", "==", hour).Select().Limit(limit).Documents(ctx).GetAll()
	return len(snaps), unread("store.ShapesOfHour", err)
}

// Shape reads a form; ErrNotFound if it is not there.
func (s *Store) Shape(ctx context.Context, fingerprint string) (Shape, error) {
	const op = "store.Shape"

	if fingerprint == "" || strings.Contains(fingerprint, "/") {
		return Shape{}, fmt.Errorf("%s: %w", op, ErrNotFound)
	}

	snap, err := s.shape(fingerprint).Get(ctx)
	if err != nil {
		return Shape{}, failure(op, err)
	}

	return shapeOf(op, snap)
}

// Shapes reads the newest forms, the newest first, up to limit.
func (s *Store) Shapes(ctx context.Context, limit int) ([]Shape, error) {
	const op = "store.Shapes"

	snaps, err := s.client.Collection("shapes").OrderBy("firstAt", firestore.Desc).Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	shapes := make([]Shape, len(snaps))
	for i, snap := range snaps {
		if shapes[i], err = shapeOf(op, snap); err != nil {
			return nil, err
		}
	}

	return shapes, nil
}

func shapeOf(op string, snap *firestore.DocumentSnapshot) (Shape, error) {
	var shape Shape
	if err := snap.DataTo(&shape); err != nil {
		return Shape{}, failure(op, err)
	}

	shape.Fingerprint = snap.Ref.ID

	return shape, nil
}
