package settings

import (
	"context"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// cardStore reads the rate cards that were put.
type cardStore interface {
	RateCards(ctx context.Context) ([]store.RateCard, error)
}

// cardsOf returns all rate cards, in the order of their days and versions: those that were put, and [billing.India] unless a card of its
// version was put.
func cardsOf(ctx context.Context, from cardStore) (billing.Cards, error) {
	stored, err := from.RateCards(ctx)
	if err != nil {
		return nil, err
	}

	var cards billing.Cards
	for _, c := range stored {
		cards = append(cards, c.Card)
	}

	if india := billing.India(); index(cards, india.Version) < 0 {
		cards = append(cards, india)
	}

	cards.Sort()

	return cards, nil
}

// Cards returns all rate cards, at most as old as the cache lets them be. They are not to be changed.
func (a *Accounts) Cards(ctx context.Context) (billing.Cards, error) {
	return a.cards.Get(ctx, struct{}{})
}

// Estimate returns what a message is expected to cost that is claimed now, through an app of the account, and that WhatsApp charges as a
// category. No message waits for a price: where the cards cannot be read the estimate has none. What goes through a brand's own app has none
// either, and no card is read for it.
func (a *Accounts) Estimate(ctx context.Context, m message.Message, of account.Account, app account.App, c billing.Category) message.Estimate {
	var cards billing.Cards
	if m.Ownership == message.Platform {
		cards, _ = a.Cards(ctx)
	}

	now := a.clock.Now()

	e := cards.Estimate(m, c, billing.Markup(of.MarkupBasisPoints), app.Currency(), now)
	e.Day = of.Day(now)

	return e
}

// index returns the place of the card of a version; -1 if there is none.
func index(cards billing.Cards, version string) int {
	return slices.IndexFunc(cards, func(c billing.Card) bool { return c.Version == version })
}

// Charges returns what a message cost as far as is known now, by the cards as [Accounts.Cards] has them. It asks for no cards where the price
// is none of theirs: until the provider has said what it charges the estimate stands, and what goes through a brand's own app has none.
func (a *Apps) Charges(ctx context.Context, m message.Message) (billing.Charges, error) {
	var cards billing.Cards

	if m.Ownership == message.Platform && (len(m.Pricing) > 0 || m.Estimate.Card == "") {
		var err error
		if cards, err = a.accounts.Cards(ctx); err != nil {
			return billing.Charges{}, err
		}
	}

	return cards.Of(m, Teller(a.providers, m.Provider)), nil
}

// Teller returns what a provider tells of its messages, by its name in settings.
func Teller(all Providers, name string) billing.Teller {
	known, ok := all.Get(name)
	if !ok {
		return billing.Teller{}
	}

	c := known.Capabilities()

	return billing.Teller{Reports: c.Callbacks, Prices: c.Prices, Bills: c.Bills}
}
