package phone

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrShortSecret means that a secret is too short to keep the numbers behind a key from being tried out.
var ErrShortSecret = errors.New("phone: the secret of the keys must have 16 bytes or more")

const minSecret = 16

// Keyer turns numbers and addresses into keys for document names and logs: there are few enough numbers to try them
// all against a plain hash, so the hash is keyed. A Keyer prints redacted. The zero value is not usable, but harmless.
type Keyer struct {
	secret []byte
}

// NewKeyer makes a Keyer of a secret of at least 16 bytes; anything shorter is [ErrShortSecret]. The secret must never
// change, since stored documents are found by it.
func NewKeyer(secret []byte) (Keyer, error) {
	if len(secret) < minSecret {
		return Keyer{}, ErrShortSecret
	}
	return Keyer{secret: slices.Clone(secret)}, nil
}

// Key is the keyed hash of a number: 32 hex digits. The zero Number has the empty key.
func (k Keyer) Key(n Number) string {
	if n.IsZero() {
		return ""
	}
	return k.sum("phone", n.E164())
}

// IsKey reports whether a text has the form of a number's key: 32 hex digits in lower case. Nothing else that comes from outside may be part of
// the name of a document.
func IsKey(text string) bool {
	const length = 32
	return len(text) == length && strings.Trim(text, "0123456789abcdef") == ""
}

// Keys are the keys of a number in all its spellings, its own first; see [Number.OtherSpelling].
func (k Keyer) Keys(n Number) []string {
	keys := []string{k.Key(n)}
	if other := k.OtherKey(n); other != "" {
		keys = append(keys, other)
	}

	return keys
}

// OtherKey is the Key of a number's other spelling; empty for a number that has none. See [Number.OtherSpelling].
func (k Keyer) OtherKey(n Number) string {
	other, _ := n.OtherSpelling()
	return k.Key(other)
}

// Email is the keyed hash of an e-mail address, without regard to case and surrounding space: 32 hex digits, never
// equal to the key of a number. An empty address has the empty key.
func (k Keyer) Email(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return ""
	}
	return k.sum("email", email)
}

// Format writes a fixed text for every verb.
func (k Keyer) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(k.String())) }

// String is a fixed text.
func (Keyer) String() string { return "[redacted]" }

// sum separates the domains by a name and a zero byte, which no name holds.
func (k Keyer) sum(domain, value string) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(domain))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
