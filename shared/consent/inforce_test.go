package consent

import (
	"slices"
	"testing"
)

// TestInForce finds the entry that the fold's mark is from, in whatever order the entries are read.
func TestInForce(t *testing.T) {
	t.Parallel()

	entry := func(sequence int64, a Action, s Source, p Purpose, seconds int) Entry {
		return Entry{Sequence: sequence, Action: a, Source: s, Purpose: p, OccurredAt: after(seconds), RecordedAt: after(seconds)}
	}

	for name, tt := range map[string]struct {
		ledger          []Entry
		updates, offers int64 // sequences; 0 for none
	}{
		"empty":     {},
		"only_seen": {ledger: []Entry{entry(1, Seen, OrderEvent, OrderUpdates, 1)}},
		"granted_after_seen": {
			ledger:  []Entry{entry(1, Seen, OrderEvent, OrderUpdates, 1), entry(2, Grant, CustomerPortal, OrderUpdates, 2)},
			updates: 2,
		},
		"stop_closes_both": {
			ledger: []Entry{
				entry(1, Grant, CustomerPortal, OrderUpdates, 1), entry(2, Grant, API, Marketing, 2), entry(3, Withdraw, Keyworded, Everything, 3),
			},
			updates: 3, offers: 3,
		},
		"offers_alone": {
			ledger:  []Entry{entry(1, Grant, CustomerPortal, OrderUpdates, 1), entry(2, Grant, API, Marketing, 2), entry(3, Withdraw, UserPreferences, Marketing, 3)},
			updates: 1, offers: 3,
		},
		"late_stop_counts_from_when_it_was_said": {
			ledger:  []Entry{entry(1, Grant, CustomerPortal, OrderUpdates, 9), entry(2, Withdraw, Keyworded, OrderUpdates, 5)},
			updates: 1,
		},
		"same_time_stops": {
			ledger:  []Entry{entry(1, Withdraw, Keyworded, OrderUpdates, 5), entry(2, Grant, Keyworded, OrderUpdates, 5)},
			updates: 1,
		},
		"a_declaration_counts_before_all": {
			ledger:  []Entry{entry(1, Grant, Checkout, OrderUpdates, 9), entry(2, Withdraw, Keyworded, Everything, 5)},
			updates: 2, offers: 2,
		},
		"declared_alone": {ledger: []Entry{entry(1, Grant, Checkout, OrderUpdates, 9)}, updates: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			folded := Fold(tt.ledger)

			for p, want := range map[Purpose]int64{OrderUpdates: tt.updates, NDRSupport: tt.updates, Marketing: tt.offers} {
				backwards := slices.Clone(tt.ledger)
				slices.Reverse(backwards)

				for _, ledger := range [][]Entry{tt.ledger, backwards} {
					got, ok := InForce(ledger, p)
					if ok != (want != 0) || got.Sequence != want {
						t.Errorf("%s: got entry %d, %v, want %d", p, got.Sequence, ok, want)
					}
					if m := folded.on(p); ok && (m.Action != got.Action || !m.At.Equal(got.effective())) {
						t.Errorf("%s: got entry %d, want that of the fold's %v", p, got.Sequence, m)
					}
				}
			}
		})
	}
}
