package workspace_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestUsage tells an account's usage, as JSON that is held to the description and as a table, and refuses what is no query.
func TestUsage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.tell()

	if body := r.get(http.StatusOK, "/usage"); !strings.Contains(body, `"from":"2026-11-01"`) || !strings.Contains(body, `"rows":[]`) {
		t.Errorf("got %s, want the month, without messages of a day", body)
	}

	r.claimToday()

	body := r.get(http.StatusOK, "/usage?from=2026-11-01&to=2026-12-01&groupBy=day,app,ownership,event,category")
	for _, want := range []string{
		`{"day":"2026-11-20","app":"gs-1","ownership":"platform","event":"shipment/failed_delivery","category":"utility","sent":1,"delivered":1,"read":0,`,
		`"charged":1,"free":0,"extra":0,"estimatedMicros":115000,"actualMicros":115000}`, `"unmatched":{"withoutActual":1,"withoutMessage":0}`, `"projection":null`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("got %s, want %s", body, want)
		}
	}

	for name, q := range map[string]request{
		"format": {path: "/v1/accounts/" + neem + "/usage?format=csv&groupBy=day"},
		"accept": {path: "/v1/accounts/" + neem + "/usage?groupBy=day", header: map[string]string{"Accept": "text/csv"}},
	} {
		q.method, q.token = http.MethodGet, r.token("viewer", neem)
		a := r.want(http.StatusOK, q)
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") || !strings.Contains(a.Body, "\r\n2026-11-20,1,1,0,0,0,0,1,0,1,0.115,0.115,INR\r\n") {
			t.Errorf("%s: got %s %s", name, a.Header, a.Body)
		}
	}

	for _, query := range []string{"?from=2026-11-01", "?from=2026-11-31&to=2026-12-01", "?groupBy=phone", "?format=xml", "?currency=rupees", "?until=2026-12-01"} {
		r.get(http.StatusBadRequest, "/usage"+query)
	}
	if body := r.get(http.StatusBadRequest, "/usage?from=2026-11-01"); !strings.Contains(body, "leave out from and to, both of them") {
		t.Errorf("got %s, want that both days are needed", body)
	}
	r.want(http.StatusForbidden, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/usage", token: r.token("viewer", "812")})
}

// TestUsageOfNobody is refused as not found, to those who may see every account.
func TestUsageOfNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/999/usage", token: r.operator()})
}
