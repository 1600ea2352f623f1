package httpx_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

func TestReadBody(t *testing.T) {
	t.Parallel()
	const limit = 10
	unknownLength := func(s string) *http.Request {
		r := request(t, http.MethodPost, "/", s)
		r.ContentLength = -1
		return r
	}
	compressed := request(t, http.MethodPost, "/", "x")
	compressed.Header.Set("Content-Encoding", "gzip")
	identity := request(t, http.MethodPost, "/", "x")
	identity.Header.Set("Content-Encoding", "identity")
	cut := request(t, http.MethodPost, "/", "")
	cut.Body = io.NopCloser(io.MultiReader(strings.NewReader("ab"), failing{io.ErrUnexpectedEOF}))
	broken := request(t, http.MethodPost, "/", "")
	broken.Body = io.NopCloser(failing{errors.New("connection reset")})
	tests := []struct {
		name string
		r    *http.Request
		want string
		kind fault.Kind
	}{
		{"empty", request(t, http.MethodPost, "/", ""), "", -1},
		{"at_the_limit", request(t, http.MethodPost, "/", "0123456789"), "0123456789", -1},
		{"at_the_limit_unknown_length", unknownLength("0123456789"), "0123456789", -1},
		{"over_declared", request(t, http.MethodPost, "/", "0123456789a"), "", fault.TooLarge},
		{"over_unknown_length", unknownLength("0123456789a"), "", fault.TooLarge},
		{"compressed", compressed, "", fault.UnsupportedMediaType},
		{"identity", identity, "x", -1},
		{"cut", cut, "", fault.Invalid},
		{"broken", broken, "", fault.Invalid},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := httpx.ReadBody(httptest.NewRecorder(), tc.r, limit)
			if tc.kind >= 0 {
				if !fault.Is(err, tc.kind) {
					t.Errorf("got %v, want %v", err, tc.kind)
				}
				return
			}
			if err != nil || string(got) != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestUnsentBodyEndsWithTheDeadline has a caller who announces a body and never sends it, on a real connection. Both
// the handler that waits for it and the one that refuses it unread must answer.
func TestUnsentBodyEndsWithTheDeadline(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		h    httpx.Handler
		want int
	}{
		{"read", func(w http.ResponseWriter, r *http.Request) error {
			_, err := httpx.ReadBody(w, r, 100)
			return err
		}, http.StatusRequestTimeout},
		{"refused_unread", func(w http.ResponseWriter, r *http.Request) error {
			return httpx.RequireMethod(w, r, http.MethodGet)
		}, http.StatusMethodNotAllowed},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(httpx.Serve(httpx.Options{Logger: slog.New(slog.DiscardHandler), Timeout: 50 * time.Millisecond}, tc.h))
			t.Cleanup(srv.Close)
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if err = conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if _, err = fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab"); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != tc.want {
				t.Errorf("got %d, want %d", resp.StatusCode, tc.want)
			}
		})
	}
}

// TestReadBodyLeavesTheConnectionUsable reads two bodies on one connection, the second after the first's deadline.
func TestReadBodyLeavesTheConnectionUsable(t *testing.T) {
	t.Parallel()
	const timeout = 50 * time.Millisecond
	srv := httptest.NewServer(httpx.Serve(httpx.Options{Logger: slog.New(slog.DiscardHandler), Timeout: timeout},
		func(w http.ResponseWriter, r *http.Request) error {
			body, err := httpx.ReadBody(w, r, 100)
			if err != nil {
				return err
			}
			return httpx.WriteBytes(w, http.StatusOK, "text/plain", []byte(r.RemoteAddr+" "+string(body)))
		}))
	t.Cleanup(srv.Close)
	post := func(body string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		from, text, _ := strings.Cut(string(got), " ")
		if text != body {
			t.Errorf("got %q, want %q", text, body)
		}
		return from
	}
	first := post("one")
	time.Sleep(2 * timeout) // the deadline is the kernel's, no clock can be injected
	if second := post("two"); second != first {
		t.Error("the connection was not kept")
	}
}

