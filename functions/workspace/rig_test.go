package workspace_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
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
	handler http.Handler
}

// newRig builds the function as deployed; env are variables with their values.
func newRig(t *testing.T, env map[string]string) *rig {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	r := &rig{t: t, clock: clk, cloud: local, store: testkit.Store(t, local), logs: &testkit.Log{}}
	vars := map[string]string{
		"GOOGLE_CLOUD_PROJECT": testkit.Project,
		"USER_ISSUER":          idtoken.Issuer,
		"USER_AUDIENCE":        audience,
		"USER_KEYS_URL":        local.KeysURL(),
		"WORKSPACE_ORIGINS":    origin,
		"WORKSPACE_BURST":      "100000",
	}
	maps.Copy(vars, env)
	h, err := workspace.New(t.Context(), testkit.Function(t, local, clk, r.logs, vars))
	if err != nil {
		t.Fatal(err)
	}
	r.handler = h

	return r
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

// do has the function answer, and holds the answer to the description.
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
	a := testkit.Serve(r.handler, req)
	hold(r.t, req, q.body, a)

	return a
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

func ifMatch(version int64) map[string]string {
	return map[string]string{"If-Match": fmt.Sprintf("%q", fmt.Sprint(version))}
}

func fields(id, name string) string {
	return fmt.Sprintf(`{"slug":"brand-%s","name":%q,"timeZone":"Asia/Kolkata","consentMode":"brand_declared","portalLink":"https://neem.example.com",
		"declaration":{"by":"Asha Sample","text":"our checkout asks"},"markupBasisPoints":250}`, id, name)
}

// description is openapi.yaml, read once.
var description = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(workspace.OpenAPI) })

// answered are the statuses that tests have seen, by "GET /path 200".
var answered sync.Map

// routeOf returns the route of a path in the description; false if it has none.
func routeOf(doc *openapi3.T, method, path string) (*routers.Route, map[string]string, bool) {
	got := strings.Split(path, "/")
	for pattern, item := range doc.Paths.Map() {
		want := strings.Split(pattern, "/")
		args, fits := map[string]string{}, len(want) == len(got)
		for i := range want {
			if !fits {
				break
			}
			if name, isName := strings.CutPrefix(want[i], "{"); isName {
				args[strings.TrimSuffix(name, "}")] = got[i]
			} else {
				fits = want[i] == got[i]
			}
		}
		if operation := item.GetOperation(method); fits && operation != nil {
			return &routers.Route{Spec: doc, Path: pattern, PathItem: item, Method: method, Operation: operation}, args, true
		}
	}

	return nil, nil, false
}

// hold holds an answer to the description, and the request of one that succeeded.
func hold(t *testing.T, req *http.Request, body string, a testkit.Answer) {
	t.Helper()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	route, args, known := routeOf(doc, req.Method, req.URL.Path)
	if !known {
		return
	}
	answered.Store(fmt.Sprint(req.Method, " ", route.Path, " ", a.Status), true)
	again := req.Clone(t.Context())
	again.Body = io.NopCloser(strings.NewReader(body))
	in := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: args, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if a.Status < 300 {
		if err = openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("%s %s is answered %d and is not as described: %v", req.Method, req.URL.Path, a.Status, err)
		}
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewBufferString(a.Body)), Options: in.Options,
	})
	if err != nil {
		t.Errorf("%s %s: the answer %d is not as described: %v", req.Method, req.URL.Path, a.Status, err)
	}
}

// TestMain requires that the tests have produced every status that the description has.
func TestMain(m *testing.M) {
	openapi3filter.RegisterBodyDecoder("application/yaml", openapi3filter.YamlBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	code := m.Run()
	if code == 0 && !slices.ContainsFunc(os.Args, func(arg string) bool {
		return strings.HasPrefix(arg, "-test.run=") || strings.HasPrefix(arg, "-test.list=") || arg == "-test.short=true"
	}) {
		code = unanswered()
	}
	os.Exit(code)
}

// unanswered names each status of the description that no test has produced.
func unanswered() (code int) {
	doc, err := description()
	if err != nil {
		return 1
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				if _, seen := answered.Load(method + " " + path + " " + status); !seen {
					fmt.Fprintf(os.Stderr, "openapi.yaml: no test produces %s of %s %s\n", status, method, path)
					code = 1
				}
			}
		}
	}

	return code
}
