package idtoken_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

const (
	account  = "push@demo.test"
	audience = "https://notify.example.com"
)

// TestTokenIsLikeGoogles compares header and claims with those of a push, as Google documents them.
func TestTokenIsLikeGoogles(t *testing.T) {
	t.Parallel()
	s := idtoken.New(clock.NewManual(start), idtoken.Shared)
	parts := strings.Split(s.Token(account, audience), ".")
	if len(parts) != 3 {
		t.Fatalf("got %d parts, want 3", len(parts))
	}

	header, claims := decode(t, parts[0]), decode(t, parts[1])
	if header["kid"] == "" || header["kid"] == nil {
		t.Errorf("got header %v, want a key id", header)
	}
	delete(header, "kid")
	if diff := cmp.Diff(map[string]any{"alg": "RS256", "typ": "JWT"}, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	want := map[string]any{
		"aud": audience, "email": account, "email_verified": true, "iss": idtoken.Issuer,
		"iat": float64(start.Unix()), "exp": float64(start.Add(time.Hour).Unix()),
		"azp": claims["sub"], "sub": claims["azp"],
	}
	if diff := cmp.Diff(want, claims); diff != "" || claims["sub"] == nil {
		t.Errorf("claims (-want +got):\n%s", diff)
	}

	verifier := oidc.NewVerifier(idtoken.Issuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{idtoken.Shared().Public()}},
		&oidc.Config{ClientID: audience, Now: func() time.Time { return start }})
	if _, err := verifier.Verify(t.Context(), strings.Join(parts, ".")); err != nil {
		t.Errorf("the token does not verify: %v", err)
	}
}

func decode(t *testing.T, part string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTokenIsRenewed holds that a token comes again until shortly before its hour is over, and another for others.
func TestTokenIsRenewed(t *testing.T) {
	t.Parallel()
	m := clock.NewManual(start)
	s := idtoken.New(m, idtoken.Shared)
	first := s.Token(account, audience)
	m.Advance(54 * time.Minute)
	if s.Token(account, audience) != first {
		t.Error("after 54 minutes: got another token, want the same")
	}
	if s.Token("other@demo.test", audience) == first || s.Token(account, "https://other.example.com") == first {
		t.Error("got the same token for another account or audience")
	}
	m.Advance(time.Minute)
	if s.Token(account, audience) == first {
		t.Error("after 55 minutes: got the same token, want another")
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key.pem")
	made, err := idtoken.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, statErr := os.Stat(path); statErr != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file for its owner only", info, statErr)
	}
	again, err := idtoken.Load(path)
	if err != nil || !made.Equal(again) {
		t.Errorf("again: got another key, %v, want the one that is kept", err)
	}

	for name, text := range map[string]string{
		"cut":       "-----BEGIN PRIVATE KEY-----\nMIIE",
		"no_key":    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"other_pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"empty":     "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := idtoken.Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names the file", name, err)
		}
	}
}
