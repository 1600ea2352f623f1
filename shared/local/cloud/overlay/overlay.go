// Package overlay lays a local Firestore over a real one: what the real one has can be read, and what is written stays in the local one.
//
// An [Overlay] stands between clients and the local Firestore, as interceptors of their connection. Before a call goes on it looks at what the
// call is about. Each document that the local Firestore was never asked for is read from the real one and put there first, once: from then on
// the local one has the word on it, whatever happens to it in reality. A query is asked of the real Firestore as well, and what it finds is put
// there before the query is answered.
//
// The real Firestore is only ever read: an Overlay holds no client that could write to it.
package overlay

import (
	"context"
	"slices"
	"strings"
	"sync"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

// Options configure an [Overlay].
type Options struct {
	// Local is the Firestore that has the last word and takes all writes.
	Local *firestore.Server
	// Real is read where Local does not know a document.
	Real *Real
	// Seed, where set, looks at each document of the real Firestore as it is put into the local one, and may hide or change it there. It is
	// called once for each, one at a time, and must not use a client of the overlay.
	Seed func(ctx context.Context, d *Document) error
	// MaxSeeded is the most documents that one query may bring; 0 is 100,000. A query that would bring more fails.
	MaxSeeded int
}

// Overlay is a local Firestore over a real one. It is safe for concurrent use.
type Overlay struct {
	o Options

	mu sync.Mutex
	// known are the documents on which the local Firestore has the word, by name: true if it differs from the real one there.
	known map[string]bool
	// queried are the queries of which all results are known.
	queried map[string]bool
	// written are the names of the documents that were written since they were last asked for.
	written map[string]bool
}

// New returns an overlay; it makes no call.
func New(o Options) *Overlay {
	if o.MaxSeeded == 0 {
		o.MaxSeeded = 100_000
	}

	return &Overlay{o: o, known: map[string]bool{}, queried: map[string]bool{}, written: map[string]bool{}}
}

// DialOptions are the interceptors. They belong to connections to the local Firestore.
func (o *Overlay) DialOptions() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(o.unary), grpc.WithChainStreamInterceptor(o.stream)}
}

// Prefetch reads documents that will be needed, in few calls instead of one each. Paths are as "messages/id".
func (o *Overlay) Prefetch(ctx context.Context, paths ...string) error {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = o.o.Real.root() + path
	}

	return o.ensure(ctx, names)
}

// Written returns the paths of the documents that were written, created or deleted since it was last called, in their order.
func (o *Overlay) Written() []string {
	o.mu.Lock()
	defer o.mu.Unlock()

	paths := make([]string, 0, len(o.written))
	for name := range o.written {
		paths = append(paths, relative(name))
	}

	clear(o.written)
	slices.Sort(paths)

	return paths
}

// service begins the methods that an overlay is about.
const service = "/google.firestore.v1.Firestore/"

func (o *Overlay) unary(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if !strings.HasPrefix(method, service) {
		return call(ctx, method, req, reply, conn, opts...)
	}
	if err := o.prepare(ctx, req); err != nil {
		return err
	}

	err := call(ctx, method, req, reply, conn, opts...)
	if commit, ok := req.(*pb.CommitRequest); ok && err == nil {
		o.noteWritten(commit)
	}

	return err
}

func (o *Overlay) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, call grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := call(ctx, desc, conn, method, opts...)
	if err != nil || !strings.HasPrefix(method, service) {
		return s, err
	}

	return &prepared{ClientStream: s, prepare: func(req any) error { return o.prepare(ctx, req) }}, nil
}

// prepared is a stream whose request is looked at before it is sent.
type prepared struct {
	grpc.ClientStream
	prepare func(req any) error
}

// SendMsg is part of [grpc.ClientStream].
func (s *prepared) SendMsg(req any) error {
	if err := s.prepare(req); err != nil {
		return err
	}

	return s.ClientStream.SendMsg(req)
}

// prepare has the local Firestore know what a call is about.
func (o *Overlay) prepare(ctx context.Context, req any) error {
	switch r := req.(type) {
	case *pb.GetDocumentRequest:
		return o.ensure(ctx, []string{r.GetName()})
	case *pb.BatchGetDocumentsRequest:
		return o.ensure(ctx, r.GetDocuments())
	case *pb.CommitRequest:
		return o.ensure(ctx, namesOf(r))
	case *pb.RunQueryRequest:
		return o.query(ctx, r.GetParent(), r.GetStructuredQuery())
	case *pb.RunAggregationQueryRequest:
		return o.query(ctx, r.GetParent(), r.GetStructuredAggregationQuery().GetStructuredQuery())
	default:
		return status.Error(codes.Unimplemented, "An overlay has reads of documents, queries and commits.")
	}
}

// namesOf returns the names of the documents that a commit is about.
func namesOf(r *pb.CommitRequest) []string {
	var names []string
	for _, w := range r.GetWrites() {
		switch op := w.GetOperation().(type) {
		case *pb.Write_Update:
			names = append(names, op.Update.GetName())
		case *pb.Write_Delete:
			names = append(names, op.Delete)
		case *pb.Write_Transform:
			names = append(names, op.Transform.GetDocument())
		}
	}

	return names
}

// noteWritten keeps what a commit wrote, which is otherwise than in reality from now on.
func (o *Overlay) noteWritten(r *pb.CommitRequest) {
	o.mu.Lock()
	defer o.mu.Unlock()

	for _, name := range namesOf(r) {
		o.known[name], o.written[name] = true, true
	}
}

// relative returns a document's path in its database.
func relative(name string) string {
	_, path, _ := strings.Cut(name, "/documents/")
	return path
}
