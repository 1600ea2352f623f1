package settings_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	formerKey = "former-key-0123456789"
	nextKey   = "next-key-0123456789"
	ownAppID  = "aaaaaaaa-0000-4000-8000-000000000001"
)

// struckSecrets are secrets after whose next new version something happens.
type struckSecrets struct {
	*secret.Store
	strike func()
}

func (s *struckSecrets) Add(ctx context.Context, name string, value config.Secret) (string, error) {
	version, err := s.Store.Add(ctx, name, value)
	if strike := s.strike; strike != nil {
		s.strike = nil
		strike()
	}

	return version, err
}

// rotating is a workspace whose account has the app "own" at a provider that takes the next credential, too.
type rotating struct {
	*office
	local   *cloud.Cloud
	secrets *struckSecrets
}

// newRotating has the app name its credential so.
func newRotating(t *testing.T, name string) *rotating {
	t.Helper()
	clk := clock.NewManual(noon)
	local := testkit.Cloud(t, clk)
	sim, address := testkit.Simulator(t, clk)
	r := &rotating{
		office:  &office{t: t, store: testkit.Store(t, local), clock: clk, sim: sim, others: secretsOf(t, local, clk)},
		local:   local,
		secrets: &struckSecrets{Store: secretsOf(t, local, clk)},
	}
	var providers catalog.Config
	providers.GupshupBaseURL = address + "/gupshup"
	r.Workspace = settings.NewWorkspace(settings.WorkspaceDeps{
		Store: r.store, Secrets: r.secrets, Providers: catalog.New(providers), Client: testkit.Client, Timeout: time.Minute, Clock: clk,
	})
	base, _, _ := strings.Cut(name, "/")
	r.secret(base, formerKey)
	r.must(sim.Gupshup().AddApp(simgupshup.App{ID: ownAppID, Name: "NeemAlerts", Phone: "919000000100", APIKey: nextKey}))
	r.must(r.store.PutAccount(t.Context(), account.Account{ID: neem, Slug: neemSlug, Sender: "own", Apps: map[string]account.App{"own": {
		Provider: gupshup.Name, Ownership: message.Client, Name: "Own", Number: "919000000100", Secret: name,
		ProviderIDs: map[string]string{"appId": ownAppID, "appName": "NeemAlerts"},
	}}}))
	clk.Advance(time.Hour)

	return r
}

// credential returns the secret that the app names, and what it holds for an instance that has cached nothing.
func (r *rotating) credential() (name, value string) {
	r.t.Helper()
	a, err := r.store.Account(r.t.Context(), neem)
	r.must(err)
	name = a.Apps["own"].Secret

	return name, r.held(name)
}

// held returns what a secret holds for an instance that has cached nothing; nothing if it is not there.
func (r *rotating) held(name string) string {
	r.t.Helper()
	value, err := secretsOf(r.t, r.local, r.clock).Access(r.t.Context(), name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		r.must(err)
	}

	return value.Reveal()
}

// kept returns how many versions of secrets hold a value.
func (r *rotating) kept(value string) int {
	r.t.Helper()
	n := 0
	r.must(r.local.Secrets().Snapshot(func(rec []byte) error {
		n += strings.Count(string(rec), value)
		return nil
	}))

	return n
}

// dispose destroys what is due.
func (r *rotating) dispose() {
	r.t.Helper()
	_, err := settings.NewDisposals(r.store, r.others, r.clock).Dispose(r.t.Context())
	r.must(err)
}

