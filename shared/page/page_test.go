package page_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// site returns the templates of a site with one page and one part of its own.
func site(t *testing.T) *page.Set {
	t.Helper()
	set, err := page.NewSet(fstest.MapFS{
		"parts/layout.html": {Data: []byte(`{{define "layout"}}<title>{{.Title}}</title>{{template "content" .}}{{end}}{{define "live"}}{{.}}` + "\r\n" + `{{end}}`)},
		"pages/one.html":    {Data: []byte(`{{define "content"}}{{with .Problem}}{{template "problem" .}}{{end}}{{template "badge" dict "Kind" "ok" "Text" (plural 1200 "reply")}}{{end}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}

	return set
}

// TestSet writes a page within its site's layout, with the parts that all sites share.
func TestSet(t *testing.T) {
	t.Parallel()
	set := site(t)
	var b strings.Builder
	view := struct {
		Title   string
		Problem *page.Problem
	}{"<One>", &page.Problem{Message: "It is wrong.", Field: "reason", More: []page.Problem{{Message: "So is this."}}}}
	if err := set.Page(&b, "one", view); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>&lt;One&gt;</title>", "That was not saved", `<a href="#reason">It is wrong.</a>`, "<li>So is this.</li>", `<span class="badge ok">1,200 replies</span>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s:\n%s", want, b.String())
		}
	}
	if err := set.Page(&b, "two", view); err == nil {
		t.Error("a page that there is not was written")
	}
	if got, err := set.Render("live", "<b>"); err != nil || string(got) != "&lt;b&gt;\n" {
		t.Errorf("the region is %q, %v", got, err)
	}
	if _, err := page.NewSet(fstest.MapFS{"parts/layout.html": {Data: []byte("{{")}}); err == nil {
		t.Error("a template that is none was parsed")
	}
}

// TestFiles serves files for good at the path that has their version, and at no other.
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := page.NewFiles("/own", fstest.MapFS{"dir/a.css": {Data: []byte("a {}")}}, "dir")
	if err != nil {
		t.Fatal(err)
	}
	other, err := page.NewFiles("/own", fstest.MapFS{"dir/a.css": {Data: []byte("b {}")}}, "dir")
	if err != nil {
		t.Fatal(err)
	}
	if files.Path() == other.Path() {
		t.Error("files that differ have one path")
	}
	mux := http.NewServeMux()
	mux.HandleFunc(files.Pattern(), func(w http.ResponseWriter, r *http.Request) {
		if err := files.Serve(w, r); err != nil {
			w.WriteHeader(fault.KindOf(err).Status())
		}
	})
	for path, want := range map[string]int{files.Path() + "/a.css": http.StatusOK, other.Path() + "/a.css": http.StatusNotFound, files.Path() + "/b.css": http.StatusNotFound} {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
		if want == http.StatusOK && (rec.Body.String() != "a {}" || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/css")) {
			t.Errorf("%s: %q %v", path, rec.Body, rec.Header())
		}
	}
}

// TestWrite compresses for a browser that can read that, and writes nothing of an answer that fails.
func TestWrite(t *testing.T) {
	t.Parallel()
	write := func(accept string, do func(io.Writer) error) (*httptest.ResponseRecorder, error) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		return rec, page.Write(rec, r, http.StatusTeapot, page.HTML, do)
	}
	text := func(w io.Writer) error { _, err := io.WriteString(w, "words"); return err }
	plain, err := write("", text)
	if err != nil || plain.Code != http.StatusTeapot || plain.Body.String() != "words" || plain.Header().Get("Content-Type") != page.HTML {
		t.Errorf("got %d %q %v", plain.Code, plain.Body, err)
	}
	packed, err := write("br, gzip", text)
	if err != nil || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("got %v %v", packed.Header(), err)
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || string(unpacked) != "words" {
		t.Errorf("got %q %v", unpacked, err)
	}
	failed, err := write("", func(w io.Writer) error { _ = text(w); return io.ErrUnexpectedEOF })
	if err == nil || failed.Body.Len() != 0 {
		t.Errorf("got %q %v of an answer that fails", failed.Body, err)
	}
}

// TestReadForm refuses what is no form, and what is too long for one, without a word of what was typed.
func TestReadForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, body string
		want       fault.Kind
	}{
		"json":     {"application/json", "{}", fault.UnsupportedMediaType},
		"odd":      {"application/x-www-form-urlencoded", "a=%zzsecret", fault.Invalid},
		"too_long": {"application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 1<<20), fault.TooLarge},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		if _, err := page.ReadForm(httptest.NewRecorder(), r); !fault.Is(err, c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("a=1&b=%C3%A9"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if sent, err := page.ReadForm(httptest.NewRecorder(), r); err != nil || sent.Get("a") != "1" || sent.Get("b") != "é" {
		t.Errorf("got %v %v", sent, err)
	}
}

// TestHeaders holds that nobody frames a page but the origins that are named.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for want, frames := range map[string][]string{"'none'": nil, "https://a.example.com https://b.example.com": {"https://a.example.com", "https://b.example.com"}} {
		h := http.Header{}
		page.Headers(h, frames...)
		if got := h.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none';") || !strings.HasSuffix(got, "frame-ancestors "+want) || !strings.Contains(got, "; base-uri 'none';") || !strings.Contains(got, "; form-action 'self';") {
			t.Errorf("got %s", got)
		}
	}
}

// TestWords holds how people read counts, times that have passed, and what is wrong.
func TestWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	for got, want := range map[string]string{
		page.Plural(1, "day"):                                "1 day",
		page.Plural(-1234567, "entry"):                       "-1,234,567 entries",
		page.Ago(time.Time{}, now):                           "never",
		page.Ago(now.Add(-59*time.Second), now):              "59 seconds ago",
		page.Ago(now.Add(-47*time.Hour), now):                "47 hours ago",
		page.Ago(now.Add(-48*time.Hour), now):                "2 days ago",
		page.Sentence("The reason", "must say why"):          "The reason must say why.",
		page.Sentence("The box", "say that you have looked"): "Say that you have looked.",
		page.Sentence("The text", "a reply has either"):      "A reply has either.",
		page.Sentence("The phone", "the phone is off: on"):   "The phone is off: on.",
		page.Sentence("The name", "is there twice; go"):      "The name is there twice; go.",
		page.Sentence("The list", "names a stranger"):        "The list names a stranger.",
		page.Sentence("", "Nothing more!"):                   "Nothing more!",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestNoticeTellsTheTruth compares the hashes of the files that others wrote.
func TestNoticeTellsTheTruth(t *testing.T) {
	t.Parallel()
	notice, err := os.ReadFile("static/NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"htmx.min.js", "hx-sse.min.js"} {
		data, err := os.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if !strings.Contains(string(notice), hex.EncodeToString(sum[:])) {
			t.Errorf("NOTICE does not have the hash of %s", name)
		}
	}
}

// TestUnits takes times apart, and leaves out what there is none of.
func TestUnits(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                            "",
		time.Second - 1:              "",
		time.Minute:                  "1 minute",
		90 * time.Second:             "1 minute, 30 seconds",
		49*time.Hour + 2*time.Second: "2 days, 1 hour, 2 seconds",
	} {
		if got := strings.Join(page.Units(d), ", "); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}
