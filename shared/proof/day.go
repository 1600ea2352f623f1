package proof

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

const (
	// rootType is the type of a signed [Statement].
	rootType = "application/vnd.eshopbox.consent-root+json"
	// PartSize is how many entries a part of a day has at most, unless more were stored in one instant. It bounds what publishing a part
	// and reading it take: 3.4 MB of a file.
	PartSize = 20_000
	// MaxDayFile is how large the file of a part may be.
	MaxDayFile = 16 << 20
)

// Statement is what is signed of a part of a day of an account. The parts of a day follow each other in the order in which their entries were
// stored, without a gap: together they are the day.
type Statement struct {
	Account string `json:"account"`
	// Day is the day in UTC on which the entries were stored, by the clock of the database.
	Day string `json:"day"`
	// Part is the number of the part, from 1, and Last is true of the day's last.
	Part int64 `json:"part"`
	Last bool  `json:"last"`
	// From and Until say which of the day's entries the part has: those that were stored from the one time up to, not including, the other.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Count is how many entries of the account's customers were stored in that time.
	Count int64 `json:"count"`
	// Root is that of the Merkle tree over their leaves.
	Root Hash `json:"root"`
	// Previous is the hash of the signed statement before: of the part before, or the last of the account's day before that has one; empty
	// for the first. Days without an entry have no statement.
	Previous string `json:"previous"`
}

// compare orders the statements of an account.
func (s Statement) compare(other Statement) int {
	return cmp.Or(cmp.Compare(s.Day, other.Day), cmp.Compare(s.Part, other.Part))
}

// follows reports whether nothing of a day is left out between two statements of an account.
func (s Statement) follows(before Statement) bool {
	if before.Last || before.Part == 0 {
		return s.Part == 1 && s.Day > before.Day
	}

	return s.Day == before.Day && s.Part == before.Part+1 && s.From.Equal(before.Until)
}

// name names the part as its file does.
func (s Statement) name() string { return partName(s.Day, s.Part) }

func partName(day string, part int64) string {
	if part == 1 {
		return day
	}

	return fmt.Sprintf("%s.part%04d", day, part)
}

// Leaf is an entry as a day's file has it. It tells nothing of the entry to whoever does not have the entry.
type Leaf struct {
	// Subject is the hash of the customer's id, which has the keyed hash of the number.
	Subject  Hash  `json:"subject"`
	Sequence int64 `json:"sequence"`
	// Hash is the entry's.
	Hash string `json:"hash"`
}

// dayFile is what is published of a part of a day: the signed root, and what it is the root of.
type dayFile struct {
	Statement Envelope `json:"statement"`
	// Leaves are in the order of subject and sequence.
	Leaves []Leaf `json:"leaves"`
}

// SubjectHash is what stands for a customer in a day's file.
func SubjectHash(subject string) Hash { return sha256.Sum256([]byte("consent subject v1\n" + subject)) }

// leafOf returns the leaf of an entry.
func leafOf(e consent.Entry) Leaf { return Leaf{SubjectHash(e.Subject), e.Sequence, e.Hash} }

func (l Leaf) hash() Hash {
	return hashLeaf(fmt.Appendf(nil, "consent leaf v1\n%s\n%d\n%s", l.Subject, l.Sequence, l.Hash))
}

func (l Leaf) compare(other Leaf) int {
	return cmp.Or(slices.Compare(l.Subject[:], other.Subject[:]), cmp.Compare(l.Sequence, other.Sequence))
}

// DayObject is the name under which a part of a day of an account is published. The names of an account sort as the parts follow each other.
func DayObject(account, day string, part int64) string {
	return path.Join(DayFolder(account), partName(day, part)+".json")
}

// DayFolder is where the days of an account are published.
func DayFolder(account string) string { return path.Join("roots", account) }

// PartOf returns the day and the part whose file in a [DayFolder] has a name; ok is false if none has.
func PartOf(name string) (day string, part int64, ok bool) {
	base, ok := strings.CutSuffix(name, ".json")
	day, number, several := strings.Cut(base, ".part")
	part = 1

	if several {
		part, _ = strconv.ParseInt(number, 10, 64)
	}

	_, is := dayOf(day)

	return day, part, ok && is && part > 0 && partName(day, part) == base
}

// Day is the file of a part of a day that was made or checked.
type Day struct {
	Statement

	signed Envelope
	leaves []Leaf
	hashes []Hash
}

// WholeDay is the statement of a day that has one part. previous is the [Day.Hash] of the part before; empty for the first.
func WholeDay(account, day, previous string) Statement {
	from, _ := dayOf(day)

	return Statement{
		Account:  account,
		Day:      day,
		Part:     1,
		Last:     true,
		From:     from,
		Until:    from.AddDate(0, 0, 1),
		Previous: previous,
	}
}

// NewDay makes the file of a part of a day of the leaves of all its entries, in whatever order they are; it adds their count and root to the
// statement. The same leaves make the same bytes.
func (s Signer) NewDay(of Statement, leaves []Leaf) (Day, []byte, error) {
	leaves = slices.SortedFunc(slices.Values(leaves), Leaf.compare)
	of.Count = int64(len(leaves))

	d := Day{Statement: of, leaves: leaves, hashes: hashesOf(leaves)}
	if err := d.check(); err != nil {
		return Day{}, nil, err
	}

	d.Root = rootOf(d.hashes)

	var err error
	if d.signed, err = s.sign(rootType, d.Statement); err != nil {
		return Day{}, nil, err
	}

	file, err := encodeFile(dayFile{d.signed, append([]Leaf{}, d.leaves...)}) // never null

	return d, file, err
}