func TestRequireType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		given string
		ok    bool
	}{
		{"application/json", true},
		{"application/json; charset=utf-8", true},
		{"Application/JSON; charset=UTF-8", true},
		{"application/cloudevents+json", true},
		{"application/json; charset=latin1", false},
		{"text/plain", false},
		{"application/jsonp", false},
		{"", false},
		{";;", false},
	}
	for _, tc := range tests {
		t.Run(tc.given, func(t *testing.T) {
			t.Parallel()
			r := request(t, http.MethodPost, "/", "{}")
			r.Header.Set("Content-Type", tc.given)
			err := httpx.RequireType(r, "application/json", "+json")
			if tc.ok && err != nil {
				t.Errorf("got %v, want nil", err)
			}
			if !tc.ok && !fault.Is(err, fault.UnsupportedMediaType) {
				t.Errorf("got %v, want unsupported_media_type", err)
			}
		})
	}
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body string
		want string
	}{
		{"object", `{"a":[1,2,{"b":null}]}`, ""},
		{"brackets_in_strings", `["[[[[[[\"[[[","{{{{\\"]`, ""},
		{"at_the_depth", `[[[[1]]]]`, ""},
		{"too_deep", `[[[[[1]]]]]`, "the JSON is nested too deeply (byte 4)"},
		{"too_deep_mixed", `{"a":[{"b":[{"c":1}]}]}`, "the JSON is nested too deeply (byte 12)"},
		{"not_utf8", "{\"a\":\"\xff\"}", "the body is not UTF-8 (byte 6)"},
		{"truncated_rune", "\"\xe2\x82", "the body is not UTF-8 (byte 1)"},
		{"replacement_character_itself", "\"\uFFFD\"", ""},
		{"truncated", `{"a":` + `"` + marker, "the body is not valid JSON (byte 19)"},
		{"trailing", `{} ` + marker, "the body is not valid JSON (byte 4)"},
		{"empty", ``, "the body is not valid JSON (byte 0)"},
		{"two_values", `1 2`, "the body is not valid JSON (byte 3)"},
		{"unbalanced", `]`, "the body is not valid JSON (byte 1)"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := httpx.CheckJSON([]byte(tc.body), 4)
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || err.Error() != tc.want {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

type decoded struct {
	Name  string            `json:"name"`
	Count int8              `json:"count"`
	Price float64           `json:"price"`
	On    bool              `json:"on"`
	List  []string          `json:"list"`
	Map   map[string]string `json:"map"`
	Inner *struct {
		Deep string `json:"deep"`
	} `json:"inner"`
	Own strict `json:"own"`
}

// strict has a decoder of its own, whose error quotes the value or is one of ours.
type strict struct{}

func (s *strict) UnmarshalJSON(b []byte) error {
	if string(b) == `"ours"` {
		return fault.Field("own", "is ours")
	}
	return fmt.Errorf("bad value %s", b)
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		body  string
		field string
		msg   string
	}{
		{"good", `{"name":"a","count":1,"unknown":{"x":1}}`, "", ""},
		{"string", `{"name":5}`, "name", "must be a string"},
		{"integer", `{"count":"` + marker + `"}`, "count", "must be a whole number in range"},
		{"integer_out_of_range", `{"count":300}`, "count", "must be a whole number in range"},
		{"float", `{"price":"` + marker + `"}`, "price", "must be a number"},
		{"bool", `{"on":"` + marker + `"}`, "on", "must be true or false"},
		{"array", `{"list":{"` + marker + `":1}}`, "list", "must be an array"},
		{"object", `{"map":"` + marker + `"}`, "map", "must be an object"},
		{"nested", `{"inner":{"deep":[]}}`, "inner.deep", "must be a string"},
		{"whole_body", `["` + marker + `"]`, "", "the body must be an object"},
		{"own_decoder", `{"own":"` + marker + `"}`, "", "the body has a value of a wrong form"},
		{"own_decoder_with_a_fault", `{"own":"ours"}`, "own", "is ours"},
		{"too_deep", strings.Repeat("[", httpx.MaxDepth+1), "", fmt.Sprintf("the JSON is nested too deeply (byte %d)", httpx.MaxDepth)},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := httpx.DecodeJSON([]byte(tc.body), &decoded{})
			if tc.msg == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			field, msg := fault.Public(err)
			if !fault.Is(err, fault.Invalid) || field != tc.field || msg != tc.msg {
				t.Errorf("got %v: %q, %q, want invalid: %q, %q", err, field, msg, tc.field, tc.msg)
			}
			if strings.Contains(err.Error(), marker) {
				t.Errorf("%q quotes the input", err)
			}
		})
	}
}

