package proof

import (
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// CheckWhole holds all entries of a customer's ledger, in the order of their sequences, to what was published of the customer on the day: an
// entry that was published is there, as it was. A *[consent.ChainError] names the first that is not.
func (d Day) CheckWhole(customer string, entries []consent.Entry) error {
	for _, l := range d.of(customer) {
		i, ok := slices.BinarySearchFunc(entries, l.Sequence, func(e consent.Entry, sequence int64) int { return int(e.Sequence - sequence) })

		switch {
		case !ok:
			return &consent.ChainError{Sequence: l.Sequence, Fault: "missing, though it was published of " + d.Day}
		case entries[i].Hash != l.Hash:
			return &consent.ChainError{Sequence: l.Sequence, Fault: "not as it was published of " + d.Day}
		}
	}

	return nil
}
