package httpx_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// problem is the body of an error as callers read it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// marker stands for what must reach neither a log nor an answer.
const marker = "s3cret-marker"

// serve runs one request through Serve and returns the answer and the log line.
func serve(t *testing.T, o httpx.Options, r *http.Request, h httpx.Handler) (*http.Response, string, map[string]any) {
	t.Helper()
	var log strings.Builder
	o.Logger = logging.New(&log, logging.Options{})
	if o.Clock == nil {
		o.Clock = clock.NewManual(start)
	}
	w := httptest.NewRecorder()
	httpx.Serve(o, h)(w, r)
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Fatalf("got %d log lines, want 1: %s", n, log.String())
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body), line
}

func request(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
}

func TestServeAnswersErrorsByKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		want   problem
		level  string
		header [2]string
	}{
		{
			"invalid_field", fault.Field("contactPhone", "is missing"),
			problem{Type: "about:blank", Title: "Bad Request", Status: 400, Detail: "is missing", Field: "contactPhone"},
			"WARNING",
			[2]string{},
		},
		{
			"not_found", fault.New(fault.NotFound, "op", "no such order"),
			problem{Type: "about:blank", Title: "Not Found", Status: 404, Detail: "no such order"},
			"WARNING",
			[2]string{},
		},
		{
			"unauthenticated", fault.New(fault.Unauthenticated, "op", ""),
			problem{Type: "about:blank", Title: "Unauthorized", Status: 401, Detail: "missing or wrong credentials"},
			"WARNING",
			[2]string{"Www-Authenticate", "Bearer"},
		},
		{
			"too_many", fault.New(fault.TooMany, "op", ""),
			problem{Type: "about:blank", Title: "Too Many Requests", Status: 429, Detail: "too many requests"},
			"WARNING",
			[2]string{"Retry-After", "1"},
		},
		{
			"upstream_hides_its_cause", fault.Wrap(fault.Upstream, "op", errors.New("cause")),
			problem{Type: "about:blank", Title: "Bad Gateway", Status: 502, Detail: "the order platform or a provider did not answer as agreed; try again later"},
			"ERROR",
			[2]string{},
		},
		{
			"deadline", context.DeadlineExceeded,
			problem{Type: "about:blank", Title: "Service Unavailable", Status: 503, Detail: "temporarily unavailable; try again later"},
			"ERROR",
			[2]string{"Retry-After", "1"},
		},
		{
			"plain", errors.New("cause"),
			problem{Type: "about:blank", Title: "Internal Server Error", Status: 500, Detail: "internal error"},
			"ERROR",
			[2]string{},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, body, line := serve(t, httpx.Options{Route: "x"}, request(t, http.MethodPost, "/", ""),
				func(http.ResponseWriter, *http.Request) error { return tc.err })
			var got problem
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
			if resp.StatusCode != tc.want.Status || resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
			}
			if name, want := tc.header[0], tc.header[1]; name != "" && resp.Header.Get(name) != want {
				t.Errorf("%s: got %q, want %q", name, resp.Header.Get(name), want)
			}
			if line["severity"] != tc.level || line["kind"] != fault.KindOf(tc.err).String() || line["error"] != tc.err.Error() {
				t.Errorf("got line %v, want level %s and the error", line, tc.level)
			}
		})
	}
}

// A call of ours that was cancelled is the caller's doing only if the caller is gone.
func TestServeKnowsWhoCancelled(t *testing.T) {
	t.Parallel()

	cancelled := map[string]error{"context": context.Canceled, "reset_connection": fault.Wrap(fault.Canceled, "store.Account", errors.New("rst stream"))}
	for name, err := range cancelled {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			gone, leave := context.WithCancel(t.Context())
			leave()

			fails := func(http.ResponseWriter, *http.Request) error { return err }
			there := request(t, http.MethodPost, "/", "")

			resp, _, line := serve(t, httpx.Options{Route: "x"}, there, fails)
			if resp.StatusCode != http.StatusServiceUnavailable || line["severity"] != "ERROR" {
				t.Errorf("a caller who waits: got %d, line %v", resp.StatusCode, line)
			}

			resp, _, line = serve(t, httpx.Options{Route: "x"}, there.WithContext(gone), fails)
			if resp.StatusCode != 499 || line["severity"] != "WARNING" {
				t.Errorf("a caller who is gone: got %d, line %v", resp.StatusCode, line)
			}
		})
	}
}