// OpenDay reads the file of a day, which must be signed by the key, and checks it: what is signed is what the leaves give.
func OpenDay(file []byte, key ed25519.PublicKey) (Day, error) {
	var read dayFile
	if err := decodeFile(file, &read); err != nil {
		return Day{}, err
	}

	statement, err := openStatement(read.Statement, key)
	if err != nil {
		return Day{}, at(err, "statement")
	}

	d := Day{Statement: statement, signed: read.Statement, leaves: read.Leaves, hashes: hashesOf(read.Leaves)}
	if err = d.check(); err != nil {
		return Day{}, err
	}
	if rootOf(d.hashes) != d.Root {
		return Day{}, broken("do not give the root that is signed", "leaves")
	}

	return d, nil
}

// rootOf returns the root over the hashes of leaves, which RFC 6962 also has of none.
func rootOf(hashes []Hash) Hash {
	if len(hashes) == 0 {
		return sha256.Sum256(nil)
	}

	return merkleRoot(hashes)
}

func hashesOf(leaves []Leaf) []Hash {
	hashes := make([]Hash, len(leaves))
	for i, l := range leaves {
		hashes[i] = l.hash()
	}

	return hashes
}

// openStatement checks a signed statement and returns it.
func openStatement(e Envelope, key ed25519.PublicKey) (Statement, error) {
	var s Statement
	if err := e.open(rootType, key, &s); err != nil {
		return Statement{}, err
	}

	return s, at(s.check(), "payload")
}

func (s Statement) check() error {
	if !isAccount(s.Account) && s.Account != consent.PlatformAccount {
		return broken("is not an account's id", "account")
	}
	if err := s.checkTimes(); err != nil {
		return err
	}
	if s.Count < 0 || s.Count == 0 && (s.Part == 1 || !s.Last) {
		return broken("must be 1 or more", "count")
	}

	var previous Hash
	if s.Previous != "" && previous.UnmarshalText([]byte(s.Previous)) != nil {
		return broken("is not a hash", "previous")
	}

	return nil
}

// checkTimes checks that a part lies where its number and [Statement.Last] say.
func (s Statement) checkTimes() error {
	begin, ok := dayOf(s.Day)
	if !ok {
		return broken("is not a day", "day")
	}

	end := begin.AddDate(0, 0, 1)

	switch {
	case s.Part < 1:
		return broken("must be 1 or more", "part")
	case !exact(s.From, time.Microsecond) || !exact(s.Until, time.Microsecond):
		return broken("must be a time in UTC, in whole microseconds", "from")
	case s.From.Before(begin) || s.From.Equal(begin) != (s.Part == 1):
		return broken("is not where that part of the day begins", "from")
	case s.Until.After(end) || s.Until.Equal(end) != s.Last || !s.Until.After(s.From):
		return broken("is not where that part of the day ends", "until")
	}

	return nil
}

// check holds the leaves to the statement and to their order.
func (d Day) check() error {
	if err := d.Statement.check(); err != nil {
		return err
	}
	if d.Count != int64(len(d.leaves)) {
		return broken("are not as many as is signed", "leaves")
	}

	for i, l := range d.leaves {
		switch {
		case l.Sequence < 1:
			return broken("must be 1 or more", "leaves[%d].sequence", i)
		case l.Hash == "" || strings.ContainsAny(l.Hash, "\n"):
			return broken("is not an entry's hash", "leaves[%d].hash", i)
		case i > 0 && d.leaves[i-1].compare(l) >= 0:
			return broken("is there twice, or out of order", "leaves[%d]", i)
		}
	}

	return nil
}

// Hash is what the next statement names this one by.
func (d Day) Hash() string { return d.signed.hash().String() }

// Has reports whether a part has just these leaves, in whatever order they are.
func (d Day) Has(leaves []Leaf) bool {
	return slices.Equal(d.leaves, slices.SortedFunc(slices.Values(leaves), Leaf.compare))
}

// of returns the leaves of a customer.
func (d Day) of(subject string) []Leaf {
	wanted := Leaf{Subject: SubjectHash(subject)}
	from, _ := slices.BinarySearchFunc(d.leaves, wanted, Leaf.compare)

	until := from
	for until < len(d.leaves) && d.leaves[until].Subject == wanted.Subject {
		until++
	}

	return d.leaves[from:until]
}

// Prove returns what proves some entries by the part: all of them are of one customer and were stored in its time. An *[Error] names an
// entry that the part does not have, or has otherwise.
func (d Day) Prove(entries []consent.Entry) (Root, error) {
	root, levels := Root{Day: d.Day, Statement: d.signed, Proofs: []Path{}}, merkleLevels(d.hashes)

	for _, e := range entries {
		leaf := leafOf(e)

		index, ok := slices.BinarySearchFunc(d.leaves, leaf, Leaf.compare)
		if !ok {
			return Root{}, broken("is not among those that were published of "+d.Day, "entry %d", e.Sequence)
		}
		if d.leaves[index] != leaf {
			return Root{}, broken("is not as it was published of "+d.Day, "entry %d", e.Sequence)
		}

		root.Proofs = append(root.Proofs, Path{e.Sequence, int64(index), merklePath(levels, index)})
	}

	return root, nil
}

// readDay reads and checks the file of a part of a day from a copy of what was published.
func readDay(files fs.FS, name string, key ed25519.PublicKey) (Day, error) {
	f, err := files.Open(name)
	if err != nil {
		return Day{}, broken("cannot be read", "%s", name)
	}

	text, err := readAll(f, MaxDayFile)
	if err != nil {
		return Day{}, at(err, "%s", name)
	}

	d, err := OpenDay(text, key)

	return d, at(err, "%s", name)
}
