// Package consent has the rules of a shopper's opt-in ledger: what they agreed to, when, by which notice, and what they
// took back.
//
//	Entry ──Record──▶ ledger, a chain of hashed entries ──▶ State, their fold ──May──▶ may this message be sent?
//
// The customer's document stores the [State]. The package is pure: it reads no clock and no store. [Match] reads a
// shopper's message as STOP or START.
package consent

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Action is what an entry records: a consent given or taken back, or whether the number is on WhatsApp.
type Action string

// The actions.
const (
	// Grant opens exactly the purpose that the entry names; one of order updates makes the number reachable again.
	Grant Action = "grant"
	// Withdraw takes consent back.
	Withdraw Action = "withdraw"
	// Deny is a refusal when asked: it closes as a withdrawal does, but the shopper never was in.
	Deny Action = "deny"
	// Expire ends a consent that was given for a time only.
	Expire Action = "expire"
	// Seen is the first entry of a customer who appeared in an order event and was asked nothing: INACTIVE.
	Seen Action = "seen"
	// Unreachable notes that a provider refused the number as not being on WhatsApp.
	Unreachable Action = "unreachable"
	// Reachable notes a sign of life on WhatsApp, such as an inbound message.
	Reachable Action = "reachable"
	// Block forbids every message to the number, whatever the shopper says, until an Unblock; both come from an [Authority] alone.
	Block   Action = "block"
	Unblock Action = "unblock"
)

// Source says where an entry comes from.
type Source string

// The sources.
const (
	CustomerPortal  Source = "customer_portal_checkbox"
	Checkout        Source = "checkout"
	BrandImport     Source = "brand_import"
	Keyworded       Source = "whatsapp_keyword"
	Button          Source = "whatsapp_button"
	UserPreferences Source = "whatsapp_user_preferences"
	// Inbound is any other message from the shopper, a sign of life.
	Inbound       Source = "whatsapp_inbound"
	ProviderError Source = "provider_error"
	// NumberChange carries what the shopper refused under an old number to the new one.
	NumberChange Source = "whatsapp_number_change"
	Agent        Source = "agent"
	API          Source = "api"
	// OrderEvent is the event in which a customer is first seen.
	OrderEvent Source = "order_event"
	// ConsentManager is a manager registered under India's DPDP Rules, rule 4, through whom a person gives and takes back consents; the SourceRef
	// is the manager's id of the artefact.
	ConsentManager Source = "consent_manager"
	// Authority is a public authority that has a number no longer used, as India's Telecom Cyber Security Rules of 2025 allow it to.
	Authority Source = "authority"
)

// told reports whether each entry of this source is something that was told once, such as a message or an artefact. It is written even if it only
// repeats what holds: it may prove more than what was said before, or arrive late or out of order. What is not told in this way, as the portal's
// POST, can be repeated without end.
func (s Source) told() bool {
	switch s {
	case Keyworded, Button, UserPreferences, Inbound, ProviderError, NumberChange, Agent, ConsentManager, Authority:
		return true
	default:
		return false
	}
}

// Purpose is what a consent is for.
type Purpose string

// The purposes.
const (
	OrderUpdates Purpose = "order_updates"
	// NDRSupport is the conversation after a failed delivery. It goes with the order updates: a grant of it alone opens
	// nothing, and taking it back closes both, since a message of the one cannot be kept from leading to the other.
	NDRSupport Purpose = "ndr_support"
	Marketing  Purpose = "marketing"
	// Everything is for withdrawals only, such as STOP: a consent names its one purpose.
	Everything Purpose = "all"
)

// Entry is one line of the ledger. It is written once and never changed.
type Entry struct {
	// Subject is whose ledger it is of: the id of the customer's document, which has the number only as its key. An entry without it does not
	// verify: it could be anybody's.
	Subject string `firestore:"subject"`
	// Sequence counts from 1 without a gap.
	Sequence int64   `firestore:"sequence"`
	Action   Action  `firestore:"action"`
	Source   Source  `firestore:"source"`
	Purpose  Purpose `firestore:"purpose,omitempty"`
	// SourceRef is the order's or message's id that the entry came with; never a phone number.
	SourceRef string `firestore:"sourceRef,omitempty"`
	// NoticeVersion names the notice that was shown, NoticeHash is the [NoticeHash] of its text.
	NoticeVersion string `firestore:"noticeVersion,omitempty"`
	NoticeHash    string `firestore:"noticeHash,omitempty"`
	// Actor says who acted, in a word or an id; never a name or a phone number.
	Actor string `firestore:"actor,omitempty"`
	// RequestID names the request or report that the entry came with, in words of ours; a provider's own id may hold a number.
	RequestID string `firestore:"requestId,omitempty"`
	// OccurredAt is when it happened, by the source's clock; RecordedAt when we learned of it, by ours.
	OccurredAt time.Time `firestore:"occurredAt"`
	RecordedAt time.Time `firestore:"recordedAt"`
	// PreviousHash is the Hash of the entry before, empty in the first.
	PreviousHash string `firestore:"previousHash"`
	Hash         string `firestore:"hash"`
}

