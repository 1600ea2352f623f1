package auth

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// TestOnlyValidTokensAreKnown holds what is known, and for how long.
func TestOnlyValidTokensAreKnown(t *testing.T) {
	t.Parallel()
	const account, audience = "push@demo.test", "https://notify.example.com"
	clk := clock.NewManual(start)
	signer := idtoken.New(clk, idtoken.Shared)
	keys := httptest.NewServer(signer)
	t.Cleanup(keys.Close)
	v := newVerifier(options{
		token:      bearer,
		issuer:     idtoken.Issuer,
		keysURL:    keys.URL,
		algorithms: []string{"RS256"},
		audience:   audience,
		identify:   byMail(func(_ *oidc.IDToken, email string) (access.Caller, bool) { return access.Caller{}, email == account }),
		clock:      clk,
		logger:     slog.New(slog.DiscardHandler),
	})
	verify := func(token string) error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		_, err := v.check(r)
		return err
	}

	for _, f := range forge.Tokens(t, signer, account, audience, start) {
		if verify(f.Value) == nil {
			t.Errorf("%s was taken", f.Name)
		}
	}
	if got := len(v.known.tokens); got != 0 {
		t.Errorf("got %d tokens known of those that were refused, want none", got)
	}

	if err := verify(signer.Token(account, audience)); err != nil {
		t.Fatal(err)
	}
	for _, k := range v.known.tokens {
		if want := start.Add(10 * time.Minute); !k.until.Equal(want) {
			t.Errorf("got it known until %v, want %v", k.until, want)
		}
	}
	if got := len(v.known.tokens); got != 1 {
		t.Errorf("got %d tokens known, want the one", got)
	}
}

func TestKnownIsBounded(t *testing.T) {
	t.Parallel()
	k := known{tokens: map[hash]verified{}}
	has := func(sum hash, now time.Time) bool {
		_, ok := k.get(sum, now)
		return ok
	}
	until := func(at time.Time) verified { return verified{until: at} }
	sum := func(i int) (h hash) {
		binary.BigEndian.PutUint64(h[:], uint64(i))
		return h
	}
	for i := range maxKnown - 1 {
		k.add(sum(i), until(start.Add(time.Second)), start)
	}
	k.add(sum(maxKnown), until(start.Add(time.Minute)), start)
	k.add(sum(maxKnown+1), until(start.Add(time.Minute)), start.Add(time.Second))
	if got := len(k.tokens); got != 2 || !has(sum(maxKnown), start.Add(time.Second)) {
		t.Errorf("got %d tokens, want the two whose time is not over", got)
	}

	for i := range 5 * maxKnown {
		k.add(sum(i), until(start.Add(time.Hour)), start)
		if got := len(k.tokens); got > maxKnown {
			t.Fatalf("got %d tokens known, want at most %d", got, maxKnown)
		}
	}
	if !has(sum(5*maxKnown-1), start) {
		t.Error("the newest token is not known")
	}
}

// stub is a transport.
type stub func(*http.Request) (*http.Response, error)

func (s stub) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

// TestFetchEnds holds that a fetch has a deadline, since nothing else ends one that hangs.
func TestFetchEnds(t *testing.T) {
	t.Parallel()
	k := newKeys(options{keysURL: "https://keys.example.com", clock: clock.NewManual(start), logger: slog.New(slog.DiscardHandler)})
	var left time.Duration
	k.source.next = stub(func(r *http.Request) (*http.Response, error) {
		if deadline, ok := r.Context().Deadline(); ok {
			left = time.Until(deadline)
		}
		return nil, errors.New("no network")
	})
	_, err := k.VerifySignature(t.Context(), unsigned)
	if err == nil || left <= 0 || left > fetchTimeout {
		t.Errorf("got %v and %v left for the fetch, want at most %v", err, left, fetchTimeout)
	}
}

// TestDiscovery holds which addresses of keys are asked: those of a host, as securely as the discovery document was asked for.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	const secure, plain = "https://login.example.com", "http://login.example.com"
	for name, tc := range map[string]struct {
		issuer, keys string
		asked        bool
	}{
		"https":            {secure, "https://keys.example.com/set", true},
		"https_to_http":    {secure, "http://keys.example.com/set", false},
		"http_to_https":    {plain, "https://keys.example.com/set", true},
		"http":             {plain, "http://keys.example.com/set", true},
		"no_host":          {secure, "https:///set", false},
		"no_scheme":        {secure, "keys.example.com/set", false},
		"another_scheme":   {plain, "ftp://keys.example.com/set", false},
		"nothing":          {secure, "", false},
		"issuer_with_path": {secure + "/tenant/", "https://keys.example.com/set", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeys(options{issuer: tc.issuer, clock: clock.NewManual(start), logger: slog.New(slog.DiscardHandler)})
			var asked []string
			k.source.next = stub(func(r *http.Request) (*http.Response, error) {
				asked = append(asked, r.URL.String())
				if r.Host != "" && r.Host != r.URL.Host {
					t.Errorf("%s was asked as %s", r.URL, r.Host)
				}
				rec := httptest.NewRecorder()
				_ = json.NewEncoder(rec).Encode(map[string]any{"issuer": tc.issuer, "jwks_uri": tc.keys})
				return rec.Result(), nil
			})
			_, _ = k.VerifySignature(t.Context(), unsigned)
			want := []string{strings.TrimSuffix(tc.issuer, "/") + "/.well-known/openid-configuration"}
			if tc.asked {
				want = append(want, tc.keys)
			}
			if !slices.Equal(asked, want) {
				t.Errorf("asked %v, want %v", asked, want)
			}
		})
	}
}

// fetched is a key set whose keys came just after they were looked for.
type fetched struct{ asked int }

func (f *fetched) VerifySignature(context.Context, string) ([]byte, error) {
	f.asked++
	if f.asked == 1 {
		return nil, fmt.Errorf("fetching keys %w", errTooOften)
	}

	return []byte("{}"), nil
}

// TestKeysThatJustCame holds that a token is not refused because the keys came between the look for one and the next fetch.
func TestKeysThatJustCame(t *testing.T) {
	t.Parallel()
	set := &fetched{}
	k := &keys{set: set, source: &source{clock: clock.NewManual(start)}}
	if payload, err := k.VerifySignature(t.Context(), "token"); err != nil || string(payload) != "{}" || set.asked != 2 {
		t.Errorf("got %q, %v after %d looks", payload, err, set.asked)
	}
}