func TestServeLogsOneLineWithoutTheURL(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	r := request(t, http.MethodPost, "/gupshup/"+marker+"?token="+marker, "12345")
	r.Header.Set("Authorization", marker)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, _, line := serve(t, httpx.Options{Route: "webhook", Clock: c}, r, func(w http.ResponseWriter, _ *http.Request) error {
		c.Advance(1500 * time.Microsecond)
		return httpx.WriteJSON(w, http.StatusAccepted, map[string]int{"n": 1})
	})
	delete(line, "time")
	want := map[string]any{
		"severity": "INFO", "message": "request", "route": "webhook", "method": "POST", "status": 202.0, "duration_ms": 1.5,
		"bytes_in": 5.0, "bytes_out": 8.0, "logging.googleapis.com/trace": "0af7651916cd43dd8448eb211c80319c",
		"logging.googleapis.com/spanId": "b7ad6b7169203331",
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestHandledIsTheRequestsLine(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Invalid, "", "no")
	for _, tt := range []struct {
		name    string
		err     error
		message string
		result  any
	}{
		{"handled", nil, "handled", "accepted"},
		{"failed_after_all", refused, "request", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, line := serve(t, httpx.Options{Route: "notify"}, request(t, http.MethodPost, "/", "{}"), func(_ http.ResponseWriter, r *http.Request) error {
				httpx.Handled(r.Context(), slog.String("result", "accepted"))
				httpx.Handled(t.Context(), slog.String("result", "of a context that is not Serve's"))
				return tt.err
			})
			if line["message"] != tt.message || line["result"] != tt.result || line["route"] != "notify" || line["status"] == nil {
				t.Errorf("got line %v, want message %q, result %v, and what every line has", line, tt.message, tt.result)
			}
		})
	}
}

func TestServeDoesNotLogACallersMethod(t *testing.T) {
	t.Parallel()
	_, _, line := serve(t, httpx.Options{}, request(t, marker, "/", ""), func(w http.ResponseWriter, r *http.Request) error {
		return httpx.RequireMethod(w, r, http.MethodPost)
	})
	if line["method"] != "other" || line["status"] != 405.0 {
		t.Errorf("got line %v, want method other and 405", line)
	}
}

func TestServeRecoversPanics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		do       func()
		wantText string
	}{
		{"a_value_is_not_logged", func() { panic(marker) }, "panic: a value that is not a runtime error"},
		{"an_error_is_not_logged", func() { panic(errors.New(marker)) }, "panic: a value that is not a runtime error"},
		{"a_runtime_error_is", func() { nothing := []int{}; _ = nothing[len(t.Name())] }, "panic: runtime error: index out of range [23] with length 0"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, body, line := serve(t, httpx.Options{}, request(t, http.MethodGet, "/", ""),
				func(http.ResponseWriter, *http.Request) error { tc.do(); return nil })
			if resp.StatusCode != http.StatusInternalServerError {
				t.Errorf("got %d, want 500", resp.StatusCode)
			}
			if line["error"] != tc.wantText {
				t.Errorf("got error %q, want %q", line["error"], tc.wantText)
			}
			stack, _ := line["stack"].(string)
			if !strings.Contains(stack, "TestServeRecoversPanics") {
				t.Errorf("the stack does not show the place: %q", stack)
			}
			if all := body + stack; strings.Contains(all, marker) {
				t.Error("the panic's value is in the answer or the log")
			}
		})
	}
}

func TestServeLetsAnAbortThrough(t *testing.T) {
	t.Parallel()
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // the very value that net/http compares
			t.Errorf("got panic %v, want http.ErrAbortHandler", v)
		}
	}()
	httpx.Serve(httpx.Options{Logger: slog.New(slog.DiscardHandler)}, func(http.ResponseWriter, *http.Request) error {
		panic(http.ErrAbortHandler)
	})(httptest.NewRecorder(), request(t, http.MethodGet, "/", ""))
}

func TestServeErrorAfterTheAnswer(t *testing.T) {
	t.Parallel()
	resp, body, line := serve(t, httpx.Options{}, request(t, http.MethodGet, "/", ""), func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusCreated)
		return errors.New("too late")
	})
	if resp.StatusCode != http.StatusCreated || body != "" {
		t.Errorf("got %d %q, want 201 and nothing added", resp.StatusCode, body)
	}
	if line["answered_before_error"] != true || line["severity"] != "ERROR" {
		t.Errorf("got line %v, want it to say that the answer had gone out", line)
	}
}

func TestServeAnswersByKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		err   error
		want  int
		level string
	}{
		{"nil", nil, 200, "INFO"},
		{"conflict", fault.New(fault.Conflict, "op", ""), 409, "WARNING"},
		{"invalid", fault.Field("message.data", "is not base64"), 400, "WARNING"},
		{"unavailable", fault.New(fault.Unavailable, "op", ""), 503, "ERROR"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, _, line := serve(t, httpx.Options{}, request(t, http.MethodPost, "/", ""),
				func(http.ResponseWriter, *http.Request) error { return tc.err })
			if resp.StatusCode != tc.want || line["severity"] != tc.level {
				t.Errorf("got %d %v, want %d %s", resp.StatusCode, line["severity"], tc.want, tc.level)
			}
		})
	}
}

