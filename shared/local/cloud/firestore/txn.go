package firestore

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxTransactionAge is the service's limit for one transaction.
const maxTransactionAge = 270 * time.Second

// txn is an open transaction. A read-only one reads at one time; the other kind notes what it read, and its commit
// fails with ABORTED if any of that has changed.
type txn struct {
	readOnly bool
	at       int64 // of a read-only one
	started  time.Time

	mu      sync.Mutex
	reads   map[string]int64 // document to version; 0: missing
	queries []seenQuery
}

type seenQuery struct {
	plan   *plan
	result []seenDocument
}

type seenDocument struct {
	name    string
	version int64
}

type transactions struct {
	mu    sync.Mutex
	open  map[string]*txn
	swept time.Time
}

func errExpired() error {
	return status.Error(codes.InvalidArgument, "The referenced transaction has expired or is no longer valid.")
}

// begin opens a transaction and returns its id.
func (s *Server) begin(o *pb.TransactionOptions) (string, *txn, error) {
	t := &txn{started: s.clock.Now(), reads: map[string]int64{}}
	if ro := o.GetReadOnly(); ro != nil {
		t.readOnly = true
		at, err := s.pastTime(ro.GetReadTime())
		if err != nil {
			return "", nil, err
		}
		if at == 0 {
			s.mu.RLock()
			at = s.readTime()
			s.mu.RUnlock()
		}
		t.at = at
	}
	id := rand.Text()
	s.txns.mu.Lock()
	defer s.txns.mu.Unlock()
	if t.started.Sub(s.txns.swept) > maxTransactionAge {
		s.txns.swept = t.started
		for k, old := range s.txns.open {
			if t.started.Sub(old.started) > maxTransactionAge {
				delete(s.txns.open, k)
			}
		}
	}
	s.txns.open[id] = t
	return id, t, nil
}

// pastTime checks a requested read time; nil gives 0, which is now.
func (s *Server) pastTime(t *timestamppb.Timestamp) (int64, error) {
	if t == nil {
		return 0, nil
	}
	switch now := s.clock.Now(); {
	case !t.IsValid() || t.GetNanos()%1000 != 0:
		return 0, status.Error(codes.InvalidArgument, "A read time must be in whole microseconds.")
	case t.AsTime().After(now) && micros(t) > s.lastCommit():
		return 0, status.Error(codes.InvalidArgument, "A read time cannot be in the future.")
	case now.Sub(t.AsTime()) > maxPast:
		return 0, status.Errorf(codes.FailedPrecondition, "A read time cannot be more than %v in the past.", maxPast)
	}
	return micros(t), nil
}

func (s *Server) lastCommit() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.st.last
}

// find returns an open transaction.
func (s *Server) find(id []byte) (*txn, error) {
	s.txns.mu.Lock()
	t := s.txns.open[string(id)]
	s.txns.mu.Unlock()
	if t == nil || s.clock.Now().Sub(t.started) > maxTransactionAge {
		return nil, errExpired()
	}
	return t, nil
}

// take ends the transaction id for its commit; there is none without an id.
func (s *Server) take(id []byte) (*txn, error) {
	if len(id) == 0 {
		return nil, nil
	}
	t, err := s.find(id)
	if err == nil && !s.end(id) {
		err = errExpired() // somebody else took it meanwhile
	}
	return t, err
}

// end forgets a transaction and reports whether it was open.
func (s *Server) end(id []byte) bool {
	s.txns.mu.Lock()
	defer s.txns.mu.Unlock()
	_, ok := s.txns.open[string(id)]
	delete(s.txns.open, string(id))
	return ok
}

// note remembers the version of a document read, the first one if it is read again.
func (t *txn) note(name string, d *pb.Document) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.reads[name]; !ok {
		t.reads[name] = version(d)
	}
}

func (t *txn) noteQuery(p *plan, docs []*pb.Document) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queries = append(t.queries, seenQuery{p, seen(docs)})
}

func seen(docs []*pb.Document) []seenDocument {
	out := make([]seenDocument, len(docs))
	for i, d := range docs {
		out[i] = seenDocument{d.GetName(), version(d)}
	}
	return out
}

// validate reports with ABORTED that something the transaction read is no longer so. It wants the server's lock.
func (t *txn) validate(s *Server) error {
	if t.readOnly {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	conflict := status.Error(codes.Aborted, "Too much contention on these documents. Please try again.")
	for name, v := range t.reads {
		if version(s.st.get(name)) != v {
			return conflict
		}
	}
	for _, q := range t.queries {
		if !slices.Equal(seen(view{st: &s.st}.run(q.plan).docs), q.result) {
			return conflict
		}
	}
	return nil
}

// BeginTransaction opens a transaction.
func (v *service) BeginTransaction(_ context.Context, r *pb.BeginTransactionRequest) (*pb.BeginTransactionResponse, error) {
	id, _, err := v.s.begin(r.GetOptions())
	if err != nil {
		return nil, err
	}
	return &pb.BeginTransactionResponse{Transaction: []byte(id)}, nil
}

// Rollback ends a transaction; one that is not open is no error.
func (v *service) Rollback(_ context.Context, r *pb.RollbackRequest) (*emptypb.Empty, error) {
	v.s.end(r.GetTransaction())
	return &emptypb.Empty{}, nil
}

// session is the transaction or the time that a read belongs to.
type session struct {
	txn   *txn   // of a read-write transaction
	newID []byte // of a transaction that the read began
	at    int64  // 0: now
}

// consistency is what the requests of reads share; not every one has a new transaction.
type consistency interface {
	GetTransaction() []byte
	GetReadTime() *timestamppb.Timestamp
}

func (s *Server) session(r consistency) (session, error) {
	var out session
	var t *txn
	var err error
	n, beginner := r.(interface {
		GetNewTransaction() *pb.TransactionOptions
	})
	switch {
	case len(r.GetTransaction()) > 0:
		t, err = s.find(r.GetTransaction())
	case beginner && n.GetNewTransaction() != nil:
		var id string
		id, t, err = s.begin(n.GetNewTransaction())
		out.newID = []byte(id)
	default:
		out.at, err = s.pastTime(r.GetReadTime())
		return out, err
	}
	switch {
	case err != nil:
		return session{}, err
	case t.readOnly:
		out.at = t.at
	default:
		out.txn = t
	}
	return out, nil
}
