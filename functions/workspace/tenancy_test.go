package workspace_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

// routesOf returns a request for every route that succeeds for the platform, but for a version that is not there.
func routesOf(accountID string) []request {
	card := billing.India()
	card.Version, card.From = "next", "2027-01-01"
	text, err := json.Marshal(card)
	if err != nil {
		panic(err) // a card always encodes
	}
	bodies := map[string]string{
		"/v1/accounts/{accountId}":                                              fields(accountID, "Neem"),
		"/v1/accounts/{accountId}/notifications":                                `{"notifications":{}}`,
		"/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}":      `{"enabled":false}`,
		"/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}/test": `{"to":"+91 90000 00001"}`,
		"/v1/accounts/{accountId}/apps":                                         installs["gupshup"],
		"/v1/accounts/{accountId}/apps/{appId}":                                 `{"name":"Neem"}`,
		"/v1/accounts/{accountId}/apps/{appId}/credential":                      `{"credential":"sk-0123456789abcdef"}`,
		"/v1/accounts/{accountId}/console-link":                                 `{"path":"/accounts/` + accountID + `/stories"}`,
		"/v1/accounts/{accountId}/cost-estimate":                                `{"notifications":[{"resource":"shipment","eventSubType":"created"}]}`,
		"/v1/accounts/{accountId}/customers/explain":                            `{"phone":"+919000000001"}`,
		"/v1/accounts/{accountId}/customers/import":                             "phone\n+919000000001\n",
		"/v1/accounts/{accountId}/customers/search":                             `{"phone":"+919000000001"}`,
		"/v1/accounts/{accountId}/customers/{customerKey}/consents":             `{"action":"withdraw","source":"agent","purpose":"all","reference":"ticket 12"}`,
		"/v1/accounts/{accountId}/customers/{customerKey}/erase":                `{"reason":"request 12"}`,
		"/v1/platform/blocks":                                                   `{"phone":"+919000000001","action":"block","reference":"order 7"}`,
		"/v1/accounts/{accountId}/messages/{messageId}/reveal":                  `{"reason":"the shopper asked for it"}`,
		"/v1/accounts/{accountId}/category-changes":                             `{"reclassed":"send"}`,
		"/v1/accounts/{accountId}/keywords":                                     `{"stop":["bas"],"start":[]}`,
		"/v1/accounts/{accountId}/quiet-hours":                                  `{"enabled":true,"from":"21:00","to":"08:00"}`,
		"/v1/accounts/{accountId}/sender":                                       `{"appId":null}`,
		"/v1/accounts/{accountId}/unexpected-replies":                           `{"enabled":true,"text":"Call us"}`,
		"/v1/platform/apps/{appId}":                                             platformFields(""),
		"/v1/platform/apps/{appId}/credential":                                  `{"credential":"sk-0123456789abcdef"}`,
		"/v1/rate-cards/{version}":                                              string(text),
	}

	var all []request
	for _, r := range workspace.Routes() {
		version := "1"
		if strings.HasPrefix(r.Path, "/v1/rate-cards") {
			version = "next"
		}
		q := request{method: r.Method, path: strings.NewReplacer(
			"{accountId}", accountID, "{appId}", "own", "{version}", version, "{resource}", "shipment", "{eventSubType}", "created", "{templateId}", "t-1",
			"{messageId}", "0123456789abcdef0123456789abcdef", "{customerKey}", "0123456789abcdef0123456789abcdef", "{orderId}", "51230077", "{fingerprint}", "5a0c1e8f20d3b746",
		).Replace(r.Path)}
		if r.Method != http.MethodGet {
			q.body, q.header = bodies[r.Path], ifMatch(1)
		}
		if strings.HasSuffix(r.Path, "/import") {
			q.header["Content-Type"] = "text/csv"
		}
		all = append(all, q)
	}

	return all
}

// isBrands reports whether a change is one that a brand's editor may make.
func isBrands(path string) bool {
	return !strings.HasPrefix(path, "/v1/platform/") && strings.Contains(path, "/apps") || strings.HasSuffix(path, "/sender") || strings.HasSuffix(path, "/revert") || strings.HasSuffix(path, "/unexpected-replies") || strings.HasSuffix(path, "/quiet-hours") || strings.HasSuffix(path, "/keywords") || isRecord(path) || strings.HasSuffix(path, "/import") || strings.HasSuffix(path, "/erase") || strings.HasSuffix(path, "/category-changes") || strings.Contains(path, "/notifications")
}

