package console_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// boundedContext ends requests that would stream for as long as somebody listens.
func boundedContext(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 2*time.Second)
}

// TestFirstPageIsSmall counts what a browser loads for the first page, as it is compressed.
func TestFirstPageIsSmall(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	h, err := console.New(t.Context(), function(w))
	if err != nil {
		t.Fatal(err)
	}
	cookie := signIn(t, w, "editor:811")
	sum := 0
	load := func(path string) string {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		req.Header.Set("Accept-Encoding", "gzip")
		req.Header.Set("Cookie", cookie)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %d, %v", path, rec.Code, rec.Header())
		}
		sum += rec.Body.Len()
		z, err := gzip.NewReader(bytes.NewReader(rec.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := load("/accounts/811/usage")
	files := regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(first, -1)
	for _, file := range files {
		load(file[1])
	}
	if len(files) != 5 || sum > 60<<10 {
		t.Errorf("the first page has %d files and is %d bytes in all, want 5 and at most 60 KB", len(files), sum)
	}
}

// TestHeaders holds what every page tells the browser, and that a static file may be kept for good.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for path, want := range map[string]map[string]string{
		"/people": {
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
				"frame-ancestors 'none'",
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		},
		"/static/0/console.css": {"Cache-Control": "no-store"},
	} {
		_, header, _ := get(t, w, path, "Accept", "text/html")
		for name, value := range want {
			if got := header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
	}
	_, _, page := get(t, w, "/people", "Accept", "text/html")
	css := regexp.MustCompile(`/static/[^"]+\.css`).FindString(page)
	status, header, _ := get(t, w, css)
	if status != http.StatusOK || !strings.Contains(header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(header.Get("Content-Type"), "text/css") {
		t.Errorf("%s: %d %v", css, status, header)
	}
}

// get asks a world.
func get(t *testing.T, w *live.World, path string, header ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	answer, err := testkit.Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}

	return answer.StatusCode, answer.Header, string(body)
}

// TestUnknownPaths answers programs with a problem and people with a page.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for _, accept := range []string{"", "*/*", "application/json", "application/json, text/html;q=0.5"} {
		if status, header, body := get(t, w, "/nope", "Accept", accept); status != http.StatusNotFound || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("Accept %q: %d %s", accept, status, body)
		}
	}
	if status, header, body := get(t, w, "/nope", "Accept", "text/html,*/*;q=0.8"); status != http.StatusNotFound || !strings.HasPrefix(header.Get("Content-Type"), "text/html") || !strings.Contains(body, "There is nothing here") {
		t.Errorf("a browser: %d %s", status, body)
	}
}

// TestSessions lets nobody in by a cookie that was changed, is over, is of another key, or is too long.
func TestSessions(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	w := live.Start(t, live.Options{})
	f := function(w)
	f.Clock = clk
	h, err := console.New(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/people", strings.NewReader("person=editor%3A811"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	set := rec.Result().Cookies()[0]
	if !set.HttpOnly || set.SameSite != http.SameSiteLaxMode || set.Path != "/" || set.MaxAge != 1800 {
		t.Errorf("the cookie is %+v", set)
	}
	good := set.Name + "=" + set.Value
	body, seal, _ := strings.Cut(set.Value, ".")
	if status := ask(t, h, http.MethodGet, "/accounts/811/usage", good); status != http.StatusOK {
		t.Fatalf("a good session: %d", status)
	}
	for name, cookie := range map[string]string{
		"none": "", "cut": good[:len(good)-3], "without a seal": set.Name + "=" + body, "sealed by nobody": set.Name + "=" + body + ".",
		"of another": set.Name + "=" + strings.Replace(body, body[:8], "eyJkb29y", 1) + "x." + seal, "too long": set.Name + "=" + strings.Repeat("a", 5000) + "." + seal,
	} {
		if status := ask(t, h, http.MethodGet, "/accounts/811/usage", cookie); status != http.StatusSeeOther {
			t.Errorf("a cookie that is %s: %d", name, status)
		}
	}
	clk.Advance(30*time.Minute - time.Second)
	if status := ask(t, h, http.MethodGet, "/accounts/811/usage", good); status != http.StatusOK {
		t.Errorf("a second before its end: %d", status)
	}
	clk.Advance(time.Second)
	if status := ask(t, h, http.MethodGet, "/accounts/811/usage", good); status != http.StatusSeeOther {
		t.Errorf("at its end: %d", status)
	}
}

// TestOperationsAreLinkedForTheStaff shows the way to what is the platform's to its people alone.
func TestOperationsAreLinkedForTheStaff(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for person, want := range map[string]bool{"viewer:811": false, "editor:811": false, "support:811": false, "platform": true} {
		_, _, page := get(t, w, "/accounts/811/usage", "Accept", "text/html", "Cookie", signIn(t, w, person))
		if got := strings.Contains(page, `href="/operations"`); got != want || !strings.Contains(page, "Usage</h1>") {
			t.Errorf("%s is shown the way to Operations: %t", person, got)
		}
	}
}

// TestTooManyPages refuses a person who asks for too many pages, and nobody else.
func TestTooManyPages(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_RATE": "1", "CONSOLE_BURST": "2"}})
	f := function(w)
	f.Clock = clock.NewManual(time.Now())
	h, err := console.New(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	cookie := signIn(t, w, "viewer:811")
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if status := ask(t, h, http.MethodGet, "/accounts/811/usage", cookie); status != want {
			t.Errorf("page %d: %d, want %d", i+1, status, want)
		}
	}
	if status := ask(t, h, http.MethodGet, "/accounts/811/usage", signIn(t, w, "editor:811")); status != http.StatusOK {
		t.Errorf("somebody else: %d", status)
	}
}

// TestPickerLeadsNowhereElse takes a way back that is a path of the console alone.
func TestPickerLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for next, want := range map[string]string{
		"/accounts/811/usage": "/accounts/811/usage", "https://evil.example.com": "/", "//evil.example.com": "/", "/%09/evil.example.com": "/", `/\evil.example.com`: "/", "": "/",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/people", strings.NewReader("person=platform&next="+next))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := testkit.Transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

// TestNoLabIsDeployed holds that the function as it is deployed has neither the lab's pages nor a way there, and that a local run has both.
func TestNoLabIsDeployed(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	h, err := console.New(t.Context(), function(w))
	if err != nil {
		t.Fatal(err)
	}
	cookie := signIn(t, w, "editor:811")
	for _, path := range []string{"/lab", "/lab/", "/lab/orders/51230077", "/lab/phones", "/lab/scenarios", "/lab/cloud", "/lab/static/0/lab.css"} {
		if status := ask(t, h, http.MethodGet, path, cookie); status != http.StatusNotFound {
			t.Errorf("%s is served where it is deployed: %d", path, status)
		}
	}
	for _, path := range []string{"/people", "/accounts/811/usage"} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		req.Header.Set("Cookie", cookie)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), `"/lab`) {
			t.Errorf("%s leads to the lab where it is deployed: %d", path, rec.Code)
		}
		if _, _, local := get(t, w, path, "Accept", "text/html", "Cookie", cookie); !strings.Contains(local, `href="/lab"`) {
			t.Errorf("%s does not lead to the lab in a local run", path)
		}
	}
}
