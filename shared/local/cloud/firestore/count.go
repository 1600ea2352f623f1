package firestore

import (
	"context"
	"sync/atomic"
)

// Counts are operations as Firestore bills them. A missing document that was asked for is a read; a query is at least
// one; an aggregation one per 1,000 entries; each write or delete that was applied is one, changed or not.
type Counts struct {
	Reads, Writes, Deletes int64
}

type counters struct {
	reads, writes, deletes atomic.Int64
}

// Charge is what one call is billed.
type Charge struct {
	Counts
	// Documents are the names of those that it answered, missed, wrote or deleted; none of an aggregation.
	Documents []string
}

// Counts returns the operations since the start or the last [Server.ResetCounts].
func (s *Server) Counts() Counts {
	c := &s.counters
	return Counts{Reads: c.reads.Load(), Writes: c.writes.Load(), Deletes: c.deletes.Load()}
}

// ResetCounts sets the counts to zero.
func (s *Server) ResetCounts() {
	s.counters.reads.Store(0)
	s.counters.writes.Store(0)
	s.counters.deletes.Store(0)
}

// OnCharge calls f with what each call is billed from now on, before the call is answered and with its context, whose incoming metadata says
// who made it. It takes the place of what was set before.
func (s *Server) OnCharge(f func(ctx context.Context, c Charge)) { s.charged.Store(&f) }

// charge counts what a call is billed. documents is asked only if somebody wants to know.
func (s *Server) charge(ctx context.Context, n Counts, documents func() []string) {
	s.counters.reads.Add(n.Reads)
	s.counters.writes.Add(n.Writes)
	s.counters.deletes.Add(n.Deletes)

	if f := s.charged.Load(); f != nil {
		(*f)(ctx, Charge{Counts: n, Documents: documents()})
	}
}

// recordNames returns the names of documents.
func recordNames(docs []record) []string {
	names := make([]string, len(docs))
	for i, d := range docs {
		names[i] = d.name
	}

	return names
}

// writesOf counts the writes of a commit.
func writesOf(ms []*mutation) Counts {
	var n Counts
	for _, m := range ms {
		if m.deletes {
			n.Deletes++
		} else {
			n.Writes++
		}
	}

	return n
}

// writtenBy returns the names of what a commit writes.
func writtenBy(ms []*mutation) []string {
	names := make([]string, len(ms))
	for i, m := range ms {
		names[i] = m.name
	}

	return names
}