// declaredAt is the time that a brand's declaration counts from.
var declaredAt = time.Unix(0, 0).UTC()

// effective returns the time that an entry counts from: OccurredAt, or RecordedAt where OccurredAt is missing or later. A
// time in the future would overrule every later entry, and a missing one would be overruled by all.
//
// What a brand declares, of its checkout or of customers that it brings along, counts from before everything that the shopper said to us: a
// STOP that is told late may be older than the event which the declaration came with, and no import opens what the shopper closed.
func (e Entry) effective() time.Time {
	if e.Action == Grant && (e.Source == Checkout || e.Source == BrandImport) {
		return declaredAt
	}

	at := e.OccurredAt
	if at.IsZero() || !e.RecordedAt.IsZero() && at.After(e.RecordedAt) {
		at = e.RecordedAt
	}

	return stored(at)
}

// StopsAt returns the time from which a stop counts, given the provider's time. Meta and Kaleyra
// truncate times to seconds: a STOP in the second of an opt-in would seem to come before it and be lost. So it counts from the
// second's end, while a START counts from its beginning: of the same second, that which stops messages wins. The ledger lets
// no time be later than when we learned of it.
func StopsAt(at time.Time) time.Time {
	if at.Nanosecond() == 0 {
		at = at.Add(time.Second - time.Microsecond)
	}

	return at
}

// stored returns the time as Firestore gives it back: UTC, in whole microseconds. A hash over anything finer would not
// verify.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// link returns e as the entry that follows prev, which is nil for the first: with its sequence, the previous hash, its
// times in UTC and whole microseconds, and its own hash. Of prev only Subject, Sequence and Hash are read.
func link(prev *Entry, e Entry) Entry {
	e.Sequence, e.PreviousHash = 1, ""
	if prev != nil {
		e.Subject, e.Sequence, e.PreviousHash = prev.Subject, prev.Sequence+1, prev.Hash
	}

	e.OccurredAt, e.RecordedAt = stored(e.OccurredAt), stored(e.RecordedAt)
	e.Hash = e.Sum()

	return e
}

// encoding names the way an entry is spelled for hashing; a new one gets a new name, and old entries keep theirs.
const encoding = "v2"

// Sum returns the hash of all fields but Hash, as Hash has it: the encoding's name, a colon, and the SHA-256 in hex of the fields in the order
// below, each after its length in eight bytes, big-endian, so that no two entries give the same bytes. Times are microseconds since 1970.
func (e Entry) Sum() string {
	fields := []string{
		"consent " + encoding, e.Subject,
		strconv.FormatInt(e.Sequence, 10), string(e.Action), string(e.Source), string(e.Purpose),
		e.SourceRef, e.NoticeVersion, e.NoticeHash, e.Actor, e.RequestID,
		strconv.FormatInt(e.OccurredAt.UnixMicro(), 10), strconv.FormatInt(e.RecordedAt.UnixMicro(), 10), e.PreviousHash,
	}

	var spelled []byte
	for _, f := range fields {
		spelled = binary.BigEndian.AppendUint64(spelled, uint64(len(f)))
		spelled = append(spelled, f...)
	}

	digest := sha256.Sum256(spelled)

	return encoding + ":" + hex.EncodeToString(digest[:])
}

// ChainError says where a ledger is not as it was written.
type ChainError struct {
	// Sequence is the first entry that does not hold.
	Sequence int64
	// Fault says what is wrong with it, without any of its content.
	Fault string
}

// Error names the entry and the fault.
func (e *ChainError) Error() string {
	return fmt.Sprintf("consent ledger broken at entry %d: %s", e.Sequence, e.Fault)
}

// VerifyChain checks all entries of one shopper, oldest first. A *[ChainError] names the first that is missing, out of
// place, changed, of nobody, or another shopper's. Missing entries at the end are not noticed; see [State.Verify].
func VerifyChain(entries []Entry) error {
	previous, subject := "", ""
	for i, e := range entries {
		want := int64(i) + 1
		if i == 0 {
			subject = e.Subject
		}

		switch {
		case e.Sequence != want:
			return &ChainError{Sequence: want, Fault: "missing or out of place"}
		case e.PreviousHash != previous:
			return &ChainError{Sequence: want, Fault: "does not follow the entry before"}
		case e.Subject == "":
			return &ChainError{Sequence: want, Fault: "of nobody"}
		case e.Subject != subject:
			return &ChainError{Sequence: want, Fault: "of another shopper"}
		case e.Hash != e.Sum():
			return &ChainError{Sequence: want, Fault: "changed after it was written"}
		}

		previous = e.Hash
	}

	return nil
}

// NoticeHash is the SHA-256 of the notice's exact UTF-8 bytes, in hex.
func NoticeHash(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}
