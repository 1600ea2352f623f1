package rig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// everyPoint lists all points.
var everyPoint = []Point{FailBefore, FailAfter, DieBefore, DieAfter, StallBefore, StallAfter}

// FailCallback returns a fault that has Gupshup accept a message and report its failure with the code, once.
func FailCallback(code int) *simulator.Fault {
	return &simulator.Fault{
		System: "gupshup",
		Mode:   chaos.FailCallback,
		Code:   code,
		Times:  1,
	}
}

// SendPath is the name of the call that posts a message to Gupshup.
const SendPath = "HTTP POST /sim/gupshup/wa/api/v1/template/msg"

// errDead is what every call of a dead worker gets; nothing of it reaches the cloud.
var errDead = status.Error(codes.PermissionDenied, "the worker is dead")

// Point is where and how a fault strikes a call.
type Point int

// A call fails, kills its worker, or takes long, in each case before it reaches the other side or after. A stalled worker goes
// on afterwards as if nothing had happened.
const (
	FailBefore Point = iota
	FailAfter
	DieBefore
	DieAfter
	StallBefore
	StallAfter
)

func (p Point) String() string {
	return [...]string{"error before", "error after", "death before", "death after", "stall before", "stall after"}[p]
}

// Faults sees every call of a worker, in order, and strikes one of them.
type Faults struct {
	mu    sync.Mutex
	on    bool
	calls []string
	at    int
	point Point
	armed bool
	dead  bool
	// prefix, when set, is how the name of the struck call begins; at does not count then.
	prefix string
	// then runs once, in the struck call, before the fault takes effect.
	then func()
	// watch, if set, is told of every call before it is made; see [Faults.Watch].
	watch func(Call)
}

// Record starts to list the calls.
func (f *Faults) Record() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.on, f.calls = true, nil
}

// Recorded returns the calls since Record, and stops listing them.
func (f *Faults) Recorded() []string {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.on = false
	return f.calls
}

// Strike makes the n-th call from now, from 0, fail at the point; then, if not nil, runs within the call.
func (f *Faults) Strike(n int, p Point, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.arm(p, then)
	f.at = n
	f.prefix = ""
}

// StrikeFirst makes the first call from now fail whose name begins with prefix.
func (f *Faults) StrikeFirst(prefix string, p Point, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.arm(p, then)
	f.prefix = prefix
}

// arm makes a call from now on fail at the point; the caller holds the lock, and says which call it is.
func (f *Faults) arm(p Point, then func()) {
	f.on = true
	f.calls = nil
	f.point = p
	f.armed = true
	f.then = then
}

// enter notes a call, and returns whether and how it is struck.
func (f *Faults) enter(name string) (dead, struck bool, p Point, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return true, false, 0, nil
	}
	if !f.on {
		return false, false, 0, nil
	}

	n := len(f.calls)
	f.calls = append(f.calls, name)
	if !f.armed || f.prefix == "" && n != f.at || !strings.HasPrefix(name, f.prefix) {
		return false, false, 0, nil
	}

	f.armed = false
	if f.point == DieBefore {
		f.dead = true
	}

	return false, true, f.point, f.then
}

func (f *Faults) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// Die makes every later call of the worker fail.
func (f *Faults) Die() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.dead = true
}

// around runs a call with its fault. The errors are of kinds that client libraries do not retry, so that our protocol has to
// deal with them.
func (f *Faults) around(name string, call func() error, lost error) error {
	dead, struck, p, then := f.enter(name)
	if dead {
		return errDead
	}
	if !struck {
		return call()
	}
	if p == FailBefore || p == DieBefore || p == StallBefore {
		if then != nil {
			then()
		}

		switch p {
		case DieBefore:
			return errDead
		case StallBefore:
			return call()
		default:
			return lost
		}
	}

	err := call()
	if p == DieAfter {
		f.Die()
	}
	if then != nil {
		then()
	}
	if err != nil || p == StallAfter {
		return err
	}
	if p == DieAfter {
		return errDead
	}

	return lost
}

func (f *Faults) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	f.about(method, req)

	return f.around(method, func() error { return invoker(ctx, method, req, reply, cc, opts...) }, status.Error(codes.Internal, "injected"))
}

// stream treats a server stream as one call, struck when it is opened.
func (f *Faults) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	dead, struck, p, then := f.enter(method)
	if dead {
		return nil, errDead
	}
	if !struck {
		return streamer(ctx, desc, cc, method, opts...)
	}
	if then != nil {
		then()
	}
	if p == DieAfter {
		f.Die()
	}

	switch p {
	case DieBefore, DieAfter:
		return nil, errDead // a read has no effect: before and after are the same
	case StallBefore, StallAfter:
		return streamer(ctx, desc, cc, method, opts...)
	default:
		return nil, status.Error(codes.Internal, "injected")
	}
}

// faultyTransport carries the worker's calls of provider and platform through its faults.
type faultyTransport struct {
	faults *Faults
	clock  clock.Clock
	next   http.RoundTripper
	// refused has connections to providers be refused.
	refused *atomic.Bool
}

// nobody is an address at which nobody listens.
const nobody = "127.0.0.1:1"

var errInjected = errors.New("injected: the connection broke")

func (t *faultyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.faults.about("HTTP "+req.Method+" "+req.URL.Path, nil)

	var resp *http.Response
	began := t.clock.Now()
	err := t.faults.around("HTTP "+req.Method+" "+req.URL.Path, func() error {
		// A worker that stalls for longer than its request may take finds the request's deadline over when it comes back.
		if t.clock.Now().Sub(began) > 10*time.Second {
			return context.DeadlineExceeded
		}
		if t.refused.Load() && strings.HasPrefix(req.URL.Path, "/sim/") && !strings.HasPrefix(req.URL.Path, "/sim/platform/") {
			req = req.Clone(req.Context())
			req.URL.Host = nobody
		}
		var err error
		resp, err = t.next.RoundTrip(req) //nolint:bodyclose // closed below, or by the caller

		return err
	}, errInjected)
	if err != nil {
		if resp != nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		return nil, err
	}

	return resp, nil
}
