// Package auth decides who may call: it verifies the bearer token of a request. [Pushes] does so for pushes of Pub/Sub and calls
// of Cloud Scheduler, as [PushConfig] says.
//
// A verifier takes the tokens of one issuer, for one audience and one service account. A token that it has verified it knows
// again by its hash, which costs less than a microsecond where a signature costs forty. The issuer's public keys are fetched at
// start and kept; keys.go says how. Nothing here logs or returns a token or an e-mail.
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// knownFor is how long a token is known at most.
	knownFor = 10 * time.Minute
	// maxKnown bounds the tokens that are known. Pub/Sub and Cloud Scheduler use a handful at a time, an hour each.
	maxKnown = 1000
	// maxToken is the longest token that is looked at, in bytes. Google's have about 1,000.
	maxToken = 4 << 10
	// skew is how far the issuer's clock may be ahead of ours. go-oidc grants the same to nbf.
	skew = 5 * time.Minute
)

// options say whose tokens are taken. All of them must be set.
type options struct {
	// issuer is what a token's iss must be.
	issuer string
	// keysURL is where the issuer publishes its public keys, as a JSON Web Key Set.
	keysURL string
	// algorithms are those that a token may be signed with, such as RS256.
	algorithms []string
	// audience is what a token's aud must hold.
	audience string
	// serviceAccount is the e-mail that a token must name, with email_verified.
	serviceAccount string
	clock          clock.Clock
	// logger gets a line when the keys cannot be fetched.
	logger *slog.Logger
}

// verifier verifies the bearer tokens of requests. It is safe for concurrent use.
type verifier struct {
	account string
	clock   clock.Clock
	keys    *keys
	tokens  *oidc.IDTokenVerifier
	known   known
}

// newVerifier returns a verifier, and begins to fetch the issuer's keys in the background. It does not wait for them: a request
// that comes before they are there does.
func newVerifier(o options) *verifier {
	k := newKeys(o)
	k.prefetch()

	return &verifier{
		account: o.serviceAccount,
		clock:   o.clock,
		keys:    k,
		tokens: oidc.NewVerifier(o.issuer, k, &oidc.Config{
			ClientID:             o.audience,
			SupportedSigningAlgs: o.algorithms,
			Now:                  o.clock.Now,
		}),
		known: known{until: map[hash]time.Time{}},
	}
}

// check returns nil if the request's Authorization header holds a token that is right in everything that the options ask
// for: signature, algorithm, issuer, audience, time and service account. Everything else is Unauthenticated, and the error's
// text, which is for the log, ends with a word for the reason; reasons lists most. A token anywhere else, such as in the
// URL, is no token. While no key could be fetched at all it is Unavailable, so that the push comes again.
func (v *verifier) check(r *http.Request) error {
	token, ok := bearer(r.Header)
	if !ok {
		return refused("no_token")
	}
	if len(token) > maxToken {
		return refused("malformed")
	}

	now, sum := v.clock.Now(), hashOf(token)
	if v.known.has(sum, now) {
		return nil
	}

	expiry, err := v.verify(r.Context(), token, now)
	if err != nil {
		return err
	}

	v.known.add(sum, earlier(expiry, now.Add(knownFor)), now)

	return nil
}

// bearer returns the token of the one Authorization header.
func bearer(h http.Header) (token string, ok bool) {
	const scheme = "Bearer "

	all := h["Authorization"]
	if len(all) != 1 || len(all[0]) <= len(scheme) || !strings.EqualFold(all[0][:len(scheme)], scheme) {
		return "", false
	}

	return all[0][len(scheme):], true
}

type hash = [sha256.Size]byte

// hashOf is the hash of a token of at most maxToken bytes. It copies the token to the stack: a conversion would allocate.
func hashOf(token string) hash {
	var b [maxToken]byte
	return sha256.Sum256(b[:copy(b[:], token)])
}

// removed is what Cloud Run may put in the place of the signature when it has checked the token itself, so that it cannot be
// used again: https://cloud.google.com/run/docs/troubleshooting#signature-removed. Such a token proves nothing to us.
const removed = ".SIGNATURE_REMOVED_BY_GOOGLE"

// verify verifies a token that is not known, and returns when it expires.
func (v *verifier) verify(ctx context.Context, token string, now time.Time) (time.Time, error) {
	switch {
	case strings.HasSuffix(token, removed):
		return time.Time{}, refused("signature_removed")
	case strings.ContainsAny(token, "{ \t"): // go-oidc would read a signature's JSON form too, and skip blanks
		return time.Time{}, refused("malformed")
	}

	t, err := v.tokens.Verify(ctx, token)
	if err != nil {
		return time.Time{}, v.failure(ctx, err)
	}

	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := t.Claims(&claims); err != nil {
		return time.Time{}, refused("malformed")
	}

	switch {
	case t.IssuedAt.After(now.Add(skew)):
		return time.Time{}, refused("not_yet_valid")
	case claims.Email != v.account:
		return time.Time{}, refused("email")
	case !claims.Verified:
		return time.Time{}, refused("email_not_verified")
	}

	return t.Expiry, nil
}

// reasons are the words for why go-oidc refuses a token, by what its error then says; the error itself quotes the token. They
// are for the log only, and a test holds each.
var reasons = []struct{ says, word string }{
	{"unexpected signature algorithm", "algorithm"},
	{"malformed jwt", "malformed"},
	{"failed to verify signature", "signature"},
	{"issued by a different provider", "issuer"},
	{"expected audience", "audience"},
	{"token is expired", "expired"},
	{"before the nbf", "not_yet_valid"},
}

// failure makes an error of ours of one of go-oidc's.
func (v *verifier) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fault.Wrap(fault.KindOf(ctx.Err()), op, ctx.Err())
	}

	for _, r := range reasons {
		if !strings.Contains(err.Error(), r.says) {
			continue
		}
		if r.word == "signature" && !v.keys.held() {
			return fault.Wrap(fault.Unavailable, op, errors.New("no_keys"))
		}

		return refused(r.word)
	}

	return refused("malformed")
}

// op is the operation of the package's errors.
const op = "auth.check"

// refused is the error for a token that is wrong. Its public text is the same whatever is wrong with it.
func refused(reason string) error {
	return fault.Wrap(fault.Unauthenticated, op, errors.New(reason))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// known holds the tokens that were verified, by their hashes, and until when they are known.
type known struct {
	mu    sync.RWMutex
	until map[hash]time.Time
}

func (k *known) has(sum hash, now time.Time) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return now.Before(k.until[sum])
}

// add makes a token known. Beyond the most, those whose time is over are forgotten, and all if that is not enough: they
// are verified again.
func (k *known) add(sum hash, until, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()

	if len(k.until) >= maxKnown {
		for other, end := range k.until {
			if !now.Before(end) {
				delete(k.until, other)
			}
		}
	}
	if len(k.until) >= maxKnown {
		clear(k.until)
	}

	k.until[sum] = until
}
