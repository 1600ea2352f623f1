// Package proof makes and checks files that prove a consent to a stranger: somebody who trusts nobody's word, and has neither our database
// nor access to anything of ours.
//
//	entries of a ledger ─▶ Payload ─▶ signed Envelope ─▶ a file, which Verify checks
//	all entries of a day ─▶ Merkle tree ─▶ signed Statement in the dayFile, which is published and cannot be replaced
//
// The signature says who made a file, and that nothing of it was changed. The hashes of the entries say that nobody changed, left out or
// moved one without all later hashes changing too. The day's root, which is public from the next day on, says that not even the holder of
// the signing key has done so since.
//
// The package is pure: it reads no clock, no store and no network. Everything in a file is canonical: a file that does not encode to the
// same bytes again is refused, so that there is one file for what it says, and no byte of it is unchecked.
package proof

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Kind is what a file proves.
type Kind string

// The kinds.
const (
	// Ledger is all that is recorded of one shopper's consent.
	Ledger Kind = "ledger"
	// Receipt is what is known of one message, with the consent that it was sent by.
	Receipt Kind = "receipt"
	// Evidence is what is known of one failed attempt to deliver, with the consent that the shopper was asked by.
	Evidence Kind = "evidence"
)

const (
	// PayloadType is the type of what an exported file's envelope signs.
	PayloadType = "application/vnd.eshopbox.consent-proof+json"
	// MediaType is the type of an exported file, as HTTP names it.
	MediaType = "application/vnd.dsse+json"
	// MaxFile is how large an exported file may be, in bytes.
	MaxFile = 16 << 20
)

// Payload is what an exported file says.
type Payload struct {
	Kind    Kind   `json:"kind"`
	Account string `json:"account"`
	// MadeAt is when the file was made, by the clock of its maker, in whole seconds.
	MadeAt time.Time `json:"madeAt"`
	// Subject is what the file is about: the customer of a ledger, else the message.
	Subject string `json:"subject"`
	// Body is what else the file states, a JSON object; absent of a ledger.
	Body json.RawMessage `json:"body,omitempty"`
	// Entries are of one shopper's ledger, oldest first.
	Entries []Entry `json:"entries"`
	// Whole is true if the entries are all that the ledger had when the file was made.
	Whole bool `json:"whole"`
	// Roots prove entries by the published roots of their days, in the order of the days and of the parts of a day.
	Roots []Root `json:"roots"`
	// Lacks says in sentences what the file does not have, and why.
	Lacks []string `json:"lacks"`
}

// Root proves entries by the published root of the day, or the part of a day, on which they were stored.
type Root struct {
	Day string `json:"day"`
	// Statement is the signed [Statement] of the part of the day, exactly as it was published.
	Statement Envelope `json:"statement"`
	// Proofs has a path for each entry of that part, by ascending sequence.
	Proofs []Path `json:"proofs"`
}

// Path leads from an entry to the root of its day.
type Path struct {
	// Sequence is the entry's.
	Sequence int64 `json:"sequence"`
	// Index is the place of the entry's leaf among the day's.
	Index int64 `json:"index"`
	// Hashes are those beside the way from the leaf to the root, from the leaf on.
	Hashes []Hash `json:"hashes"`
}

// Entry is an entry of the ledger as a file spells it: all its fields, which its hash is over.
type Entry struct {
	Subject       string          `json:"subject"`
	Sequence      int64           `json:"sequence"`
	Action        consent.Action  `json:"action"`
	Source        consent.Source  `json:"source"`
	Purpose       consent.Purpose `json:"purpose"`
	SourceRef     string          `json:"sourceRef"`
	NoticeVersion string          `json:"noticeVersion"`
	NoticeHash    string          `json:"noticeHash"`
	Actor         string          `json:"actor"`
	RequestID     string          `json:"requestId"`
	OccurredAt    time.Time       `json:"occurredAt"`
	RecordedAt    time.Time       `json:"recordedAt"`
	PreviousHash  string          `json:"previousHash"`
	Hash          string          `json:"hash"`
}

// EntriesOf spells entries for a file.
func EntriesOf(entries []consent.Entry) []Entry {
	spelled := make([]Entry, len(entries))

	for i, e := range entries {
		spelled[i] = Entry(e)
		spelled[i].OccurredAt, spelled[i].RecordedAt = e.OccurredAt.UTC(), e.RecordedAt.UTC()
	}

	return spelled
}

// Error says what is wrong with a file, without anything of its content.
type Error struct {
	// Field is where the fault is, such as entries[2].hash; empty if it is the file as a whole.
	Field string
	// Fault says what is wrong there.
	Fault string
}

// Error names the field and the fault.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Fault
	}

	return e.Field + ": " + e.Fault
}

// broken makes an [Error]; the field may have the place of an item.
func broken(fault, field string, place ...any) error {
	return &Error{Field: fmt.Sprintf(field, place...), Fault: fault}
}

// at returns an error of a part as one of the whole, whose field for the part is given.
func at(err error, field string, place ...any) error {
	inner, ok := err.(*Error) //nolint:errorlint // the package's own, never wrapped
	if !ok {
		return err
	}

	outer := fmt.Sprintf(field, place...)
	if inner.Field != "" {
		outer += "." + inner.Field
	}

	return &Error{Field: outer, Fault: inner.Fault}
}

// consists reports whether a text has 1 to most characters, all of them digits or, with letters, also letters or one of others.
func consists(text string, most int, letters bool, others string) bool {
	if text == "" || len(text) > most {
		return false
	}

	for _, c := range []byte(text) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(others, c) >= 0
		if (c < '0' || c > '9') && (!letters || !letter) {
			return false
		}
	}

	return true
}

// isAccount reports whether a text is the id of an account.
func isAccount(text string) bool { return consists(text, 20, false, "") }

// isCustomerOf reports whether a text is the id of a document of an account's customer: the account and the keyed hash of the number.
func isCustomerOf(account, text string) bool {
	key, ok := strings.CutPrefix(text, account+":")
	return ok && consists(key, 64, true, "-")
}

// isThing reports whether a text may be the id of a message.
func isThing(text string) bool { return consists(text, 128, true, "._:-") }

// DayForm is how the days of roots are spelled; they are days in UTC.
const DayForm = time.DateOnly

// dayOf reads a day.
func dayOf(text string) (time.Time, bool) {
	day, err := time.Parse(DayForm, text)
	return day, err == nil && day.Format(DayForm) == text
}
