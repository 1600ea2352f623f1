package firestore

import (
	"iter"
	"maps"
	"strings"
)

// family is a collection, or all collections of a database with one id, and the indexes made over it.
type family struct {
	base    string            // of the names in index keys
	indexes map[string]*index // by the id of their shape
}

type collection struct {
	family
	id    string
	docs  map[string]*record
	group *group
}

// group is all collections of a database with one id.
type group struct {
	family
	members map[string]*collection
}

// state is the documents as last committed. Its methods want the server's lock, for writing where they write.
type state struct {
	colls map[string]*collection // by path
	group map[string]*group      // by root and id
	last  int64                  // newest commit, in microseconds
}

func newState() state {
	return state{colls: map[string]*collection{}, group: map[string]*group{}}
}

// get returns the document of that name, which need not exist.
func (st *state) get(name string) record {
	if c := st.colls[collectionOf(name)]; c != nil {
		if r := c.docs[name]; r != nil {
			return *r
		}
	}

	return record{name: name}
}

// put stores a document, or removes it if it has no body. With fields given, none but those have changed.
func (st *state) put(doc record, fields []string) {
	path := collectionOf(doc.name)

	c := st.colls[path]
	if c == nil {
		if !doc.exists() {
			return
		}

		c = st.newCollection(path)
	}

	rec := c.docs[doc.name]
	switch {
	case rec == nil && !doc.exists():
		return
	case rec == nil:
		rec = &record{name: doc.name}
		c.docs[doc.name] = rec
	case !doc.exists():
		delete(c.docs, doc.name)
	}

	before := *rec
	rec.body = doc.body

	for _, x := range c.indexes {
		x.update(rec, before, fields)
	}

	for _, x := range c.group.indexes {
		x.update(rec, before, fields)
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
		g = &group{family: family{base: root + "/"}, members: map[string]*collection{}}
		st.group[root+"//"+id] = g
	}

	c := &collection{
		family: family{base: path + "/"},
		id:     id,
		docs:   map[string]*record{},
		group:  g,
	}
	g.members[path] = c
	st.colls[path] = c

	return c
}

// documentsOf yields every document of some collections in no order.
func documentsOf(collections map[string]*collection) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, c := range collections {
			for _, r := range c.docs {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// familyOf is where the documents of p are, and those. It is nil if there are none or p asks for collections of any id.
func (st *state) familyOf(p *plan) (*family, iter.Seq[*record]) {
	if p.collection == "" {
		return nil, nil
	}

	if p.descendants {
		if g := st.group[rootOf(p.parent)+"//"+p.collection]; g != nil {
			return &g.family, documentsOf(g.members)
		}
		return nil, nil
	}

	if c := st.colls[p.parent+"/"+p.collection]; c != nil {
		return &c.family, maps.Values(c.docs)
	}

	return nil, nil
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
