package attest_test

import (
	"maps"
	"strings"
	"testing"
	"time"

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

// TestACutLedgerIsRefused has the last entry be gone, and the customer know nothing of it. The day in which it was published is read for the entry
// before it.
func TestACutLedgerIsRefused(t *testing.T) {
	t.Parallel()
	f := &forger{newRig(t), store.CustomerID(account, asha), testkit.Documents{}}
	f.docs = testkit.OpenDocuments(t, f.cloud)
	f.says(asha, consent.Grant)
	before, _ := f.docs.Get(t.Context(), "customers/"+f.id)["consent"].(map[string]any)
	f.says(asha, consent.Withdraw)
	f.nextDay()
	f.publish()
	f.docs.Put(t.Context(), entry(f.id, 2), nil)
	f.change("customers/"+f.id, map[string]any{"consent": before})
	f.refused("entry 2: missing, though it was published of 2026-11-20")
}

// TestTheFileOfAnotherDayIsRefused has a day's file, which we have signed, be in the place of another's.
func TestTheFileOfAnotherDayIsRefused(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.cloud.Storage().Replace("proof", proof.DayObject(account, "2026-11-21", 1), f.published()[proof.DayObject(account, "2026-11-20", 1)])
	if _, err := f.Ledger(t.Context(), brand, account, asha); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "it is the file of another day or account") {
		t.Errorf("Ledger = %v, want that it is another day's", err)
	}
}

// TestSheetThatIsTooLargeIsToldSo has a file that no check would read.
func TestSheetThatIsTooLargeIsToldSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]string{"messageId": strings.Repeat("0", 32), "more": strings.Repeat("a", proof.MaxFile)}
	_, err := r.Attest(t.Context(), brand, account, attest.Sheet{Kind: proof.Receipt, MessageID: body["messageId"], Body: body})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "16 MiB") {
		t.Errorf("Attest = %v, want a Conflict that names the limit", err)
	}
}

// stated is what a receipt states of a message that rests on an entry.
func stated(t *testing.T, e consent.Entry) map[string]any {
	t.Helper()
	return map[string]any{"messageId": strings.Repeat("0", 32), "status": "<read>", "consent": map[string]any{"entry": map[string]any{
		"sequence": e.Sequence, "action": e.Action, "source": e.Source, "purpose": e.Purpose, "noticeVersion": e.NoticeVersion, "noticeHash": e.NoticeHash,
		"occurredAt": e.OccurredAt.Format(time.RFC3339), "recordedAt": e.RecordedAt.Format(time.RFC3339), "hash": e.Hash,
	}}}
}

// TestSheetOfAnAlteredEntryIsRefused has the entry behind a receipt be altered.
func TestSheetOfAnAlteredEntryIsRefused(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	f.change(entry(f.id, 1), map[string]any{"actor": "other"})
	entries, err := f.store.Ledger(t.Context(), f.id)
	f.must(err)
	sheet := attest.Sheet{Kind: proof.Receipt, MessageID: strings.Repeat("0", 32), Body: stated(t, entries[0]), Entries: entries[:1]}
	if _, err = f.Attest(t.Context(), brand, account, sheet); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "entry 1: changed after it was written") {
		t.Errorf("Attest = %v, want a Conflict that names the entry", err)
	}
	if log := f.logs.String(); !strings.Contains(log, `"severity":"ERROR"`) || !strings.Contains(log, f.id) {
		t.Errorf("logs %q, want the customer at severity ERROR", log)
	}
}
