package platform_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
)

const (
	project = "demo-project"
	token   = "t0ken-marker"
	order   = "{ \"orderTotal\": 1000.0,\n \"unknown\":{\"b\":1e2,\"a\":\"\\u20b9\"}, \"orderId\": \"44210001\" }\n"
	secret  = "words-of-the-answer"
)

func newClient(t *testing.T, base string, timeout time.Duration) *platform.Client {
	t.Helper()
	var c platform.Config
	err := config.Load(t.Context(), config.Map(map[string]string{
		"PLATFORM_BASE_URL": base, "PLATFORM_TOKEN": token, "PLATFORM_TIMEOUT": timeout.String(),
	}), &c)
	if err != nil {
		t.Fatal(err)
	}
	return platform.New(c, project, httpx.Client(time.Minute, base))
}

func TestOrderIsByteExact(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.EscapedPath() != "/base/_ah/api/esb/v2/order/a%2Fb%3Fc%23%E2%82%B9" || r.URL.RawQuery != "" {
			t.Errorf("got %s %s, want the id in one path segment", r.Method, r.URL)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("got authorization %q", got)
		}
		_, _ = w.Write([]byte(order))
	}))
	t.Cleanup(srv.Close)
	got, err := newClient(t, srv.URL+"/base/", patience).Order(t.Context(), "a/b?c#₹")
	if err != nil || string(got) != order {
		t.Errorf("got %q, %v, want the bytes sent", got, err)
	}
}

// TestOrderIsNotAlwaysUTF8 holds that what is read of an order does not change by a byte that no reader expects, and that the
// order is passed on as it came.
func TestOrderIsNotAlwaysUTF8(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"byte_order_mark":  "\ufeff" + order,
		"in_a_string":      "{\"a\":\"Jos\xe9\"}",
		"before_a_quote":   "{\"a\":\"\xff\",\"b\":\"{\\\"\xff\"}",
		"in_a_key":         "{\"\xff\":1}",
		"between_values":   "{\"a\":1,\xa0\"b\":2}\xa0",
		"at_the_beginning": "\xff" + order,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		t.Cleanup(srv.Close)
		if got, err := newClient(t, srv.URL, patience).Order(t.Context(), "1"); err != nil || string(got) != body {
			t.Errorf("%s: got %q, %v, want the bytes sent", name, got, err)
		}
	}
}

const patience = 10 * time.Second

func TestOrderErrors(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(secret))
		}
	}
	body := func(b string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(b)) }
	}
	tests := []struct {
		name string
		h    http.HandlerFunc
		want fault.Kind
	}{
		{"not_found", status(http.StatusNotFound), fault.NotFound},
		{"bad_request", status(http.StatusBadRequest), fault.Upstream},
		{"unauthorized", status(http.StatusUnauthorized), fault.Upstream},
		{"throttled", status(http.StatusTooManyRequests), fault.Upstream},
		{"broken", status(http.StatusInternalServerError), fault.Upstream},
		{"no_content", status(http.StatusNoContent), fault.Upstream},
		{"redirect", http.RedirectHandler("/", http.StatusFound).ServeHTTP, fault.Upstream},
		{"html", body("<html>" + secret), fault.Upstream},
		{"empty", body(""), fault.Upstream},
		{"truncated", body(order[:20]), fault.Upstream},
		{"array", body("[]"), fault.Upstream},
		{"byte_order_mark_and_nothing", body("\ufeff"), fault.Upstream},
		{"stray_byte_in_a_value", body("{\"a\":1\xff0}"), fault.Upstream},
		{"loop", status(http.StatusLoopDetected), fault.Loop},
		{"deep", body(strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)), fault.Upstream},
		{"too_large", body(`{"a":"` + strings.Repeat("x", 4<<20) + `"}`), fault.Upstream},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(order))
		}, fault.Upstream},
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.Upstream},
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, fault.Upstream},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tc.h)
			t.Cleanup(srv.Close)
			timeout := patience
			if tc.name == "slow" {
				timeout = 50 * time.Millisecond
			}
			got, err := newClient(t, srv.URL, timeout).Order(t.Context(), "44210001")
			if !fault.Is(err, tc.want) || got != nil {
				t.Fatalf("got %q, %v, want %v", got, err, tc.want)
			}
			if text := err.Error(); strings.Contains(text, token) || strings.Contains(text, secret) || strings.Contains(text, srv.URL) {
				t.Errorf("%q says too much", text)
			}
			if !strings.Contains(err.Error(), "44210001") {
				t.Errorf("%q does not name the order", err)
			}
		})
	}
}

