package settings

import (
	"context"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// ChargeText is what a person agrees to who lets messages be sent through the platform's app. A text that is changed gets another version.
type ChargeText struct{ Version, Text string }

// chargeTextInForce returns the present text.
func chargeTextInForce() ChargeText {
	return ChargeText{
		Version: "2026-11",
		Text: "WhatsApp messages about this event go through the platform's own number. Each one that is delivered is charged to your account " +
			"at the price shown, before taxes. Prices follow WhatsApp's rate card and can change with a quarter.",
	}
}

// chargedMarket is the country that prices are shown for: that of the shoppers of the platform's brands.
const chargedMarket = "IN"

// prices returns what a message of each category through an app costs the account now, and the version of the rate card that says so; a
// category that no rate card has a price for is not among them.
func (w *Workspace) prices(ctx context.Context, a account.Account, app account.App) (map[billing.Category]billing.Money, string, error) {
	cards, err := w.cards(ctx)
	if err != nil {
		return nil, "", err
	}

	card := "" // one card alone counts in a market

	now, prices := w.clock.Now().In(billing.Zone), map[billing.Category]billing.Money{}

	for _, category := range []billing.Category{billing.Marketing, billing.Utility, billing.Authentication} {
		if q, err := cards.Price(chargedMarket, category, now, app.Currency()); err == nil {
			prices[category], card = billing.Markup(a.MarkupBasisPoints).Apply(q.Price), q.Version
		}
	}

	return prices, card, nil
}

// categories returns what WhatsApp charges messages of the platform's templates as, by the kinds of events, as the copies of the templates
// say that were kept when they were last read. One that has no copy is not among them.
func (w *Workspace) categories(ctx context.Context, appID string, templates map[string]account.Content) (map[string]billing.Category, error) {
	var ids []string
	for _, content := range templates {
		ids = append(ids, content.TemplateID)
	}

	slices.Sort(ids)

	copies, err := w.store.Templates(ctx, appID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}

	categories := map[string]billing.Category{}

	for kind, content := range templates {
		if known, ok := copies[content.TemplateID]; ok {
			categories[kind] = billing.CategoryOf(known.Category)
		}
	}

	return categories, nil
}

// category returns what the messages of an event are charged as through the app: what WhatsApp charges the platform's template as, and the
// event's own category where the provider chooses its texts itself. It is empty if messages are not charged, or if nobody knows.
func (l look) category(e order.CatalogEntry) billing.Category {
	switch {
	case !l.charged():
		return ""
	case l.offer.Forwards:
		return account.CategoryOf(e)
	default:
		return l.offer.Categories[e.Kind.String()]
	}
}

// ChargesInput is what a person was shown who agrees to charges.
type ChargesInput struct{ TextVersion, Price string }

// consent returns the record of a consent to the charges of an event: the one that is there if it is of the same text and price, covers
// the category and is in the currency of the app, else that of the caller now. A text or a price that is not the present one is a Conflict, which names the price to show.
func (w *Workspace) consent(
	c access.Caller, in ChargesInput, recorded *account.ChargeConsent, l look, e order.CatalogEntry, field string,
) (*account.ChargeConsent, error) {
	const op = "settings.consent"

	price, category := l.price(e), l.category(e)

	stands := recorded != nil && recorded.Covers(e.Kind.String(), category) && recorded.In(l.app.Currency())
	if stands && recorded.TextVersion == in.TextVersion && recorded.Price == in.Price {
		return recorded, nil
	}

	refuse := func(name, msg string) (*account.ChargeConsent, error) {
		return nil, &fault.Error{Kind: fault.Conflict, Op: op, Field: field + "." + name, Msg: msg}
	}

	text := chargeTextInForce()
	switch {
	case in.TextVersion != text.Version:
		return refuse("textVersion", "is not the present text, which is "+text.Version+": show that one and ask again")
	case price == billing.Money{}:
		return refuse("price", "is not known: no rate card has a price for messages of the category of the platform's template")
	case in.Price != price.String():
		return refuse("price", "is not the present price, which is "+price.String()+": show that one and ask again")
	}

	return &account.ChargeConsent{
		By:          c.Subject,
		At:          w.clock.Now(),
		TextVersion: in.TextVersion,
		Price:       in.Price,
		PriceMicros: price.Micros,
		Category:    category,
	}, nil
}
