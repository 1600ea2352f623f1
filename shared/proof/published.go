package proof

import (
	"crypto/ed25519"
	"errors"
	"io"
	"io/fs"
	"maps"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// clocks is how much the clock of a file's maker may differ from the database's, by which the days of entries are.
const clocks = 5 * time.Minute

// readAll reads a file of limited size and closes it.
func readAll(f fs.File, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, broken("cannot be read", "")
	}
	if int64(len(text)) > limit {
		return nil, broken("is too large", "")
	}

	return text, nil
}

// published is what a copy of what was published has of an account, and of one customer.
type published struct {
	// hashes are those of the statements, by the names of the parts of days.
	hashes map[string]string
	// last is the newest day of which the last part is there; empty if there is none.
	last string
	// found are the customer's leaves, and the days that they are of.
	found []foundLeaf
	// strays is how many files there are that are none of a day, such as what a computer adds to its folders.
	strays int
}

type foundLeaf struct {
	Leaf

	day string
}

// readPublished reads and checks all days of an account, a part at a time, each of which names the one before.
func readPublished(files fs.FS, account, customer string, key ed25519.PublicKey) (published, error) {
	pub := published{hashes: map[string]string{}}
	folder := DayFolder(account)

	names, err := fs.ReadDir(files, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return published{}, broken("cannot be read", "%s", folder)
	}

	var (
		before   Statement
		previous string
	)

	for _, name := range names {
		day, part, ok := PartOf(name.Name())
		if !ok {
			pub.strays++
			continue
		}

		object := DayObject(account, day, part)

		d, err := readDay(files, object, key)
		if err != nil {
			return published{}, err
		}

		switch {
		case d.Account != account || d.Day != day || d.Part != part:
			return published{}, broken("is the file of another day or account", "%s", object)
		case d.Previous != previous:
			return published{}, broken("does not follow the day before in the copy: a day is missing there, or was replaced", "%s", object)
		case !d.follows(before):
			return published{}, broken("does not go on where the one before in the copy ends", "%s", object)
		}

		before, previous = d.Statement, d.Hash()
		pub.hashes[d.name()] = previous

		if d.Last {
			pub.last = d.Day
		}
		if customer == "" {
			continue
		}

		for _, l := range d.of(customer) {
			pub.found = append(pub.found, foundLeaf{l, d.Day})
		}
	}

	return pub, nil
}

// compare holds a file to what was published: its roots, and each of its entries. It returns the days by the sequences of the entries that
// were published, and how many entries the customer has that came later. A copy may be older than the file: of days after its last it says
// nothing, and those are as the file's own roots have them, which are given.
func (p Payload) compare(pub published, own map[int64]string) (days map[int64]string, later int, err error) {
	for i, r := range p.Roots {
		var s Statement
		if err = decode(r.Statement.Payload, &s); err != nil {
			return nil, 0, at(err, "roots[%d].statement", i)
		}

		if hash, ok := pub.hashes[s.name()]; ok && hash != r.Statement.hash().String() {
			return nil, 0, broken("is not the one that was published", "roots[%d]", i)
		} else if !ok && r.Day <= pub.last {
			return nil, 0, broken("is of a day that the copy of what was published does not have, though it has later ones", "roots[%d]", i)
		}
	}

	earliest, latest := p.MadeAt.Add(-clocks).Format(DayForm), p.MadeAt.Add(clocks).Format(DayForm)

	places := map[int64]int{}
	for i, e := range p.Entries {
		places[e.Sequence] = i
	}

	days = maps.Clone(own)
	maps.DeleteFunc(days, func(_ int64, day string) bool { return day <= pub.last })

	for _, l := range pub.found {
		i, ok := places[l.Sequence]

		switch {
		case ok && consent.Entry(p.Entries[i]).Hash != l.Hash:
			return nil, 0, broken("is not as it was published", "entries[%d]", i)
		case ok && l.day > latest:
			return nil, 0, broken("was stored after the file says to be made", "entries[%d]", i)
		case ok:
			days[l.Sequence] = l.day
		case p.Whole && l.day < earliest:
			return nil, 0, broken("one that was published is missing at the end", "entries")
		case p.Whole:
			later++
		}
	}

	for i, e := range p.Entries {
		if days[e.Sequence] == "" && pub.last >= latest {
			return nil, 0, broken("is in no day that was published", "entries[%d]", i)
		}
	}

	return days, later, nil
}
