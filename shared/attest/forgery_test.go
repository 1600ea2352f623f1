package attest_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// forger may write to the database, and has neither the key nor the bucket. Asha has agreed, and taken it back on the next day; both days are
// published.
type forger struct {
	*rig

	id   string
	docs testkit.Documents
}

func newForger(t *testing.T) *forger {
	t.Helper()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.nextDay()
	r.says(asha, consent.Withdraw)
	r.nextDay()
	r.publish()
	if res := r.verified(asha); len(res.Days) != 2 {
		t.Fatalf("%d entries under a root before anything is forged, want 2", len(res.Days))
	}
	return &forger{r, store.CustomerID(account, asha), testkit.OpenDocuments(t, r.cloud)}
}

// change changes fields of a document; nil removes one.
func (f *forger) change(path string, fields map[string]any) {
	f.t.Helper()
	doc := maps.Clone(f.docs.Get(f.t.Context(), path))
	maps.Copy(doc, fields)
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	f.docs.Put(f.t.Context(), path, doc)
}

// state changes fields of what the customer's document has of the ledger.
func (f *forger) state(fields map[string]any) {
	f.t.Helper()
	path := "customers/" + f.id
	was, _ := f.docs.Get(f.t.Context(), path)["consent"].(map[string]any)
	state := maps.Clone(was)
	maps.Copy(state, fields)
	maps.DeleteFunc(state, func(_ string, v any) bool { return v == nil })
	f.change(path, map[string]any{"consent": state})
}

// refused reports an error unless no file is made, and the customer is named at severity ERROR.
func (f *forger) refused(want string) {
	f.t.Helper()
	if _, err := f.Ledger(f.t.Context(), brand, account, asha); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want) {
		f.t.Errorf("Ledger = %v, want a Conflict with %q", err, want)
	}
	if log := f.logs.String(); !strings.Contains(log, `"severity":"ERROR"`) || !strings.Contains(log, f.id) {
		f.t.Errorf("logs %q, want the customer at severity ERROR", log)
	}
}

// TestEntriesOfNobodyAreRefused has the withdrawal be made a consent, in a ledger that is nobody's: so no day has to be looked up for it.
func TestEntriesOfNobodyAreRefused(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	entries, err := f.store.Ledger(t.Context(), f.id)
	f.must(err)
	state := consent.State{}
	for i, e := range entries {
		e.Subject, e.Purpose = "", []consent.Purpose{consent.OrderUpdates, consent.Marketing}[i]
		e.Action = consent.Grant
		written, next, _ := consent.Record(state, e)
		f.change(entry(f.id, i+1), map[string]any{
			"subject": nil, "action": string(e.Action), "purpose": string(e.Purpose), "hash": written[0].Hash, "previousHash": written[0].PreviousHash,
		})
		state = next
	}
	mark := map[string]any{"action": "grant", "at": state.Updates.At}
	f.state(map[string]any{"whatsAppStatus": "ACTIVE", "marketing": true, "lastHash": state.LastHash, "updates": mark, "offers": mark})
	f.refused("entry 1: of nobody")
}

// TestAnAlteredStatusIsRefused has the ledger be as it was written, beside a status that it does not lead to.
func TestAnAlteredStatusIsRefused(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.state(map[string]any{"whatsAppStatus": "ACTIVE", "updates": map[string]any{"action": "grant", "at": f.clock.Now()}})
	f.refused("entry 2: not what the customer's status rests on")
}

// TestAnEntryWithoutItsTimeIsRefused has the time be gone by which an entry's day is looked up.
func TestAnEntryWithoutItsTimeIsRefused(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.change(entry(f.id, 2), map[string]any{"storedAt": nil})
	f.refused("entry 2: without the time at which it was stored")
}

// TestAnEmptiedLedgerIsFound has all entries be gone, and the customer be as one of whom nothing is known: the copy of what was published
// has them.
func TestAnEmptiedLedgerIsFound(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	for i := range 2 {
		f.docs.Put(t.Context(), entry(f.id, i+1), nil)
	}
	f.change("customers/"+f.id, map[string]any{"consent": nil})
	file, err := f.Ledger(t.Context(), brand, account, asha)
	f.must(err)
	if _, err = proof.Verify(file, f.options()); err == nil || !strings.Contains(err.Error(), "one that was published is missing at the end") {
		t.Errorf("Verify = %v, want that entries are missing", err)
	}
}

// TestSheetOfAnAlteredEntryIsRefused has the entry behind a receipt be altered.
func TestSheetOfAnAlteredEntryIsRefused(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.change(entry(f.id, 1), map[string]any{"actor": "other"})
	entries, err := f.store.Ledger(t.Context(), f.id)
	f.must(err)
	sheet := attest.Sheet{Kind: proof.Receipt, MessageID: strings.Repeat("0", 32), Body: map[string]string{}, Entries: entries[:1]}
	if _, err = f.Attest(t.Context(), brand, account, sheet); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "entry 1: changed after it was written") {
		t.Errorf("Attest = %v, want a Conflict that names the entry", err)
	}
	if log := f.logs.String(); !strings.Contains(log, `"severity":"ERROR"`) || !strings.Contains(log, f.id) {
		t.Errorf("logs %q, want the customer at severity ERROR", log)
	}
}
