package firestore

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// SweepTTL deletes every document whose collection declares a field with ttl and whose value there is a time not after
// now, and returns how many. The service does the same within about a day; until then such documents are still read.
func (s *Server) SweepTTL(now time.Time) int {
	n := 0
	for _, f := range s.catalog.expiring {
		for _, name := range s.expired(f, now) {
			if s.deleteExpired(name, f.path, now) {
				n++
			}
		}
	}

	return n
}

// expired returns the names of the documents of any collection with f's id that have expired.
func (s *Server) expired(f expiry, now time.Time) []string {
	s.mu.RLock()

	var roots []string
	for _, c := range s.st.colls {
		if c.id == f.collection {
			roots = append(roots, rootOf(c.base))
		}
	}

	s.mu.RUnlock()

	var names []string
	for _, root := range roots {
		p := &plan{
			parent:      root,
			collection:  f.collection,
			descendants: true,
			limit:       -1,
			orders:      []sortKey{{path: f.path}, {}},
			where:       condition{clause: &clause{f.path, opLessOrEqual, timeValue(timestamppb.New(now))}},
		}

		p.setLookups()
		s.ensureIndex(p)

		s.mu.RLock()

		for _, d := range s.st.run(p).docs {
			names = append(names, d.name)
		}

		s.mu.RUnlock()
	}

	return names
}

// deleteExpired deletes the document unless its time to live was extended since it was found. It reports whether it did.
func (s *Server) deleteExpired(name string, path []string, now time.Time) bool {
	s.mu.Lock()
	at := s.st.get(name).at(path).GetTimestampValue()
	if at == nil || at.AsTime().After(now) {
		s.mu.Unlock()
		return false
	}

	_, err := s.commitLocked([]*mutation{{name: name, deletes: true}})
	seq := s.seq
	s.mu.Unlock()
	if err != nil {
		return false
	}

	s.charge(context.Background(), Counts{Deletes: 1}, func() []string { return []string{name} }) // nobody's call

	if s.durable(seq) != nil {
		return false
	}

	s.watchers.poke()

	return true
}
