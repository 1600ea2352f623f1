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

// pending is a document in a commit that is not yet made; nil is one that is not there.
type pending struct {
	name          string
	before, after *pb.Document
}

// commitLocked is commit without the wait for the journal. It wants the lock.
func (s *Server) commitLocked(ms []*mutation) (*pb.CommitResponse, error) {
	at := s.commitTime()
	now := stamp(at)
	resp := &pb.CommitResponse{CommitTime: now, WriteResults: make([]*pb.WriteResult, len(ms))}
	byName := make(map[string]*pending, len(ms))
	docs := make([]*pending, 0, len(ms))

	for i, m := range ms {
		d := byName[m.name]
		if d == nil {
			cur := s.decoded.of(s.st.get(m.name))
			d = &pending{m.name, cur, cur}
			byName[m.name] = d
			docs = append(docs, d)
		} else if m.contradicts(d.after) {
			return nil, status.Errorf(codes.InvalidArgument, "Contradicting writes of %s in the same request.", relative(m.name))
		}

		next, res, err := m.apply(d.after, now)
		if err != nil {
			return nil, err
		}

		d.after, resp.WriteResults[i] = next, res
	}

	if err := s.store(at, docs); err != nil {
		return nil, err
	}

	return resp, nil
}

// store makes docs the state and queues them for the journal.
func (s *Server) store(at int64, docs []*pending) error {
	changes, changed := make([]change, 0, len(docs)), make([]*pending, 0, len(docs))
	for _, d := range docs {
		if d.before == d.after {
			continue
		}

		c, err := newChange(d.name, d.before, d.after)
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}

		changes, changed = append(changes, c), append(changed, d)
	}

	if len(changes) == 0 {
		return nil
	}

	if s.journal != nil {
		s.seq = s.journal.Append(appendCommit(nil, at, changes))
	}

	for i, c := range changes {
		s.st.apply(c)
		s.decoded.keep(s.st.get(changed[i].name), changed[i].after)
	}

	return nil
}

// Commit applies writes as one. Transactions are not part of the local Firestore.
func (v *service) Commit(ctx context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
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

	resp, err := v.s.commit(ms)
	if err != nil {
		return nil, err
	}

	v.s.charge(ctx, writesOf(ms), func() []string { return writtenBy(ms) })

	return resp, nil
}