// isReveal reports whether a request is one that support may make and a brand's editor may not.
func isReveal(path string) bool { return strings.HasSuffix(path, "/reveal") }

// isRecord reports whether a change is one that support may make as well as a brand's editor.
func isRecord(path string) bool { return strings.HasSuffix(path, "/consents") }

// isSupports reports whether a change is one that support may make.
func isSupports(path string) bool { return isReveal(path) || isRecord(path) }

// isLook reports whether a request is a viewer's: it changes nothing, although it posts something to look at, or it makes a link to look with.
func isLook(q request) bool {
	return q.method == http.MethodGet || strings.HasSuffix(q.path, "/console-link") || strings.HasSuffix(q.path, "/lint") || strings.HasSuffix(q.path, "/explain") || strings.HasSuffix(q.path, "/search") || strings.HasSuffix(q.path, "/preview") || strings.HasSuffix(q.path, "/cost-estimate")
}

// TestTenancy walks every route with tokens that must not get in, at an account that is there and at one that is not: the answers are the
// same, byte for byte.
func TestTenancy(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	before, err := r.store.Account(t.Context(), neem)
	if err != nil {
		t.Fatal(err)
	}

	tokens := map[string]string{"none": ""}
	for _, f := range forge.Of(t, r.cloud.Tokens(), r.claims("platform"), r.clock.Now()) {
		tokens[f.Name] = f.Value
	}
	if len(tokens) < 20 {
		t.Fatalf("got %d tokens", len(tokens))
	}
	there, missing := routesOf(neem), routesOf("812")
	for name, token := range tokens {
		for i := range there {
			r.refused(name, http.StatusUnauthorized, token, there[i], missing[i])
		}
	}

	open := map[string]bool{"/v1/accounts": true, "/v1/rate-cards": true, "/v1/platform/apps": true, "/v1/platform/apps/own": true, "/v1/variables": true, "/v1/openapi.yaml": true}
	for _, tc := range []struct {
		name     string
		token    string
		mayWrite func(path string) bool
		mayRead  bool
	}{
		{"editor_of_another", r.token("editor", "999"), nil, false},
		{"support_of_another", r.token("support", "999"), nil, false},
		{"viewer_of_another", r.token("viewer", "999"), nil, false},
		{"viewer", r.token("viewer", neem, "812"), nil, true},
		{"support", r.token("support", neem, "812"), isSupports, true},
		{"editor", r.token("editor", neem, "812"), isBrands, true},
	} {
		for i, q := range there {
			read := isLook(q)
			if read && (tc.mayRead || open[q.path]) || !read && tc.mayWrite != nil && tc.mayWrite(q.path) {
				continue
			}
			r.refused(tc.name, http.StatusForbidden, tc.token, q, missing[i])
			q.body, q.header = `{"unfit":`, nil // it is refused before anybody looks
			r.refused(tc.name, http.StatusForbidden, tc.token, q, q)
		}
	}

	after, err := r.store.Account(t.Context(), neem)
	if err != nil || after.Version != before.Version {
		t.Errorf("the account was changed: version %d, %v", after.Version, err)
	}
	cards, err := r.store.RateCards(t.Context())
	if err != nil || len(cards) != 0 {
		t.Errorf("got %d rate cards, %v", len(cards), err)
	}
	a := r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts", token: r.token("editor", "999")})
	if strings.Contains(a.Body, neem) {
		t.Errorf("another's account is listed: %s", a.Body)
	}
}

// refused requires that two requests with a token are refused alike.
func (r *rig) refused(name string, status int, token string, there, missing request) {
	r.t.Helper()
	there.token, missing.token = token, token
	one, other := r.do(there), r.do(missing)
	if one.Status != status || other.Status != status || one.Body != other.Body {
		r.t.Errorf("%s: %s %s: got %d %s and %d %s, want %d alike", name, there.method, there.path, one.Status, one.Body, other.Status, other.Body, status)
	}
}
