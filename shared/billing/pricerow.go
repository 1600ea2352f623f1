package billing

import "github.com/eshopbox/whatsapp-notifications/shared/phone"

// PriceRow is the line of a card that a price is from.
type PriceRow struct {
	// Version, Currency, From and Until are the card's.
	Version     string
	Currency    string
	From, Until Day
	Rate
}

// RowOf returns the line of a card, by its version, that has the price of a message to a number (E.164), where the category may be a
// provider's word. ok is false if there is no such card, or none of its lines is for the message.
func (cs Cards) RowOf(version, e164, category string) (row PriceRow, ok bool) {
	number, err := phone.FromE164(e164)
	if err != nil {
		return PriceRow{}, false
	}

	for _, c := range cs {
		if c.Version != version {
			continue
		}

		for _, country := range number.Countries() {
			if r, found := c.rate(country, chargedAs(category)); found {
				return PriceRow{Version: c.Version, Currency: c.Currency, From: c.From, Until: c.Until, Rate: r}, true
			}
		}
	}

	return PriceRow{}, false
}
