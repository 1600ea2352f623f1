package world

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The errors of a dead worker's calls: of HTTP, and of gRPC, which no client repeats.
var (
	errDead = errors.New("the worker is dead")
	errCut  = status.Error(codes.Canceled, errDead.Error())
)

// unary makes a call of the cloud, unless the worker is dead.
func (k *worker) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if k.dead.Load() {
		return errCut
	}

	err := invoke(ctx, method, req, reply, cc, opts...)
	if k.dead.Load() {
		return errCut
	}

	return err
}

// stream opens a stream of the cloud, over which nothing goes any more once the worker is dead.
func (k *worker) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, err
	}

	return &mortalStream{s, &k.dead}, nil
}

// mortalStream is a stream of a worker.
type mortalStream struct {
	grpc.ClientStream
	dead *atomic.Bool
}

// SendMsg is part of [grpc.ClientStream].
func (s *mortalStream) SendMsg(m any) error {
	if s.dead.Load() {
		return errCut
	}
	return s.ClientStream.SendMsg(m)
}

// RecvMsg is part of [grpc.ClientStream].
func (s *mortalStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if s.dead.Load() {
		return errCut
	}

	return err
}

// mortalLog writes the log lines of a worker, of a dead one none.
type mortalLog struct {
	slog.Handler
	dead *atomic.Bool
}

// Enabled is part of [slog.Handler].
func (l mortalLog) Enabled(ctx context.Context, level slog.Level) bool {
	return !l.dead.Load() && l.Handler.Enabled(ctx, level)
}

// WithAttrs is part of [slog.Handler].
func (l mortalLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return mortalLog{l.Handler.WithAttrs(attrs), l.dead}
}

// WithGroup is part of [slog.Handler].
func (l mortalLog) WithGroup(name string) slog.Handler {
	return mortalLog{l.Handler.WithGroup(name), l.dead}
}
