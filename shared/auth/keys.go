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
	"net/url"
	"strings"
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
	set    oidc.KeySet
	source *source
}

func newKeys(o options) *keys {
	s := &source{clock: o.clock, logger: o.logger}

	address := o.keysURL
	if address == "" {
		s.issuer = o.issuer
		address = strings.TrimSuffix(o.issuer, "/") + discovery
	}

	client := httpx.Client(fetchTimeout, address)
	s.next, client.Transport = client.Transport, s

	return &keys{
		set:    oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), address),
		source: s,
	}
}

// discovery is where an issuer says where its keys are: https://openid.net/specs/openid-connect-discovery-1_0.html.
const discovery = "/.well-known/openid-configuration"

// VerifySignature is part of [oidc.KeySet]. Keys that are old are good enough for this token; they are renewed beside it.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	if k.source.old() {
		k.prefetch()
	}

	payload, err := k.set.VerifySignature(ctx, token)
	if errors.Is(err, errTooOften) {
		// The set looked for a key, found none, and began another fetch, since the one under way had just ended. Its keys are there by now.
		return k.set.VerifySignature(ctx, token)
	}

	return payload, err
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
	errTooOften    = errors.New("the keys were asked for a short while ago")
	errNoKeys      = errors.New("the answer holds no keys")
	errNoDiscovery = errors.New("the issuer's discovery document is not its own, or names no address of keys that can be asked")
)

// source is the way to the keys' address: a transport that asks it seldom, and lets only an answer with keys through.
type source struct {
	next http.RoundTripper
	// issuer is set if the address is that of its discovery document, which says where the keys are.
	issuer string
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

// fetch answers with the keys, and is an error where there are none.
func (s *source) fetch(r *http.Request) (*http.Response, error) {
	if s.issuer != "" {
		var err error
		if r, err = s.discover(r); err != nil {
			return nil, err
		}
	}

	body, err := s.get(r)
	if err != nil {
		return nil, err
	}

	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) == 0 {
		return nil, errNoKeys
	}

	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Header:        http.Header{},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}

// discover asks for the issuer's discovery document, and returns the request for the keys. They are asked for as securely as the
// document was.
func (s *source) discover(r *http.Request) (*http.Request, error) {
	body, err := s.get(r)
	if err != nil {
		return nil, err
	}

	var document struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if json.Unmarshal(body, &document) != nil || document.Issuer != s.issuer {
		return nil, errNoDiscovery
	}

	address, err := url.Parse(document.Keys)
	if err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != r.URL.Scheme {
		return nil, errNoDiscovery
	}

	next := r.Clone(r.Context())
	next.URL, next.Host = address, ""

	return next, nil
}

// get makes a request, and returns the whole answer, which must be a 200.
func (s *source) get(r *http.Request) ([]byte, error) {
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

	return body, nil
}
