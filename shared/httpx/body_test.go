package httpx_test

import (
	"bufio"
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

// patience bounds a wait; it is reached only when the test fails.
const patience = 10 * time.Second

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
	const timeout = 3 * time.Second // both bodies have to be read within it
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
	time.Sleep(timeout + 100*time.Millisecond) // the deadline is the kernel's, no clock can be injected
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