// TestRotateCredential changes the credential with the settings and not before, whatever becomes of them, and destroys what is not named an
// hour later and not before.
func TestRotateCredential(t *testing.T) {
	t.Parallel()
	names := map[string]string{"pinned": "app-own-1/versions/1", "latest": "app-own-1", "made_by_hand": "own-key"}
	tests := map[string]struct {
		// strike happens once the new version is written, and may end the request.
		strike func(r *rotating, stop context.CancelFunc)
		kind   fault.Kind
		saved  bool
		// later says that nobody knows whether it was saved, so that what is not named stays for an hour.
		later bool
	}{
		"saved": {saved: true},
		"changed_meanwhile": {strike: func(r *rotating, _ context.CancelFunc) {
			_, err := r.RenameApp(r.t.Context(), editor, neem, "own", "Another", r.seen())
			r.must(err)
		}, kind: fault.Stale},
		"uninstalled_meanwhile": {strike: func(r *rotating, _ context.CancelFunc) {
			_, err := r.UninstallApp(r.t.Context(), editor, neem, "own", r.seen())
			r.must(err)
		}, kind: fault.Stale},
		"ended": {strike: func(_ *rotating, stop context.CancelFunc) { stop() }, kind: fault.Canceled, later: true},
		"not_written": {strike: func(r *rotating, _ context.CancelFunc) {
			r.rule(cloud.Rule{Method: "Firestore/Commit", Match: "accounts/" + neem, Mode: cloud.FailBefore, Code: codes.Internal, Times: 1})
		}, kind: fault.Internal, later: true},
		"answer_lost": {strike: func(r *rotating, _ context.CancelFunc) {
			r.rule(cloud.Rule{Method: "Firestore/Commit", Match: "accounts/" + neem, Mode: cloud.FailAfter, Code: codes.Internal, Times: 1})
		}, kind: fault.Internal, saved: true, later: true},
		"saved_and_found_changed": {strike: func(r *rotating, _ context.CancelFunc) {
			r.rule(cloud.Rule{Method: "Firestore/Commit", Match: "accounts/" + neem, Mode: cloud.FailAfter, Code: codes.Aborted, Times: 1})
		}, saved: true},
	}
	for name, tt := range tests {
		for form, former := range names {
			t.Run(name+"_"+form, func(t *testing.T) {
				t.Parallel()
				r := newRotating(t, former)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				if tt.strike != nil {
					r.secrets.strike = func() { tt.strike(r, stop) }
				}
				_, err := r.RotateCredential(ctx, editor, neem, "own", settings.CredentialInput{Credential: config.NewSecret(nextKey)}, r.seen())
				if fails := tt.strike != nil && name != "saved_and_found_changed"; fails != (err != nil) || fails && !fault.Is(err, tt.kind) {
					t.Fatalf("got %v (%v), want %v", err, fault.KindOf(err), tt.kind)
				}

				gone := name == "uninstalled_meanwhile"
				want := map[bool]string{true: nextKey, false: formerKey}[tt.saved]
				if !gone {
					if now, got := r.credential(); got != want {
						t.Fatalf("the app has the credential %q of %q, want %q", got, now, want)
					}
				}
				if got := r.held(former); got != formerKey {
					t.Errorf("an instance with the former settings has the credential %q", got)
				}
				if kept := r.kept(nextKey) > 0; kept != (tt.saved || tt.later) {
					t.Errorf("the new credential is kept: %t", kept)
				}

				r.clock.Advance(time.Hour - time.Second)
				r.dispose()
				if got := r.held(former); got != formerKey {
					t.Errorf("the former credential does not stay for an hour: got %q", got)
				}
				r.clock.Advance(time.Second)
				r.dispose()
				if gone {
					return // what an uninstalled app leaves is another test's
				}
				if now, got := r.credential(); got != want {
					t.Errorf("an hour later the app has the credential %q of %q, want %q", got, now, want)
				}
				if n := r.kept(map[bool]string{true: formerKey, false: nextKey}[tt.saved]); n > 0 && (form != "made_by_hand" || !tt.saved) {
					t.Errorf("what no app names is kept %d times", n)
				}
				if due, err := r.store.DueDisposals(t.Context(), r.clock.Now().Add(1000*time.Hour), 10); err != nil || len(due) > 0 {
					t.Errorf("disposals are left: %+v, %v", due, err)
				}
			})
		}
	}
}

func (r *rotating) rule(rule cloud.Rule) {
	r.t.Helper()
	_, err := r.local.Rules().Add(rule)
	r.must(err)
}

// TestRotateCredentialAgain rotates again within the hour: each former credential stays for an hour since it was replaced, and one secret
// holds them all.
func TestRotateCredentialAgain(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")
	first, _ := r.credential()
	rotate := func(key string) string {
		t.Helper()
		r.must(r.sim.Gupshup().SetAPIKey(ownAppID, key))
		_, err := r.RotateCredential(t.Context(), editor, neem, "own", settings.CredentialInput{Credential: config.NewSecret(key)}, r.seen())
		r.must(err)
		name, _ := r.credential()

		return name
	}
	second := rotate(nextKey)
	r.clock.Advance(50 * time.Minute)
	third := rotate(nextKey + "-2")
	if first != "app-own-1/versions/1" || second != "app-own-1/versions/2" || third != "app-own-1/versions/3" {
		t.Errorf("got %s, %s, %s", first, second, third)
	}
	r.clock.Advance(10 * time.Minute) // an hour after the first rotation
	r.dispose()
	if got := r.held(second); got != nextKey {
		t.Errorf("replaced ten minutes ago, and gone: %q", got)
	}
	r.clock.Advance(50 * time.Minute)
	r.dispose()
	for name, want := range map[string]string{first: "", second: "", third: nextKey + "-2"} {
		if got := r.held(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestRotateCredentialBesideDisposal keeps a version that was just written and is not named yet from a disposal of an earlier rotation.
func TestRotateCredentialBesideDisposal(t *testing.T) {
	t.Parallel()
	r := newRotating(t, "app-own-1/versions/1")
	_, err := r.RotateCredential(t.Context(), editor, neem, "own", settings.CredentialInput{Credential: config.NewSecret(nextKey)}, r.seen())
	r.must(err)
	r.clock.Advance(time.Hour)
	r.must(r.sim.Gupshup().SetAPIKey(ownAppID, nextKey+"-2"))
	r.secrets.strike = r.dispose
	_, err = r.RotateCredential(t.Context(), editor, neem, "own", settings.CredentialInput{Credential: config.NewSecret(nextKey + "-2")}, r.seen())
	r.must(err)
	if name, got := r.credential(); got != nextKey+"-2" {
		t.Errorf("%s has %q", name, got)
	}
}
