package world

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// settle is the time a new connection gets, while the server shuts down, to send its first request.
const settle = 100 * time.Millisecond

// newcomers tracks the server's connections that have had no request yet, so that shutdown can close them. Clients open
// connections that they never use: Go's dials a second one while all are busy, and keeps it if one becomes free first.
// Server.Shutdown treats such a connection as idle only when it is 5 s old, and waits until then.
type newcomers struct {
	mu      sync.Mutex
	waiting map[net.Conn]struct{}
	closed  bool
}

// track is the ConnState hook of the server.
func (n *newcomers) track(c net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()

	switch {
	case state != http.StateNew:
		delete(n.waiting, c)
	case n.closed:
		_ = c.Close() // nothing was asked on it, so nothing is lost
	default:
		if n.waiting == nil {
			n.waiting = map[net.Conn]struct{}{}
		}

		n.waiting[c] = struct{}{}
	}
}

// close ends the connections that have had no request, and every new one from now on.
func (n *newcomers) close() {
	n.mu.Lock()
	defer n.mu.Unlock()

	n.closed = true
	for c := range n.waiting {
		_ = c.Close() // as above
	}
}

// shutdown ends a server whose connections n tracks. New connections are refused; requests in flight are finished, as long as
// ctx allows.
func shutdown(ctx context.Context, server *http.Server, n *newcomers) error {
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(ctx) }()

	select {
	case err := <-done:
		return err
	case <-time.After(settle):
		n.close()
		return <-done
	}
}
