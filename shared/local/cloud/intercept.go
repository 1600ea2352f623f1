package cloud

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// err is what the caller of a call that the rule hit gets.
func (r Rule) err() error {
	code := r.Code
	if code == codes.OK || r.Mode == Cut {
		code = codes.Unavailable
	}
	return status.Errorf(code, "injected failure %s", r.ID)
}

// decide asks the rules about a call.
func (c *Cloud) decide(method string, req any) (Rule, bool) {
	if !c.rules.any.Load() {
		return Rule{}, false
	}
	return c.rules.decide(method, callNames(req))
}

// interceptUnary counts a call and applies the rules to it.
func (c *Cloud) interceptUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	method := strings.TrimPrefix(info.FullMethod, "/")
	call := c.calls.begin(method, func() []string { return callNames(req) })
	rule, hit := c.decide(method, req)
	resp, err := c.unary(ctx, req, handler, rule, hit)
	c.calls.end(call, rule.ID, status.Code(err))

	return resp, err
}

func (c *Cloud) unary(ctx context.Context, req any, handler grpc.UnaryHandler, rule Rule, hit bool) (any, error) {
	if !hit {
		return handler(ctx, req)
	}

	switch rule.Mode {
	case FailBefore:
		return nil, rule.err()
	case Delay:
		if err := clock.Wait(ctx, c.clock, rule.Delay); err != nil {
			return nil, status.FromContextError(err).Err()
		}
		return handler(ctx, req)
	case FailAfter, Cut:
	}

	// The call's own error, if any, is lost like any other answer.
	if _, err := handler(ctx, req); err != nil {
		c.logger.DebugContext(ctx, "answer lost to a rule was an error", "code", status.Code(err).String())
	}

	if rule.Mode == Cut {
		c.conns.cut(ctx)
	}

	return nil, rule.err()
}

// interceptStream counts a stream and applies the rules to it. What it is about is known with its first request.
func (c *Cloud) interceptStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	s := &stream{ServerStream: ss, cloud: c, method: strings.TrimPrefix(info.FullMethod, "/")}
	err := handler(srv, s)

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.hit && s.rule.Mode != Delay {
		if s.rule.Mode == Cut {
			c.conns.cut(ss.Context())
		}

		err = s.rule.err()
	}

	c.calls.end(s.call, s.rule.ID, status.Code(err))

	return err
}

// stream applies a rule to one stream.
type stream struct {
	grpc.ServerStream

	cloud  *Cloud
	method string

	mu    sync.Mutex // a handler may receive and send at the same time
	begun bool
	call  *Call
	rule  Rule
	hit   bool
}

// errInjected ends a handler whose stream a rule hit; the interceptor replaces it.
var errInjected = errors.New("injected failure")

// RecvMsg is part of [grpc.ServerStream].
func (s *stream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}

	s.mu.Lock()
	first := !s.begun
	if first {
		s.begun = true
		s.call = s.cloud.calls.begin(s.method, func() []string { return callNames(m) })
		s.rule, s.hit = s.cloud.decide(s.method, m)
	}

	rule, hit := s.rule, s.hit
	s.mu.Unlock()
	if !first || !hit {
		return nil
	}

	switch rule.Mode {
	case FailBefore:
		return errInjected
	case Delay:
		return clock.Wait(s.Context(), s.cloud.clock, rule.Delay)
	case FailAfter, Cut:
	}

	return nil
}

// SendMsg is part of [grpc.ServerStream]. With an answer to lose it ends the stream at the first one.
func (s *stream) SendMsg(m any) error {
	s.mu.Lock()
	lost := s.hit && (s.rule.Mode == FailAfter || s.rule.Mode == Cut)
	s.mu.Unlock()
	if lost {
		return errInjected
	}

	return s.ServerStream.SendMsg(m)
}

// connections knows the open connections, so that one can be cut.
type connections struct {
	mu   sync.Mutex
	open map[string]net.Conn
	next int
}

func newConnections() *connections { return &connections{open: map[string]net.Conn{}} }

// cut closes the connection that a call came over.
func (c *connections) cut(ctx context.Context) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return
	}

	c.mu.Lock()
	conn := c.open[p.Addr.String()]
	c.mu.Unlock()
	if conn != nil {
		_ = conn.Close() // it may be closed already, which is all that is wanted
	}
}

// track makes every connection of l known, under an address of its own.
func (c *connections) track(l net.Listener) net.Listener { return &trackedListener{l, c} }

type trackedListener struct {
	net.Listener

	all *connections
}

// Accept is part of [net.Listener].
func (l *trackedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}

	l.all.mu.Lock()
	defer l.all.mu.Unlock()

	l.all.next++
	t := &trackedConn{Conn: conn, all: l.all, addr: connAddr(conn.RemoteAddr().String() + "#" + strconv.Itoa(l.all.next))}
	l.all.open[t.addr.String()] = t

	return t, nil
}

type trackedConn struct {
	net.Conn

	all  *connections
	addr connAddr
}

// RemoteAddr is unique to this connection; in-process connections have none of their own.
func (t *trackedConn) RemoteAddr() net.Addr { return t.addr }

// Close is part of [net.Conn].
func (t *trackedConn) Close() error {
	t.all.mu.Lock()
	delete(t.all.open, t.addr.String())
	t.all.mu.Unlock()
	return t.Conn.Close()
}

type connAddr string

// Network is part of [net.Addr].
func (connAddr) Network() string { return "localcloud" }

// String is part of [net.Addr].
func (a connAddr) String() string { return string(a) }
