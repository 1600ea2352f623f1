package store

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
)

func (s *Store) rateCard(version string) *firestore.DocumentRef {
	return s.client.Collection("rateCards").Doc(version)
}

// maxCards is the most rate cards that are read. There are a few new ones a quarter.
const maxCards = 1000

// RateCard is a rate card with who put it, and when.
type RateCard struct {
	billing.Card

	PutBy Author    `firestore:"putBy"`
	PutAt time.Time `firestore:"putAt"`
}

// RateCards lists all rate cards, in the order of their versions.
func (s *Store) RateCards(ctx context.Context) ([]RateCard, error) {
	snaps, err := page(s.client.Collection("rateCards").Query, "", maxCards).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.RateCards", err)
	}

	cards := make([]RateCard, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&cards[i]); err != nil {
			return nil, failure("store.RateCards", fmt.Errorf("card %s: %w", snap.Ref.ID, err))
		}
	}

	return cards, nil
}

// CreateRateCard stores a card; ErrExists if there is one of its version.
func (s *Store) CreateRateCard(ctx context.Context, c RateCard) error {
	_, err := s.rateCard(c.Version).Create(ctx, c)
	return failure("store.CreateRateCard", err)
}

// ReplaceRateCard stores a card in the place of one that no message can have been priced by yet, which the caller has to know.
func (s *Store) ReplaceRateCard(ctx context.Context, c RateCard) error {
	_, err := s.rateCard(c.Version).Set(ctx, c)
	return failure("store.ReplaceRateCard", err)
}
