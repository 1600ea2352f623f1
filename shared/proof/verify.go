package proof

import (
	"crypto/ed25519"
	"io/fs"
)

// Options are what a file is checked by.
type Options struct {
	// Key is the public key that the file must be signed by. Without it a file is checked by the key that it names, which proves only that
	// it is of one piece: see [Result.Trusted].
	Key ed25519.PublicKey
	// DayFiles is a copy of what was published, such as the bucket's. With it the file is held to that too.
	DayFiles fs.FS
}

// Result is what a check has found of a file that has no fault.
type Result struct {
	Payload

	// KeyID names the key that the file and its roots are signed by. Trusted reports whether that key was given, and not only named by the
	// file itself: whoever forges a file can sign it with a key of their own.
	KeyID   string
	Trusted bool
	// Days are the days whose roots prove entries, by their sequences: the file's, and with Compared up to LastDay those of the copy.
	Days map[int64]string
	// Compared reports whether the file was held to a copy of what was published. LastDay is the newest day there, and Later how many
	// entries the customer has there that the file is too old for. Strays is how many files among the account's were passed over, since
	// they are none of a day.
	Compared bool
	LastDay  string
	Later    int
	Strays   int
}

// Verify checks a file. It needs nothing but what it is given. The error is an *[Error], which names the first fault and nothing of the
// file's content.
//
// By the signature it finds every change of the file by whoever does not have the signing key. By the hashes of the entries it finds that an
// entry was changed, left out, doubled, reordered, or is of another customer, whoever has signed that. Of somebody who has the signing key
// and rewrites a ledger with all its hashes it finds as much as the roots in the file show: a rewritten entry has no path to a root that was
// published. Such a person may leave the roots out, which [Result.Days] shows, or sign roots of their own. Both are found with
// [Options.DayFiles], and so is an end that was cut off.
func Verify(file []byte, o Options) (Result, error) {
	if len(file) > MaxFile {
		return Result{}, broken("is too large", "")
	}

	var e Envelope
	if err := decodeFile(file, &e); err != nil {
		return Result{}, err
	}

	key, err := e.key()
	if err != nil {
		return Result{}, err
	}
	if o.Key != nil {
		key = o.Key
	}

	var p Payload
	if err = e.open(PayloadType, key, &p); err != nil {
		return Result{}, err
	}
	if err = p.check(); err != nil {
		return Result{}, at(err, "payload")
	}

	r := Result{Payload: p, KeyID: KeyID(key), Trusted: o.Key != nil}
	if r.Days, err = p.rooted(key); err != nil {
		return Result{}, at(err, "payload")
	}
	if o.DayFiles == nil {
		return r, nil
	}

	pub, err := readPublished(o.DayFiles, p.Account, p.customer(), key)
	if err != nil {
		return Result{}, err
	}
	if r.Days, r.Later, err = p.compare(pub, r.Days); err != nil {
		return Result{}, at(err, "payload")
	}

	r.Compared, r.LastDay, r.Strays = true, pub.last, pub.strays

	return r, nil
}
