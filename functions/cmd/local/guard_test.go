package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestNobodyElsesPageReachesARun asks every route for what a page of somebody else may: under a name of its own that leads to this machine, and with a
// change. Each is refused, and what curl asks for is not; the portal's route and the providers' are looked after by themselves.
func TestNobodyElsesPageReachesARun(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	port := w.URL[strings.LastIndex(w.URL, ":"):]
	ask := func(method, path string, header ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader("{}"))
		w.Must(err)
		r.Header.Set("Content-Type", "text/plain")
		for i := 0; i+1 < len(header); i += 2 {
			if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
				r.Host = header[i+1]
			}
		}
		answer, err := testkit.Transport.RoundTrip(r)
		w.Must(err)
		w.Must(answer.Body.Close())
		return answer.StatusCode
	}
	guarded := slices.Concat(labRoutes(t), []string{"/", "/people", "/openapi.yaml", "/sim/gupshup/x", "/push/notify", "/push/receive", "/push/sweep", "/push/platform", "/none"})
	if len(guarded) < 40 {
		t.Fatalf("there are %d routes only: %v", len(guarded), guarded)
	}
	for _, path := range guarded {
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		for _, host := range []string{"evil.test", "evil.test" + port, "localhost.evil.test", "10.0.0.1" + port} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if status := ask(method, path, "Host", host); status != http.StatusForbidden {
					t.Errorf("%s %s as %s: %d", method, path, host, status)
				}
			}
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			for _, page := range [][]string{{"Origin", "https://evil.test"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
				if status := ask(method, path, page...); status != http.StatusForbidden {
					t.Errorf("%s %s with %v: %d", method, path, page, status)
				}
			}
		}
	}
	for _, host := range []string{"localhost" + port, "127.0.0.1" + port, "[::1]" + port, "localhost"} {
		if read, moved := ask(http.MethodGet, "/local/environment", "Host", host), ask(http.MethodPut, "/local/faults", "Host", host); read != http.StatusOK || moved != http.StatusOK {
			t.Errorf("as %s: %d and %d", host, read, moved)
		}
	}
	order := world.OrderPath + demo.IraOrder
	if status := ask(http.MethodGet, order, "Host", "portal.evil.test"); status == http.StatusForbidden {
		t.Errorf("the portal's order by another name: %d", status)
	}
	if status := ask(http.MethodPost, w.Webhook("meta", "marigold"), "Host", "tunnel.example.com"); status == http.StatusForbidden {
		t.Errorf("a webhook by another name: %d", status)
	}
}
