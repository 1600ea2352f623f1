package auth

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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
		issuer:         idtoken.Issuer,
		keysURL:        keys.URL,
		algorithms:     []string{"RS256"},
		audience:       audience,
		serviceAccount: account,
		clock:          clk,
		logger:         slog.New(slog.DiscardHandler),
	})
	verify := func(token string) error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		return v.check(r)
	}

	for _, f := range forge.Tokens(t, signer, account, audience, start) {
		if verify(f.Value) == nil {
			t.Errorf("%s was taken", f.Name)
		}
	}
	if got := len(v.known.until); got != 0 {
		t.Errorf("got %d tokens known of those that were refused, want none", got)
	}

	if err := verify(signer.Token(account, audience)); err != nil {
		t.Fatal(err)
	}
	for _, until := range v.known.until {
		if want := start.Add(10 * time.Minute); !until.Equal(want) {
			t.Errorf("got it known until %v, want %v", until, want)
		}
	}
	if got := len(v.known.until); got != 1 {
		t.Errorf("got %d tokens known, want the one", got)
	}
}

func TestKnownIsBounded(t *testing.T) {
	t.Parallel()
	k := known{until: map[hash]time.Time{}}
	sum := func(i int) (h hash) {
		binary.BigEndian.PutUint64(h[:], uint64(i))
		return h
	}
	for i := range maxKnown - 1 {
		k.add(sum(i), start.Add(time.Second), start)
	}
	k.add(sum(maxKnown), start.Add(time.Minute), start)
	k.add(sum(maxKnown+1), start.Add(time.Minute), start.Add(time.Second))
	if got := len(k.until); got != 2 || !k.has(sum(maxKnown), start.Add(time.Second)) {
		t.Errorf("got %d tokens, want the two whose time is not over", got)
	}

	for i := range 5 * maxKnown {
		k.add(sum(i), start.Add(time.Hour), start)
		if got := len(k.until); got > maxKnown {
			t.Fatalf("got %d tokens known, want at most %d", got, maxKnown)
		}
	}
	if !k.has(sum(5*maxKnown-1), start) {
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
