package proof

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

const (
	// rootType is the type of a signed [Statement].
	rootType = "application/vnd.eshopbox.consent-root+json"
	// MaxDayFile is how large a day's file may be: two million entries.
	MaxDayFile = 400 << 20
)

// Statement is what is signed of a day of an account.
type Statement struct {
	Account string `json:"account"`
	// Day is the day in UTC on which the entries were stored, by the clock of the database.
	Day string `json:"day"`
	// Count is how many entries of the account's customers were stored.
	Count int64 `json:"count"`
	// Root is that of the Merkle tree over their leaves.
	Root Hash `json:"root"`
	// Previous is the hash of the signed statement of the account's day before that has one; empty for the first. Days without an entry
	// have no statement.
	Previous string `json:"previous"`
}

// Leaf is an entry as a day's file has it. It tells nothing of the entry to whoever does not have the entry.
type Leaf struct {
	// Subject is the hash of the customer's id, which has the keyed hash of the number.
	Subject  Hash  `json:"subject"`
	Sequence int64 `json:"sequence"`
	// Hash is the entry's.
	Hash string `json:"hash"`
}

// dayFile is what is published of a day: the signed root, and what it is the root of.
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

// DayObject is the name under which a day of an account is published.
func DayObject(account, day string) string { return path.Join("roots", account, day+".json") }

// Day is a day's file that was made or checked.
type Day struct {
	Statement

	signed Envelope
	leaves []Leaf
	hashes []Hash
}

// NewDay makes the file of a day of an account of the leaves of all its entries, in whatever order they are. previous is the [Day.Hash] of
// the day before; empty for the first. The same leaves make the same bytes.
func (s Signer) NewDay(account, day, previous string, leaves []Leaf) (Day, []byte, error) {
	leaves = slices.SortedFunc(slices.Values(leaves), Leaf.compare)

	d := Day{
		Statement: Statement{Account: account, Day: day, Count: int64(len(leaves)), Previous: previous},
		leaves:    leaves,
		hashes:    hashesOf(leaves),
	}
	if err := d.check(); err != nil {
		return Day{}, nil, err
	}

	d.Root = merkleRoot(d.hashes)

	var err error
	if d.signed, err = s.sign(rootType, d.Statement); err != nil {
		return Day{}, nil, err
	}

	file, err := encodeFile(dayFile{d.signed, d.leaves})

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
	if merkleRoot(d.hashes) != d.Root {
		return Day{}, broken("do not give the root that is signed", "leaves")
	}

	return d, nil
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
	if !isAccount(s.Account) {
		return broken("is not an account's id", "account")
	}
	if _, ok := dayOf(s.Day); !ok {
		return broken("is not a day", "day")
	}
	if s.Count < 1 {
		return broken("must be 1 or more", "count")
	}

	var previous Hash
	if s.Previous != "" && previous.UnmarshalText([]byte(s.Previous)) != nil {
		return broken("is not a hash", "previous")
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

// Hash is what the statement of the next day names this one by.
func (d Day) Hash() string { return d.signed.hash().String() }

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

// Prove returns what proves some entries by the day: all of them are of one customer and were stored on that day. An *[Error] names an
// entry that the day does not have, or has otherwise.
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

// readDay reads and checks the file of a day from a copy of what was published. last is the file's name.
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
