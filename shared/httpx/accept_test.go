package httpx_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// TestPrefers weighs what Accept says of a page against JSON.
func TestPrefers(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"":                                    false,
		"*/*":                                 false,
		"application/json":                    false,
		"text/html":                           true,
		"text/html, */*;q=0.8":                true,
		"text/html;q=0, application/json":     false,
		"text/html;q=0.5, application/json":   false,
		"application/json;q=0.5, text/html":   true,
		"text/html, application/json":         false,
		"text/*;q=0.9, application/json;q=.1": true,
		"TEXT/HTML;q=1":                       true,
		"text/html;q=0, */*":                  false,
		"text/html;q=x":                       false,
		"application/json;q=0, */*":           true,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		if got := httpx.Prefers(r, "text/html", "application/json"); got != want {
			t.Errorf("%q: got %t, want %t", accept, got, want)
		}
	}
}
