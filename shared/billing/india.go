package billing

import _ "embed"

//go:embed india.json
var india []byte

// India returns the card for numbers in India and accounts that are charged in rupees, with list prices and no tiers. Its comments say
// where each price is from; compare it with WhatsApp's own table before anybody is invoiced by it.
func India() Card {
	c, err := Read(india, false)
	if err != nil {
		panic(err) // a test reads it
	}

	return c
}
