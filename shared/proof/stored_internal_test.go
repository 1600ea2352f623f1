package proof

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// vandal alters a stored ledger as somebody may who can write to the database. It returns what it did.
type vandal struct {
	*rand.Rand
}

// alter returns an altered copy of a ledger of Asha's; other is another shopper's of the same account.
func (v vandal) alter(ledger, other []consent.Entry) (altered []consent.Entry, what string) {
	es, at := slices.Clone(ledger), v.IntN(len(ledger))
	rehash := v.IntN(2) == 0

	switch v.IntN(7) {
	case 0:
		what = "deleted"
		es = slices.Delete(es, at, at+1)
	case 1:
		what = "cut off"
		es = es[:at]
	case 2:
		what = "taken from another shopper"
		es[at] = other[at]
		if v.IntN(2) == 0 {
			es[at].Subject = asha
		}
	case 3:
		what = "doubled"
		es = slices.Insert(es, v.IntN(len(es)+1), es[at])
	case 4:
		what = "swapped"
		to := v.IntN(len(es))
		es[at], es[to] = es[to], es[at]
	case 5:
		what = "made up"
		e := es[at]
		e.Action, e.OccurredAt = consent.Grant, e.OccurredAt.Add(time.Hour)
		es = slices.Insert(es, at, e)
	default:
		what = v.change(&es[at])
	}
	if rehash {
		return rehashed(es, 0), what + ", with all hashes made once more"
	}

	return es, what
}

// change changes one field of an entry.
func (v vandal) change(e *consent.Entry) string {
	fields := reflect.ValueOf(e).Elem()
	n := v.IntN(fields.NumField())
	name := fields.Type().Field(n).Name

	switch f := fields.Field(n); f.Interface().(type) {
	case time.Time:
		f.Set(reflect.ValueOf(f.Interface().(time.Time).Add(time.Duration(1+v.IntN(1e9)) * time.Microsecond)))
	case int64:
		f.SetInt(f.Int() + int64(v.IntN(5)) - 2)
	default:
		texts := []string{"", "grant", "withdraw", "order_updates", "marketing", "checkout", ravi, f.String() + "0", e.Hash, e.PreviousHash}
		f.SetString(texts[v.IntN(len(texts))])
	}

	return name + " changed"
}

// TestNoAlterationOfStoredEntriesIsMissed alters stored ledgers, has files made of them as the product does, signed with the right key, and
// holds those to what was published. Somebody who alters a ledger also alters what the customer's document says of its end, so that counts
// for nothing here.
func TestNoAlterationOfStoredEntriesIsMissed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.ledgers[ravi] = ledger(ravi, 6)
	s.publish(6) // the day on which the files are made is published too: else what is made up at the end is only said not to be proved
	key := s.signer.Public()
	pub, err := readPublished(s.files, account, asha, key) // once, since it is the same for each file
	if err != nil {
		t.Fatal(err)
	}
	v := vandal{rand.New(rand.NewPCG(16, 3))}
	found := map[string]int{}

	for n := range alterations {
		altered, what := v.alter(s.ledgers[asha], s.ledgers[ravi])
		for reflect.DeepEqual(altered, s.ledgers[asha]) {
			altered, what = v.alter(s.ledgers[asha], s.ledgers[ravi])
		}
		p := s.payload()
		p.MadeAt, p.Entries, p.Roots = madeAt.AddDate(0, 0, 1), EntriesOf(altered), nil

		by, err := s.export(p, altered, v.IntN(2) == 0)
		if err == nil {
			var r Result
			if r, err = Verify(by, Options{Key: key}); err == nil {
				_, _, err = r.compare(pub, r.Days)
			}
			found["by the check"]++
		} else {
			found["by the maker"]++
		}
		if err == nil {
			t.Errorf("alteration %d: an entry was %s, and the file passes", n, what)
		}
	}
	t.Logf("of %d alterations: found %v", alterations, found)
	if found["by the check"] < alterations/20 || found["by the maker"] < alterations/20 {
		t.Errorf("found %v, want both to find many", found)
	}
}

var errBroken = errors.New("does not hold")

// export makes a file as package attest does. hidden has what tells the days of entries be altered too, so that no root is looked up.
func (s *stage) export(p Payload, ledger []consent.Entry, hidden bool) ([]byte, error) {
	if err := consent.VerifyChain(ledger); err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	for n, e := range ledger {
		if hidden || n >= len(s.days) {
			continue
		}
		root, err := s.days[n].Prove([]consent.Entry{e})
		if err != nil {
			return nil, err
		}
		p.Roots = append(p.Roots, root)
	}
	return s.signer.Seal(p)
}
