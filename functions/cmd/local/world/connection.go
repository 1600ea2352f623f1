package world

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// settle is how long a connection that was just made gets to ask something before the server closes it at its end.
const settle = 100 * time.Millisecond

// newcomers are a server's connections on which nothing was asked yet. Clients make some that they never use: Go's dials a
// second one when all are busy, and keeps it for later if one becomes free meanwhile. Server.Shutdown takes such a
// connection for idle only when it is 5 s old, and waits until then.
type newcomers struct {
	mu      sync.Mutex
	waiting map[net.Conn]struct{}
	closed  bool
}

// track is the server's ConnState.
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

// close ends the connections on which nothing was asked, and those that come from now on.
func (n *newcomers) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for c := range n.waiting {
		_ = c.Close() // as above
	}
}

// shutdown ends a server that n tracks: it takes no new connections, and what is in flight is finished, as long as ctx
// allows.
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
