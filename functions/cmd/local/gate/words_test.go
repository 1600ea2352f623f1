package gate

// verb is what a word does to consent.
type verb uint8

const (
	opens verb = iota
	closes
	blocks
	unblocks
)

// matter is what a word is about.
type matter uint8

const (
	updates matter = 1 << iota
	offers
	everything = updates | offers
)

// word is one thing said about a shopper's consent.
type word struct {
	name string
	does verb
	of   matter
	// at is when it was said; of words of the same time the one that closes counts.
	at int
	// byBrand: the brand says it, about what its shoppers agreed to before we knew them.
	byBrand bool
}

// words is a set of the words of a scenario, a bit each.
type words uint8

func (w words) has(n int) bool   { return w&(1<<n) != 0 }
func (w words) with(n int) words { return w | 1<<n }

// mayGet reports whether a shopper of whom a set of words is known may get a message about a matter. It is the product's rule, as package
// consent has it: on each matter the latest word counts, what a brand declares or imports counts from before everything, and a block by an
// authority holds whatever else is said.
func mayGet(said []word, known words, about matter, r rules) bool {
	if isBlocked(said, known, r) || latestOf(said, known, updates, r) == closes {
		return false
	}

	return about == updates || latestOf(said, known, offers, r) == opens || !r.offersNeedConsent
}

// latestOf returns what the latest word on a matter does: without any, nothing is open.
func latestOf(said []word, known words, of matter, r rules) verb {
	at, last := -2, closes
	for n, w := range said {
		if !known.has(n) || w.does > closes || w.of&of == 0 {
			continue
		}

		when := w.at
		if w.byBrand && w.does == opens && r.brandComesFirst {
			when = -1
		}
		if when > at || when == at && w.does == closes {
			at, last = when, w.does
		}
	}

	return last
}

// isClosed reports whether the latest words on each matter have taken consent back.
func isClosed(said []word, known words, r rules) bool {
	for _, of := range []matter{updates, offers} {
		heard := false
		for n, w := range said {
			heard = heard || known.has(n) && w.does <= closes && w.of&of != 0
		}

		if !heard || latestOf(said, known, of, r) != closes {
			return false
		}
	}

	return true
}

// isBlocked reports whether an authority has blocked the shopper, and not taken that back since.
func isBlocked(said []word, known words, r rules) bool {
	at, blocked := -1, false
	for n, w := range said {
		counts := w.does == blocks || w.does == unblocks || w.does == opens && !w.byBrand && !r.blockHolds
		if known.has(n) && counts && w.at > at {
			at, blocked = w.at, w.does == blocks
		}
	}

	return blocked
}

// isRefused reports whether a message about a matter must not be sent, since the words that are durable take consent back: it says what is
// right, apart from the rule that the product goes by.
func isRefused(said []word, durable words, about matter) bool {
	for n, w := range said {
		// Who takes back order updates gets no offers either.
		concerns := w.does == blocks || w.does == closes && (w.of&about != 0 || w.of&updates != 0)
		if durable.has(n) && concerns && !isTakenBack(said, durable, n, about) {
			return true
		}
	}

	return false
}

// isTakenBack reports whether a withdrawal or a block was taken back later, by the shopper or by the authority.
func isTakenBack(said []word, durable words, n int, about matter) bool {
	undoes := opens
	if said[n].does == blocks {
		undoes = unblocks
	}

	for o, w := range said {
		if durable.has(o) && w.does == undoes && !w.byBrand && w.at > said[n].at && w.of&said[n].of&about == said[n].of&about {
			return true
		}
	}

	return false
}

// stopping returns the words of a set by which messages were stopped, unless a later one starts them again.
func stopping(said []word, known words) (stops words) {
	for n, w := range said {
		if known.has(n) && w.does == closes && !isTakenBack(said, known, n, updates) {
			stops = stops.with(n)
		}
	}

	return stops
}

// blocking returns the block of a set, unless it was taken back.
func blocking(said []word, known words) (blocked words) {
	for n, w := range said {
		if known.has(n) && w.does == blocks && !isTakenBack(said, known, n, updates) {
			blocked = blocked.with(n)
		}
	}

	return blocked
}
