package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	account  = "push@demo.test"
	audience = "https://notify.example.com"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// source is where an issuer publishes its keys.
type source struct {
	*httptest.Server
	// answer answers a fetch; it can be changed between two.
	answer  atomic.Pointer[http.HandlerFunc]
	fetches atomic.Int32
}

func newSource(tb testing.TB, answer http.HandlerFunc) *source {
	tb.Helper()
	s := &source{}
	s.answer.Store(&answer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fetches.Add(1)
		(*s.answer.Load())(w, r)
	}))
	tb.Cleanup(s.Close)
	return s
}

func (s *source) answers(h http.HandlerFunc) { s.answer.Store(&h) }

// fails makes the source answer 503 from now on.
func (s *source) fails() {
	s.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
}

// rig is a verifier on a clock that stands still, with the issuer whose tokens it takes.
type rig struct {
	verify func(*http.Request) error
	clock  *clock.Manual
	signer *idtoken.Signer
	source *source
	logs   *testkit.Log
}

// newRig starts a rig whose source answers as given; nil answers with the signer's key.
func newRig(tb testing.TB, answer http.HandlerFunc) *rig {
	tb.Helper()
	clk, logs := clock.NewManual(start), &testkit.Log{}
	signer := idtoken.New(clk, idtoken.Shared)
	if answer == nil {
		answer = signer.ServeHTTP
	}
	s := newSource(tb, answer)
	c := auth.PushConfig{Audience: audience, ServiceAccount: account, KeysURL: s.URL, Issuer: idtoken.Issuer}
	verify := auth.Pushes(tb.Context(), c, clk, logging.New(logs, logging.Options{}))
	return &rig{verify: verify, clock: clk, signer: signer, source: s, logs: logs}
}

// fresh returns a token that the verifier has not seen.
func (r *rig) fresh() string {
	r.clock.Advance(time.Second)
	return r.signer.Sign(idtoken.Claims(account, audience, r.clock.Now()))
}

// request is a push with a token.
func request(tb testing.TB, token string) *http.Request {
	tb.Helper()
	q := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/", http.NoBody)
	q.Header.Set("Authorization", "Bearer "+token)
	return q
}

// anotherKey is the issuer's after a rotation.
var anotherKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})
