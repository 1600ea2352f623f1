package canary_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// rig has a book over a local cloud, and counts its lines in the log.
type rig struct {
	t     *testing.T
	clock *clock.Manual
	cloud *cloud.Cloud
	store *store.Store
	logs  *testkit.Log
	book  canary.Book
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	r := &rig{t: t, clock: clk, cloud: local, store: testkit.Store(t, local), logs: &testkit.Log{}}
	r.book = canary.Book{Store: r.store, Logger: slog.New(slog.NewJSONHandler(r.logs, nil))}
	return r
}

// see shows a body to an instance and keeps what it tells.
func (r *rig) see(w *canary.Watch, body string) {
	r.t.Helper()
	if e := w.See(canary.Body{Provider: "gupshup", Door: canary.Callback, Kind: "status", Data: []byte(body)}); e != nil {
		r.must(r.book.Keep(r.t.Context(), *e))
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) shapes() []store.Shape {
	r.t.Helper()
	all, err := r.store.Shapes(r.t.Context(), 1000)
	r.must(err)
	return all
}

func (r *rig) lines() int {
	return strings.Count(r.logs.String(), "a provider sent a body of a new shape")
}

// TestSeenOnce has two instances see the same new form, many times: there is one document, one line, and all bodies are counted.
func TestSeenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two := canary.NewWatch(r.clock), canary.NewWatch(r.clock)
	r.see(one, `{"weather":"fine","in":[{"x":1}]}`)
	r.see(two, `{"in":[{"x":7}],"weather":"wet"}`)
	for range 5 {
		r.see(one, `{"weather":"fine","in":[]}`)
		r.see(two, `{"weather":"fine","in":[]}`)
	}
	r.clock.Advance(2 * time.Minute)
	r.see(one, `{"weather":"fine","in":[]}`)
	r.see(two, `{"weather":"fine","in":[]}`)

	all := r.shapes()
	if len(all) != 1 || r.lines() != 1 {
		t.Fatalf("got %d documents and %d lines, want one of each:\n%s", len(all), r.lines(), r.logs)
	}
	got := all[0]
	if got.Count != 14 || got.Outline != "{in:list,weather:string}" || got.Fixture != `{"weather":"word","in":[{"x":1}]}` || len(got.Others) != 1 ||
		!got.FirstAt.Equal(start) || !got.LastAt.Equal(start.Add(2*time.Minute)) || got.ExpireAt.Sub(got.LastAt) < 300*24*time.Hour {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(r.logs.String(), `"level":"WARN"`) || !strings.Contains(r.logs.String(), `"fingerprint":"`+got.Fingerprint+`"`) {
		t.Errorf("got the log %s", r.logs)
	}
}

// TestBatchIsNoNews holds that a body with what many fixtures have in one list is known, and that one more field in one element is news.
func TestBatchIsNoNews(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../testdata/meta/webhook/*.json")
	if err != nil {
		t.Fatal(err)
	}
	status := regexp.MustCompile(`(?s)"statuses": \[\n(.*?)\n {12}\]`)
	var all []string
	whole := ""
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			t.Fatal(err)
		}
		if m := status.FindStringSubmatch(string(text)); m != nil && !strings.HasSuffix(path, ".want.json") {
			all = append(all, m[1])
			whole = string(text)
		}
	}
	if len(all) < 10 {
		t.Fatalf("got %d fixtures with statuses", len(all))
	}
	batch := status.ReplaceAllLiteralString(whole, `"statuses": [`+strings.Join(all, ",")+`]`)

	see := func(door, body string) *provider.ShapeEvent {
		return canary.NewWatch(clock.NewManual(start)).See(canary.Body{Provider: "meta", Door: door, Data: []byte(body)})
	}
	if e := see(canary.Callback, batch); e != nil {
		t.Errorf("a batch of what fixtures have: got %+v", e)
	}
	if e := see(canary.Callback, strings.Replace(batch, `"id": "wamid`, `"mood": "x", "id": "wamid`, 1)); e == nil || e.Path != ".entry[].changes[].value.statuses[]" {
		t.Errorf("got %+v, want the form of the status", e)
	}
	if e := see(canary.Answer, batch); e == nil {
		t.Error("a form of callbacks is known as an answer's")
	}
}

// TestFlood makes up a thousand forms, at two instances, in an hour: of each provider twenty are kept, and the rest is one document that counts.
func TestFlood(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two := canary.NewWatch(r.clock), canary.NewWatch(r.clock)
	for i := range 1000 {
		body := fmt.Sprintf(`{"%c%c%c":1}`, 'a'+i%26, 'a'+i/26%26, 'a'+i/676)
		r.see(one, body)
		r.see(two, strings.Replace(body, "1", "true", 1))
	}
	r.clock.Advance(2 * time.Minute)
	r.see(one, `{"zzz":1}`)
	r.see(two, `{"zzz":2}`)

	kept, counted := 0, int64(0)
	for _, s := range r.shapes() {
		if s.Fingerprint == "more-gupshup" {
			counted = s.Count
			continue
		}
		kept++
	}
	if kept != 20 || r.lines() != 21 || counted < 1900 {
		t.Errorf("got %d documents, %d lines and %d counted beside, want 20, 21 and nearly 2000", kept, r.lines(), counted)
	}
	r.clock.Advance(time.Hour)
	r.see(one, `{"later":1}`)
	if got := len(r.shapes()); got != 22 {
		t.Errorf("got %d documents in the next hour, want one more", got)
	}
}

// TestManyAtOnce has many requests see one new form at once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := canary.NewWatch(r.clock)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { r.see(w, `{"weather":"fine"}`) })
	}
	wg.Wait()
	if len(r.shapes()) != 1 || r.lines() != 1 {
		t.Errorf("got %d documents and %d lines, want one of each", len(r.shapes()), r.lines())
	}
}

// TestAnswers has a provider answer in a new form while the store does not answer: the call goes on as ever, and the form is kept by a later
// request.
func TestAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/gupshup/down" {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>502</html>")
			return
		}
		_, _ = io.WriteString(w, `{"status":"submitted","messageId":"m-1","mood":"fine"}`)
	}))
	t.Cleanup(server.Close)
	answers := &canary.Answers{Watch: canary.NewWatch(r.clock), Book: r.book, NameAt: catalog.Config{GupshupBaseURL: server.URL + "/gupshup"}.NameAt}
	client := answers.Over(server.Client())
	h := answers.Flushing(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		for _, path := range []string{"/gupshup/wa", "/gupshup/down"} {
			out, err := http.NewRequestWithContext(req.Context(), http.MethodPost, server.URL+path, http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			_, err = provider.Do(req.Context(), client, out, func(status int, _ http.Header, _ []byte) (provider.Receipt, error) {
				if status >= 500 {
					return provider.Receipt{}, errors.New("down")
				}
				return provider.Receipt{ID: "m-1"}, nil
			})
			if (err != nil) != (path == "/gupshup/down") {
				t.Errorf("%s: got %v", path, err)
			}
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	serve := func() {
		t.Helper()
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody))
		if answer.Code != http.StatusNoContent {
			t.Errorf("got %d", answer.Code)
		}
	}

	id, err := r.cloud.Rules().Add(cloud.Rule{Match: "shapes", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	r.must(err)
	serve()
	r.cloud.Rules().Remove(id)
	if got := r.shapes(); len(got) != 0 {
		t.Fatalf("got %+v while the store is down", got)
	}
	serve()
	got := r.shapes()
	if len(got) != 1 || got[0].Provider != "gupshup" || got[0].Door != canary.Answer || got[0].Kind != "send" || got[0].Fixture != `{"status":"submitted","messageId":"a-1","mood":"word"}` {
		t.Errorf("got %+v", got)
	}
}
