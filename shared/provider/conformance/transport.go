package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// line is what a server of the tests does with a connection once it has read a request.
type line struct {
	name  string
	reply func(conn net.Conn)
	want  message.Class
	// early: the connection is closed before the request is read, so it may or may not have left.
	early bool
}

// echoed stands for words of an answer that must not reach an error.
const echoed = "WORDSOFTHEANSWER"

func lines() []line {
	write := func(text string) func(net.Conn) {
		return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
	}

	return []line{
		{name: "closed_before_the_request", early: true, want: message.ClassUnknown},
		{name: "closed_after_the_request", reply: func(net.Conn) {}, want: message.ClassUnknown},
		{name: "reset_after_the_request", reply: reset, want: message.ClassUnknown},
		{name: "not_http", reply: write(echoed + "\r\n\r\n"), want: message.ClassUnknown},
		{name: "cut_header", reply: write("HTTP/1.1 200 OK\r\nContent-Le"), want: message.ClassUnknown},
		{
			name:  "cut_body",
			reply: write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"status\":"),
			want:  message.ClassUnknown,
		},
		{
			name:  "cut_refusal",
			reply: write("HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n{\"status\":"),
			want:  message.ClassUnknown,
		},
		{
			name:  "cut_chunks",
			reply: write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"st"),
			want:  message.ClassUnknown,
		},
		{
			name: "endless",
			reply: func(conn net.Conn) {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
				for block := make([]byte, 64<<10); ; {
					if _, err := conn.Write(block); err != nil {
						return
					}
				}
			},
			want: message.ClassUnknown,
		},
		{
			name:  "redirected",
			reply: write("HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
			want:  message.ClassUnknown,
		},
	}
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// transport sends a real request over connections that break in every way.
func (s Suite) transport(t *testing.T) {
	t.Parallel()

	sender := s.sender(t)
	for _, l := range lines() {
		t.Run(l.name, func(t *testing.T) { s.broken(t, sender, l) })
	}

	t.Run("taken", func(t *testing.T) {
		t.Parallel()

		a := s.Accepted[0]
		address := listen(t, func(conn net.Conn) {
			if readRequest(conn) == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n%s", a.Status, len(a.Body), a.Body)
			}
		})
		receipt, err := s.send(t, sender, "http", address)
		if err != nil || receipt.ID != a.ID {
			t.Errorf("got %q, %v, want %q", receipt.ID, err, a.ID)
		}
	})
	t.Run("nobody_there", func(t *testing.T) {
		t.Parallel()
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}

		_ = listener.Close()
		_, err = s.send(t, sender, "http", listener.Addr().String())
		s.check(t, err, message.ClassTransient)
	})
	t.Run("no_tls", func(t *testing.T) {
		t.Parallel()
		address := listen(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
		_, err := s.send(t, sender, "https", address)
		s.check(t, err, message.ClassTransient)
	})
	t.Run("given_up", s.givenUp)
}

// broken sends over one such connection: once, whatever happens.
func (s Suite) broken(t *testing.T, sender provider.TemplateSender, l line) {
	t.Helper()
	t.Parallel()
	var requests atomic.Int32
	address := listen(t, func(conn net.Conn) {
		if !l.early && readRequest(conn) == nil {
			requests.Add(1)
			l.reply(conn)
		}
	})
	_, err := s.send(t, sender, "http", address)
	s.check(t, err, l.want)
	if n := requests.Load(); n > 1 || !l.early && n != 1 {
		t.Errorf("got %d requests, want one", n)
	}
}

// givenUp ends the caller's context before the send, and while the provider thinks.
func (s Suite) givenUp(t *testing.T) {
	t.Parallel()
	sender := s.sender(t)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var requests atomic.Int32

	address := listen(t, func(conn net.Conn) {
		if readRequest(conn) == nil {
			requests.Add(1)
			cancel()

			_, _ = io.Copy(io.Discard, conn) // until the other side hangs up
		}
	})
	for _, want := range []message.Class{message.ClassUnknown, message.ClassTransient} {
		req := s.request(t, sender, "http", address)
		_, err := provider.Do(ctx, s.client(), req, sender.ReadReceipt)
		s.check(t, err, want)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want it to wrap %v", err, context.Canceled)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("got %d requests, want one", n)
	}
}

func (s Suite) check(t *testing.T, err error, want message.Class) {
	t.Helper()

	e, ok := errors.AsType[*provider.SendError](err)
	if !ok || e.Class != want {
		t.Fatalf("got %v, want class %s", err, want)
	}

	s.witness(echoed).see(t, err)
}

func (s Suite) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

// request is the first template's, turned to another host.
func (s Suite) request(t *testing.T, sender provider.TemplateSender, scheme, host string) *http.Request {
	t.Helper()
	req, err := sender.BuildTemplate(t.Context(), s.App, s.Templates[0].Message)
	if err != nil {
		t.Fatalf("build: %v", err)
	}

	req.URL = &url.URL{
		Scheme:   scheme,
		Host:     host,
		Path:     req.URL.Path,
		RawQuery: req.URL.RawQuery,
	}
	req.Host = host

	return req
}

func (s Suite) send(
	t *testing.T, sender provider.TemplateSender, scheme, host string,
) (provider.Receipt, error) {
	t.Helper()
	return provider.Do(t.Context(), s.client(), s.request(t, sender, scheme, host), sender.ReadReceipt)
}

// listen serves each connection with handle, closes it afterwards, and is gone when the test is.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	done := make(chan struct{})
	go func() {
		defer close(done)

		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			handle(conn)
			_ = conn.Close()
		}
	}()

	t.Cleanup(func() {
		_ = listener.Close()

		<-done
	})

	return listener.Addr().String()
}

// readRequest reads one whole request.
func readRequest(conn net.Conn) error {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return err
	}

	_, err = io.Copy(io.Discard, req.Body)

	return err
}
