package firestore

import (
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// plan is a checked query.
type plan struct {
	parent      string
	collection  string // id; "" is any
	descendants bool   // collections at any depth below parent
	where       condition
	orders      []sortKey // the whole order, implicit fields and the name included
	startAt     *pb.Cursor
	endAt       *pb.Cursor
	offset      int
	limit       int        // -1: none
	fields      [][]string // of the projection; nil: all
	required    [][]string // fields without which a document is no result, though nothing is said about their values

	lookups []lookup // the results are those of all of them
}

func newPlan(parent string, q *pb.StructuredQuery) (*plan, error) {
	if err := checkParent(parent); err != nil {
		return nil, err
	}

	switch {
	case q == nil:
		return nil, status.Error(codes.InvalidArgument, "A structured query is required.")
	case len(q.GetFrom()) != 1:
		return nil, status.Error(codes.InvalidArgument, "A query must name exactly one collection.")
	case q.GetFindNearest() != nil:
		return nil, status.Error(codes.Unimplemented, "Vector search is not part of the local Firestore.")
	case q.GetOffset() < 0 || q.GetLimit().GetValue() < 0:
		return nil, status.Error(codes.InvalidArgument, "Limit and offset must not be negative.")
	}

	from := q.GetFrom()[0]
	p := &plan{
		parent:      parent,
		collection:  from.GetCollectionId(),
		descendants: from.GetAllDescendants(),
		startAt:     q.GetStartAt(),
		endAt:       q.GetEndAt(),
		offset:      int(q.GetOffset()),
		limit:       -1,
	}

	if q.GetLimit() != nil {
		p.limit = int(q.GetLimit().GetValue())
	}

	if q.GetWhere() != nil {
		var err error
		if p.where, err = parseFilter(q.GetWhere()); err != nil {
			return nil, err
		}
		if err := p.checkWhere(); err != nil {
			return nil, err
		}
	}

	if err := p.setOrders(q.GetOrderBy()); err != nil {
		return nil, err
	}
	if n := max(len(p.startAt.GetValues()), len(p.endAt.GetValues())); n > len(p.orders) {
		return nil, status.Error(codes.InvalidArgument, "A cursor has more values than the order has fields.")
	}

	if q.GetSelect() != nil {
		paths := make([]string, 0, len(q.GetSelect().GetFields()))
		for _, f := range q.GetSelect().GetFields() {
			paths = append(paths, f.GetFieldPath())
		}
		var err error
		if p.fields, err = parsePaths(paths); err != nil {
			return nil, err
		}
	}

	p.setLookups()
	if !p.fixed() && p.orders[0].path == nil && p.orders[0].desc {
		return nil, status.Error(codes.FailedPrecondition, "Firestore does not support descending key scans")
	}

	return p, nil
}

// checkWhere refuses the combinations of operators that the service refuses.
func (p *plan) checkWhere() error {
	if p.where.disjunctions() > maxDisjunctions {
		return status.Errorf(codes.InvalidArgument, "The query has more than %d disjunctions.", maxDisjunctions)
	}

	negations, notIn, or := 0, false, false
	p.where.all(func(c *clause) bool {
		switch c.op {
		case opNotIn:
			notIn = true
			negations++
		case opNotEqual:
			if typeRank(c.value) != rankNull {
				negations++
			}
		case opIn, opContainsAny:
			or = true
		default:
		}

		return true
	})

	branches := p.where.branches()
	if notIn && (or || negations > 1 || len(branches) > 1) {
		return status.Error(codes.InvalidArgument, "'NOT_IN' cannot be combined with 'OR', 'IN', 'ARRAY_CONTAINS_ANY', 'NOT_IN' or '!='.")
	}

	for _, b := range branches {
		arrays := 0
		for _, c := range b {
			if c.op == opContains || c.op == opContainsAny {
				arrays++
			}
		}
		if arrays > 1 {
			return status.Error(codes.InvalidArgument, "A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")
		}
	}

	return nil
}

// setOrders completes the given order: inequality fields follow by name, then the document's name, all in the
// direction of the last given one.
func (p *plan) setOrders(given []*pb.StructuredQuery_Order) error {
	seen := map[string]bool{}
	desc := false
	add := func(path []string) {
		if f := formatFieldPath(path); !seen[f] {
			seen[f] = true

			p.orders = append(p.orders, sortKey{path, desc})
		}
	}

	for _, o := range given {
		path, err := parseReference(o.GetField())
		if err != nil {
			return err
		}

		desc = o.GetDirection() == pb.StructuredQuery_DESCENDING

		add(path)
	}

	var more [][]string
	p.where.all(func(c *clause) bool {
		if c.inequality() && c.path != nil {
			more = append(more, c.path)
		}
		return true
	})

	slices.SortFunc(more, func(a, b []string) int { return strings.Compare(formatFieldPath(a), formatFieldPath(b)) })

	for _, path := range more {
		add(path)
	}

	add(nil)

	return nil
}

// fixed reports whether every result has one value, given by the query, of a field or in an array.
func (p *plan) fixed() bool {
	return slices.ContainsFunc(p.where.conjuncts(), func(c *clause) bool { return c.path != nil && c.op == opEqual || c.op == opContains })
}

// compare is the order of results.
func (p *plan) compare(a, b record) int {
	for _, o := range p.orders {
		var c int
		if o.path == nil {
			c = compareNames(a.name, b.name)
		} else {
			c = compareValues(a.at(o.path), b.at(o.path))
		}

		if o.desc {
			c = -c
		}

		if c != 0 {
			return c
		}
	}

	return 0
}

// compareCursor places d before, at or behind a cursor, which may name fewer fields than the order has.
func (p *plan) compareCursor(d record, cursor *pb.Cursor) int {
	for i, v := range cursor.GetValues() {
		c := compareValues(d.at(p.orders[i].path), v)
		if p.orders[i].desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}

	return 0
}

// accepts reports whether d is a result, limit and offset aside.
func (p *plan) accepts(d record) bool {
	if !p.where.match(d) {
		return false
	}

	for _, o := range p.orders {
		if o.path != nil && d.at(o.path) == nil {
			return false // a document without the field is not in the index
		}
	}

	for _, path := range p.required {
		if d.at(path) == nil {
			return false
		}
	}

	if p.startAt != nil {
		if c := p.compareCursor(d, p.startAt); c < 0 || c == 0 && !p.startAt.GetBefore() {
			return false
		}
	}

	if p.endAt != nil {
		if c := p.compareCursor(d, p.endAt); c > 0 || c == 0 && p.endAt.GetBefore() {
			return false
		}
	}

	return true
}
