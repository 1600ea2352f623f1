package proof

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Ledger returns the entries as the ledger has them.
func (p Payload) Ledger() []consent.Entry {
	entries := make([]consent.Entry, len(p.Entries))
	for i, e := range p.Entries {
		entries[i] = consent.Entry(e)
	}

	return entries
}

// customer returns the id of the customer whom the file has entries of, and whose entries are looked for among what was published: the one
// that a ledger says to be of, or else the one that the first entry is of. It is empty without any.
func (p Payload) customer() string {
	if p.Kind == Ledger {
		return p.Subject
	}
	if len(p.Entries) == 0 {
		return ""
	}

	return p.Entries[0].Subject
}

// check holds a payload to the format, and its entries to their hashes. Roots are checked by [Payload.rooted].
func (p Payload) check() error {
	if !isAccount(p.Account) {
		return broken("is not an account's id", "account")
	}
	if !exact(p.MadeAt, time.Second) || p.MadeAt.IsZero() {
		return broken("must be a time in UTC, in whole seconds", "madeAt")
	}
	if p.Entries == nil || p.Roots == nil || p.Lacks == nil {
		return broken("a list is missing", "")
	}

	switch p.Kind {
	case Ledger:
		if !isCustomerOf(p.Account, p.Subject) {
			return broken("is not a customer of the account", "subject")
		}
		if p.Body != nil || !p.Whole {
			return broken("a ledger is whole and has nothing beside it", "body")
		}
	case Receipt, Evidence:
		if !isThing(p.Subject) {
			return broken("is not a message's id", "subject")
		}
		if len(p.Body) == 0 || p.Body[0] != '{' {
			return broken("must be an object", "body")
		}
	default:
		return broken("is none that there is", "kind")
	}

	if err := p.checkEntries(); err != nil || p.Kind == Ledger {
		return err
	}

	return p.checkBody()
}

// exact reports whether a time is in UTC and no finer than a unit.
func exact(t time.Time, unit time.Duration) bool {
	return t.Location() == time.UTC && t.Equal(t.Truncate(unit))
}

// checkEntries checks that no entry was changed, and that they are of one customer of the account and follow each other, as far as they are
// there.
func (p Payload) checkEntries() error {
	entries := p.Ledger()

	if p.Whole {
		var chain *consent.ChainError
		if err := consent.VerifyChain(entries); errors.As(err, &chain) {
			return broken(chain.Fault, "entries[%d]", chain.Sequence-1)
		}
	}

	for i, e := range entries {
		if e.Hash != e.Sum() {
			return broken("changed after it was written", "entries[%d]", i)
		}
		// The hash is over whole microseconds.
		if !exact(e.OccurredAt, time.Microsecond) || !exact(e.RecordedAt, time.Microsecond) {
			return broken("its times must be in UTC and whole microseconds", "entries[%d]", i)
		}

		if !isCustomerOf(p.Account, e.Subject) || e.Subject != p.customer() {
			return broken("is of another customer, or of nobody", "entries[%d]", i)
		}

		if err := follows(entries, i); err != nil {
			return err
		}
	}

	return nil
}

// follows checks that an entry stands where its sequence and the hash of the entry before say.
func follows(entries []consent.Entry, i int) error {
	e := entries[i]

	switch {
	case e.Sequence < 1, i > 0 && e.Sequence <= entries[i-1].Sequence:
		return broken("is there twice, or out of order", "entries[%d]", i)
	case e.Sequence == 1 && e.PreviousHash != "", i > 0 && e.Sequence == entries[i-1].Sequence+1 && e.PreviousHash != entries[i-1].Hash:
		return broken("does not follow the entry before", "entries[%d]", i)
	}

	return nil
}

// rooted checks the roots that the file has, each by its signature and each path from its entry up, and returns the days by the sequences of
// the entries that they prove.
func (p Payload) rooted(key ed25519.PublicKey) (map[int64]string, error) {
	bySequence := map[int64]consent.Entry{}
	for _, e := range p.Ledger() {
		bySequence[e.Sequence] = e
	}

	days := map[int64]string{}

	var before Statement

	for i, r := range p.Roots {
		s, err := openStatement(r.Statement, key)
		if err != nil {
			return nil, at(err, "roots[%d].statement", i)
		}

		day, _ := dayOf(s.Day)

		switch {
		case s.Account != p.Account:
			return nil, broken("is of another account", "roots[%d].statement.payload.account", i)
		case s.Day != r.Day, s.compare(before) <= 0:
			return nil, broken("is not the day of the statement, or out of order", "roots[%d].day", i)
		case p.MadeAt.Add(clocks).Before(day.AddDate(0, 0, 1)):
			return nil, broken("was not over when the file was made", "roots[%d].day", i)
		case len(r.Proofs) == 0:
			return nil, broken("must prove an entry", "roots[%d].proofs", i)
		}

		for j, proof := range r.Proofs {
			e, ok := bySequence[proof.Sequence]
			if !ok || days[proof.Sequence] != "" || j > 0 && proof.Sequence <= r.Proofs[j-1].Sequence {
				return nil, broken("is not of an entry that the file has, or out of order", "roots[%d].proofs[%d].sequence", i, j)
			}
			if root, ok := climb(leafOf(e).hash(), proof.Index, s.Count, proof.Hashes); !ok || root != s.Root {
				return nil, broken("does not lead from the entry to the root", "roots[%d].proofs[%d]", i, j)
			}

			days[proof.Sequence] = r.Day
		}

		before = s
	}

	return days, nil
}