func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\"",{"b":null}]}`, `[[[[[]]]]]`, "\"\xff\"", `{"a":`, ``, `"\u00zz"`, `[1,2]]`, `1e1000`, `null`} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, body []byte, depth int) {
		err := httpx.CheckJSON(body, depth)
		if err == nil && !json.Valid(body) {
			t.Error("what was checked is no JSON")
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v, want an invalid error", err)
		}
	})
}

func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{`{"name":"a","inner":{"deep":"x"}}`, `{"count":1e3}`, `{"list":[1]}`, `{"own":1}`, `[]`, `{"name":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := httpx.DecodeJSON(body, &decoded{}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v, want an invalid error", err)
		}
	})
}

func TestClient(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/moved", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/protocol", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	srv := httptest.NewUnstartedServer(mux)
	srv.EnableHTTP2 = true
	srv.Start()
	t.Cleanup(srv.Close)
	client := httpx.Client(100 * time.Millisecond)
	get := func(path string) (*http.Response, string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		return resp, string(body), err
	}
	if resp, _, err := get("/moved"); err != nil || resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("redirect: got %v, %v, want the answer itself", resp, err)
	}
	if _, body, err := get("/protocol"); err != nil || body != "HTTP/1.1" {
		t.Errorf("got %q, %v, want HTTP/1.1", body, err)
	}
	var timeout net.Error
	if _, _, err := get("/slow"); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
	transport, ok := client.Transport.(*http.Transport)
	if !ok || transport.MaxIdleConnsPerHost < 80 {
		t.Errorf("got %T keeping %d connections a host, want at least 80", client.Transport, transport.MaxIdleConnsPerHost)
	}
}

// TestClientKeepsConnections makes more calls at once than net/http would keep, twice, and counts connections.
func TestClientKeepsConnections(t *testing.T) {
	t.Parallel()
	const callers = 20
	opened := make(chan struct{}, 10*callers)
	barrier := make(chan struct{}, callers)
	release := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		barrier <- struct{}{}
		<-release
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened <- struct{}{}
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	client := httpx.Client(10 * time.Second)
	for range 2 {
		done := make(chan error, callers)
		for range callers {
			go func() { done <- get(t.Context(), client, srv.URL) }()
		}
		for range callers {
			<-barrier
		}
		for range callers {
			release <- struct{}{}
		}
		for range callers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	if n := len(opened); n != callers {
		t.Errorf("got %d connections for two rounds of %d calls, want %d", n, callers, callers)
	}
}

func get(ctx context.Context, c *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

func TestDecodeJSONRefusesNull(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		into any
		want string
	}{
		{&decoded{}, "the body must be an object"}, {&map[string]string{}, "the body must be an object"}, {&[]string{}, "the body must be an array"},
	} {
		err := httpx.DecodeJSON([]byte(" null\n"), tc.into)
		if !fault.Is(err, fault.Invalid) || err.Error() != tc.want {
			t.Errorf("into %T: got %v, want %q", tc.into, err, tc.want)
		}
	}
}
