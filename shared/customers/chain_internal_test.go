package customers

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// TestChainOf says where a ledger is not as it was written.
func TestChainOf(t *testing.T) {
	t.Parallel()
	var (
		whole []consent.Entry
		state = consent.For("811:a")
	)
	for n, action := range []consent.Action{consent.Grant, consent.Withdraw, consent.Grant} {
		e := consent.Entry{Action: action, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, OccurredAt: noon.Add(time.Duration(n) * time.Hour), RecordedAt: noon.Add(9 * time.Hour)}
		var more []consent.Entry
		more, state, _ = consent.Record(state, e)
		whole = append(whole, more...)
	}
	if len(whole) != 3 {
		t.Fatalf("got %d entries", len(whole))
	}
	for _, tc := range []struct {
		name  string
		spoil func([]consent.Entry) []consent.Entry
		want  Chain
	}{
		{"whole", func(all []consent.Entry) []consent.Entry { return all }, Chain{Intact: true, Entries: 3, Head: state.LastHash}},
		{"changed", func(all []consent.Entry) []consent.Entry { all[1].SourceRef = "order:1"; return all }, Chain{Entries: 3, Head: state.LastHash, BrokenAt: 2, Fault: "changed after it was written"}},
		{"missing", func(all []consent.Entry) []consent.Entry { return slices.Delete(all, 1, 2) }, Chain{Entries: 2, Head: state.LastHash, BrokenAt: 2, Fault: "missing or out of place"}},
		{"cut_off", func(all []consent.Entry) []consent.Entry { return all[:2] }, Chain{Entries: 2, Head: whole[1].Hash, BrokenAt: 3, Fault: "missing or out of place"}},
		{"none", func([]consent.Entry) []consent.Entry { return nil }, Chain{BrokenAt: 1, Fault: "missing or out of place"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			entries := tc.spoil(slices.Clone(whole))
			broken, _ := errors.AsType[*consent.ChainError](state.Verify(entries))
			if diff := cmp.Diff(tc.want, chainOf(entries, broken)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
