package workspace_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/openapi"
)

const (
	neem     = "811"
	audience = "https://workspace.example.com"
	origin   = "https://portal.example.com"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// rig is the function on a local cloud, and the description that its answers are held to.
type rig struct {
	t       *testing.T
	clock   *clock.Manual
	cloud   *cloud.Cloud
	store   *store.Store
	logs    *testkit.Log
	vars    map[string]string
	handler http.Handler
}

// newRig builds the function as deployed; env are variables with their values.
func newRig(t *testing.T, env map[string]string) *rig {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	r := &rig{t: t, clock: clk, cloud: local, store: testkit.Store(t, local), logs: &testkit.Log{}}
	r.vars = map[string]string{
		"GOOGLE_CLOUD_PROJECT": testkit.Project,
		"USER_ISSUER":          idtoken.Issuer,
		"USER_AUDIENCE":        audience,
		"USER_KEYS_URL":        local.KeysURL(),
		"WEBHOOK_URL":          "https://webhook.example.com",
		"CONSOLE_URL":          "https://console.example.com/",
		"WORKSPACE_ORIGINS":    origin,
		"WORKSPACE_BURST":      "100000",

		"PROOF_BUCKET":          "proof",
		"STORAGE_EMULATOR_HOST": local.StorageURL(),
	}
	maps.Copy(r.vars, env)
	r.handler = r.build(nil)

	return r
}

// build makes the function as another instance of it would be, with other values of some variables.
func (r *rig) build(env map[string]string) http.Handler {
	r.t.Helper()
	vars := maps.Clone(r.vars)
	maps.Copy(vars, env)
	h, err := workspace.New(r.t.Context(), testkit.Function(r.t, r.cloud, r.clock, r.logs, vars))
	if err != nil {
		r.t.Fatal(err)
	}

	return described.Hold(r.t, h)
}

// claims are those of a person's token.
func (r *rig) claims(role string, accounts ...string) map[string]any {
	grant := map[string]any{"role": role}
	if len(accounts) > 0 {
		grant["accounts"] = accounts
	}
	now := r.clock.Now()

	return map[string]any{
		"iss": idtoken.Issuer, "aud": audience, "sub": "u-" + role, "name": "Asha Sample", "eshopbox": grant,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

func (r *rig) token(role string, accounts ...string) string {
	return r.cloud.Tokens().Sign(r.claims(role, accounts...))
}

func (r *rig) operator() string { return r.token("platform") }

// request is a call of the function.
type request struct {
	method, path, token, body string
	header                    map[string]string
}

// do has the function answer.
func (r *rig) do(q request) testkit.Answer {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), q.method, q.path, strings.NewReader(q.body))
	if q.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+q.token)
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}

	return testkit.Serve(r.handler, req)
}

// want has the function answer with a status.
func (r *rig) want(status int, q request) testkit.Answer {
	r.t.Helper()
	a := r.do(q)
	if a.Status != status {
		r.t.Fatalf("%s %s: got %d %s, want %d", q.method, q.path, a.Status, a.Body, status)
	}

	return a
}

// put puts an account, as it is now.
func (r *rig) put(id, name string) {
	r.t.Helper()
	q := request{method: http.MethodPut, path: "/v1/accounts/" + id, token: r.operator(), body: fields(id, name)}
	if a, err := r.store.Account(r.t.Context(), id); err == nil {
		q.header = ifMatch(a.Version)
	}
	a := r.do(q)
	if a.Status > http.StatusCreated {
		r.t.Fatalf("put %s: got %d %s", id, a.Status, a.Body)
	}
}

// phoneKey puts the secret that shoppers' names are made with.
func (r *rig) phoneKey() phone.Keyer {
	r.t.Helper()
	const key = "0123456789abcdef0123456789abcdef"
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: r.clock, ClientOptions: r.cloud.ClientOptions()})
	testkit.AtEnd(r.t, func() { _ = secrets.Close() })
	if _, err := secrets.Add(r.t.Context(), "phone-key", config.NewSecret(key)); err != nil {
		r.t.Fatal(err)
	}
	keyer, err := phone.NewKeyer([]byte(key))
	if err != nil {
		r.t.Fatal(err)
	}

	return keyer
}

func ifMatch(version int64) map[string]string {
	return map[string]string{"If-Match": fmt.Sprintf("%q", fmt.Sprint(version))}
}

func fields(id, name string) string {
	return fmt.Sprintf(`{"slug":"brand-%s","name":%q,"timeZone":"Asia/Kolkata","consentMode":"brand_declared","portalLink":"https://neem.example.com",
		"declaration":{"by":"Asha Sample","text":"our checkout asks"},"markupBasisPoints":250,"dailyLimitMicros":5000000}`, id, name)
}

// described is the description that every answer is held to.
var described = openapi.New(workspace.OpenAPI)

// TestMain requires that the tests have produced every answer that the description has.
func TestMain(m *testing.M) { os.Exit(described.Main(m)) }
