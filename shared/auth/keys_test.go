package auth_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

// patience ends a wait for what the verifier does in the background, on however busy a machine.
const patience = time.Minute

// held answers with the signer's key, but not before release is closed.
func held(release <-chan struct{}) http.HandlerFunc {
	signer := idtoken.New(nil, idtoken.Shared)
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
			return
		}
		signer.ServeHTTP(w, r)
	}
}

// TestKeysAreFetchedOnce holds that the start does not wait for the keys, and that pushes which come meanwhile share its fetch.
func TestKeysAreFetchedOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	r := newRig(t, held(release))
	testkit.Eventually(t, patience, "the keys are asked for at the start", func() bool { return r.source.fetches.Load() == 1 })

	var pushes sync.WaitGroup
	for range 20 {
		q := request(t, r.fresh())
		pushes.Go(func() { check(t, r.verify(q), "") })
	}
	close(release)
	pushes.Wait()

	if got := r.source.fetches.Load(); got != 1 {
		t.Errorf("got %d fetches, want one", got)
	}
}

// TestSourceThatHangs holds that a push waits for the keys no longer than its own time.
func TestSourceThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	r := newRig(t, held(release))
	for name, tc := range map[string]struct {
		end  func(context.Context) (context.Context, context.CancelFunc)
		want fault.Kind
	}{
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Millisecond)
		}, fault.Unavailable},
		"caller_gone": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, fault.Canceled},
	} {
		ctx, cancel := tc.end(t.Context())
		err := r.verify(request(t, r.fresh()).WithContext(ctx))
		cancel()
		if !fault.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

// TestNoKeysYet holds that pushes come again while no key could be fetched, and are taken as soon as one could.
func TestNoKeysYet(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"fails": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"fails_with_keys": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			idtoken.New(nil, idtoken.Shared).ServeHTTP(w, r)
		},
		"html":     func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no_keys":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) },
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"keys":[` + strings.Repeat(" ", 2<<20) + `{}]}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, answer)
			for range 2 {
				err := r.verify(request(t, r.fresh()))
				if !fault.Is(err, fault.Unavailable) || err.Error() != "auth.check: no_keys" {
					t.Errorf("got %v, want unavailable for lack of keys", err)
				}
			}
			check(t, r.verify(request(t, "guess")), "malformed")
			if !strings.Contains(r.logs.String(), `"older_keys_held":false`) {
				t.Errorf("got log %s, want the failure", r.logs)
			}

			r.source.answers(r.signer.ServeHTTP)
			err := r.verify(request(t, r.fresh()))
			for try := 0; err != nil && try < 10; try++ { // it may have joined a fetch from before, such as that of the start
				r.clock.Advance(2 * time.Second)
				err = r.verify(request(t, r.fresh()))
			}
			check(t, err, "")
		})
	}
}

// TestUnknownKeysDoNotHammerTheSource holds that forged tokens lead to one fetch a minute, and not at all to forgotten keys.
func TestUnknownKeysDoNotHammerTheSource(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	good := r.fresh()
	check(t, r.verify(request(t, good)), "")
	var forged []string
	for _, f := range forge.Tokens(t, r.signer, account, audience, r.clock.Now()) {
		if f.Reason == "signature" {
			forged = append(forged, f.Value)
		}
	}
	for minute := range int32(3) {
		var pushes sync.WaitGroup
		for range 20 {
			for _, token := range forged {
				pushes.Go(func() { check(t, r.verify(request(t, token)), "signature") })
			}
		}
		pushes.Wait()
		if got := r.source.fetches.Load(); got != minute+1 {
			t.Errorf("minute %d: got %d fetches, want one more a minute", minute, got)
		}
		check(t, r.verify(request(t, good)), "")
		r.clock.Advance(time.Minute)
	}

	r.source.fails()
	for range 3 {
		check(t, r.verify(request(t, forged[0])), "signature")
		check(t, r.verify(request(t, r.fresh())), "")
	}
	if got := r.source.fetches.Load(); got != 4 {
		t.Errorf("got %d fetches, want one more, which fails", got)
	}
}

// TestNewKey holds that a token of a key which was published since is taken at once.
func TestNewKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	check(t, r.verify(request(t, r.fresh())), "")
	r.clock.Advance(time.Minute)
	rotated := idtoken.New(r.clock, anotherKey)
	r.source.answers(rotated.ServeHTTP)
	check(t, r.verify(request(t, rotated.Token(account, audience))), "")
}

// TestKeysArePastTheirAge holds that old keys are fetched again beside the push that meets them, that they are kept while the
// source does not answer, and that a key which is withdrawn counts no more afterwards.
func TestKeysArePastTheirAge(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	check(t, r.verify(request(t, r.fresh())), "")
	r.clock.Advance(59 * time.Minute)
	check(t, r.verify(request(t, r.fresh())), "")
	if got := r.source.fetches.Load(); got != 1 {
		t.Errorf("got %d fetches within the hour, want one", got)
	}

	r.source.fails()
	for hour := range 3 {
		r.clock.Advance(time.Hour)
		logged := r.logs.Len()
		check(t, r.verify(request(t, r.fresh())), "")
		testkit.Eventually(t, patience, "the failure is logged", func() bool {
			return strings.Contains(r.logs.From(logged), `"older_keys_held":true`)
		})
		check(t, r.verify(request(t, r.fresh())), "")
		if got := int(r.source.fetches.Load()); got != hour+2 {
			t.Errorf("hour %d: got %d fetches, want one a minute at most", hour, got)
		}
	}

	rotated := idtoken.New(r.clock, anotherKey)
	r.source.answers(rotated.ServeHTTP)
	r.clock.Advance(time.Minute)
	withdrawn := r.fresh()
	_ = r.verify(request(t, withdrawn)) // begins the fetch, and is known from the old key
	testkit.Eventually(t, patience, "the withdrawn key counts no more", func() bool {
		return fault.Is(r.verify(request(t, r.fresh())), fault.Unauthenticated)
	})
	check(t, r.verify(request(t, rotated.Token(account, audience))), "")
}
