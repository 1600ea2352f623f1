package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

// TestHeader holds that a token counts in the Authorization header and nowhere else.
func TestHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	good := r.fresh()
	for _, tc := range []struct {
		name   string
		change func(*http.Request)
		reason string
	}{
		{"as_google_sends_it", func(*http.Request) {}, ""},
		{"scheme_in_lower_case", func(q *http.Request) { q.Header.Set("Authorization", "bearer "+good) }, ""},
		{"beside_one_in_the_url", func(q *http.Request) { q.URL.RawQuery = "access_token=guess" }, ""},
		{"none", func(q *http.Request) { q.Header.Del("Authorization") }, "no_token"},
		{"empty", func(q *http.Request) { q.Header.Set("Authorization", "Bearer ") }, "no_token"},
		{"no_scheme", func(q *http.Request) { q.Header.Set("Authorization", good) }, "no_token"},
		{"another_scheme", func(q *http.Request) { q.Header.Set("Authorization", "Basic "+good) }, "no_token"},
		{"two", func(q *http.Request) { q.Header.Add("Authorization", "Bearer "+good) }, "no_token"},
		{"in_the_url", func(q *http.Request) {
			q.Header.Del("Authorization")
			q.URL.RawQuery = "access_token=" + good + "&token=" + good + "&id_token=" + good
		}, "no_token"},
		{"in_other_headers", func(q *http.Request) {
			q.Header.Del("Authorization")
			for _, name := range []string{"X-Push-Token", "X-Serverless-Authorization", "X-Forwarded-Authorization", "Proxy-Authorization", "Cookie"} {
				q.Header.Set(name, "Bearer "+good)
			}
		}, "no_token"},
		{"space_behind", func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+good+" ") }, "malformed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			q := request(t, good)
			tc.change(q)
			check(t, r.verify(q), tc.reason)
		})
	}
}

// check compares an error with the reason that it must have; empty wants no error.
func check(t *testing.T, err error, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Errorf("got %v, want the token taken", err)
		}
		return
	}
	if !fault.Is(err, fault.Unauthenticated) || err.Error() != "auth.check: "+reason {
		t.Errorf("got %v, want unauthenticated because of %s", err, reason)
	}
}

// TestForgeries holds that each forgery is refused, again and again, with the same answer for all and a word for the log.
func TestForgeries(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	good := r.fresh()
	check(t, r.verify(request(t, good)), "")
	forged := forge.Tokens(t, r.signer, account, audience, r.clock.Now())
	if len(forged) < 20 {
		t.Fatalf("got %d forgeries, want more", len(forged))
	}
	for _, f := range forged {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				err := r.verify(request(t, f.Value))
				check(t, err, f.Reason)
				if _, public := fault.Public(err); public != "missing or wrong credentials" {
					t.Errorf("got the public text %q, want what all get", public)
				}
			}
			check(t, r.verify(request(t, good)), "")
		})
	}
}

// TestKnownTokenEnds holds that a token which is known is refused once it expires, and that one cut short is not known.
func TestKnownTokenEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	claims := idtoken.Claims(account, audience, r.clock.Now())
	claims["exp"] = r.clock.Now().Add(5 * time.Minute).Unix()
	token := r.signer.Sign(claims)
	check(t, r.verify(request(t, token)), "")
	check(t, r.verify(request(t, token[:len(token)-4])), "signature")
	r.clock.Advance(5*time.Minute - time.Second)
	check(t, r.verify(request(t, token)), "")
	r.clock.Advance(2 * time.Second)
	check(t, r.verify(request(t, token)), "expired")
}

// TestKnownTokenCostsNothing holds that a known token is neither parsed nor verified, whatever the machine's speed: both
// would allocate. A push costs its hash and a look into a map.
func TestKnownTokenCostsNothing(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	r := newRig(t, nil)
	q := request(t, r.fresh())
	check(t, r.verify(q), "")
	if n := testing.AllocsPerRun(100, func() { _ = r.verify(q) }); n != 0 {
		t.Errorf("got %v allocations a push once known, want none", n)
	}
	r.clock.Advance(11 * time.Minute)
	if n := testing.AllocsPerRun(1, func() {
		r.clock.Advance(11 * time.Minute)
		_ = r.verify(q)
	}); n < 10 {
		t.Errorf("got %v allocations after ten minutes, want those of a verification", n)
	}
}

// BenchmarkVerify measures a push with a token that is known, and one with a token that is new.
func BenchmarkVerify(b *testing.B) {
	r := newRig(b, nil)
	q := request(b, r.fresh())
	if err := r.verify(q); err != nil {
		b.Fatal(err)
	}
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := r.verify(q); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("forged", func(b *testing.B) {
		b.ReportAllocs()
		token := r.fresh()
		bad := request(b, token[:len(token)-4]+strings.Repeat("A", 4))
		for b.Loop() {
			if r.verify(bad) == nil {
				b.Fatal("a forged token was taken")
			}
		}
	})
}
