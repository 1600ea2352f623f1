package firestore

import (
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// sortKey is one field of a query's order; a nil path is the document's name.
type sortKey struct {
	path []string
	desc bool
}

// shape is what queries that differ only in their values have in common, and so can share one index: fields compared
// with ==, at most one field with array-contains, and the order.
type shape struct {
	equal    [][]string
	contains []string // nil: none
	orders   []sortKey
}

// id is the same for shapes that share an index.
func (s *shape) id() string {
	var b strings.Builder
	for _, p := range s.equal {
		b.WriteString(formatFieldPath(p) + "=")
	}

	if s.contains != nil {
		b.WriteString(formatFieldPath(s.contains) + "@")
	}

	for _, o := range s.orders {
		b.WriteString(formatFieldPath(o.path))
		if o.desc {
			b.WriteByte('>')
		} else {
			b.WriteByte('<')
		}
	}

	return b.String()
}

// index holds the documents of one collection, or of all with one id, in the order of a shape. Indexes are made when
// first asked for and kept up to date from then on, so that a write pays only for what is queried.
type index struct {
	shape
	base string // names in keys are relative to it
	keys ordered
	// ready says that keys has every document. Until then only the query that fills it uses keys, without the lock, and what
	// is written meanwhile is noted in late.
	ready bool
	late  []move
}

// move is one document that may have other keys than before.
type move struct {
	rec           *record
	before, after record
}

// fill puts the documents into the index as they were when it was added. It does not want the lock.
func (x *index) fill(docs []move) {
	items := make([]item, 0, len(docs))
	for _, d := range docs {
		for _, k := range x.keysOf(d.after) {
			items = append(items, item{k, d.rec})
		}
	}

	x.keys = orderedFrom(items)
}

// catchUp makes a filled index ready.
func (x *index) catchUp() {
	for _, m := range x.late {
		x.apply(m)
	}

	x.late = nil
	x.ready = true
}

// keysOf returns the keys of d: none if it lacks a field, one per distinct element if the shape has an array.
func (x *index) keysOf(d record) []string {
	if !d.exists() {
		return nil
	}

	buf := make([]byte, 0, 128)
	for _, p := range x.equal {
		v := d.at(p)
		if v == nil {
			return nil
		}

		buf = appendValue(buf, v, false)
	}

	var tail []byte
	for _, o := range x.orders {
		if o.path == nil {
			tail = appendName(tail, strings.TrimPrefix(d.name, x.base), o.desc)
			continue
		}

		v := d.at(o.path)
		if v == nil {
			return nil
		}

		tail = appendValue(tail, v, o.desc)
	}

	if x.contains == nil {
		return []string{string(append(buf, tail...))}
	}

	var keys []string

	head := len(buf)
	for _, e := range d.at(x.contains).GetArrayValue().GetValues() {
		buf = append(appendValue(buf[:head], e, false), tail...)
		if k := string(buf); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}

	return keys
}

// update moves rec from the keys of what it was to those of what it is. With fields given, none but those have changed.
func (x *index) update(rec *record, before record, fields []string) {
	if fields != nil && !x.touched(fields) {
		return
	}

	m := move{rec, before, *rec}
	if !x.ready {
		x.late = append(x.late, m)
		return
	}

	x.apply(m)
}

func (x *index) apply(m move) {
	was, is := x.keysOf(m.before), x.keysOf(m.after)
	for _, k := range was {
		if !slices.Contains(is, k) {
			x.keys.remove(k)
		}
	}

	for _, k := range is {
		if !slices.Contains(was, k) {
			x.keys.insert(k, m.rec)
		}
	}
}

// touched reports whether the index has a value of one of the fields.
func (x *index) touched(fields []string) bool {
	in := func(p []string) bool { return slices.Contains(fields, p[0]) }
	return slices.ContainsFunc(x.equal, in) || x.contains != nil && in(x.contains) ||
		slices.ContainsFunc(x.orders, func(o sortKey) bool { return o.path != nil && in(o.path) })
}

// prefix is what the keys begin with whose documents have these values, one per equal field, and this element.
func (x *index) prefix(equal []*pb.Value, element *pb.Value) []byte {
	var b []byte
	for _, v := range equal {
		b = appendValue(b, v, false)
	}
	if x.contains != nil {
		b = appendValue(b, element, false)
	}

	return b
}
