package order

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// ErrShortSecret means that a secret has fewer than 16 bytes.
var ErrShortSecret = errors.New("order: the secret of the keys must have 16 bytes or more")

const minSecret = 16

// redacted is what personal data and secrets print as.
const redacted = "[redacted]"

// Keyer makes the keys of occurrences. It prints redacted. The zero value is not usable, but harmless.
type Keyer struct {
	secret []byte
}

// NewKeyer makes a Keyer of a secret of at least 16 bytes; anything shorter is [ErrShortSecret]. With another secret
// every occurrence is new, and would be sent again.
func NewKeyer(secret []byte) (Keyer, error) {
	if len(secret) < minSecret {
		return Keyer{}, ErrShortSecret
	}
	return Keyer{secret: slices.Clone(secret)}, nil
}

// Occurrence is the key of one happening, 32 hex digits that serve as the message's document id: equal for every
// delivery of one event in whatever shape and spelling, and for every event that [CatalogEntry.Repeat] makes one with it.
//
// It covers the account, the canonical kind, the subject and, as the event's repeat rule says, nothing more, the day or the
// time. The subject of an event that is told once an order is the order's id, where the event names it. A time that
// could not be read counts as the text that came, and an event without a time happens once per subject. accountID is the
// resolved one, since an event may have only the slug. updated_at and the like are never part of it: they change without
// anything happening.
func (k Keyer) Occurrence(accountID string, e Event) string {
	id := e.identity()
	return k.occurrence(accountID, e, id.subject, id.when)
}

// Another names what to change in the event for another occurrence of its account and kind, as [Keyer.Occurrence] tells them
// apart: the field of its subject, where its repeat rule takes nothing of the time, or that of its time, such as
// "order_id", "status_updated_at to another day" or "status_updated_at".
func (e Event) Another() string {
	id := e.identity()
	switch {
	case id.when == "":
		return string(id.field)
	case strings.HasPrefix(id.when, onDay):
		return e.OccurredField + " to another day"
	default:
		return e.OccurredField
	}
}

// identity is what of an event its key covers, beside account and kind.
type identity struct {
	subject string
	// field says which id the subject is.
	field SubjectKind
	// when is the part of the event's time that counts; empty if nothing of it does.
	when string
}

// onDay is what the part of a time begins with that is a day.
const onDay = "on:"

// identity returns what the event's key covers, by its repeat rule.
func (e Event) identity() identity {
	rule := each
	if entry := find(e.Kind()); entry != nil {
		rule = entry.Repeat
	}

	id := identity{subject: e.Subject, field: e.SubjectKind}
	if rule == oncePerOrder && e.OrderID != "" {
		id.subject, id.field = e.OrderID, SubjectOrder
	}

	switch {
	case rule == once, rule == oncePerOrder:
	case rule == daily && e.OccurredKnown:
		id.when = onDay + e.OccurredDay
	default:
		id.when = e.moment()
	}

	return id
}

// Former is the key that the event had before events had repeat rules: of the shipment or return, and of its time. A
// message may still be kept under it. It is the same as that of Occurrence for an event that is told each time.
func (k Keyer) Former(accountID string, e Event) string {
	return k.occurrence(accountID, e, e.Subject, e.moment())
}

// moment is the event's time in a key: epoch seconds where it could be read, else the text as it came, else nothing.
func (e Event) moment() string {
	switch {
	case e.OccurredKnown:
		return "at:" + strconv.FormatInt(e.OccurredAt.Unix(), 10)
	case e.OccurredRaw != "":
		return "as:" + e.OccurredRaw
	default:
		return ""
	}
}

func (k Keyer) occurrence(accountID string, e Event, subject, when string) string {
	parts := [...]string{"occurrence", accountID, e.Resource, e.SubType, subject, when}

	size := 0
	for _, part := range parts {
		size += binary.MaxVarintLen32 + len(part)
	}

	// Lengths before the parts keep two different occurrences from running together into one text.
	text := make([]byte, 0, size)
	for _, part := range parts {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}

	mac := hmac.New(sha256.New, k.secret)
	mac.Write(text)

	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// LogValue is [redacted].
func (Keyer) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes [redacted], for every verb.
func (k Keyer) Format(s fmt.State, _ rune) { logging.Format(s, k) }

// FieldKey turns an id from outside into a key of a map or the name of a document: 32 hex digits. Such ids may hold
// anything, slashes and dots too. It is not keyed and hides nothing that can be guessed, as a phone number can.
func FieldKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}
