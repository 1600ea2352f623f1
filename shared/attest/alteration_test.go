package attest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// storedAlterations is how many alterations go through the database.
const storedAlterations = 1000

// vandal alters stored ledgers as somebody does who may write to the database, and knows how a ledger is made.
type vandal struct {
	*rand.Rand

	r    *rig
	docs testkit.Documents
}

// entry is the path of an entry's document.
func entry(customerID string, sequence int) string {
	return fmt.Sprintf("customers/%s/consents/%012d", customerID, sequence)
}

// ledger reads the documents of a ledger, and that of the customer as the last of them.
func (v vandal) ledger(id string, n int) []map[string]any {
	var docs []map[string]any
	for i := range n {
		docs = append(docs, v.docs.Get(v.r.t.Context(), entry(id, i+1)))
	}
	return append(docs, v.docs.Get(v.r.t.Context(), "customers/"+id))
}

// write puts a ledger's documents, of which there were n, in the place of what is there.
func (v vandal) write(id string, docs []map[string]any, n int) {
	ctx, last := v.r.t.Context(), len(docs)-1
	for i := range max(n, last) {
		var fields map[string]any
		if i < last {
			fields = docs[i]
		}
		v.docs.Put(ctx, entry(id, i+1), fields)
	}
	v.docs.Put(ctx, "customers/"+id, docs[last])
}

// rehash makes the hashes of all entries again, and has the customer know the last of them: what a careful vandal does.
func rehash(id string, docs []map[string]any) {
	last, previous := len(docs)-1, ""
	for i, d := range docs[:last] {
		text := func(name string) string { s, _ := d[name].(string); return s }
		at := func(name string) time.Time { t, _ := d[name].(time.Time); return t }
		d["subject"], d["sequence"], d["previousHash"] = id, int64(i+1), previous
		d["hash"] = consent.Entry{
			Subject: id, Sequence: int64(i + 1), Action: consent.Action(text("action")), Source: consent.Source(text("source")), Purpose: consent.Purpose(text("purpose")),
			SourceRef: text("sourceRef"), NoticeVersion: text("noticeVersion"), NoticeHash: text("noticeHash"), Actor: text("actor"), RequestID: text("requestId"),
			OccurredAt: at("occurredAt"), RecordedAt: at("recordedAt"), PreviousHash: previous,
		}.Sum()
		previous, _ = d["hash"].(string)
	}
	state, _ := docs[last]["consent"].(map[string]any)
	state = maps.Clone(state)
	state["sequence"], state["lastHash"] = int64(last), previous
	docs[last]["consent"] = state
}

// says is what the entries of a ledger's documents say.
func says(docs []map[string]any) string {
	var all []map[string]any
	for _, d := range docs[:len(docs)-1] {
		d = maps.Clone(d)
		delete(d, "storedAt")
		all = append(all, d)
	}
	return fmt.Sprint(all)
}

// alter returns altered documents of a ledger, of which other is another shopper's.
func (v vandal) alter(id string, ledger, other []map[string]any) (docs []map[string]any, what string) {
	for _, d := range ledger {
		docs = append(docs, maps.Clone(d))
	}
	at := v.IntN(len(docs) - 1)

	switch v.IntN(6) {
	case 0:
		what, docs = "deleted", slices.Delete(docs, at, at+1)
	case 1:
		what, docs = "cut off with all after it", slices.Delete(docs, at, len(docs)-1)
	case 2:
		what, docs[at] = "taken from another shopper", maps.Clone(other[at])
	case 3:
		to := (at + 1) % (len(docs) - 1)
		what = "swapped with the next"
		docs[at], docs[to] = docs[to], docs[at]
	default:
		texts := []string{"action", "source", "purpose", "sourceRef", "noticeVersion", "noticeHash", "actor", "requestId", "previousHash", "hash"}
		name := texts[v.IntN(len(texts))]
		was, _ := docs[at][name].(string)
		what, docs[at][name] = name+" changed", was+"x"
		if v.IntN(3) == 0 {
			was, _ := docs[at]["occurredAt"].(time.Time)
			what, docs[at]["occurredAt"] = "occurredAt changed", was.Add(time.Microsecond)
		}
	}
	if v.IntN(4) > 0 {
		rehash(id, docs)
		what += ", with all hashes made again"
	}
	if v.IntN(2) == 0 { // so that no day is looked up
		for _, d := range docs[:len(docs)-1] {
			d["storedAt"] = v.r.clock.Now()
		}
		what += " and all stored today"
	}

	return docs, what
}

// TestNoAlterationOfTheDatabaseIsMissed alters the documents of a ledger, has its file made by the product, and checks that as a stranger would
// who has the key and a copy of what was published.
func TestNoAlterationOfTheDatabaseIsMissed(t *testing.T) {
	t.Parallel()
	const entries = 3
	r := newRig(t)
	r.threeDays()
	r.publish()
	id, other := store.CustomerID(account, asha), store.CustomerID(account, ravi)
	v := vandal{rand.New(rand.NewPCG(16, 4)), r, testkit.OpenDocuments(t, r.cloud)}
	whole, others, o := v.ledger(id, entries), v.ledger(other, entries), r.options()
	if res := r.verified(asha); len(res.Days) != entries {
		t.Fatalf("%d entries under a root before anything is altered, want %d", len(res.Days), entries)
	}

	found := map[string]int{}
	for n := range storedAlterations {
		docs, what := v.alter(id, whole, others)
		for says(docs) == says(whole) { // such as a hash that was changed, and then made again
			docs, what = v.alter(id, whole, others)
		}
		v.write(id, docs, entries)
		file, err := r.Ledger(t.Context(), brand, account, asha)
		if err == nil {
			_, err = proof.Verify(file, o)
			found["by the check"]++
		} else {
			found["by the maker"]++
		}
		if err == nil {
			t.Errorf("alteration %d: an entry was %s, and the file passes", n, what)
		}
		v.write(id, whole, entries)
	}
	t.Logf("of %d alterations: found %v", storedAlterations, found)
	if found["by the check"] < storedAlterations/20 || found["by the maker"] < storedAlterations/20 {
		t.Errorf("found %v, want both to find many", found)
	}
	r.verified(asha) // as it was
}
