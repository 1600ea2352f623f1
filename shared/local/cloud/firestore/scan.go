package firestore

import (
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// bounds are the keys of x between which every result of p with that element lies. They may be wider than the results,
// never narrower: each document is checked anyway.
func (p *plan) bounds(x *index, element *pb.Value) (lo, hi string) {
	prefix := x.prefix(p.equal, element)
	lo, hi = string(prefix), string(prefix)+behindAll
	narrow := func(from, to string) {
		lo, hi = max(lo, from), min(hi, to)
	}

	first := x.orders[0]
	for _, c := range p.where.conjuncts() {
		if c.path == nil || first.path == nil || isNaN(c.value) || !slices.Equal(c.path, first.path) {
			continue
		}

		rank := rankByte(c.value)
		if first.desc {
			rank = ^rank
		}

		ofType, behindType := string(append(slices.Clone(prefix), rank)), string(append(slices.Clone(prefix), rank+1))

		at := string(appendValue(slices.Clone(prefix), c.value, first.desc))
		switch c.op {
		case opLess, opLessOrEqual, opGreater, opGreaterOrEqual:
			narrow(ofType, behindType)
			if less := c.op == opLess || c.op == opLessOrEqual; less != first.desc {
				narrow(lo, at+behindAll)
			} else {
				narrow(at, hi)
			}
		default:
		}
	}

	if key, ok := p.cursorKey(x, p.startAt, prefix); ok {
		narrow(key, hi)
	}

	if key, ok := p.cursorKey(x, p.endAt, prefix); ok {
		narrow(lo, key+behindAll)
	}

	return lo, hi
}

// cursorKey is the key at which a cursor points; it is not ok where the index leaves out a field of the order or the
// cursor names a document outside of the index.
func (p *plan) cursorKey(x *index, c *pb.Cursor, prefix []byte) (string, bool) {
	if c == nil || len(x.orders) != len(p.orders) {
		return "", false
	}

	key := slices.Clone(prefix)
	for i, v := range c.GetValues() {
		if p.orders[i].path != nil {
			key = appendValue(key, v, p.orders[i].desc)
			continue
		}

		name, ok := strings.CutPrefix(v.GetReferenceValue(), x.base)
		if !ok {
			return "", false
		}

		key = appendName(key, name, p.orders[i].desc)
	}

	return string(key), true
}

// ensureIndex makes the index that p runs on. It takes the lock for writing only the first time.
func (s *Server) ensureIndex(p *plan) {
	s.mu.RLock()
	f, _ := s.st.familyOf(p)
	ready := f == nil || f.indexes[p.shapeID] != nil

	s.mu.RUnlock()
	if ready {
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	s.st.addIndex(p)
}

func (st *state) addIndex(p *plan) {
	f, docs := st.familyOf(p)
	if f == nil || f.indexes[p.shapeID] != nil {
		return
	}

	if f.indexes == nil {
		f.indexes = map[string]*index{}
	}

	f.indexes[p.shapeID] = newIndex(p.shape, f.base, docs)
}

// results is the answer of a query and how many documents it skipped on the way.
type results struct {
	docs    []record
	skipped int
}

// run evaluates p. It wants the server's lock.
func (st *state) run(p *plan) results {
	need := -1
	if p.limit >= 0 {
		need = p.offset + p.limit
	}

	docs := st.collect(p, need)
	skipped := min(p.offset, len(docs))
	docs = docs[skipped:]
	if p.limit >= 0 && len(docs) > p.limit {
		docs = docs[:p.limit]
	}

	return results{docs, skipped}
}

// collect returns the first results of p in order, at least need of them if there are as many.
func (st *state) collect(p *plan, need int) []record {
	if need == 0 {
		return nil
	}

	found := func(r *record) bool {
		return (!p.descendants || p.inScope(r.name)) && p.accepts(*r)
	}
	if f, _ := st.familyOf(p); f != nil && f.indexes[p.shapeID] != nil {
		return p.scan(f.indexes[p.shapeID], need, found)
	}

	var docs []record
	for path, c := range st.colls {
		if !p.inScope(path + "/x") {
			continue
		}

		for _, r := range c.docs {
			if found(r) {
				docs = append(docs, *r)
			}
		}
	}

	slices.SortFunc(docs, p.compare)

	return docs
}

// scan is collect by an index: for each element that a result may have, the documents with it.
func (p *plan) scan(x *index, need int, found func(*record) bool) []record {
	var docs []record
	for _, element := range p.elements {
		before := len(docs)
		lo, hi := p.bounds(x, element)
		x.keys.scan(lo, hi, func(r *record) bool {
			if found(r) {
				docs = append(docs, *r)
			}
			return need < 0 || len(docs)-before < need
		})
	}

	if len(p.elements) == 1 {
		return docs
	}

	slices.SortFunc(docs, p.compare)

	return slices.CompactFunc(docs, func(a, b record) bool { return a.name == b.name }) // one with several of the elements was found as often
}
