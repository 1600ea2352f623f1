package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// may is what each person of the picker is allowed at account 811, written down a second time.
var may = map[string][]access.Need{
	"viewer:811":  {access.Read},
	"editor:811":  {access.Read, access.Write, access.Record},
	"support:811": {access.Read, access.Reveal, access.Record},
	"platform":    {access.Read, access.Write, access.Reveal, access.Record, access.Operate},
	"editor:812":  {},
}

// signIn returns the cookie of somebody of the picker.
func signIn(t *testing.T, w *live.World, person string) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/people", strings.NewReader(url.Values{"person": {person}}.Encode()))
	req.RequestURI = ""
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := testkit.Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if len(answer.Cookies()) != 1 {
		t.Fatalf("%s is not let in: %d", person, answer.StatusCode)
	}

	return answer.Cookies()[0].Name + "=" + answer.Cookies()[0].Value
}

// segments stand for the names in a path.
var segments = map[string]string{
	"{accountId}": "811", "{orderId}": "51230078", "{messageId}": strings.Repeat("ab", 32), "{appId}": "gupshup-neem", "{resource}": "shipment",
	"{eventSubType}": "failed_delivery", "{version}": "1", "{customerKey}": strings.Repeat("cd", 32), "{$}": "",
}

// pathOf fills in the names of a path.
func pathOf(r console.Route) string {
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllStringFunc(r.Path, func(name string) string {
		if value, known := segments[name]; known {
			return value
		}

		return "something"
	})
}

// everyField has each field that any form needs to come as far as its use case.
var everyField = url.Values{
	"reason": {"because of a test"}, "sure": {"yes"}, "confirmed": {"yes"}, "confirm": {"yes"}, "account": {"811"}, "app": {""}, "since": {"2026-11-29"},
	"message": {strings.Repeat("ab", 32)}, "phone": {"+919000000001"}, "number": {"+919000000001"}, "name": {"Somebody"}, "action": {"WITHDRAWN"}, "source": {"agent"},
	"purpose": {"order_updates"}, "version": {"1"}, "reference": {"case 1"}, "order": {"51230077"}, "provider": {"gupshup"}, "appId": {"gupshup-neem"}, "q": {"51230077"},
	"do": {"test"}, "slug": {"neem-and-co"}, "timeZone": {"Asia/Kolkata"}, "consentMode": {"explicit"}, "reclassed": {"hold"},
}

// ask asks a handler as a browser does, and returns the status.
func ask(t *testing.T, h http.Handler, method, path, cookie string, header ...string) int {
	t.Helper()
	ctx, cancel := boundedContext(t)
	defer cancel()
	var body io.Reader = http.NoBody
	if method == http.MethodPost {
		body = strings.NewReader(everyField.Encode())
	}
	req := httptest.NewRequestWithContext(ctx, method, path, body)
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)

	return rec.Code
}

// function is what the console is built with beside a world.
func function(w *live.World) boot.Function {
	return boot.Function{Lookuper: config.Map(w.Config), Clock: w.Clock, Logger: w.Logger(), ClientOptions: w.Cloud.ClientOptions()}
}

// TestRolesAtEveryRoute asks for every route as everybody: who may not is refused before anything is read.
func TestRolesAtEveryRoute(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_BURST": "10000"}})
	h, err := console.New(t.Context(), function(w))
	if err != nil {
		t.Fatal(err)
	}
	for person, allowed := range may {
		t.Run(person, func(t *testing.T) {
			t.Parallel()
			cookie := signIn(t, w, person)
			for _, r := range console.Routes() {
				ofAccount := strings.Contains(r.Path, "{accountId}")
				want := slices.Contains(allowed, r.Need) || r.Need == access.Read && !ofAccount
				status := ask(t, h, r.Method, pathOf(r), cookie)
				if refused := status == http.StatusForbidden; refused == want || status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
					t.Errorf("%s %s: %d", r.Method, r.Path, status)
				}
			}
		})
	}
}

// TestNobodyAndOthersAtEveryRoute asks for every route as nobody, who is led to the way in, and has pages of other origins ask for every change.
func TestNobodyAndOthersAtEveryRoute(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_BURST": "10000"}})
	h, err := console.New(t.Context(), function(w))
	if err != nil {
		t.Fatal(err)
	}
	cookie := signIn(t, w, "platform")
	for _, r := range console.Routes() {
		path := pathOf(r)
		status := ask(t, h, r.Method, path, "")
		want := map[bool]int{true: http.StatusSeeOther, false: http.StatusUnauthorized}[r.Method == http.MethodGet && !strings.HasSuffix(r.Path, "/stream")]
		if status != want {
			t.Errorf("%s %s as nobody: %d, want %d", r.Method, r.Path, status, want)
		}
		if r.Method != http.MethodGet {
			if status = ask(t, h, r.Method, path, cookie, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
				t.Errorf("%s %s from another site: %d", r.Method, r.Path, status)
			}
			if status = ask(t, h, r.Method, path, cookie, "Origin", "https://evil.example.com"); status != http.StatusForbidden {
				t.Errorf("%s %s from another origin: %d", r.Method, r.Path, status)
			}
		}
	}
}

// TestUseCasesCheckRolesThemselves takes the console's own gate away. Each person then asks for every route that they may not use, with all fields that
// any form has: the use cases refuse it, by themselves.
func TestUseCasesCheckRolesThemselves(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Config: map[string]string{"CONSOLE_BURST": "10000"}})
	h, err := console.NewWithoutGate(t.Context(), function(w))
	if err != nil {
		t.Fatal(err)
	}
	for person, allowed := range may {
		cookie := signIn(t, w, person)
		for _, r := range console.Routes() {
			if slices.Contains(allowed, r.Need) || r.Need == access.Read && !strings.Contains(r.Path, "{accountId}") {
				continue
			}
			if status := ask(t, h, r.Method, pathOf(r), cookie); status != http.StatusForbidden {
				t.Errorf("%s %s as %s, past the gate: %d", r.Method, r.Path, person, status)
			}
		}
	}
}
