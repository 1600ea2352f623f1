// Package idtoken signs the tokens of pushes and of scheduled calls as Google does (RS256, with the caller's service account
// and the audience), and publishes the key that verifies them.
package idtoken

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Issuer is the iss of the tokens. It is not Google's, so that no function takes one for Google's.
const Issuer = "https://cloud.local.test"

const (
	// lifetime is how long a token is valid, as Google's are.
	lifetime = time.Hour
	// renewal is how long before its end a token is used no more.
	renewal = 5 * time.Minute
)

// Signer signs tokens. It is safe for concurrent use.
type Signer struct {
	clock clock.Clock
	key   func() *rsa.PrivateKey

	mu     sync.Mutex
	tokens map[identity]token
}

type identity struct{ serviceAccount, audience string }

type token struct {
	text  string
	until time.Time
}

// New returns a signer with a key of [Load] or [Shared].
func New(clk clock.Clock, key func() *rsa.PrivateKey) *Signer {
	return &Signer{clock: clk, key: key, tokens: map[identity]token{}}
}

// Token returns a token of the service account for the audience. The same one comes again until shortly before it expires.
func (s *Signer) Token(serviceAccount, audience string) string {
	s.mu.Lock()
	defer s.mu.Unlock()

	now, whose := s.clock.Now(), identity{serviceAccount, audience}
	if t := s.tokens[whose]; now.Before(t.until) {
		return t.text
	}

	t := token{s.Sign(Claims(serviceAccount, audience, now)), now.Add(lifetime - renewal)}
	s.tokens[whose] = t

	return t.text
}

// Claims are what Google's token for a push says, made now:
// https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions.
func Claims(serviceAccount, audience string, now time.Time) map[string]any {
	sum := sha256.Sum256([]byte(serviceAccount))
	number := strconv.FormatUint(binary.BigEndian.Uint64(sum[:]), 10)

	return map[string]any{
		"aud":            audience,
		"azp":            number,
		"email":          serviceAccount,
		"email_verified": true,
		"exp":            now.Add(lifetime).Unix(),
		"iat":            now.Unix(),
		"iss":            Issuer,
		"sub":            number,
	}
}

// Sign returns a token that says what the claims say.
func (s *Signer) Sign(claims map[string]any) string {
	key := s.key()
	signed := encode(map[string]any{"alg": "RS256", "kid": keyID(&key.PublicKey), "typ": "JWT"}) + "." + encode(claims)
	sum := sha256.Sum256([]byte(signed))

	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // a sound key of 2048 bits signs any hash of this length
	}

	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// ServeHTTP answers with the public key, as a JSON Web Key Set.
func (s *Signer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	public := &s.key().PublicKey

	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(marshal(map[string]any{"keys": []map[string]string{{
		"alg": "RS256",
		"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		"kid": keyID(public),
		"kty": "RSA",
		"n":   base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"use": "sig",
	}}})) // a caller who went away cannot be told
}

// keyID names a key by its hash.
func keyID(public *rsa.PublicKey) string {
	sum := sha256.Sum256(public.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

func encode(v map[string]any) string { return base64.RawURLEncoding.EncodeToString(marshal(v)) }

func marshal(v map[string]any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, numbers and truths always encode
	}
	return b
}
