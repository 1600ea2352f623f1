package settings

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// RateCards lists all rate cards, in the order of their days and versions: those that were put, and [billing.India] unless a card of its
// version was put. stale are the currencies whose newest card is from before this quarter. Every caller may see them.
func (w *Workspace) RateCards(ctx context.Context, c access.Caller) (cards billing.Cards, stale []string, err error) {
	if err = c.MaySomewhere(access.Read); err != nil {
		return nil, nil, err
	}

	cards, err = w.cards(ctx)
	if err != nil {
		return nil, nil, err
	}

	return cards, cards.Stale(w.clock.Now()), nil
}

// cards returns all rate cards.
func (w *Workspace) cards(ctx context.Context) (billing.Cards, error) { return cardsOf(ctx, w.store) }

// PutRateCard reads, checks and stores a rate card of that version; the caller must be of the platform. A card whose first day has begun
// anywhere on earth is used, and never changes: to put it again as it is changes nothing, and any other card of its version is a Conflict.
// Errors of the card itself, and of its place beside the others, are Invalid and name the field; see [billing.Read] for forced, and
// [billing.Cards.Admit]. Two cards that are put in the same second are not checked beside each other.
func (w *Workspace) PutRateCard(ctx context.Context, c access.Caller, version string, text []byte, forced bool) (card billing.Card, created bool, err error) {
	const op = "settings.PutRateCard"

	card, former, err := w.admitRateCard(ctx, c, version, text, forced)
	switch {
	case err != nil:
		return billing.Card{}, false, err
	case former == nil:
	case reflect.DeepEqual(*former, card):
		return card, false, nil
	default:
		return card, false, w.store.ReplaceRateCard(ctx, w.putBy(c, card))
	}

	err = w.store.CreateRateCard(ctx, w.putBy(c, card))
	if errors.Is(err, store.ErrExists) {
		err = fault.New(fault.Conflict, op, "a card of this version was put at the same time")
	}

	return card, err == nil, err
}

// putBy returns a card as it is stored that a caller puts now.
func (w *Workspace) putBy(c access.Caller, card billing.Card) store.RateCard {
	return store.RateCard{Card: card, PutBy: store.Author{Subject: c.Subject, Name: c.Name}, PutAt: w.clock.Now()}
}

// CheckRateCard is PutRateCard without storing anything: created says that the card would be a new one.
func (w *Workspace) CheckRateCard(ctx context.Context, c access.Caller, version string, text []byte, forced bool) (card billing.Card, created bool, err error) {
	card, former, err := w.admitRateCard(ctx, c, version, text, forced)

	return card, err == nil && former == nil, err
}

// admitRateCard reads and checks a rate card of that version. former is the card of its version that there is, nil if there is none.
func (w *Workspace) admitRateCard(
	ctx context.Context, c access.Caller, version string, text []byte, forced bool,
) (card billing.Card, former *billing.Card, err error) {
	const op = "settings.PutRateCard"

	if err = c.May(access.Operate, ""); err != nil {
		return billing.Card{}, nil, err
	}

	card, err = billing.Read(text, forced)
	if err != nil {
		return billing.Card{}, nil, err
	}
	if card.Version != version {
		return billing.Card{}, nil, fault.Field("version", "must be that of the path")
	}

	cards, err := w.cards(ctx)
	if err != nil {
		return billing.Card{}, nil, err
	}

	if i := index(cards, version); i >= 0 {
		same := cards[i]
		former, cards = &same, slices.Delete(cards, i, i+1)
	}

	switch {
	case former == nil:
	case reflect.DeepEqual(*former, card):
		return card, former, nil
	case w.used(*former):
		return billing.Card{}, nil, fault.New(fault.Conflict, op, "a card that is in use never changes: put one of another version")
	}

	if err = cards.Admit(card); err != nil {
		return billing.Card{}, nil, err
	}
	if other := cards.Priced(card); other != "" && w.used(card) {
		return billing.Card{}, nil, fault.Field("from", "has begun, and messages of that day are priced by "+other+": take a later day, before which nothing changes")
	}

	return card, former, nil
}

// used reports whether a message may have been priced by the card: its first day has begun where days begin first.
func (w *Workspace) used(c billing.Card) bool {
	const firstZone = 14 * time.Hour

	return string(c.From) <= w.clock.Now().UTC().Add(firstZone).Format(time.DateOnly)
}
