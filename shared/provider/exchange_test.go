package provider_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// post is a send whose URL, header and body must show in no error.
func post(t *testing.T, target string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target+"/send?k=PRIVATE", strings.NewReader("PRIVATE"))
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	req.Header.Set("Authorization", "PRIVATE")
	return req
}

// idFromBody takes the whole body as the message's id.
func idFromBody(_ int, _ http.Header, body []byte) (provider.Receipt, error) {
	return provider.Receipt{ID: string(body)}, nil
}

func TestDoReadsTheAnswer(t *testing.T) {
	t.Parallel()
	refused := &provider.SendError{Failure: message.Failure{Class: message.ClassRecipient, Code: "7"}, HTTPStatus: 418}
	tests := []struct {
		name    string
		read    func(int, http.Header, []byte) (provider.Receipt, error)
		want    provider.Receipt
		wantErr *provider.SendError
	}{
		{name: "receipt", read: idFromBody, want: provider.Receipt{ID: "m1"}},
		{
			name: "status_and_header",
			read: func(status int, h http.Header, _ []byte) (provider.Receipt, error) {
				return provider.Receipt{ID: fmt.Sprint(status, h.Get("X-Test"))}, nil
			},
			want: provider.Receipt{ID: "418yes"},
		},
		{
			name: "refusal_even_wrapped",
			read: func(int, http.Header, []byte) (provider.Receipt, error) {
				return provider.Receipt{}, fmt.Errorf("x: %w", refused)
			},
			wantErr: refused,
		},
		{
			name: "other_error",
			read: func(int, http.Header, []byte) (provider.Receipt, error) {
				return provider.Receipt{ID: "x"}, errors.New("PRIVATE")
			},
			wantErr: &provider.SendError{Failure: message.Failure{Class: message.ClassUnknown}, HTTPStatus: 418},
		},
		{
			name:    "no_id",
			read:    func(int, http.Header, []byte) (provider.Receipt, error) { return provider.Receipt{}, nil },
			wantErr: &provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}, HTTPStatus: 418},
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != "PRIVATE" {
			t.Errorf("server got %q, %v", body, err)
		}
		w.Header().Set("X-Test", "yes")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "m1")
	}))
	t.Cleanup(server.Close)
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := provider.Do(t.Context(), server.Client(), post(t, server.URL), tc.read)
			if tc.wantErr == nil && err != nil {
				t.Fatalf("got %v", err)
			}
			if tc.wantErr != nil {
				if diff := cmp.Diff(error(tc.wantErr), err); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("receipt (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDoOnReusedConnections has a server hang up after a request on a connection that has served one before: the case
// in which clients are tempted to send again.
func TestDoOnReusedConnections(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) == 1 {
			_, _ = io.WriteString(w, "m1")
			return
		}
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(server.Close)
	if got, err := provider.Do(t.Context(), server.Client(), post(t, server.URL), idFromBody); err != nil || got.ID != "m1" {
		t.Fatalf("first: got %v, %v", got, err)
	}
	_, err := provider.Do(t.Context(), server.Client(), post(t, server.URL), idFromBody)
	if got := provider.ClassOf(err); got != message.ClassUnknown {
		t.Errorf("second: got %s, %v, want %s", got, err, message.ClassUnknown)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("got %d requests, want 2", n)
	}
}

// transport is a transport made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestDoTrustsOnlyWhatItSaw(t *testing.T) {
	t.Parallel()
	broken := fmt.Errorf("PRIVATE: %w", syscall.ECONNREFUSED)
	tests := []struct {
		name string
		trip transport
		want *provider.SendError
	}{
		{
			name: "transport_reports_nothing",
			trip: func(*http.Request) (*http.Response, error) { return nil, broken },
			want: &provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoAnswer}, Err: syscall.ECONNREFUSED},
		},
		{
			name: "no_connection",
			trip: func(req *http.Request) (*http.Response, error) {
				httptrace.ContextClientTrace(req.Context()).GetConn("x:443")
				return nil, broken
			},
			want: &provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: provider.CodeNotSent}, Err: syscall.ECONNREFUSED},
		},
		{
			name: "connection",
			trip: func(req *http.Request) (*http.Response, error) {
				trace := httptrace.ContextClientTrace(req.Context())
				trace.GetConn("x:443")
				trace.GotConn(httptrace.GotConnInfo{})
				return nil, broken
			},
			want: &provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoAnswer}, Err: syscall.ECONNREFUSED},
		},
		{
			name: "fresh_body_over_http1",
			trip: func(req *http.Request) (*http.Response, error) {
				httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
				body, err := req.GetBody()
				if err != nil {
					return nil, err
				}
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body}, nil
			},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := provider.Do(t.Context(), &http.Client{Transport: tc.trip}, post(t, "http://x.test"), idFromBody)
			if tc.want == nil {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if !same(tc.want, err) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func same(want *provider.SendError, err error) bool {
	got, ok := errors.AsType[*provider.SendError](err)
	return ok && got.Class == want.Class && got.Code == want.Code && errors.Is(got.Err, want.Err)
}

// TestDoOverHTTP2 has a server refuse the stream, after which net/http would send again by itself.
func TestDoOverHTTP2(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	got, err := provider.Do(t.Context(), server.Client(), post(t, server.URL), idFromBody)
	if err != nil || got.ID != "HTTP/2.0" {
		t.Fatalf("got %v, %v, want an answer over HTTP/2", got, err)
	}
	again := transport(func(req *http.Request) (*http.Response, error) {
		resp, failure := server.Client().Transport.RoundTrip(req)
		if failure != nil {
			return nil, failure
		}
		_ = resp.Body.Close()
		if _, failure = req.GetBody(); failure != nil {
			return nil, failure
		}
		return nil, errors.New("was given the body a second time")
	})
	_, err = provider.Do(t.Context(), &http.Client{Transport: again}, post(t, server.URL), idFromBody)
	if provider.ClassOf(err) != message.ClassUnknown || !strings.Contains(err.Error(), "sent once") {
		t.Errorf("got %v, want an unknown outcome because a request is sent once", err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("got %d requests, want 2", n)
	}
}

func TestDoScrubs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"deadline", context.DeadlineExceeded, "context deadline exceeded"},
		{"canceled", context.Canceled, "context canceled"},
		{"refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection refused"},
		{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, "connection reset by peer"},
		{"dns", &net.DNSError{Err: "PRIVATE", Name: "PRIVATE.test"}, "host not found"},
		{"tls", tls.AlertError(40), "no secure connection"},
		{"timeout", timeoutError{}, "timed out"},
		{"other", errors.New("malformed answer PRIVATE"), "connection failed"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return nil, tc.err })}
			_, err := provider.Do(t.Context(), client, post(t, "http://x.test"), idFromBody)
			if want := "provider: unknown code no_answer: " + tc.want; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

type timeoutError struct{}

func (timeoutError) Error() string { return "PRIVATE" }
func (timeoutError) Timeout() bool { return true }

func TestFetchTakesLongerAnswers(t *testing.T) {
	t.Parallel()
	size := 2 << 20
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", size))
	}))
	t.Cleanup(server.Close)
	got, err := provider.Fetch(t.Context(), server.Client(), post(t, server.URL))
	if err != nil || got.Status != http.StatusOK || len(got.Body) != size {
		t.Errorf("fetch: got %d bytes, HTTP %d, %v, want %d", len(got.Body), got.Status, err, size)
	}
	_, err = provider.Do(t.Context(), server.Client(), post(t, server.URL), idFromBody)
	if e, ok := errors.AsType[*provider.SendError](err); !ok || e.Code != provider.CodeLongAnswer {
		t.Errorf("send: got %v, want code %s", err, provider.CodeLongAnswer)
	}
}

func TestDoLeavesTheClientAlone(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "m") }))
	t.Cleanup(server.Close)
	client := server.Client()
	if _, err := provider.Do(t.Context(), client, post(t, server.URL), idFromBody); err != nil {
		t.Fatalf("got %v", err)
	}
	if client.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}
