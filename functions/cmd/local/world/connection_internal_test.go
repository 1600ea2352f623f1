package world

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is far longer than anything here takes.
const patience = time.Minute

// TestShutdown holds that a connection on which nothing was asked is closed while a request in flight is not: that one is
// answered, and then the server has ended.
func TestShutdown(t *testing.T) {
	t.Parallel()
	var n newcomers
	begun, release := make(chan struct{}), make(chan struct{})
	server := &http.Server{ReadHeaderTimeout: patience, ConnState: n.track, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-release
		_, _ = io.WriteString(w, "answered")
	})}
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	silent, busy := dial(t, listener), dial(t, listener)
	if _, err = io.WriteString(busy, "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-begun
	n.waitFor(t, 1)
	ended := make(chan error, 1)
	go func() { ended <- shutdown(context.WithoutCancel(t.Context()), server, &n) }()
	// Shutdown itself would close it too, but not before it is 5 s old.
	asked := time.Now()
	if _, err = silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the silent connection: got %v, want that it was closed", err)
	}
	t.Logf("closed after %v", time.Since(asked))
	select {
	case err = <-ended:
		t.Fatalf("the server ended during a request: %v", err)
	default:
	}
	close(release)
	resp, err := http.ReadResponse(bufio.NewReader(busy), nil)
	if err != nil {
		t.Fatalf("the request in flight: %v", err)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "answered" {
		t.Errorf("the request in flight: got %q, %v", body, err)
	}
	if err := errors.Join(resp.Body.Close(), <-ended); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("serve: %v", err)
	}
}

// TestNewcomers holds which connections are closed: those on which nothing was asked, however young, and those that come
// too late.
func TestNewcomers(t *testing.T) {
	t.Parallel()
	var n newcomers
	ours := map[string]net.Conn{}
	theirs := map[string]net.Conn{}
	for _, name := range []string{"silent", "busy", "answered", "late"} {
		ours[name], theirs[name] = net.Pipe()
		if err := theirs[name].SetReadDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		if name != "late" {
			n.track(ours[name], http.StateNew)
		}
	}
	n.track(ours["busy"], http.StateActive)
	n.track(ours["answered"], http.StateActive)
	n.track(ours["answered"], http.StateIdle)
	n.close()
	n.track(ours["late"], http.StateNew)
	for name, want := range map[string]bool{"silent": true, "busy": false, "answered": false, "late": true} {
		_, err := theirs[name].Read(make([]byte, 1))
		if closed := errors.Is(err, io.EOF); closed != want {
			t.Errorf("%s: got %v, want closed %v", name, err, want)
		}
	}
}

// TestCloseDespiteSilentConnections holds the same of a whole world, and that a request in flight gets its answer.
func TestCloseDespiteSilentConnections(t *testing.T) {
	t.Parallel()
	w, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	w.newcomers.waitFor(t, 1)
	if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("close: %v", err)
	}
	if !w.newcomers.closed {
		t.Error("nobody closed the silent connection: the server waited until it was old")
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the silent connection: got %v, want that it was closed", err)
	}
}

func dial(t *testing.T, listener net.Listener) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// waitFor waits until that many connections are known on which nothing was asked.
func (n *newcomers) waitFor(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		n.mu.Lock()
		got := len(n.waiting)
		n.mu.Unlock()
		if got == want {
			return
		}
	}
	t.Fatalf("the server does not know of %d new connections", want)
}
