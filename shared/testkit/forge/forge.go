// Package forge makes bearer tokens that must be refused, of a signer whose tokens are taken. It is imported by tests only.
package forge

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
)

// Token is a token that must be refused.
type Token struct {
	// Name says what is wrong with it, Reason is the word for it in the log.
	Name, Reason string
	Value        string
}

// strangers is the key of somebody else.
var strangers = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the machine's randomness never fails
	}
	return key
})

// Tokens returns forgeries of the signer's token of the service account for the audience.
func Tokens(tb testing.TB, s *idtoken.Signer, serviceAccount, audience string, now time.Time) []Token {
	tb.Helper()

	claims := idtoken.Claims(serviceAccount, audience, now)
	f := forger{tb: tb, signer: s, claims: claims}

	return append(Of(tb, s, claims, now), []Token{
		{"wrong_email", "email", f.with("email", "other@local.test")},
		{"email_in_upper_case", "email", f.with("email", strings.ToUpper(serviceAccount))},
		{"no_email", "email", f.without("email")},
		{"email_verified_false", "email_not_verified", f.with("email_verified", false)},
		{"email_verified_missing", "email_not_verified", f.without("email_verified")},
		{"email_verified_a_text", "malformed", f.with("email_verified", "true")},
	}...)
}

// Of returns forgeries of the signer's token with the claims, whoever its holder is.
func Of(tb testing.TB, s *idtoken.Signer, claims map[string]any, now time.Time) []Token {
	tb.Helper()

	f := forger{tb: tb, signer: s, claims: claims}
	good := s.Sign(f.claims)
	head, rest, _ := strings.Cut(good, ".")
	body, signature, _ := strings.Cut(rest, ".")
	header := decode(tb, head)
	later, earlier := now.Add(10*time.Minute).Unix(), now.Add(-time.Second).Unix()

	return []Token{
		{"wrong_audience", "audience", f.with("aud", "https://other.example.com")},
		{"no_audience", "audience", f.without("aud")},
		{"wrong_issuer", "issuer", f.with("iss", "https://accounts.example.com")},
		{"no_issuer", "issuer", f.without("iss")},
		{"expired", "expired", f.with("exp", earlier)},
		{"no_expiry", "expired", f.without("exp")},
		{"not_yet_valid", "not_yet_valid", f.with("nbf", later)},
		{"issued_later", "not_yet_valid", f.with("iat", later)},
		{"alg_none", "algorithm", encode(tb, map[string]any{"alg": "none", "typ": "JWT"}) + "." + body + "."},
		{"alg_none_with_a_signature", "algorithm", encode(tb, with(header, "alg", "none")) + "." + rest},
		{"public_key_as_a_secret", "algorithm", f.hmac(header, body)},
		{"other_key_of_the_same_id", "signature", sign(tb, header, f.claims)},
		{"other_key_of_its_own_id", "signature", sign(tb, with(header, "kid", "strangers"), f.claims)},
		{"key_in_the_token", "signature", sign(tb, with(header, "jwk", jwk(&strangers().PublicKey)), f.claims)},
		{"signature_of_another", "signature", head + "." + encode(tb, with(f.claims, "sub", "1")) + "." + signature},
		{"no_signature", "signature", head + "." + body + "."},
		{"signature_taken_out", "signature_removed", head + "." + body + ".SIGNATURE_REMOVED_BY_GOOGLE"},
		{"in_json", "malformed", f.json(head, body, signature)},
		{"two_parts", "malformed", head + "." + body},
		{"no_jwt", "malformed", "guess"},
		{"very_long", "malformed", strings.Repeat("A", 100_000)},
		{"very_long_and_signed", "malformed", f.with("padding", strings.Repeat("A", 10_000))},
	}
}

type forger struct {
	tb     testing.TB
	signer *idtoken.Signer
	claims map[string]any
}

// with returns a token with a changed claim, rightly signed.
func (f forger) with(name string, value any) string {
	return f.signer.Sign(with(f.claims, name, value))
}

func (f forger) without(name string) string {
	claims := maps.Clone(f.claims)
	delete(claims, name)
	return f.signer.Sign(claims)
}

// hmac returns a token whose secret is the public key, as everybody can read it.
func (f forger) hmac(header map[string]any, body string) string {
	der, err := x509.MarshalPKIXPublicKey(f.public())
	if err != nil {
		f.tb.Fatal(err)
	}

	signed := encode(f.tb, with(header, "alg", "HS256")) + "." + body
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))

	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// json returns a sound signature in the form that is no JWT.
func (f forger) json(head, body, signature string) string {
	b, err := json.Marshal(map[string]string{"protected": head, "payload": body, "signature": signature})
	if err != nil {
		f.tb.Fatal(err)
	}
	return string(b)
}

// public reads the signer's public key where it publishes it.
func (f forger) public() *rsa.PublicKey {
	rec := httptest.NewRecorder()
	f.signer.ServeHTTP(rec, httptest.NewRequestWithContext(f.tb.Context(), http.MethodGet, "/", http.NoBody))

	var set struct {
		Keys []struct {
			N string `json:"n"`
			E string `json:"e"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &set); err != nil || len(set.Keys) != 1 {
		f.tb.Fatalf("got %d keys, %v", len(set.Keys), err)
	}

	n, errN := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	e, errE := base64.RawURLEncoding.DecodeString(set.Keys[0].E)
	if errN != nil || errE != nil {
		f.tb.Fatal(errN, errE)
	}

	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
}

// sign signs with the stranger's key.
func sign(tb testing.TB, header, claims map[string]any) string {
	tb.Helper()

	signed := encode(tb, header) + "." + encode(tb, claims)
	sum := sha256.Sum256([]byte(signed))

	signature, err := rsa.SignPKCS1v15(rand.Reader, strangers(), crypto.SHA256, sum[:])
	if err != nil {
		tb.Fatal(err)
	}

	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// jwk is a public key as it stands in a token's header.
func jwk(key *rsa.PublicKey) map[string]any {
	return map[string]any{
		"kty": "RSA",
		"n":   base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
}

func with(all map[string]any, name string, value any) map[string]any {
	all = maps.Clone(all)
	all[name] = value
	return all
}

func encode(tb testing.TB, v map[string]any) string {
	tb.Helper()

	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}

	return base64.RawURLEncoding.EncodeToString(b)
}

func decode(tb testing.TB, part string) map[string]any {
	tb.Helper()

	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		tb.Fatal(err)
	}

	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		tb.Fatal(err)
	}

	return v
}
