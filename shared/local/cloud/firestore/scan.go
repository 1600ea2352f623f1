package firestore

import (
	"iter"
	"slices"
	"strings"
)

// ensureIndex makes the indexes that p runs on. Only the first query of its shape waits for it; reads and writes go on.
func (s *Server) ensureIndex(p *plan) {
	s.mu.RLock()
	f, _ := s.st.familyOf(p)
	ready := f == nil || f.serves(p)

	s.mu.RUnlock()
	if ready {
		return
	}

	s.indexing.Lock()
	defer s.indexing.Unlock()

	for i := range p.lookups {
		s.mu.Lock()
		x, docs := s.st.addIndex(p, &p.lookups[i])
		s.mu.Unlock()

		if x == nil {
			continue
		}

		x.fill(docs)

		s.mu.Lock()
		x.catchUp()
		s.mu.Unlock()
	}
}

// serves reports whether the family has the indexes that p runs on.
func (f *family) serves(p *plan) bool {
	return !slices.ContainsFunc(p.lookups, func(l lookup) bool {
		x := f.indexes[l.shapeID]
		return x == nil || !x.ready
	})
}

// addIndex adds an index that has still to be filled, with the documents as they are. It returns nil if the index is there.
func (st *state) addIndex(p *plan, l *lookup) (*index, []move) {
	f, all := st.familyOf(p)
	if f == nil || f.indexes[l.shapeID] != nil {
		return nil, nil
	}

	if f.indexes == nil {
		f.indexes = map[string]*index{}
	}

	x := &index{shape: l.shape, base: f.base}
	f.indexes[l.shapeID] = x

	var docs []move
	for r := range all {
		docs = append(docs, move{rec: r, after: *r})
	}

	return x, docs
}

// results is the answer of a query, how many documents it skipped on the way, and how many it had a look at.
type results struct {
	docs              []record
	skipped, examined int
}

// run evaluates p. It wants the server's lock.
func (st *state) run(p *plan) results {
	need := -1
	if p.limit >= 0 {
		need = p.offset + p.limit
	}

	found := st.collect(p, need)
	found.skipped = min(p.offset, len(found.docs))

	found.docs = found.docs[found.skipped:]
	if p.limit >= 0 && len(found.docs) > p.limit {
		found.docs = found.docs[:p.limit]
	}

	return found
}

// collect returns the first results of p in order, at least need of them if there are as many.
func (st *state) collect(p *plan, need int) results {
	f, all := st.familyOf(p)
	switch {
	case need == 0:
		return results{}
	case p.collection == "":
		all = documentsOf(st.colls)
	case f == nil:
		return results{}
	case f.serves(p):
		return p.merge(f, need)
	}

	var found results
	for r := range all {
		found.examined++
		if p.inScope(r.name) && p.accepts(*r) {
			found.docs = append(found.docs, *r)
		}
	}

	slices.SortFunc(found.docs, p.compare)

	return found
}

// stream is the results of one lookup: the first of those that are left, its place in the order, and how to go on.
type stream struct {
	head record
	key  string
	next func() (record, bool)
}

// merge returns the first results of the lookups together, in order. It looks at one document of each lookup beyond those.
func (p *plan) merge(f *family, need int) results {
	var found results

	streams := make([]*stream, len(p.lookups))
	for i := range p.lookups {
		l := &p.lookups[i]
		next, stop := iter.Pull(p.find(f.indexes[l.shapeID], l, &found.examined))

		defer stop()

		streams[i] = &stream{next: next}
	}

	ended := func(s *stream) bool { return !p.advance(s) }
	for streams = slices.DeleteFunc(streams, ended); len(streams) > 0; {
		first := slices.MinFunc(streams, func(a, b *stream) int { return strings.Compare(a.key, b.key) })
		if n := len(found.docs); n == 0 || found.docs[n-1].name != first.head.name { // several lookups may have it
			found.docs = append(found.docs, first.head)
		}
		if len(found.docs) == need {
			break
		}
		if ended(first) {
			streams = slices.DeleteFunc(streams, func(s *stream) bool { return s == first })
		}
	}

	return found
}

// advance takes the next result of the stream. It reports whether there is one.
func (p *plan) advance(s *stream) (more bool) {
	if s.head, more = s.next(); more && len(p.lookups) > 1 {
		s.key = p.orderKey(s.head)
	}

	return more
}

// orderKey is the place of d in the order of results: comparing two keys is comparing the documents.
func (p *plan) orderKey(d record) string {
	var key []byte
	for _, o := range p.orders {
		if o.path == nil {
			key = appendName(key, d.name, o.desc)
			break
		}

		key = appendValue(key, d.at(o.path), o.desc)
	}

	return string(key)
}
