package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Envelope is a signed payload in the form of DSSE, the Dead Simple Signing Envelope (github.com/secure-systems-lab/dsse, protocol.md,
// version 1.0), with one signature by Ed25519.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []Signature `json:"signatures"`
}

// Signature is one signature of an [Envelope].
type Signature struct {
	// KeyID is the [KeyID] of the key.
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// KeyID returns what names a public key: its 32 bytes in hex. So a file has its key, and two keys are the same if their ids are.
func KeyID(key ed25519.PublicKey) string { return hex.EncodeToString(key) }

// signed returns the bytes that DSSE signs, its "pre-authentication encoding".
func (e Envelope) signed() []byte {
	b := []byte("DSSEv1 " + strconv.Itoa(len(e.PayloadType)) + " " + e.PayloadType + " " + strconv.Itoa(len(e.Payload)) + " ")
	return append(b, e.Payload...)
}

// hash returns the hash of what the envelope signs.
func (e Envelope) hash() Hash { return sha256.Sum256(e.signed()) }

// key returns the key that the envelope names.
func (e Envelope) key() (ed25519.PublicKey, error) {
	if len(e.Signatures) != 1 {
		return nil, broken("must have one signature", "signatures")
	}

	key, err := hex.DecodeString(e.Signatures[0].KeyID)
	if err != nil || len(key) != ed25519.PublicKeySize || KeyID(key) != e.Signatures[0].KeyID {
		return nil, broken("is not the id of an Ed25519 key", "signatures[0].keyid")
	}

	return key, nil
}

// open checks the type and the signature of an envelope, which must be by the key, and decodes its payload strictly.
func (e Envelope) open(payloadType string, key ed25519.PublicKey, payload any) error {
	if e.PayloadType != payloadType {
		return broken("is not of the kind that is expected here", "payloadType")
	}

	named, err := e.key()
	if err != nil {
		return err
	}
	if !key.Equal(named) {
		return broken("is signed by another key", "signatures[0].keyid")
	}
	if !ed25519.Verify(key, e.signed(), e.Signatures[0].Sig) {
		return broken("the signature does not fit: the content or the signature was changed", "signatures[0].sig")
	}

	return at(decode(e.Payload, payload), "payload")
}

// Signer signs files with the product's own key. It prints redacted; the zero value must not be used.
type Signer struct {
	key ed25519.PrivateKey
}

// ErrShortSecret means that a secret is too short to make a signing key of.
var ErrShortSecret = errors.New("proof: the secret of the signing key must have 16 bytes or more")

const minSecret = 16

// NewSigner makes a Signer of a secret of at least 16 bytes. The same secret always makes the same key.
func NewSigner(secret []byte) (Signer, error) {
	if len(secret) < minSecret {
		return Signer{}, ErrShortSecret
	}

	seed := sha256.Sum256(append([]byte("proof signing v1"), secret...))

	return Signer{ed25519.NewKeyFromSeed(seed[:])}, nil
}

// Format writes a fixed text for every verb.
func (s Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// String is a fixed text.
func (Signer) String() string { return "[redacted]" }

// Public returns the key that checks what the Signer signs.
func (s Signer) Public() ed25519.PublicKey {
	return ed25519.PublicKey(s.key[ed25519.PrivateKeySize-ed25519.PublicKeySize:])
}

// sign encodes a payload and signs it. The same payload always has the same envelope.
func (s Signer) sign(payloadType string, payload any) (Envelope, error) {
	text, err := encode(payload)
	if err != nil {
		return Envelope{}, err
	}

	e := Envelope{PayloadType: payloadType, Payload: text}
	e.Signatures = []Signature{{KeyID(s.Public()), ed25519.Sign(s.key, e.signed())}}

	return e, nil
}

// ErrTooLarge says that a file has more than [MaxFile] bytes.
var ErrTooLarge = errors.New("the file would have more than 16 MiB, which no check reads")

// Seal makes the file of a payload. Its time is taken in UTC and whole seconds. It refuses what [Verify] would refuse, and is an [ErrTooLarge]
// of a file that Verify would not read.
func (s Signer) Seal(p Payload) ([]byte, error) {
	p.MadeAt = p.MadeAt.UTC().Truncate(time.Second)
	p.Entries, p.Roots, p.Lacks = append([]Entry{}, p.Entries...), append([]Root{}, p.Roots...), append([]string{}, p.Lacks...)

	if err := p.check(); err != nil {
		return nil, err
	}

	e, err := s.sign(PayloadType, p)
	if err != nil {
		return nil, err
	}

	file, err := encodeFile(e)
	if len(file) > MaxFile {
		return nil, ErrTooLarge
	}

	return file, err
}

// KeyObject is the name under which a public key is published.
func KeyObject(key ed25519.PublicKey) string { return "keys/" + KeyID(key) + ".pem" }

const pemType = "PUBLIC KEY"

// PublicPEM spells a public key as a file: PEM of its SubjectPublicKeyInfo, which OpenSSL reads.
func PublicPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}

	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ParsePublicPEM reads what [PublicPEM] writes.
func ParsePublicPEM(text []byte) (ed25519.PublicKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemType || len(rest) > 0 {
		return nil, broken("is not one public key in PEM form", "key")
	}

	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, broken("is not an Ed25519 key", "key")
	}

	return key, nil
}
