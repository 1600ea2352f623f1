package firestore

import (
	"context"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// commit applies ms as one and answers when that, or the state that refused it, is durable.
func (s *Server) commit(ms []*mutation) (*pb.CommitResponse, error) {
	s.mu.Lock()
	resp, err := s.commitLocked(ms)
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

// commitLocked is commit without the wait for the journal. It wants the lock.
func (s *Server) commitLocked(ms []*mutation) (*pb.CommitResponse, error) {
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

// Commit applies writes as one. Transactions are not part of the local Firestore.
func (v *service) Commit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	if len(r.GetTransaction()) > 0 {
		return nil, errNoTransactions
	}

	ms, err := prepareWrites(r.GetDatabase(), r.GetWrites())
	if err != nil {
		return nil, err
	}

	return v.s.commit(ms)
}
