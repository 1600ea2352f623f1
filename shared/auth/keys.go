package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

const (
	// keysAge is how old keys get before they are fetched again. Google publishes a key days before it signs with it.
	keysAge = time.Hour
	// keysRest is the least time between two fetches, so that tokens with key ids that nobody knows do not make many.
	keysRest = time.Minute
	// firstRest is the same while there are no keys yet.
	firstRest = time.Second
	// fetchTimeout ends a fetch. Nobody waits longer for keys.
	fetchTimeout = 5 * time.Second
	// maxKeys is the most bytes of a key set that are read. Google's has 1,500.
	maxKeys = 1 << 20
)

// keys are the issuer's public keys. They are go-oidc's RemoteKeySet (v3.21, oidc/jwks.go), which
//
//   - fetches the keys once for all that wait for them, and lets each wait only as long as its context allows;
//   - keeps what it has fetched without an end, also when a later fetch fails;
//   - fetches whenever none of its keys fits a token: when the key's id is new, and when the signature is forged.
//
// It has no limit to how often it fetches, for how long and how much it reads; an answer without a key makes it forget all;
// and without a token that does not fit it never fetches again. [source] sets the limits, and prefetch begins a fetch.
type keys struct {
	set    *oidc.RemoteKeySet
	source *source
}

func newKeys(o options) *keys {
	client := httpx.Client(fetchTimeout, o.keysURL)
	s := &source{next: client.Transport, clock: o.clock, logger: o.logger}
	client.Transport = s

	return &keys{
		set:    oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), o.keysURL),
		source: s,
	}
}

// VerifySignature is part of [oidc.KeySet]. Keys that are old are good enough for this token; they are renewed beside it.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	if k.source.old() {
		k.prefetch()
	}

	return k.set.VerifySignature(ctx, token)
}

// unsigned is a token that no key fits, {"alg":"RS256"}.{} with one byte of signature. RemoteKeySet fetches for it.
const unsigned = "eyJhbGciOiJSUzI1NiJ9.e30.AA"

// prefetch begins a fetch in the background, which ends by itself within fetchTimeout.
func (k *keys) prefetch() {
	go func() { _, _ = k.set.VerifySignature(context.Background(), unsigned) }() // it never fits, and the source logs its failures
}

// held reports whether there are keys.
func (k *keys) held() bool { return !k.source.lastFetched().IsZero() }

var (
	errTooOften = errors.New("the keys were asked for a short while ago")
	errNoKeys   = errors.New("the answer holds no keys")
)

// source is the way to the keys' address: a transport that asks it seldom, and lets only an answer with keys through.
type source struct {
	next   http.RoundTripper
	clock  clock.Clock
	logger *slog.Logger

	mu sync.Mutex
	// asked is when the newest fetch began, fetched when the newest that brought keys did.
	asked, fetched time.Time
}

// RoundTrip is part of [http.RoundTripper].
func (s *source) RoundTrip(r *http.Request) (*http.Response, error) {
	at, ok := s.begin()
	if !ok {
		return nil, errTooOften
	}

	resp, err := s.fetch(r)
	if err != nil {
		s.logger.WarnContext(r.Context(), "keys of the tokens' issuer not fetched",
			slog.Bool("older_keys_held", !s.lastFetched().IsZero()), slog.String("error", err.Error()))
		return nil, err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	s.fetched = at

	return resp, nil
}

// begin reports whether the keys may be asked for now, and notes that they are.
func (s *source) begin() (at time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.clock.Now()
	if !s.rested(now) {
		return now, false
	}

	s.asked = now

	return now, true
}

// rested reports whether the last fetch is long enough ago. Call with mu held.
func (s *source) rested(now time.Time) bool {
	rest := keysRest
	if s.fetched.IsZero() {
		rest = firstRest
	}

	return s.asked.IsZero() || now.Sub(s.asked) >= rest
}

// old reports whether the keys should be fetched again because of their age.
func (s *source) old() bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.clock.Now()

	return !s.fetched.IsZero() && now.Sub(s.fetched) >= keysAge && s.rested(now)
}

func (s *source) lastFetched() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetched
}

// fetch reads the whole answer, and is an error unless it holds keys.
func (s *source) fetch(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}

	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}

	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		return nil, errNoKeys
	}

	resp.Body = io.NopCloser(bytes.NewReader(body))

	return resp, nil
}
