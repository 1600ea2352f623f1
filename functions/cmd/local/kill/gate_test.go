package kill_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// gate stands before the simulator, as far away as a provider is. It counts the sends that are under way, and can lose one
// on its way: the provider never hears of it, and its sender gets no answer.
type gate struct {
	next http.Handler

	mu       sync.Mutex
	underWay int
	armed    chan struct{} // closed when a send is caught
}

// catch makes the next send wait, and be lost when its sender goes away; the channel is closed once it is caught.
func (g *gate) catch() (caught <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed = make(chan struct{})
	return g.armed
}

func (g *gate) sending() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.underWay
}

func (g *gate) enter() (caught chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay++
	caught, g.armed = g.armed, nil
	return caught
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay--
}

// ServeHTTP is part of [http.Handler].
func (g *gate) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !strings.HasSuffix(req.URL.Path, "/template/msg") {
		g.next.ServeHTTP(w, req)
		return
	}
	caught := g.enter()
	defer g.leave()
	if caught == nil {
		g.next.ServeHTTP(&distant{w}, req)
		return
	}
	close(caught)
	_, _ = io.Copy(io.Discard, req.Body) // that the sender has gone is noticed only after its body was read
	<-req.Context().Done()
	panic(http.ErrAbortHandler)
}

// distance is how long an answer takes from the provider to us.
const distance = 40 * time.Millisecond

// distant is an answer with a long way to go.
type distant struct{ http.ResponseWriter }

// WriteHeader is part of [http.ResponseWriter].
func (d *distant) WriteHeader(status int) {
	time.Sleep(distance)
	d.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] cut the connection.
func (d *distant) Unwrap() http.ResponseWriter { return d.ResponseWriter }
