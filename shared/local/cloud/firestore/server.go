// Package firestore is Firestore in this process: a google.firestore.v1 server over gRPC that the production client runs
// against unchanged. It keeps every document in memory and, given a [Journal], writes every commit to it before answering.
//
// Reads and writes behave as the service documents them: preconditions, transforms, queries, aggregations, listening,
// limits, error codes. With EnforceIndexes a query fails where production would ask for an index. A conformance suite runs
// the same checks against this server and against Google's emulator. It has the calls that the product makes: commits of
// several writes, reads by name, queries, lists and listening. Transactions, reads in the past and the calls that write one
// document are answered UNIMPLEMENTED.
//
// A write goes: check and parse (no lock) → apply in memory and append to the journal (lock) → wait until the journal
// has it (no lock) → answer. A read takes the lock for reading and then waits the same way, so that no answer has what
// a crash could undo.
package firestore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Options are the choices of a [Server].
type Options struct {
	// Clock gives commit and read times; nil is the machine's clock.
	Clock clock.Clock
	// Journal makes commits durable; nil keeps them in memory only.
	Journal Journal
	// Indexes are composite indexes and settings of single fields, as [ParseIndexes] reads them.
	Indexes []Index
	// EnforceIndexes refuses queries that production would refuse for want of an index.
	EnforceIndexes bool
	// Queries, where set and where indexes are enforced, records what queries ask of them.
	Queries *Queries
}

// Server is one Firestore with any number of databases. It is safe for concurrent use.
type Server struct {
	clock    clock.Clock
	journal  Journal
	catalog  *catalog
	enforce  bool
	counters counters
	charged  atomic.Pointer[func(context.Context, Charge)]
	watchers watchers
	looked   looks

	indexing sync.Mutex // one query at a time makes indexes; taken before mu

	mu  sync.RWMutex
	st  state
	seq uint64 // of the newest journal record

	decoded decoded
}

// New returns an empty server.
func New(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}

	c, err := newCatalog(o.Indexes)
	if err != nil {
		return nil, fmt.Errorf("firestore indexes: %w", err)
	}

	c.queries = o.Queries

	return &Server{
		clock:    o.Clock,
		journal:  o.Journal,
		catalog:  c,
		enforce:  o.EnforceIndexes,
		st:       newState(),
		decoded:  newDecoded(),
		watchers: watchers{all: map[*watcher]struct{}{}},
	}, nil
}

// Register adds the service to g. A commit may be 10 MiB, so that g should be made with grpc.MaxRecvMsgSize of
// 11 MiB or more.
func (s *Server) Register(g grpc.ServiceRegistrar) { pb.RegisterFirestoreServer(g, &service{s: s}) }

// service holds the RPCs, so that Server's own methods are only those a host calls.
type service struct {
	pb.UnimplementedFirestoreServer
	s *Server
}

// commitTime is the time of a new commit: later than every other, in whole microseconds. It wants the lock.
func (s *Server) commitTime() int64 {
	s.st.last = max(s.st.last+1, s.clock.Now().UnixMicro())
	return s.st.last
}

// readTime is a time at which the state is what it is now: no later commit can have it. It wants the lock for reading.
func (s *Server) readTime() int64 { return max(s.st.last, s.clock.Now().UnixMicro()-1) }

// durable returns when the journal has everything up to seq.
func (s *Server) durable(seq uint64) error {
	if s.journal == nil || seq == 0 {
		return nil
	}
	if err := s.journal.Wait(seq); err != nil {
		return status.Errorf(codes.Internal, "journal: %v", err)
	}

	return nil
}

// read calls f with the state under the lock for reading and returns the time read at, once all that f saw is durable. If it
// cannot be made durable now, such as on a full disk, reads go on all the same.
func (s *Server) read(f func(st *state)) *timestamppb.Timestamp {
	s.mu.RLock()
	seq, at := s.seq, s.readTime()
	f(&s.st)
	s.mu.RUnlock()

	if s.journal != nil && seq != 0 {
		_ = s.journal.Wait(seq) // those who wrote it are told
	}

	return stamp(at)
}

// Documents yields every document, ordered by name, as of the call. The fields are not to be changed: who looks again gets the same.
func (s *Server) Documents(yield func(name string, fields map[string]*pb.Value) bool) {
	docs := s.documents()
	slices.SortFunc(docs, func(a, b record) int { return compareNames(a.name, b.name) })

	for _, r := range docs {
		if !yield(r.name, s.looked.fields(r)) {
			return
		}
	}
}

// looks are documents as Documents decoded them last. Tests look at all of them after each step, and hardly any has changed.
type looks struct {
	mu     sync.Mutex
	byName map[string]look
}

type look struct {
	body   []byte
	fields map[string]*pb.Value
}

// fields decodes a record unless it is the one that was decoded before. A write replaces a record's body, so that another content is at
// another address; the one that is kept here is not given to anything else.
func (l *looks) fields(r record) map[string]*pb.Value {
	l.mu.Lock()
	defer l.mu.Unlock()

	known, ok := l.byName[r.name]
	if ok && len(known.body) == len(r.body) && len(r.body) > 0 && &known.body[0] == &r.body[0] {
		return known.fields
	}

	if l.byName == nil {
		l.byName = map[string]look{}
	}

	fields := r.document().GetFields()
	l.byName[r.name] = look{r.body, fields}

	return fields
}

// documents is every document, in no order.
func (s *Server) documents() []record {
	s.mu.RLock()
	defer s.mu.RUnlock()

	var docs []record
	for r := range documentsOf(s.st.colls) {
		docs = append(docs, *r)
	}

	return docs
}

func stamp(micros int64) *timestamppb.Timestamp { return timestamppb.New(time.UnixMicro(micros)) }

func micros(t *timestamppb.Timestamp) int64 { return t.GetSeconds()*1e6 + int64(t.GetNanos())/1e3 }

// version returns a number that differs between the contents of a document; 0 is a missing document.
func version(d *pb.Document) int64 {
	if d == nil {
		return 0
	}
	return micros(d.GetUpdateTime())
}
