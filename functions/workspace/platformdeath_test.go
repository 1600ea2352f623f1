package workspace_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// death ends a process before one of its writes, to Google or to a provider: it writes nothing after that, not even where it would clean up.
// To end after a write is to end before the next.
type death struct {
	// left is how many steps the process lives for; it lives on if it is 0.
	left int
	dead bool
}

func (d *death) step() {
	if d.left--; d.dead || d.left == 0 {
		d.dead = true
		panic(d)
	}
}

// write is the step before a call of a gRPC client.
func (d *death) write(
	ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if strings.HasSuffix(method, "/AccessSecretVersion") {
		return invoke(ctx, method, req, reply, cc, opts...) // a read, made in a goroutine of its own
	}
	d.step()

	return invoke(ctx, method, req, reply, cc, opts...)
}

// RoundTrip is the step before a call of a provider that changes something.
func (d *death) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		d.step()
	}

	return testkit.Transport.RoundTrip(r)
}

// of runs what the process does, up to its end.
func (d *death) of(do func() error) (err error) {
	defer func() {
		if d.dead {
			_ = recover()
		}
	}()

	return do()
}

// dying is the workspace of a process that ends with d.
func (s *stage) dying(d *death) *settings.Workspace {
	s.t.Helper()
	return s.process(d.write, d)
}

// pass lets every call through.
func pass(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return invoke(ctx, method, req, reply, cc, opts...)
}

// process is the workspace of a process of its own, whose calls go through these.
func (s *stage) process(calls grpc.UnaryClientInterceptor, transport http.RoundTripper) *settings.Workspace {
	s.t.Helper()
	options := s.cloud.ClientOptions(grpc.WithChainUnaryInterceptor(calls))
	db, err := store.Open(s.t.Context(), testkit.Project, options...)
	s.must(err)
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: s.clock, ClientOptions: options})
	testkit.AtEnd(s.t, func() { _, _ = db.Close(), secrets.Close() })
	var providers catalog.Config
	providers.GupshupBaseURL = s.providers + "/gupshup"

	return settings.NewWorkspace(settings.WorkspaceDeps{
		Store: db, Secrets: secrets, Providers: catalog.New(providers), Client: &http.Client{Transport: transport},
		Timeout: 5 * time.Second, WebhookURL: s.calls, Clock: s.clock,
	})
}

// held returns the addresses that Gupshup calls for an app.
func (s *stage) held(appID string) []string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.providers+"/gupshup/wa/app/"+appID+"/subscription", http.NoBody)
	s.must(err)
	r.Header.Set("Apikey", platformKey)
	a, err := testkit.Client.Do(r)
	s.must(err)
	defer a.Body.Close()
	var list struct {
		Subscriptions []struct {
			URL string `json:"url"`
		} `json:"subscriptions"`
	}
	s.must(json.NewDecoder(a.Body).Decode(&list))
	var urls []string
	for _, one := range list.Subscriptions {
		urls = append(urls, one.URL)
	}

	return urls
}

// seenPlatform is the version of the platform's app, if there is one.
func (s *stage) seenPlatform() settings.Seen {
	p, err := s.store.PlatformApp(s.t.Context(), platformApp)
	return settings.Seen{Version: p.Version, Named: err == nil}
}

// connectionOf is what the platform enters of an app of Gupshup's.
func connectionOf(id, name, number string) settings.PlatformAppInput {
	return settings.PlatformAppInput{Name: "Eshopbox", ConnectionInput: settings.ConnectionInput{
		Provider: "gupshup", Number: number, ProviderIDs: map[string]string{"appId": id, "appName": name}, Credential: config.NewSecret(platformKey),
	}}
}

// TestPlatformAppWhoseProcessDies ends a process at each of its writes while it makes an app of the platform's, moves it to another number, or
// gives its webhook another address. Where the provider is left without the address of an app that is saved, the app says so; and whoever
// does the same once more leaves it with one that is taken.
func TestPlatformAppWhoseProcessDies(t *testing.T) {
	t.Parallel()
	otherUUID := platformUUID[:35] + "7"
	caller := access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
	first, moved := connectionOf(platformUUID, "EshopboxAlerts", "919000000900"), connectionOf(otherUUID, "OtherAlerts", "919000000901")
	put := func(in settings.PlatformAppInput) func(*stage, *settings.Workspace) error {
		return func(s *stage, w *settings.Workspace) error {
			_, err := w.PutPlatformApp(s.t.Context(), caller, platformApp, in, s.seenPlatform())
			return err
		}
	}
	rotate := func(s *stage, w *settings.Workspace) error {
		_, err := w.RotatePlatformWebhook(s.t.Context(), caller, platformApp, s.seenPlatform())
		return err
	}
	for name, c := range map[string]struct {
		before  *settings.PlatformAppInput
		act     func(*stage, *settings.Workspace) error
		again   func(*stage, *settings.Workspace) error
		at      string
		longest int
	}{
		"made":                     {nil, put(first), put(first), platformUUID, 20},
		"moved":                    {&first, put(moved), put(moved), otherUUID, 20},
		"rotated":                  {&first, rotate, rotate, platformUUID, 20},
		"rotated_and_put_as_it_is": {&first, rotate, put(first), platformUUID, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warned, survived := 0, false
			for n := 1; !survived; n++ {
				if n > c.longest {
					t.Fatalf("more than %d steps", c.longest)
				}
				s := newPlatformStage(t)
				s.must(s.sim.Gupshup().AddApp(gupshup.App{ID: otherUUID, Name: "OtherAlerts", Phone: "919000000901", APIKey: platformKey}))
				alive := s.dying(&death{})
				if c.before != nil {
					s.must(put(*c.before)(s, alive))
				}
				s.clock.Advance(time.Minute)
				d := &death{left: n}
				err := d.of(func() error { return c.act(s, s.dying(d)) })
				if survived = !d.dead; survived {
					s.must(err)
				}

				s.clock.Advance(2 * time.Minute) // so that the number is no longer held
				if s.notice(c.at) {
					warned++
				}
				s.must(c.again(s, alive))
				s.reported(fmt.Sprintf("%s, ended at %d", name, n), c.at)
			}
			if warned == 0 {
				t.Error("no end left the provider untold: the test shows nothing")
			}
		})
	}
}

