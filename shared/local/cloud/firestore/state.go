package firestore

import (
	"iter"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// record is a document's place in the state; doc is replaced as a whole and never changed, so that readers keep it
// after they let go of the lock.
type record struct {
	doc *pb.Document
}

// family is a collection, or all collections of a database with one id, and the indexes made over it.
type family struct {
	base    string // of the names in index keys
	members map[string]*collection
	indexes map[string]*index
}

type collection struct {
	family
	id    string
	docs  map[string]*record
	group *family
}

// state is the documents as last committed. Its methods want the server's lock, for writing where they write.
type state struct {
	docs  map[string]*record
	colls map[string]*collection // by path
	group map[string]*family     // by root and id
	last  int64                  // newest commit, in microseconds
}

func newState() state {
	return state{docs: map[string]*record{}, colls: map[string]*collection{}, group: map[string]*family{}}
}

func (st *state) get(name string) *pb.Document {
	if r := st.docs[name]; r != nil {
		return r.doc
	}
	return nil
}

// put stores doc under name; nil removes the document.
func (st *state) put(name string, doc *pb.Document) {
	rec := st.docs[name]
	var before *pb.Document
	if rec != nil {
		before = rec.doc
	}

	path := collectionOf(name)

	c := st.colls[path]
	switch {
	case doc == nil && rec == nil:
		return
	case doc == nil:
		delete(st.docs, name)
		delete(c.docs, name)
	case rec == nil:
		if c == nil {
			c = st.newCollection(path)
		}

		rec = &record{doc: doc}
		st.docs[name], c.docs[name] = rec, rec
	default:
		rec.doc = doc
	}

	for _, x := range c.indexes {
		x.update(rec, before, doc)
	}

	for _, x := range c.group.indexes {
		x.update(rec, before, doc)
	}

	if len(c.docs) == 0 {
		delete(st.colls, path)
		delete(c.group.members, path)
	}
}

func (st *state) newCollection(path string) *collection {
	root, id := rootOf(path), idOf(path)
	g := st.group[root+"//"+id]
	if g == nil {
		g = &family{base: root + "/", members: map[string]*collection{}, indexes: map[string]*index{}}
		st.group[root+"//"+id] = g
	}

	c := &collection{id: id, docs: map[string]*record{}, group: g}
	c.family = family{base: path + "/", members: map[string]*collection{path: c}, indexes: map[string]*index{}}
	g.members[path] = c
	st.colls[path] = c

	return c
}

// records yields every document of the family in no order.
func (f *family) records() iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, c := range f.members {
			for _, r := range c.docs {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// familyOf is where the documents of p are, or nil if there are none or p asks for collections of any id.
func (st *state) familyOf(p *plan) *family {
	if p.collection == "" {
		return nil
	}
	if p.descendants {
		return st.group[rootOf(p.parent)+"//"+p.collection]
	}
	if c := st.colls[p.parent+"/"+p.collection]; c != nil {
		return &c.family
	}

	return nil
}

// inScope reports whether the document name is one that p asks about.
func (p *plan) inScope(name string) bool {
	path := collectionOf(name)
	rest, ok := strings.CutPrefix(path, p.parent+"/")
	if !ok || p.collection != "" && idOf(path) != p.collection {
		return false
	}

	return p.descendants || !strings.Contains(rest, "/")
}