func TestServeSetsDeadlineAndHeaders(t *testing.T) {
	t.Parallel()
	resp, _, _ := serve(t, httpx.Options{Timeout: time.Minute}, request(t, http.MethodGet, "/", ""), func(w http.ResponseWriter, r *http.Request) error {
		if d, ok := r.Context().Deadline(); !ok || time.Until(d) > time.Minute || time.Until(d) < 30*time.Second {
			t.Errorf("got deadline %v, %v, want one within a minute", d, ok)
		}
		httpx.NoContent(w)
		return nil
	})
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := httpx.WriteJSON(w, http.StatusOK, map[string]string{"a": "<b> & c"}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Body.String(), "{\"a\":\"<b> & c\"}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := w.Header().Get("Content-Length"); got != "16" {
		t.Errorf("got length %s, want 16", got)
	}
	w = httptest.NewRecorder()
	if err := httpx.WriteJSON(w, http.StatusOK, func() {}); !fault.Is(err, fault.Internal) || w.Body.Len() > 0 {
		t.Errorf("got %v and %q written, want an internal error and nothing", err, w.Body)
	}
}

func TestRequireMethod(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := httpx.RequireMethod(w, request(t, http.MethodPut, "/", ""), http.MethodGet, http.MethodPost); !fault.Is(err, fault.MethodNotAllowed) {
		t.Errorf("got %v, want method_not_allowed", err)
	}
	if got := w.Header().Get("Allow"); got != "GET, POST" {
		t.Errorf("Allow: got %q, want GET, POST", got)
	}
	if err := httpx.RequireMethod(w, request(t, http.MethodPost, "/", ""), http.MethodPost); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	const portal = "https://portal.example.com"
	tests := []struct {
		name    string
		method  string
		origin  string
		asks    string
		want    int
		allowed string
		methods string
	}{
		{"plain", http.MethodGet, portal, "", http.StatusTeapot, portal, ""},
		{"no_origin", http.MethodGet, "", "", http.StatusTeapot, "", ""},
		{"foreign", http.MethodPost, "https://evil.example", "", http.StatusTeapot, "", ""},
		{"prefix", http.MethodGet, portal + ".evil.example", "", http.StatusTeapot, "", ""},
		{"other_scheme", http.MethodGet, "http://portal.example.com", "", http.StatusTeapot, "", ""},
		{"null", http.MethodGet, "null", "", http.StatusTeapot, "", ""},
		{"star", http.MethodGet, "*", "", http.StatusTeapot, "", ""},
		{"preflight", http.MethodOptions, portal, "POST", http.StatusNoContent, portal, "GET, POST"},
		{"preflight_foreign", http.MethodOptions, "https://evil.example", "POST", http.StatusNoContent, "", ""},
		{"options_without_preflight", http.MethodOptions, portal, "", http.StatusTeapot, portal, ""},
	}
	wrap := httpx.CORS([]string{" " + portal + " ", "*", "null", ""}, http.MethodGet, http.MethodPost)
	handler := wrap(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := request(t, tc.method, "/", "")
			if tc.origin != "" {
				r.Header.Set("Origin", tc.origin)
			}
			if tc.asks != "" {
				r.Header.Set("Access-Control-Request-Method", tc.asks)
			}
			w := httptest.NewRecorder()
			handler(w, r)
			h := w.Header()
			if w.Code != tc.want || h.Get("Access-Control-Allow-Origin") != tc.allowed || h.Get("Access-Control-Allow-Methods") != tc.methods {
				t.Errorf("got %d %v, want %d, origin %q, methods %q", w.Code, h, tc.want, tc.allowed, tc.methods)
			}
			if h.Values("Vary")[0] != "Origin" {
				t.Errorf("Vary: got %v, want Origin", h.Values("Vary"))
			}
			if h.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed")
			}
			preflight := tc.want == http.StatusNoContent
			if got := h.Get("Access-Control-Allow-Headers"); preflight && tc.allowed != "" && got != "Authorization, Content-Type, If-Match" {
				t.Errorf("headers that a page may send: got %q", got)
			}
			if got := h.Get("Access-Control-Expose-Headers"); !preflight && got != "Content-Disposition, Etag, Retry-After" {
				t.Errorf("headers that a page may read: got %q", got)
			}
		})
	}
}
