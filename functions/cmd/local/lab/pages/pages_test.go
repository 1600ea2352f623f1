package pages_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// ask makes a request, as a browser does that follows nothing by itself, and returns the answer with its body. Headers are names and values in turn.
func ask(t *testing.T, w *live.World, method, path, form string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(form))
	w.Must(err)
	req.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	answer, err := testkit.Transport.RoundTrip(req)
	w.Must(err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	w.Must(err)

	return answer, string(body)
}

// TestOnlyThisMachine serves the pages under the names of this machine alone, whatever name leads to it, and makes no change that a page of another
// origin asks for.
func TestOnlyThisMachine(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	port := w.URL[strings.LastIndex(w.URL, ":"):]
	for host, want := range map[string]int{
		"localhost" + port: http.StatusOK, "127.0.0.1" + port: http.StatusOK, "[::1]" + port: http.StatusOK, "localhost": http.StatusOK, "[::1]": http.StatusOK,
		"evil.example.com" + port: http.StatusForbidden, "localhost.example.com": http.StatusForbidden, "10.0.0.1" + port: http.StatusForbidden,
	} {
		if answer, _ := ask(t, w, http.MethodGet, "/lab/orders/51230077", "", "Host", host); answer.StatusCode != want {
			t.Errorf("as %s: %d, want %d", host, answer.StatusCode, want)
		}
	}
	for _, header := range [][]string{{"Origin", "https://evil.example.com"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		if answer, _ := ask(t, w, http.MethodPost, "/lab/", "", header...); answer.StatusCode != http.StatusForbidden {
			t.Errorf("a change with %v: %d", header, answer.StatusCode)
		}
	}
}

// TestPages leads from the lab's address to the stage, and answers for what there is not with a page, or with a problem to a program.
func TestPages(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	first, _ := ask(t, w, http.MethodGet, "/lab", "")
	if first.StatusCode != http.StatusSeeOther || !strings.HasPrefix(first.Header.Get("Location"), "/lab/orders/") {
		t.Fatalf("the first page: %d %v", first.StatusCode, first.Header)
	}
	stage, body := ask(t, w, http.MethodGet, first.Header.Get("Location"), "")
	if stage.StatusCode != http.StatusOK || strings.Count(stage.Header.Get("Content-Security-Policy"), "'self'") != 5 {
		t.Errorf("the stage: %d %v", stage.StatusCode, stage.Header)
	}
	for _, want := range []string{"Ira Sample", "Dev Sample", "Meera Sample", "Arun Sample", "Lila Sample", "Omar Sample", "Neem &amp; Co, which writes through Gupshup", `href="/"`, "Nothing is broken."} {
		if !strings.Contains(body, want) {
			t.Errorf("the stage lacks %s", want)
		}
	}
	for _, path := range []string{"/lab/orders/1", "/lab/nothing"} {
		if answer, body := ask(t, w, http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound || !strings.Contains(body, "There is nothing here</h1>") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
		if answer, _ := ask(t, w, http.MethodGet, path, "", "Accept", "application/json"); answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: a program gets %v", path, answer.Header)
		}
	}
}

// TestPathsLeadOn has a path with a slash too many lead to its page, and one that only forms are sent to as well, so that the page of a refused form can be loaded
// again. Another method is refused with those that there are.
func TestPathsLeadOn(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for path, want := range map[string]string{
		"/lab/": "/lab", "/lab/phones/": "/lab/phones", "/lab/orders/51230077/do": "/lab/orders/51230077", "/lab/phones/do": "/lab/phones", "/lab/mend": "/lab", "/lab/cloud/secret": "/lab/cloud",
	} {
		if answer, _ := ask(t, w, http.MethodGet, path, ""); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != want {
			t.Errorf("%s: %d, leads to %s, want %s", path, answer.StatusCode, answer.Header.Get("Location"), want)
		}
	}
	for _, one := range [][3]string{{http.MethodPost, "/lab", "GET"}, {http.MethodDelete, "/lab", "GET"}, {http.MethodPost, "/lab/phones", "GET"}, {http.MethodDelete, "/lab/mend", "POST"}} {
		if answer, _ := ask(t, w, one[0], one[1], ""); answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != one[2] {
			t.Errorf("%s %s: %d, allows %s", one[0], one[1], answer.StatusCode, answer.Header.Get("Allow"))
		}
	}
}
