package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// farOff is far longer than anything here takes.
const farOff = time.Minute

// TestFrontClosesHalfOpenConnections holds that a connection is closed on which no request, half of a header, or nothing after
// a whole request comes, while a body may come as slowly as the function lets it.
func TestFrontClosesHalfOpenConnections(t *testing.T) {
	t.Parallel()
	const header = 3 * time.Second // those that are whole have to be read within it
	addr := startFront(t, limits{header: header, idle: 50 * time.Millisecond})
	const request = "POST / HTTP/1.1\r\nHost: orders.example.com\r\nX-Forwarded-For: 192.0.2.7\r\nContent-Length: 4\r\n\r\n"
	for name, sent := range map[string]string{
		"nothing":       "",
		"half a header": request[:len(request)-20],
		"idle":          request + "body",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := open(t, addr)
			write(t, conn, sent)
			if _, err := io.ReadAll(conn); err != nil {
				t.Errorf("got %v, want that the connection is closed", err)
			}
		})
	}
	t.Run("slow body", func(t *testing.T) {
		t.Parallel()
		conn := open(t, addr)
		write(t, conn, request+"bo")
		time.Sleep(header + 100*time.Millisecond)
		write(t, conn, "dy")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if want := "orders.example.com 192.0.2.7, 127.0.0.1 body"; string(got) != want {
			t.Errorf("the function was asked %q, want %q", got, want)
		}
	})
}

// startFront starts a front before a function that answers what it was asked: host, callers' addresses, body.
func startFront(t *testing.T, l limits) (addr string) {
	t.Helper()
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the function's body: %v", err)
		}
		_, _ = io.WriteString(w, r.Host+" "+r.Header.Get("X-Forwarded-For")+" "+string(body))
	}))
	t.Cleanup(function.Close)
	target, err := url.Parse(function.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := front(target, l, "")
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", address(0))
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

func open(t *testing.T, addr string) net.Conn {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err = conn.SetDeadline(time.Now().Add(farOff)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func write(t *testing.T, conn net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(conn, s); err != nil {
		t.Fatal(err)
	}
}
