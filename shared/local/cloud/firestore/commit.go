package firestore

import (
	"context"
	"crypto/rand"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// commit applies ms as one and answers when that, or the state that refused it, is durable.
func (s *Server) commit(ms []*mutation, t *txn) (*pb.CommitResponse, error) {
	s.mu.Lock()
	resp, err := s.commitLocked(ms, t)
	seq := s.seq
	s.mu.Unlock()
	if werr := s.durable(seq); werr != nil {
		return nil, werr
	}
	if err != nil {
		return nil, err
	}
	s.watchers.poke()
	return resp, nil
}

func (s *Server) commitLocked(ms []*mutation, t *txn) (*pb.CommitResponse, error) {
	if t != nil {
		if err := t.validate(s); err != nil {
			return nil, err
		}
	}
	at := s.commitTime()
	now := stamp(at)
	resp := &pb.CommitResponse{CommitTime: now, WriteResults: make([]*pb.WriteResult, len(ms))}
	pending := make(map[string]*pb.Document, len(ms)) // not yet committed; nil: deleted
	names := make([]string, 0, len(ms))
	for i, m := range ms {
		cur, ok := pending[m.name]
		if !ok {
			cur = s.st.get(m.name)
			names = append(names, m.name)
		} else if m.contradicts(cur) {
			return nil, status.Errorf(codes.InvalidArgument, "Contradicting writes of %s in the same request.", relative(m.name))
		}
		next, res, err := m.apply(cur, now)
		if err != nil {
			return nil, err
		}
		pending[m.name], resp.WriteResults[i] = next, res
	}
	if err := s.store(at, names, pending); err != nil {
		return nil, err
	}
	s.countWrites(ms)
	return resp, nil
}

// store makes pending the state and queues it for the journal.
func (s *Server) store(at int64, names []string, pending map[string]*pb.Document) error {
	changed := names[:0]
	for _, name := range names {
		if pending[name] != s.st.get(name) {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if s.journal != nil {
		rec, err := encodeCommit(at, changed, pending)
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		s.seq = s.journal.Append(rec)
	}
	for _, name := range changed {
		s.st.past.add(change{at, name, s.st.get(name)})
		s.st.put(name, pending[name])
	}
	return nil
}

func (s *Server) countWrites(ms []*mutation) {
	deletes := int64(0)
	for _, m := range ms {
		if m.deletes {
			deletes++
		}
	}
	s.counters.deletes.Add(deletes)
	s.counters.writes.Add(int64(len(ms)) - deletes)
}

// Commit applies writes as one, in a transaction or without.
func (v *service) Commit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	ms, err := prepareWrites(r.GetDatabase(), r.GetWrites())
	if err != nil {
		return nil, err
	}
	t, err := v.s.take(r.GetTransaction())
	if err != nil {
		return nil, err
	}
	if t != nil && t.readOnly && len(ms) > 0 {
		return nil, status.Error(codes.InvalidArgument, "Cannot modify entities in a read-only transaction.")
	}
	return v.s.commit(ms, t)
}

// BatchWrite applies each write alone and reports on each.
func (v *service) BatchWrite(_ context.Context, r *pb.BatchWriteRequest) (*pb.BatchWriteResponse, error) {
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	if len(r.GetWrites()) > maxBatchWrites {
		return nil, status.Errorf(codes.InvalidArgument, "A batch may have at most %d writes.", maxBatchWrites)
	}
	seen := map[string]bool{}
	for _, w := range r.GetWrites() {
		if name := writeName(w); seen[name] {
			return nil, status.Error(codes.InvalidArgument, "A batch may write a document only once.")
		} else if name != "" {
			seen[name] = true
		}
	}
	ms := make([]*mutation, len(r.GetWrites()))
	errs := make([]error, len(ms))
	for i, w := range r.GetWrites() {
		ms[i], errs[i] = prepareWrite(r.GetDatabase(), w)
	}
	out := &pb.BatchWriteResponse{}
	v.s.mu.Lock()
	for i, err := range errs {
		st, res := &rpcstatus.Status{}, &pb.WriteResult{}
		var c *pb.CommitResponse
		if err == nil {
			c, err = v.s.commitLocked(ms[i:i+1], nil)
		}
		if err != nil {
			st = status.Convert(err).Proto()
		} else {
			res = c.GetWriteResults()[0]
		}
		out.Status = append(out.Status, st)
		out.WriteResults = append(out.WriteResults, res)
	}
	seq := v.s.seq
	v.s.mu.Unlock()
	if err := v.s.durable(seq); err != nil {
		return nil, err
	}
	v.s.watchers.poke()
	return out, nil
}

// CreateDocument creates one document, with an id of its own making if none is given.
func (v *service) CreateDocument(_ context.Context, r *pb.CreateDocumentRequest) (*pb.Document, error) {
	id := r.GetDocumentId()
	if id == "" {
		id = rand.Text()[:20]
	}
	w := &pb.Write{
		Operation: &pb.Write_Update{Update: &pb.Document{
			Name: r.GetParent() + "/" + r.GetCollectionId() + "/" + id, Fields: r.GetDocument().GetFields(),
		}},
		CurrentDocument: &pb.Precondition{ConditionType: &pb.Precondition_Exists{}},
	}
	return v.s.writeDocument(w, r.GetMask())
}

// UpdateDocument writes one document.
func (v *service) UpdateDocument(_ context.Context, r *pb.UpdateDocumentRequest) (*pb.Document, error) {
	w := &pb.Write{Operation: &pb.Write_Update{Update: r.GetDocument()}, UpdateMask: r.GetUpdateMask(), CurrentDocument: r.GetCurrentDocument()}
	return v.s.writeDocument(w, r.GetMask())
}

// writeDocument commits w and returns the document it leaves.
func (s *Server) writeDocument(w *pb.Write, mask *pb.DocumentMask) (*pb.Document, error) {
	paths, err := parseMask(mask)
	if err != nil {
		return nil, err
	}
	m, err := prepareWrite("", w)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	_, err = s.commitLocked([]*mutation{m}, nil)
	d, seq := s.st.get(m.name), s.seq
	s.mu.Unlock()
	if werr := s.durable(seq); werr != nil {
		return nil, werr
	}
	if err != nil {
		return nil, err
	}
	s.watchers.poke()
	return project(d, paths), nil
}

// DeleteDocument deletes one document.
func (v *service) DeleteDocument(_ context.Context, r *pb.DeleteDocumentRequest) (*emptypb.Empty, error) {
	ms, err := prepareWrites("", []*pb.Write{{Operation: &pb.Write_Delete{Delete: r.GetName()}, CurrentDocument: r.GetCurrentDocument()}})
	if err != nil {
		return nil, err
	}
	if _, err := v.s.commit(ms, nil); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}
