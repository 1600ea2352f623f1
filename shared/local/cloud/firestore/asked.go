package firestore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Queries records what the queries that were served asked of the indexes, each kind of query once. Several servers may share one. The zero
// value is ready to use.
type Queries struct {
	mu  sync.Mutex
	all map[string]asked
}

// asked is what one branch of a query asked for.
type asked struct {
	plan *plan // only the collection
	need *need
}

// note records a branch of a query. A nil recorder records nothing.
func (q *Queries) note(p *plan, n *need) {
	if q == nil {
		return
	}

	key := fmt.Sprint(p.collection, p.descendants, slices.Sorted(maps.Keys(n.equal)), n.contains, n.orders, n.nameDesc)

	q.mu.Lock()
	defer q.mu.Unlock()

	if q.all == nil {
		q.all = map[string]asked{}
	}

	q.all[key] = asked{plan: &plan{collection: p.collection, descendants: p.descendants}, need: n}
}

// Unneeded lists those of the indexes without which all recorded queries would still be served: composite indexes, and the indexes of single
// fields that settings declare. They cost a write of every document and serve nothing.
func (q *Queries) Unneeded(indexes []Index) ([]string, error) {
	var unneeded []string

	for i, x := range indexes {
		for name, without := range x.without() {
			c, err := newCatalog(slices.Replace(slices.Clone(indexes), i, i+1, without...))
			if err != nil {
				return nil, err
			}

			if q.served(c) {
				unneeded = append(unneeded, name)
			}
		}
	}

	slices.Sort(unneeded)

	return unneeded, nil
}

// served reports whether a catalog serves all recorded queries.
func (q *Queries) served(c *catalog) bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	for _, a := range q.all {
		if _, _, ok := c.served(a.plan, a.need); !ok {
			return false
		}
	}

	return true
}

// without returns what is left of a declaration without one of the indexes that it declares, by that index's name.
func (x Index) without() map[string][]Index {
	left := map[string][]Index{}

	if x.Override == nil {
		fields := make([]string, 0, len(x.Fields))
		for _, f := range x.Fields {
			fields = append(fields, f.Path+" "+f.Kind.String())
		}

		left[x.Collection+": "+strings.Join(fields, ", ")] = nil

		return left
	}

	for i, f := range x.Override.Indexes {
		rest := *x.Override
		rest.Indexes = slices.Delete(slices.Clone(rest.Indexes), i, i+1)
		left[x.Collection+": "+x.Override.Path+" "+f.Kind.String()] = []Index{{Collection: x.Collection, Override: &rest}}
	}

	return left
}
