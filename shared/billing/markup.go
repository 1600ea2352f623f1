package billing

import "github.com/eshopbox/whatsapp-notifications/shared/fault"

// Markup is what is added to a price for a brand, in basis points: 250 adds 2.5 percent.
type Markup int

// maxMarkup makes a price ten times of what it is. More is a slip of the hand.
const maxMarkup Markup = 90_000

// Check returns an Invalid error that names the field unless the mark-up is one: from nothing to ten times the price.
func (m Markup) Check(field string) error {
	if m < 0 || m > maxMarkup {
		return fault.Field(field, "must be from 0 to 90000 basis points")
	}

	return nil
}

// Apply returns the price with the mark-up, which must be one by Check, rounded to whole micro-units, half of one up. The price is one
// of a card.
func (m Markup) Apply(price Money) Money {
	const whole = 10_000

	price.Micros = (price.Micros*(whole+int64(m)) + whole/2) / whole

	return price
}
