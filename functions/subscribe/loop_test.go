package subscribe_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestOneRequestStaysOne serves the function at the address that it takes for the platform's: by the name that the caller uses,
// and by another one, such as a load balancer's, so that only the mark shows it.
func TestOneRequestStaysOne(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method string
		sameName     bool
		status       int
		served       int64
	}{
		{"get_by_the_same_name", http.MethodGet, true, http.StatusLoopDetected, 1},
		{"head_by_the_same_name", http.MethodHead, true, http.StatusLoopDetected, 1},
		{"post_by_the_same_name", http.MethodPost, true, http.StatusLoopDetected, 1},
		// The function's own call comes back to it, and is refused.
		{"get_by_another_name", http.MethodGet, false, http.StatusLoopDetected, 2},
		{"head_by_another_name", http.MethodHead, false, http.StatusLoopDetected, 2},
		{"post_by_another_name", http.MethodPost, false, http.StatusServiceUnavailable, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var served atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				served.Add(1)
				w.handler.ServeHTTP(rw, r)
			}))
			t.Cleanup(srv.Close)
			w.platform = srv.URL
			w.handler = w.build()
			r, err := http.NewRequestWithContext(t.Context(), tc.method, srv.URL+route+orderID, strings.NewReader(body()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if !tc.sameName {
				r.Host = "portal.example.com"
			}
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tc.status || served.Load() != tc.served {
				t.Errorf("got %d after %d requests, want %d after %d", resp.StatusCode, served.Load(), tc.status, tc.served)
			}
		})
	}
}
