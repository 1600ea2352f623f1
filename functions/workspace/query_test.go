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
	if text := r.logs.String(); strings.Contains(text, `"status is`) {
		t.Errorf("the log has what a caller wrote: %s", text)
	}
}
