package message

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrBadRef says that a reference is not one of ours: its form or its seal is wrong.
var ErrBadRef = errors.New("reference is not ours")

// sealLength is the length of a reference's seal in hex digits: 64 bits, far beyond guessing within a lease.
const sealLength = 16

// Ref names one attempt of one message. It goes out with the message and comes back in callbacks and button taps.
type Ref struct {
	MessageID string
	Attempt   int
}

// Sealer makes references that only we can make: the seal covers message, attempt and the app it is sent through, so a
// reference seen at one app is worth nothing at another.
//
// The key is inside of a function, because the formatter calls no methods of unexported fields: a struct that holds a
// Sealer in one would print the key's bytes, and so prints an address.
type Sealer struct{ key func() []byte }

// NewSealer returns a Sealer for the key, which must have at least 16 bytes.
func NewSealer(key []byte) (Sealer, error) {
	if len(key) < 16 {
		return Sealer{}, errors.New("seal key: at least 16 bytes needed")
	}

	own := bytes.Clone(key)

	return Sealer{key: func() []byte { return own }}, nil
}

// String hides the key.
func (Sealer) String() string { return "[sealer]" }

// GoString hides the key.
func (Sealer) GoString() string { return "[sealer]" }

// Seal spells the reference for the app: "messageId.attempt.seal".
func (s Sealer) Seal(appID string, r Ref) string {
	head := r.MessageID + "." + strconv.Itoa(r.Attempt)
	return head + "." + s.seal(appID, head)
}

// Open reads a reference that came back through the app. ErrBadRef says that it is not ours.
func (s Sealer) Open(appID, text string) (Ref, error) {
	cut := strings.LastIndexByte(text, '.')
	if cut < 0 {
		return Ref{}, ErrBadRef
	}

	head, seal := text[:cut], text[cut+1:]
	if !hmac.Equal([]byte(seal), []byte(s.seal(appID, head))) {
		return Ref{}, ErrBadRef
	}

	id, number, ok := strings.Cut(head, ".")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 {
		return Ref{}, fmt.Errorf("attempt: %w", ErrBadRef)
	}

	return Ref{MessageID: id, Attempt: n}, nil
}

// beat stands for the app in a heartbeat's seal; no app has such an id.
const beat = "\x00heartbeat"

// SealBeat spells a heartbeat that was sent at a time in epoch milliseconds.
func (s Sealer) SealBeat(at int64) string {
	return s.Seal(beat, Ref{MessageID: strconv.FormatInt(at, 10), Attempt: 1})
}

// OpenBeat returns when a heartbeat was sent, in epoch milliseconds. ErrBadRef says that it is not ours.
func (s Sealer) OpenBeat(text string) (int64, error) {
	r, err := s.Open(beat, text)
	if err != nil {
		return 0, err
	}

	at, err := strconv.ParseInt(r.MessageID, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("time: %w", ErrBadRef)
	}

	return at, nil
}

func (s Sealer) seal(appID, head string) string {
	var key []byte
	if s.key != nil {
		key = s.key()
	}

	h := hmac.New(sha256.New, key)
	h.Write([]byte("ref\x00" + appID + "\x00" + head))

	return hex.EncodeToString(h.Sum(nil))[:sealLength]
}
