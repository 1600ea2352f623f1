package billing

import (
	"slices"
)

// Card is the prices of one currency from a day on. A card that has priced a message never changes.
type Card struct {
	// Version names the card for good, such as "meta-inr-in-2026q4".
	Version  string `json:"version" firestore:"version"`
	Currency string `json:"currency" firestore:"currency"`
	// From is the first day on which the card counts, Until the first on which it does no more; empty while the next card for a market
	// ends it.
	From  Day `json:"from" firestore:"from"`
	Until Day `json:"until,omitempty" firestore:"until,omitempty"`
	// Regions are names for countries that have one price, with their codes.
	Regions map[string][]string `json:"regions,omitempty" firestore:"regions,omitempty"`
	Rates   []Rate              `json:"rates" firestore:"rates"`
	// Comment says where the prices are from.
	Comment string `json:"comment,omitempty" firestore:"comment,omitempty"`
}

// Rate is the price of one category in one market.
type Rate struct {
	// Market is a country's code in capitals (ISO 3166-1), or one of the card's regions.
	Market   string   `json:"market" firestore:"market"`
	Category Category `json:"category" firestore:"category"`
	// Micros is the list price of one message, in millionths of the currency's unit.
	Micros int64 `json:"micros" firestore:"micros"`
	// Tiers are the prices of further messages of a month, from the lowest volume on.
	Tiers   []Tier `json:"tiers,omitempty" firestore:"tiers,omitempty"`
	Comment string `json:"comment,omitempty" firestore:"comment,omitempty"`
}

// Tier is the price of the messages of a month from one to another, both counted in; To is 0 in the last one, which has no end.
type Tier struct {
	From   int64 `json:"from" firestore:"from"`
	To     int64 `json:"to,omitempty" firestore:"to,omitempty"`
	Micros int64 `json:"micros" firestore:"micros"`
}

// inForce reports whether the card counts on a day, as long as no newer one does.
func (c Card) inForce(day Day) bool { return c.From <= day && (c.Until == "" || day < c.Until) }

// covers reports whether the card has a price in the market.
func (c Card) covers(market string) bool {
	return slices.ContainsFunc(c.Rates, func(r Rate) bool { return c.has(r, market) })
}

// rate returns the price of a category in a market.
func (c Card) rate(market string, category Category) (Rate, bool) {
	i := slices.IndexFunc(c.Rates, func(r Rate) bool { return r.Category == category && c.has(r, market) })
	if i < 0 {
		return Rate{}, false
	}

	return c.Rates[i], true
}

// has reports whether a rate of the card is for the market: by its name, or since its region has the country.
func (c Card) has(r Rate, market string) bool {
	return r.Market == market || slices.Contains(c.Regions[r.Market], market)
}

// markets lists, sorted, the regions and countries that the card has prices in, the countries of its regions too.
func (c Card) markets() []string {
	var all []string
	for _, r := range c.Rates {
		all = append(append(all, r.Market), c.Regions[r.Market]...)
	}

	slices.Sort(all)

	return slices.Compact(all)
}
