package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
)

// TestQueries holds that each route reads the parameters that it is described with, and names one that it does not have: a filter that is
// misspelt must not show everything.
func TestQueries(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	described := described.Queries(t)
	for i, q := range routesOf(neem) {
		route := workspace.Routes()[i]
		want := described[route.Method+" "+route.Path]
		if diff := cmp.Diff(want, route.Query); diff != "" {
			t.Errorf("%s %s (-described +read):\n%s", route.Method, route.Path, diff)
		}
		if want == nil {
			continue
		}
		q.path += "?status=read"
		q.token = r.operator()
		r.named(http.StatusBadRequest, "status", q)
	}
	for query, field := range map[string]string{
		"from=2026-11-01;to=2026-12-01":                 "query",
		"groupBy=%zz":                                   "query",
		"groupBy=day&groupBy=event":                     "groupBy",
		"from=2026-11-01&from=2026-11-02&to=2026-12-01": "from",
	} {
		r.named(http.StatusBadRequest, field, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/usage?" + query, token: r.operator()})
	}
	if text := r.logs.String(); strings.Contains(text, `"status is`) {
		t.Errorf("the log has what a caller wrote: %s", text)
	}
}