// notice reports whether the platform's app says that its webhook is not confirmed, which it has to unless the provider holds the newest
// address.
func (s *stage) notice(gupshupID string) bool {
	s.t.Helper()
	p, err := s.store.PlatformApp(s.t.Context(), platformApp)
	if err != nil || p.App.ProviderIDs["appId"] != gupshupID {
		return false
	}
	shown := s.do(request{method: http.MethodGet, path: platformPath, token: s.operator()}).Body
	tokens, err := s.store.WebhookTokens(s.t.Context(), platformApp)
	s.must(err)
	newest := tokens[len(tokens)-1].ID
	for _, url := range s.held(gupshupID) {
		if store.WebhookTokenID(url[strings.LastIndex(url, "/")+1:]) == newest {
			return false
		}
	}
	if p.Untold == "" {
		return false // it was not saved with the newest
	}
	if !strings.Contains(shown, "has not confirmed the webhook's address") {
		s.t.Errorf("the provider holds %v of version %d, and the app is shown as %s", s.held(gupshupID), p.Version, shown)
	}

	return true
}

// reported holds that the provider calls an address that is taken, now and once all is destroyed that is to be.
func (s *stage) reported(when, gupshupID string) {
	s.t.Helper()
	held := s.held(gupshupID)
	if len(held) != 1 {
		s.t.Fatalf("%s: the provider holds %v", when, held)
	}
	for range 2 {
		if status := s.taken(held[0]); status != http.StatusOK {
			s.t.Errorf("%s: the provider's address answers %d", when, status)
		}
		s.clock.Advance(8 * 24 * time.Hour)
		s.dispose()
	}
	viewer := request{method: http.MethodGet, path: platformPath, token: s.operator()}
	if shown := s.want(http.StatusOK, viewer).Body; strings.Contains(shown, "notice") {
		s.t.Errorf("%s: the app is shown as %s", when, shown)
	}
}

// TestPlatformAppPutAgain tells the provider that was down another address when the same app is put again, says until then that it is not
// confirmed, to the platform alone, makes no address more once it is, and ends those before it a day later.
func TestPlatformAppPutAgain(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)
	shown := func(token string) string {
		return s.want(http.StatusOK, request{method: http.MethodGet, path: platformPath, token: token}).Body
	}
	s.must(s.sim.Faults().Set([]simulator.Fault{{System: "gupshup", Path: "/subscription", Mode: chaos.Unavailable}}))
	s.wants(s.platformPut(http.StatusCreated, platformFields("")), `"subscribed":false`, `"notice":"The provider has not confirmed`)
	if brand := shown(s.token("viewer", neem)); strings.Contains(brand, "notice") {
		t.Errorf("a brand is shown %s", brand)
	}
	s.clock.Advance(time.Minute)
	s.wants(s.platformPut(http.StatusOK, platformFields("")), `"subscribed":false`, `"notice":"The provider has not confirmed`)
	s.must(s.sim.Faults().Set(nil))
	s.clock.Advance(time.Minute)
	told := s.platformPut(http.StatusOK, platformFields(""))
	s.wants(told, `"subscribed":true`, `"version":3`, `"oldUntil":"2026-11-21T04:52:12Z"`)
	if after := shown(s.operator()); strings.Contains(told+after, "notice") {
		t.Errorf("once it is told: %s, then %s", told, after)
	}
	s.reported("put again", platformUUID)
	if tokens, err := s.store.WebhookTokens(t.Context(), platformApp); err != nil || len(tokens) != 1 {
		t.Errorf("got %d addresses, %v, want the one that the provider was told", len(tokens), err)
	}
	s.wants(s.platformPut(http.StatusOK, strings.Replace(platformFields(""), `"credential":"`+platformKey+`",`, "", 1)), `"webhook":null`, `"version":3`)
}
