package gupshup

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// reply is an answer of the fake.
type reply struct {
	status int
	body   string
}

// fake answers requests by method and path, with query where there is one, and writes them down.
type fake struct {
	t       *testing.T
	mu      sync.Mutex
	replies map[string][]reply
	seen    []string
	bodies  []string
}

// newFake serves the answers for each request line in order; the last one stays.
func newFake(t *testing.T, replies map[string][]reply) (*fake, *Provider, *http.Client) {
	t.Helper()
	f := &fake{t: t, replies: replies}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, New(Config{BaseURL: server.URL + "/"}), server.Client()
}

// ServeHTTP answers a request.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if got := r.Header.Get("Apikey"); got != testKey {
		f.t.Errorf("%s: API key %q", r.URL.Path, got)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Errorf("%s: %v", r.URL.Path, err)
	}
	line := r.Method + " " + r.URL.RequestURI()
	f.seen, f.bodies = append(f.seen, line), append(f.bodies, string(body))
	list := f.replies[line]
	if len(list) == 0 {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>nothing here</html>")
		return
	}
	if len(list) > 1 {
		f.replies[line] = list[1:]
	}
	w.WriteHeader(list[0].status)
	_, _ = io.WriteString(w, list[0].body)
}

func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

const (
	appRoot = "/wa/app/" + testAppID
	getList = "GET " + appRoot + "/template?pageNo="
	getOne  = "GET " + appRoot + "/template/" + testID
)

func ownError(text string) string { return `{"status":"error","message":"` + text + `"}` }
