package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a value that must never be printed: it writes itself as [redacted] with every verb of fmt, in JSON and text
// encodings and in slog, also as a private field of a printed struct. The zero Secret is empty.
type Secret struct {
	// A pointer, because fmt prints private fields of a struct without asking their methods.
	p *string
}

// NewSecret wraps a value.
func NewSecret(v string) Secret {
	if v == "" {
		return Secret{}
	}
	return Secret{p: &v}
}

// Reveal is the value itself. Call it where the value is used, and keep it nowhere.
func (s Secret) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.p == nil }

// Equal reports whether both hold the same value.
func (s Secret) Equal(other Secret) bool { return s.Matches(other.Reveal()) }

// Matches compares with a value from outside, in a time that tells nothing about either.
func (s Secret) Matches(v string) bool {
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(v))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String is [redacted].
func (s Secret) String() string { return redacted }

// Format writes [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText writes [redacted]; JSON and XML use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the value as it is.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = NewSecret(string(b))
	return nil
}

// LogValue is [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
