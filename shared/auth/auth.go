// Package auth decides who may call: it verifies the token of a request. [Pushes] does so for pushes of Pub/Sub and calls
// of Cloud Scheduler, as [PushConfig] says. [Users] does so for people and services that use the workspace, as [UserConfig] says, and
// returns the [access.Caller], which knows what it may do. [Staff] does so for the platform's people, whom Identity-Aware Proxy lets
// through, as [StaffConfig] says.
//
// A verifier takes the tokens of one issuer, for one audience, that name somebody it knows. A token that it has verified it knows
// again by its hash, which costs less than a microsecond where a signature costs forty. The issuer's public keys are fetched at
// start and kept; keys.go says how. Nothing here logs or returns a token or an e-mail.
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
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
	// usualSkew is how far an issuer's clock may be ahead of ours. go-oidc grants the same to nbf.
	usualSkew = 5 * time.Minute
)

// options say whose tokens are taken. All of them must be set, except where an empty one has a meaning.
type options struct {
	// token finds the token in a request's headers.
	token func(http.Header) (string, bool)
	// issuer is what a token's iss must be.
	issuer string
	// keysURL is where the issuer publishes its public keys, as a JSON Web Key Set. Empty means where the issuer's discovery document
	// says.
	keysURL string
	// algorithms are those that a token may be signed with, such as RS256.
	algorithms []string
	// audience is what a token's aud must hold.
	audience string
	// skew is how far the issuer's clock may be ahead of ours.
	skew time.Duration
	// unsigned takes tokens of which the platform has taken out the signature, as it does once it has checked one itself. All else is checked.
	unsigned bool
	// identify returns whose a token is that is right in everything else; an error of refused, if it is nobody's.
	identify func(*oidc.IDToken) (access.Caller, error)
	clock    clock.Clock
	// logger gets a line when the keys cannot be fetched.
	logger *slog.Logger
}

// verifier verifies the bearer tokens of requests. It is safe for concurrent use.
type verifier struct {
	token    func(http.Header) (string, bool)
	skew     time.Duration
	identify func(*oidc.IDToken) (access.Caller, error)
	clock    clock.Clock
	keys     *keys
	tokens   *oidc.IDTokenVerifier
	// unsigned is nil where no token is taken without its signature.
	unsigned *oidc.IDTokenVerifier
	known    known
}

// newVerifier returns a verifier, and begins to fetch the issuer's keys in the background. It does not wait for them: a request
// that comes before they are there does.
func newVerifier(o options) *verifier {
	k := newKeys(o)
	k.prefetch()

	cfg := oidc.Config{ClientID: o.audience, SupportedSigningAlgs: o.algorithms, Now: o.clock.Now}
	v := &verifier{
		token:    o.token,
		skew:     o.skew,
		identify: o.identify,
		clock:    o.clock,
		keys:     k,
		tokens:   oidc.NewVerifier(o.issuer, k, &cfg),
		known:    known{tokens: map[hash]verified{}},
	}

	if o.unsigned {
		without := cfg
		without.InsecureSkipSignatureCheck = true
		v.unsigned = oidc.NewVerifier(o.issuer, k, &without)
	}

	return v
}

// check returns whose a request is, if its header holds a token that is right in everything that the options ask
// for: signature, algorithm, issuer, audience, time and holder. Everything else is Unauthenticated, and the error's text, which is
// for the log, ends with a word for the reason; reasons lists most. A token anywhere else, such as in the URL, is no token. While
// no key could be fetched at all it is Unavailable, so that a push comes again.
func (v *verifier) check(r *http.Request) (access.Caller, error) {
	token, ok := v.token(r.Header)
	if !ok {
		return access.Caller{}, refused("no_token")
	}
	if len(token) > maxToken {
		return access.Caller{}, refused("malformed")
	}

	now, sum := v.clock.Now(), hashOf(token)
	if c, known := v.known.get(sum, now); known {
		return c, nil
	}

	c, expiry, err := v.verify(r.Context(), token, now)
	if err != nil {
		return access.Caller{}, err
	}

	v.known.add(sum, verified{earlier(expiry, now.Add(knownFor)), c}, now)

	return c, nil
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
// used again: https://cloud.google.com/run/docs/troubleshooting#signature-removed. Such a token proves nothing to a function that anybody can
// call.
const removed = ".SIGNATURE_REMOVED_BY_GOOGLE"

// verify verifies a token that is not known, and returns whose it is and when it expires.
func (v *verifier) verify(ctx context.Context, token string, now time.Time) (access.Caller, time.Time, error) {
	tokens := v.tokens
	if strings.HasSuffix(token, removed) && v.unsigned != nil {
		tokens = v.unsigned
	}

	switch {
	case strings.HasSuffix(token, removed) && v.unsigned == nil:
		return access.Caller{}, time.Time{}, refused("signature_removed")
	case strings.ContainsAny(token, "{ \t"): // go-oidc would read a signature's JSON form too, and skip blanks
		return access.Caller{}, time.Time{}, refused("malformed")
	}

	t, err := tokens.Verify(ctx, token)
	if err != nil {
		return access.Caller{}, time.Time{}, v.failure(ctx, err)
	}
	if t.IssuedAt.After(now.Add(v.skew)) {
		return access.Caller{}, time.Time{}, refused("not_yet_valid")
	}

	c, err := v.identify(t)

	return c, t.Expiry, err
}

// byMail returns what identifies the holder of a Google-signed token by its e-mail, which Google must have verified.
func byMail(known func(t *oidc.IDToken, email string) (access.Caller, bool)) func(*oidc.IDToken) (access.Caller, error) {
	return func(t *oidc.IDToken) (access.Caller, error) {
		var claims struct {
			Email    string `json:"email"`
			Verified bool   `json:"email_verified"`
		}
		if err := t.Claims(&claims); err != nil {
			return access.Caller{}, refused("malformed")
		}

		c, ok := known(t, claims.Email)
		switch {
		case !ok:
			return access.Caller{}, refused("email")
		case !claims.Verified:
			return access.Caller{}, refused("email_not_verified")
		}

		return c, nil
	}
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

// known holds the tokens that were verified, by their hashes.
type known struct {
	mu     sync.RWMutex
	tokens map[hash]verified
}

// verified is a token that was verified: until when it is known, and whose it is.
type verified struct {
	until  time.Time
	caller access.Caller
}

// get returns whose a token is that is known. The caller's accounts are a copy.
func (k *known) get(sum hash, now time.Time) (access.Caller, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()

	v := k.tokens[sum]
	v.caller.Accounts = slices.Clone(v.caller.Accounts)

	return v.caller, now.Before(v.until)
}

// add makes a token known. Beyond the most, those whose time is over are forgotten, and all if that is not enough: they
// are verified again.
func (k *known) add(sum hash, v verified, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()

	if len(k.tokens) >= maxKnown {
		for other, old := range k.tokens {
			if !now.Before(old.until) {
				delete(k.tokens, other)
			}
		}
	}
	if len(k.tokens) >= maxKnown {
		clear(k.tokens)
	}

	v.caller.Accounts = slices.Clone(v.caller.Accounts)
	k.tokens[sum] = v
}
