package rig

import (
	"context"

	"google.golang.org/grpc"
)

// Call is a call that a worker is about to make.
type Call struct {
	// Name is the method's, or "HTTP", the verb and the path.
	Name string
	// Request is what is asked for: a message of the method's; nil of a call of HTTP.
	Request any
}

// Watch has each be called before every call of the worker. The call waits until it returns.
func (f *Faults) Watch(each func(Call)) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.watch = each
}

// about tells who watches of a call.
func (f *Faults) about(name string, request any) {
	f.mu.Lock()
	watch := f.watch
	f.mu.Unlock()

	if watch != nil {
		watch(Call{Name: name, Request: request})
	}
}

// watched is a stream that is watched, whose request is known when it is sent.
type watched struct {
	grpc.ClientStream

	faults *Faults
	method string
}

// SendMsg sends the request of a server's stream.
func (w *watched) SendMsg(m any) error {
	w.faults.about(w.method, m)
	return w.ClientStream.SendMsg(m)
}

// watchedStream opens a stream that is watched.
func (f *Faults) watchedStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := f.stream(ctx, desc, cc, method, streamer, opts...)
	if err != nil {
		return nil, err
	}

	return &watched{ClientStream: s, faults: f, method: method}, nil
}
