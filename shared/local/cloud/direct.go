package cloud

import (
	"context"
	"io"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// direct answers calls in the caller's own goroutine instead of over HTTP/2, for [Options.Direct]. The innermost interceptors of
// a connection hand it each call. What a call says is encoded and decoded as ever, and passes the server's interceptors.
//
// A call goes over the connection where that could make a difference: a rule is set, the connection or the cloud is closed, the
// call asks for something that only a connection has, or it sends more than one request.
type direct struct {
	cloud   *Cloud
	unary   map[string]served[grpc.MethodDesc]
	streams map[string]served[grpc.StreamDesc]
}

// served is a method, and the service that it belongs to.
type served[D any] struct {
	desc    D
	service any
}

func newDirect(c *Cloud) *direct {
	return &direct{
		cloud:   c,
		unary:   map[string]served[grpc.MethodDesc]{},
		streams: map[string]served[grpc.StreamDesc]{},
	}
}

// RegisterService is part of [grpc.ServiceRegistrar]. It registers the service with the server too.
func (d *direct) RegisterService(desc *grpc.ServiceDesc, service any) {
	d.cloud.server.RegisterService(desc, service)

	for _, m := range desc.Methods {
		d.unary["/"+desc.ServiceName+"/"+m.MethodName] = served[grpc.MethodDesc]{m, service}
	}

	for _, m := range desc.Streams {
		if !m.ClientStreams {
			d.streams["/"+desc.ServiceName+"/"+m.StreamName] = served[grpc.StreamDesc]{m, service}
		}
	}
}

// dialOptions come last of a connection's options, so that every other interceptor sees each call first.
func (d *direct) dialOptions() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(d.callUnary), grpc.WithChainStreamInterceptor(d.callStream)}
}

// needsConnection reports whether a call has to go over its connection.
func (d *direct) needsConnection(conn *grpc.ClientConn, opts []grpc.CallOption) bool {
	d.cloud.mu.Lock()
	closed := d.cloud.closed
	d.cloud.mu.Unlock()

	return closed || d.cloud.rules.any.Load() || conn.GetState() == connectivity.Shutdown || slices.ContainsFunc(opts, ofConnection)
}

// ofConnection reports whether an option is about more than the size of messages and the wait for a connection.
func ofConnection(o grpc.CallOption) bool {
	switch o.(type) {
	case grpc.MaxRecvMsgSizeCallOption, grpc.MaxSendMsgSizeCallOption, grpc.FailFastCallOption:
		return false
	default:
		return true
	}
}

func (d *direct) callUnary(ctx context.Context, name string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	m, ok := d.unary[name]
	if !ok || d.needsConnection(conn, opts) {
		return call(ctx, name, req, reply, conn, opts...)
	}

	body, err := encode(req)
	if err != nil {
		return err
	}
	if len(body) > maxMessage {
		return call(ctx, name, req, reply, conn, opts...)
	}
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}

	resp, err := m.desc.Handler(m.service, arrived{ctx}, func(into any) error { return decode(body, into) }, d.cloud.interceptUnary)
	if err = answered(ctx, err); err != nil {
		return err
	}
	if body, err = encode(resp); err != nil {
		return err
	}

	return decode(body, reply)
}

func (d *direct) callStream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, name string, call grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	m, ok := d.streams[name]
	if !ok || d.needsConnection(conn, opts) {
		return call(ctx, desc, conn, name, opts...)
	}
	if ctx.Err() != nil {
		return nil, status.FromContextError(ctx.Err()).Err()
	}

	return &directStream{ctx: ctx, cloud: d.cloud, name: name, method: m}, nil
}

// answered returns what a caller sees of the error that a handler returned.
func answered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err() // nobody waits for the answer any more
	}

	s, ok := status.FromError(err)
	if !ok {
		s = status.FromContextError(err)
	}

	return s.Err()
}

// encode returns a message as it goes over the wire, or the error of gRPC if it cannot go there.
func encode(m any) ([]byte, error) {
	message, ok := m.(proto.Message)
	if !ok {
		return nil, status.Errorf(codes.Internal, "a %T is no message", m)
	}

	body, err := proto.Marshal(message)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "grpc: error while marshaling: %v", err)
	}

	return body, nil
}

// decode reads a message that came over the wire.
func decode(body []byte, into any) error {
	message, ok := into.(proto.Message)
	if !ok {
		return status.Errorf(codes.Internal, "a %T is no message", into)
	}
	if err := proto.Unmarshal(body, message); err != nil {
		return status.Errorf(codes.Internal, "grpc: error unmarshalling: %v", err)
	}

	return nil
}

// arrived is a caller's context as the server has it: with the deadline and the cancellation, without the values.
type arrived struct{ context.Context } //nolint:containedctx // it is one

// Value is part of [context.Context].
func (arrived) Value(any) any { return nil }

// directStream is a call with one request and many answers, seen from the caller. The answers are made when the request is
// complete, and wait here to be read.
type directStream struct {
	ctx    context.Context //nolint:containedctx // of the one call that it is
	cloud  *Cloud
	name   string
	method served[grpc.StreamDesc]

	request []byte
	answers [][]byte
	end     error
}

// SendMsg is part of [grpc.ClientStream].
func (s *directStream) SendMsg(m any) (err error) {
	s.request, err = encode(m)
	return err
}

// CloseSend is part of [grpc.ClientStream].
func (s *directStream) CloseSend() error {
	server := &directServer{ctx: arrived{s.ctx}, call: s}
	info := &grpc.StreamServerInfo{FullMethod: s.name, IsServerStream: true}

	s.end = answered(s.ctx, s.cloud.interceptStream(s.method.service, server, info, s.method.desc.Handler))
	if s.end == nil {
		s.end = io.EOF
	}

	return nil
}

// RecvMsg is part of [grpc.ClientStream].
func (s *directStream) RecvMsg(m any) error {
	if s.ctx.Err() != nil {
		return status.FromContextError(s.ctx.Err()).Err()
	}
	if len(s.answers) == 0 {
		return s.end
	}

	body := s.answers[0]
	s.answers = s.answers[1:]

	return decode(body, m)
}

// Context is part of [grpc.ClientStream].
func (s *directStream) Context() context.Context { return s.ctx }

// Header is part of [grpc.ClientStream].
func (*directStream) Header() (metadata.MD, error) { return metadata.MD{}, nil }

// Trailer is part of [grpc.ClientStream].
func (*directStream) Trailer() metadata.MD { return metadata.MD{} }

// directServer is the same call, seen from the service.
type directServer struct {
	ctx  context.Context //nolint:containedctx // as above
	call *directStream
	read bool
}

// RecvMsg is part of [grpc.ServerStream].
func (s *directServer) RecvMsg(m any) error {
	if s.read {
		return io.EOF
	}

	s.read = true

	return decode(s.call.request, m)
}

// SendMsg is part of [grpc.ServerStream].
func (s *directServer) SendMsg(m any) error {
	body, err := encode(m)
	if err == nil {
		s.call.answers = append(s.call.answers, body)
	}
	return err
}

// Context is part of [grpc.ServerStream].
func (s *directServer) Context() context.Context { return s.ctx }

// SetHeader is part of [grpc.ServerStream]. No service has any.
func (*directServer) SetHeader(metadata.MD) error { return nil }

// SendHeader is part of [grpc.ServerStream].
func (*directServer) SendHeader(metadata.MD) error { return nil }

// SetTrailer is part of [grpc.ServerStream].
func (*directServer) SetTrailer(metadata.MD) {}
