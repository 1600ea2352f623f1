package workspace_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// same compares an answer's JSON with what it is to be.
func (r *rig) same(a testkit.Answer, want string) {
	r.t.Helper()
	var got, wanted any
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
		r.t.Fatalf("%v: %s", err, a.Body)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		r.t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		r.t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// named requires a problem of a status that names a field.
func (r *rig) named(status int, field string, q request) {
	r.t.Helper()
	var problem struct {
		Field string `json:"field"`
	}
	a := r.want(status, q)
	if err := json.Unmarshal([]byte(a.Body), &problem); err != nil || problem.Field != field {
		r.t.Errorf("%s %s: got %s, want the field %q named", q.method, q.path, a.Body, field)
	}
}

// TestAccount makes an account, changes it on condition of what was read, lists and reads it.
func TestAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path, operator, viewer := "/v1/accounts/"+neem, r.operator(), r.token("viewer", neem)
	made := r.want(http.StatusCreated, request{method: http.MethodPut, path: path, token: operator, body: fields(neem, "Neem")})
	const want = `{"accountId":"811","slug":"brand-811","name":"Neem","timeZone":"Asia/Kolkata","consentMode":"brand_declared",
		"declaration":{"by":"Asha Sample","at":"2026-11-20T04:50:12Z","text":"our checkout asks"},
		"portalLink":"https://neem.example.com","markupBasisPoints":250,"dailyLimitMicros":5000000,"monthlyLimitMicros":0,"version":1}`
	r.same(made, want)
	read := r.want(http.StatusOK, request{method: http.MethodGet, path: path, token: viewer})
	r.same(read, want)
	if made.Header.Get("Etag") != `"1"` || read.Header.Get("Etag") != `"1"` {
		t.Errorf("ETags: got %q and %q", made.Header.Get("Etag"), read.Header.Get("Etag"))
	}
	if head := r.want(http.StatusOK, request{method: http.MethodHead, path: path, token: viewer}); head.Body != "" {
		t.Errorf("HEAD: got %s", head.Body)
	}

	change := request{method: http.MethodPut, path: path, token: operator, body: `{"slug":"Neem","name":"Neem & Co","timeZone":"Asia/Kolkata"}`}
	r.want(http.StatusPreconditionRequired, change)
	change.header = ifMatch(2)
	r.want(http.StatusPreconditionFailed, change)
	change.header = ifMatch(1)
	r.same(r.want(http.StatusOK, change), `{"accountId":"811","slug":"neem","name":"Neem & Co","timeZone":"Asia/Kolkata","consentMode":"explicit",
		"declaration":null,"portalLink":"","markupBasisPoints":0,"dailyLimitMicros":0,"monthlyLimitMicros":0,"version":2}`)
	r.want(http.StatusPreconditionFailed, change)

	r.put("812", "Tulsi")
	r.same(r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts?limit=1", token: operator}), `{"accounts":[{"accountId":"811",
		"slug":"neem","name":"Neem & Co","timeZone":"Asia/Kolkata","consentMode":"explicit","declaration":null,"portalLink":"","markupBasisPoints":0,
		"dailyLimitMicros":0,"monthlyLimitMicros":0,"version":2}],"next":"811"}`)
	a := r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts?after=811", token: operator})
	if !strings.Contains(a.Body, `"812"`) || strings.Contains(a.Body, "next") {
		t.Errorf("last page: got %s", a.Body)
	}
	r.same(r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts", token: r.token("editor", "999")}), `{"accounts":[]}`)
}

// TestAccountRefuses names what is wrong with a request about an account.
func TestAccountRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	put := func(body string, header map[string]string) request {
		return request{method: http.MethodPut, path: "/v1/accounts/" + neem, token: r.operator(), body: body, header: header}
	}
	for body, field := range map[string]string{
		`{"slug":"neem","name":7,"timeZone":"x"}`: "name",
		`{"slug":"neem","zone":"x"}`:              "zone",
		`{"slug":"neem","Name":"x"}`:              "Name",
		`{"slug":"neem","9 phones":1}`:            "9 phones",
		`[]`:                                      "",
		`null`:                                    "",
		`{`:                                       "",
		`{"slug":"neem","name":"Neem"}`:           "timeZone",
		`{"slug":"neem","name":"Neem","timeZone":"Asia/Kolkata","declaration":{"by":"a","text":"b","at":"noon"}}`: "declaration.at",
		`{"slug":"neem","name":"Neem","timeZone":"Asia/Kolkata","declaration":{"x":1}}`:                           "declaration.x",
	} {
		r.named(http.StatusBadRequest, field, put(body, ifMatch(1)))
	}
	for _, tag := range []string{`1`, `W/"1"`, `"1", "2"`, `*`, `"x"`, `"01"`, ``} {
		r.named(http.StatusBadRequest, "If-Match", put(fields(neem, "Neem"), map[string]string{"If-Match": tag}))
	}
	r.named(http.StatusBadRequest, "accountId", request{method: http.MethodPut, path: "/v1/accounts/x1", token: r.operator(), body: fields("1", "Neem")})
	r.named(http.StatusConflict, "slug", request{method: http.MethodPut, path: "/v1/accounts/812", token: r.operator(), body: fields(neem, "Neem")})
	r.want(http.StatusUnsupportedMediaType, put(fields(neem, "Neem"), map[string]string{"Content-Type": "text/plain"}))
	r.want(http.StatusRequestEntityTooLarge, put(`{"name":"`+strings.Repeat("a", 1<<20)+`"}`, nil))
	for _, query := range []string{"limit=0", "limit=101", "limit=x"} {
		r.named(http.StatusBadRequest, "limit", request{method: http.MethodGet, path: "/v1/accounts?" + query, token: r.operator()})
	}
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/812", token: r.operator()})
}

// TestVersions lists, reads and reverts.
func TestVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	app := account.App{Provider: "gupshup", Ownership: message.Client, Name: "Main", Secret: "app-main", Number: "919000000801", Rate: 2.5}
	if err := r.store.PutAccount(t.Context(), account.Account{ID: neem, Apps: map[string]account.App{"gs-1": app}, Sender: "gs-1"}); err != nil {
		t.Fatal(err)
	}
	r.put(neem, "Neem")
	r.clock.Advance(time.Minute)
	r.put(neem, "Neem & Co")
	path, viewer, editor := "/v1/accounts/"+neem+"/versions", r.token("viewer", neem), r.token("editor", neem)
	r.same(r.want(http.StatusOK, request{method: http.MethodGet, path: path + "?limit=1", token: viewer}), `{"versions":[{"version":2,
		"at":"2026-11-20T04:51:12Z","by":{"subject":"u-platform","name":"Asha Sample"},"action":"account.put",
		"changes":[{"path":"name","before":"Neem","after":"Neem & Co"}]}],"next":2}`)
	r.want(http.StatusOK, request{method: http.MethodGet, path: path + "?before=2", token: viewer})
	for _, query := range []string{"limit=0", "before=0", "before=-1", "before=x", "before=01"} {
		field, _, _ := strings.Cut(query, "=")
		r.named(http.StatusBadRequest, field, request{method: http.MethodGet, path: path + "?" + query, token: viewer})
	}
	r.same(r.want(http.StatusOK, request{method: http.MethodGet, path: path + "/2", token: r.operator()}), `{"version":2,
		"at":"2026-11-20T04:51:12Z","by":{"subject":"u-platform","name":"Asha Sample"},"action":"account.put",
		"changes":[{"path":"name","before":"Neem","after":"Neem & Co"}],"revert":[]}`)
	first := r.want(http.StatusOK, request{method: http.MethodGet, path: path + "/1", token: r.operator()})
	if !strings.Contains(first.Body, `"revert":[{"path":"name","before":"Neem & Co","after":"Neem"}]`) || strings.Contains(first.Body, "app-main") {
		t.Errorf("version 1: got %s", first.Body)
	}
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: path + "/3", token: viewer})
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/899/versions", token: r.operator()})
	r.named(http.StatusBadRequest, "version", request{method: http.MethodGet, path: path + "/x", token: viewer})

	back := request{method: http.MethodPost, path: path + "/1/revert", token: editor}
	r.want(http.StatusPreconditionRequired, back)
	back.header = ifMatch(1)
	r.want(http.StatusPreconditionFailed, back)
	back.header = ifMatch(2)
	if a := r.want(http.StatusOK, back); a.Header.Get("Etag") != `"2"` {
		t.Errorf("an editor has changed what is the platform's: %s", a.Body)
	}
	back.token = r.operator()
	if a := r.want(http.StatusOK, back); a.Header.Get("Etag") != `"3"` || !strings.Contains(a.Body, `"name":"Neem"`) {
		t.Errorf("reverted: got %s", a.Body)
	}
	back.path = path + "/9/revert"
	r.want(http.StatusNotFound, back)
	back.path = path + "/x/revert"
	r.named(http.StatusBadRequest, "version", back)

	r.want(http.StatusOK, request{method: http.MethodPut, path: "/v1/accounts/" + neem, token: r.operator(), header: ifMatch(3), body: fields("1", "Neem")})
	r.put("899", "Other")
	r.want(http.StatusOK, request{method: http.MethodPut, path: "/v1/accounts/899", token: r.operator(), header: ifMatch(1), body: fields(neem, "Other")})
	back.path, back.header = path+"/1/revert", ifMatch(4)
	r.named(http.StatusConflict, "slug", back)
}

// TestRateCards lists cards and puts one.
func TestRateCards(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	a := r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/rate-cards", token: r.token("viewer", neem)})
	if !strings.Contains(a.Body, `"version":"meta-inr-in-2026q4"`) || !strings.Contains(a.Body, `"stale":[]`) {
		t.Errorf("got %s", a.Body)
	}
	card := billing.India()
	card.Version, card.From = "next", "2027-01-01"
	text, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	put := func(path, body string) request {
		return request{method: http.MethodPut, path: "/v1/rate-cards/" + path, token: r.operator(), body: body}
	}
	r.same(r.want(http.StatusCreated, put("next", string(text))), string(text))
	r.same(r.want(http.StatusOK, put("next", string(text))), string(text))
	r.named(http.StatusBadRequest, "version", put("other", string(text)))
	r.named(http.StatusBadRequest, "force", put("next?force=maybe", string(text)))
	r.named(http.StatusBadRequest, "from", put("next", strings.ReplaceAll(string(text), "2027-01-01", "2027-01-02")))
	r.want(http.StatusOK, put("next?force=true", strings.ReplaceAll(string(text), "2027-01-01", "2027-01-02")))
	r.want(http.StatusConflict, put("meta-inr-in-2026q4", strings.ReplaceAll(string(text), `"next"`, `"meta-inr-in-2026q4"`)))
	r.want(http.StatusBadRequest, put("next", `{`))
	r.want(http.StatusRequestEntityTooLarge, put("next", `{"comment":"`+strings.Repeat("a", 1<<20)+`"}`))
	q := put("next", string(text))
	q.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, q)
}

// TestVariables answers programs with JSON, and people with a page.
func TestVariables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	q := request{method: http.MethodGet, path: "/v1/variables", token: r.token("viewer", neem)}
	var answer struct {
		Variables []struct {
			Key    string   `json:"key"`
			Events []string `json:"events"`
		} `json:"variables"`
	}
	if err := json.Unmarshal([]byte(r.want(http.StatusOK, q).Body), &answer); err != nil {
		t.Fatal(err)
	}
	events := map[string]int{}
	for _, v := range answer.Variables {
		events[v.Key] = len(v.Events)
	}
	if events["brand"] != 0 || events["refund_amount"] != 15 || events["failure_reason"] != 2 && events["failure_reason"] != 1 {
		t.Errorf("numbers of events: %v", events)
	}
	q.header = map[string]string{"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
	a := r.want(http.StatusOK, q)
	for _, part := range []string{"<code>refund_amount</code>", "KapasKraft", "every event", "<code>{{1}}</code>", "Comes from", "<code>order:", "<details><summary>Orders: ", ": all<br>"} {
		if !strings.Contains(a.Body, part) {
			t.Errorf("the page has no %s", part)
		}
	}
	q.header = map[string]string{"Accept": "text/html;q=0, application/json"}
	if b := r.want(http.StatusOK, q); b.Header.Get("Content-Type") != "application/json" {
		t.Errorf("a page although it is refused: %v", b.Header)
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Vary") == "" {
		t.Errorf("headers: %v", a.Header)
	}
}

// TestPaths answers paths and methods that are none, to a caller that has a token.
func TestPaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/accounts/", "/v1//accounts", "/v1/accounts/811/", "/v1/accounts/%zz", "/V1/accounts", "/v2/accounts", "/v1/accounts/811/versions/1/"} {
		if strings.Contains(path, "%zz") {
			continue // no client can send it
		}
		r.want(http.StatusNotFound, request{method: http.MethodGet, path: path, token: r.operator()})
	}
	for path, allow := range map[string]string{
		"/v1/accounts":                       "GET, HEAD",
		"/v1/accounts/811":                   "GET, PUT, HEAD",
		"/v1/accounts/811/versions/1/revert": "POST",
		"/v1/rate-cards/next":                "PUT",
	} {
		a := r.want(http.StatusMethodNotAllowed, request{method: http.MethodDelete, path: path, token: r.operator()})
		if a.Header.Get("Allow") != allow {
			t.Errorf("%s: got Allow %q, want %q", path, a.Header.Get("Allow"), allow)
		}
	}
	a := r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/openapi.yaml", token: r.token("viewer", neem)})
	if !strings.HasPrefix(a.Body, "openapi: 3.1.0") {
		t.Errorf("got %.40s", a.Body)
	}
}

// TestOrigins lets the pages of configured origins call, with the headers that they need.
func TestOrigins(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ask := func(from string) testkit.Answer {
		return r.do(request{method: http.MethodOptions, path: "/v1/accounts/811", header: map[string]string{
			"Origin": from, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,if-match",
		}})
	}
	a := ask(origin)
	if a.Status != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != origin ||
		a.Header.Get("Access-Control-Allow-Methods") != "GET, PUT, POST, PATCH, DELETE" || !strings.Contains(a.Header.Get("Access-Control-Allow-Headers"), "If-Match") {
		t.Errorf("got %d %v", a.Status, a.Header)
	}
	if a = ask("https://evil.example"); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: got %v", a.Header)
	}
	a = r.do(request{method: http.MethodGet, path: "/v1/accounts", header: map[string]string{"Origin": origin}})
	if a.Status != http.StatusUnauthorized || a.Header.Get("Access-Control-Allow-Origin") != origin {
		t.Errorf("without a token: got %d %v", a.Status, a.Header)
	}
}

// TestTooMany slows down a caller that asks too often, at every route, and no other.
func TestTooMany(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"WORKSPACE_RATE": "0.5", "WORKSPACE_BURST": "2"})
	asha, omar := r.token("viewer", neem), r.operator()
	q := request{method: http.MethodGet, path: "/v1/variables", token: asha}
	r.want(http.StatusOK, q)
	r.want(http.StatusOK, q)
	for _, one := range routesOf(neem) {
		one.token = asha
		if a := r.want(http.StatusTooManyRequests, one); a.Header.Get("Retry-After") != "2" {
			t.Errorf("%s %s: got Retry-After %q", one.method, one.path, a.Header.Get("Retry-After"))
		}
	}
	q.token = omar
	r.want(http.StatusOK, q)
	r.clock.Advance(2 * time.Second)
	q.token = asha
	r.want(http.StatusOK, q)
}

// TestStoreFails answers 503 while the store does not, and changes nothing.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	rule, err := r.cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.FailBefore, Code: codes.DeadlineExceeded})
	if err != nil {
		t.Fatal(err)
	}
	put := request{method: http.MethodPut, path: "/v1/accounts/" + neem, token: r.operator(), body: fields(neem, "Neem & Co"), header: ifMatch(1)}
	r.want(http.StatusServiceUnavailable, put)
	r.cloud.Rules().Remove(rule)
	a := r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts/" + neem, token: r.operator()})
	if !strings.Contains(a.Body, `"name":"Neem"`) || a.Header.Get("Etag") != `"1"` {
		t.Errorf("half saved: %s", a.Body)
	}
}

// TestStoreDown answers 503 at every route that reads, within the request's time.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"REQUEST_TIMEOUT": "3s", "PROVIDER_TIMEOUT": "2500ms"}) // the client tries again until then
	r.phoneKey()
	for _, method := range []string{"BatchGetDocuments", "RunQuery"} {
		if _, err := r.cloud.Rules().Add(cloud.Rule{Method: method, Mode: cloud.FailBefore}); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup // at once, since each takes its time
	for _, one := range routesOf(neem) {
		if strings.HasSuffix(one.path, "/variables") || strings.HasSuffix(one.path, ".yaml") {
			continue // they read nothing
		}
		one.token = r.operator()
		all.Go(func() {
			a := r.do(one)
			if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || strings.Contains(a.Body, "Unavailable:") {
				t.Errorf("%s %s: got %d %v %s", one.method, one.path, a.Status, a.Header, a.Body)
			}
		})
	}
	all.Wait()
}

// TestLogNamesNobody holds that the log knows the operation and the role, and not who called, what was said or what it was about.
func TestLogNamesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem of the secret name")
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/899000000", token: r.operator()})
	text := r.logs.String()
	if !strings.Contains(text, `"operation":"PUT /v1/accounts/{accountId}"`) || !strings.Contains(text, `"role":"platform"`) {
		t.Errorf("the log knows no operation: %s", text)
	}
	for _, secret := range []string{"Asha Sample", "u-platform", "secret name", "899000000", "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %s: %s", secret, text)
		}
	}
}