func TestOrderWithoutAServer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	if _, err := newClient(t, srv.URL, patience).Order(t.Context(), "1"); !fault.Is(err, fault.Upstream) {
		t.Errorf("got %v, want upstream", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newClient(t, srv.URL, patience).Order(ctx, "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled in it", err)
	}
}

func TestOrderIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", ".", "..", "a b", "a\n", "\x00", "a\x7f", "\xff", strings.Repeat("1", 129)} {
		_, err := newClient(t, "http://platform.test", patience).Order(t.Context(), id)
		if field, _ := fault.Public(err); !fault.Is(err, fault.Invalid) || field != "order_id" {
			t.Errorf("%q: got %v, want an invalid order_id", id, err)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "platform.test", "ftp://platform.test", "http://", "http://platform.test?x=1", "://"} {
		err := platform.Config{BaseURL: base, Timeout: time.Second}.Validate()
		if err == nil || err.Error() != "PLATFORM_BASE_URL is not an http or https address" {
			t.Errorf("%q: got %v, want an error that names PLATFORM_BASE_URL", base, err)
		}
	}
	const itself = "PLATFORM_BASE_URL is at one of PUBLIC_HOSTS: it must be the platform's address, not our own"
	const noHosts = "PUBLIC_HOSTS must list hosts such as portal.example.com"
	for _, tc := range []struct{ hosts, base, want string }{
		{"", "https://platform.test", ""},
		{"portal.example.com, hooks.example.com", "https://platform.example.com", ""},
		{"portal.example.com", "https://portal.example.com.test/portal.example.com", ""},
		{"portal.example.com:8080", "http://portal.example.com:9090", ""},
		{"portal.example.com", "https://portal.example.com", itself},
		{"hooks.example.com, portal.example.com ", "https://Portal.Example.com./base", itself},
		{"portal.example.com", "http://portal.example.com:8080", itself},
		{"portal.example.com:443", "https://portal.example.com", itself},
		{"[2001:db8::1]:8080", "http://[2001:DB8::1]:8080", itself},
		{"https://portal.example.com", "https://platform.test", noHosts},
		{"portal.example.com/path", "https://platform.test", noHosts},
		{"a b", "https://platform.test", noHosts},
		{"me@portal.example.com", "https://platform.test", noHosts},
	} {
		c := platform.Config{BaseURL: tc.base, Timeout: time.Second, PublicHosts: strings.Split(tc.hosts, ",")}
		got := ""
		if err := c.Validate(); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s beside %s: got %q, want %q", tc.base, tc.hosts, got, tc.want)
		}
	}
	err := platform.Config{BaseURL: "http://platform.test"}.Validate()
	if err == nil || err.Error() != "PLATFORM_TIMEOUT must be more than zero" {
		t.Errorf("no timeout: got %v, want an error that names PLATFORM_TIMEOUT", err)
	}
}

// TestOrderErrorsNameNoPhone holds that an error of an order's id names it, and that of a number in its place does not.
func TestOrderErrorsNameNoPhone(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer srv.Close()
	c := platform.New(platform.Config{BaseURL: srv.URL, OrderPath: "/order/", Timeout: time.Minute}, project, srv.Client())
	for id, named := range map[string]bool{
		"51230077": true, "9000079999": false, "919000079999": false, "+91 90000 79999": false, "14155550100": false,
	} {
		_, err := c.Order(t.Context(), id)
		if !fault.Is(err, fault.Upstream) && !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), id) != named {
			t.Errorf("%s: got %v, want it named %v", id, err, named)
		}
	}
}
