package pages_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// TestCloudIsMaskedUntilShown looks at everything of the cloud that its pages lead to: nothing that tells of a person is on a page that was not asked
// to show it, and what is shown once is masked at the next look.
func TestCloudIsMaskedUntilShown(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	w.Must(demo.Story(t.Context(), w.World, io.Discard))
	w.Rest()
	link := regexp.MustCompile(`href="(/lab/cloud[^"#]*)["#]`)
	personal := regexp.MustCompile(`90000000\d\d|@example\.test|(Ira|Dev|Meera|Arun|Lila|Omar) Sample`)
	seen := map[string]bool{"/lab/cloud": true}
	for queue := []string{"/lab/cloud"}; len(queue) > 0; queue = queue[1:] {
		answer, body := ask(t, w, http.MethodGet, queue[0], "")
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", queue[0], answer.StatusCode)
		}
		if hit := personal.FindString(body); hit != "" {
			t.Errorf("%s shows %q", queue[0], hit)
		}
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			if at := html.UnescapeString(m[1]); !seen[at] {
				seen[at] = true
				queue = append(queue, at)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("the pages lead to %d pages, want sixty or more", len(seen))
	}

	_, body := ask(t, w, http.MethodGet, "/lab/cloud/documents?collection=customers&q="+url.QueryEscape("+91 90000 00001"), "")
	path := regexp.MustCompile(`/lab/cloud/document\?path=([^"]*)"`).FindStringSubmatch(body)
	if path == nil || !strings.Contains(body, "1 document<") {
		t.Fatalf("Ira is not found by her number: %s", body)
	}
	answer, body := ask(t, w, http.MethodPost, "/lab/cloud/document", "path="+path[1])
	if answer.StatusCode != http.StatusOK || !strings.Contains(body, "&#43;919000000001") || !strings.Contains(body, "Ira Sample") {
		t.Errorf("the document is not shown: %d %s", answer.StatusCode, body)
	}
	if cached := answer.Header.Get("Cache-Control"); !strings.Contains(cached, "no-store") {
		t.Errorf("a browser may keep what was shown: %q", cached)
	}
	if _, body = ask(t, w, http.MethodGet, "/lab/cloud/document?path="+path[1], ""); personal.MatchString(body) {
		t.Error("the document is shown once more, unasked")
	}

	_, body = ask(t, w, http.MethodGet, "/lab/cloud/topics/order-events", "")
	id := regexp.MustCompile(`name="id" value="(\d+)"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatalf("there is no message of order-events: %s", body)
	}
	if _, body = ask(t, w, http.MethodPost, "/lab/cloud/topics/order-events", "page=1&id="+id[1]); len(personal.FindAllString(body, -1)) != 3 {
		t.Errorf("of one message are shown %q, want number, name and address", personal.FindAllString(body, -1))
	}

	name := demo.Secrets()[0]
	if _, body = ask(t, w, http.MethodGet, "/lab/cloud", ""); !strings.Contains(body, name) || strings.Contains(body, w.Secret(name)) {
		t.Errorf("the secret %s is not listed, or its value is", name)
	}
	if _, body = ask(t, w, http.MethodPost, "/lab/cloud/secret", "name="+name); !strings.Contains(body, w.Secret(name)) {
		t.Errorf("the secret %s is not shown: %s", name, body)
	}
}

// TestCloudAnswersForWhatThereIsNot has a page, or a word about the field, for what cannot be shown.
func TestCloudAnswersForWhatThereIsNot(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for at, want := range map[string]int{
		"GET /lab/cloud/documents?collection=nothing":                                 http.StatusNotFound,
		"GET /lab/cloud/documents":                                                    http.StatusSeeOther,
		"GET /lab/cloud/documents?collection=customers&page=x":                        http.StatusBadRequest,
		"GET /lab/cloud/documents?collection=customers&page=0":                        http.StatusBadRequest,
		"GET /lab/cloud/documents?collection=customers&page=99":                       http.StatusOK,
		"GET /lab/cloud/document?path=customers":                                      http.StatusNotFound,
		"GET /lab/cloud/topics/nothing":                                               http.StatusNotFound,
		"POST /lab/cloud/document?path=accounts/811":                                  http.StatusNotFound,
		"POST /lab/cloud/secret":                                                      http.StatusNotFound,
		"GET /lab/cloud/documents?collection=customers&q=" + strings.Repeat("x", 201): http.StatusBadRequest,
	} {
		method, path, _ := strings.Cut(at, " ")
		if answer, body := ask(t, w, method, path, ""); answer.StatusCode != want || want != http.StatusSeeOther && !strings.Contains(body, "<h1>") {
			t.Errorf("%s: got %d, want %d and a page", at, answer.StatusCode, want)
		}
	}
	if _, body := ask(t, w, http.MethodGet, "/lab/cloud/documents?collection=customers&q=nobody+at+all", ""); !strings.Contains(body, "No document has that") {
		t.Errorf("a search for nothing: %s", body)
	}
}
