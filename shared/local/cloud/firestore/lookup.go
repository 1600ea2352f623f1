package firestore

import (
	"iter"
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// lookup is a query, or one of the disjunctions that it stands for, as an index answers it: the documents with one value in each
// of some fields, and with one element in an array, are neighbours there and in the query's order. What else the query asks for
// is checked document by document.
type lookup struct {
	shape   shape
	shapeID string
	equal   []*pb.Value // of the shape's fields
	element *pb.Value   // of the shape's array
	clauses []*clause
}

// setLookups splits the query into disjunctions with one value each. There are at most maxDisjunctions.
func (p *plan) setLookups() {
	for _, branch := range p.where.branches() {
		alternatives := [][]*clause{nil}
		for _, c := range branch {
			var next [][]*clause
			for _, single := range c.singles() {
				for _, a := range alternatives {
					next = append(next, append(slices.Clip(a), single))
				}
			}

			alternatives = next
		}

		for _, clauses := range alternatives {
			p.lookups = append(p.lookups, newLookup(clauses, p.orders))
		}
	}
}

// singles are clauses with one value each, of which a document that fulfils c fulfils one. Other lists than those are left whole.
func (c *clause) singles() []*clause {
	op := opEqual
	switch {
	case c.op == opContainsAny:
		op = opContains
	case c.op != opIn || c.path == nil:
		return []*clause{c}
	}

	var out []*clause
	for _, v := range c.values() {
		out = append(out, &clause{c.path, op, v})
	}

	return out
}

func newLookup(clauses []*clause, orders []sortKey) lookup {
	l := lookup{clauses: clauses}
	byField := map[string]*clause{}

	for _, c := range clauses {
		switch {
		case c.path == nil:
		case c.op == opEqual:
			byField[formatFieldPath(c.path)] = c
		case c.op == opContains:
			l.shape.contains, l.element = c.path, c.value
		default:
		}
	}

	for _, f := range slices.Sorted(maps.Keys(byField)) {
		l.shape.equal = append(l.shape.equal, byField[f].path)
		l.equal = append(l.equal, byField[f].value)
	}

	for _, o := range orders {
		if o.path == nil || byField[formatFieldPath(o.path)] == nil { // an order by a constant is none
			l.shape.orders = append(l.shape.orders, o)
		}
		if o.path == nil {
			break // names are unique: what follows decides nothing
		}
	}

	l.shapeID = l.shape.id()

	return l
}

// find yields the results of one lookup in order, and counts the documents that it has a look at.
func (p *plan) find(x *index, l *lookup, examined *int) iter.Seq[record] {
	return func(yield func(record) bool) {
		lo, hi := p.bounds(x, l)
		x.keys.scan(lo, hi, func(r *record) bool {
			*examined++
			if p.descendants && !p.inScope(r.name) || !p.accepts(*r) {
				return true
			}

			return yield(*r)
		})
	}
}

// bounds are the keys of x between which every result of the lookup lies. They may be wider than the results,
// never narrower: each document is checked anyway.
func (p *plan) bounds(x *index, l *lookup) (lo, hi string) {
	prefix := x.prefix(l.equal, l.element)
	lo, hi = string(prefix), string(prefix)+behindAll
	narrow := func(from, to string) {
		lo, hi = max(lo, from), min(hi, to)
	}

	first := x.orders[0]
	for _, c := range l.clauses {
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
