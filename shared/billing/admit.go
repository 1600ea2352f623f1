package billing

import (
	"fmt"
	"slices"
)

// Admit returns what keeps a card, which [Read] has returned, from being put beside the others: Invalid errors, joined, that name the
// fields at fault. It must have a version of its own. In each market the cards of one currency follow each other: two never count on
// the same day, none ends before the next begins, and what one has a price for the next has too. A card without an end is ended by the
// next. To replace a card, leave it out of the others.
func (cs Cards) Admit(c Card) error {
	var k checks

	for _, other := range cs {
		k.that(other.Version != c.Version, "version", "is taken by another card")
	}

	for _, other := range cs {
		if other.Currency != c.Currency || !slices.ContainsFunc(c.markets(), other.covers) {
			continue
		}

		switch {
		case other.From == c.From:
			k.that(false, "from", "overlaps "+other.Version+", which begins on the same day")
		case other.From < c.From && c.From < other.Until:
			k.that(false, "from", "overlaps "+other.Version+", which ends later")
		case c.From < other.From && other.From < c.Until:
			k.that(false, "until", "overlaps "+other.Version+", which begins earlier")
		}
	}

	c.checkNeighbours(&k, cs)

	return k.err()
}

// Priced returns the version of the card by which messages of a card's first day are priced already, in one of its markets; empty if there is
// none.
func (cs Cards) Priced(c Card) string {
	for _, other := range cs {
		if other.Currency == c.Currency && other.inForce(c.From) && slices.ContainsFunc(c.markets(), other.covers) {
			return other.Version
		}
	}

	return ""
}

// checkNeighbours notes the gaps between the card and those before and after it.
func (c Card) checkNeighbours(k *checks, cs Cards) {
	seen := map[string]bool{} // a problem that several markets have is noted once
	gap := func(first, second *Card, field string) {
		text := fmt.Sprintf("leaves a gap between %s and %s", first.Version, second.Version)
		k.that(first.Until == "" || first.Until >= second.From || seen[text], field, text)
		seen[text] = true
	}

	for _, market := range c.markets() {
		before, after := cs.neighbours(c, market)
		if before != nil {
			gap(before, &c, "from")
			lacks(k, before, &c, market)
		}
		if after != nil {
			gap(&c, after, "until")
			lacks(k, &c, after, market)
		}
	}
}

// lacks notes the categories that a market has a price for by one card, and not by the next.
func lacks(k *checks, first, second *Card, market string) {
	for _, category := range categories {
		_, had := first.rate(market, category)
		_, has := second.rate(market, category)
		k.that(!had || has, "rates", fmt.Sprintf("leave a gap: %s has a price for %s in %s, and %s has none", first.Version, category, market, second.Version))
	}
}

// neighbours returns the cards that come before and after c in a market; nil where there is none.
func (cs Cards) neighbours(c Card, market string) (before, after *Card) {
	for i := range cs {
		other := &cs[i]

		switch {
		case other.Currency != c.Currency || !other.covers(market):
		case other.From < c.From && (before == nil || other.From > before.From):
			before = other
		case other.From > c.From && (after == nil || other.From < after.From):
			after = other
		}
	}

	return before, after
}
