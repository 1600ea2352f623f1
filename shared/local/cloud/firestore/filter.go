package firestore

import (
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type operator int

const (
	opEqual operator = iota
	opNotEqual
	opLess
	opLessOrEqual
	opGreater
	opGreaterOrEqual
	opIn
	opNotIn
	opContains
	opContainsAny
	opIsNaN
	opIsNotNaN
)

// clause is one comparison of a filter; a nil path is the document's name.
type clause struct {
	path  []string
	op    operator
	value *pb.Value
}

// condition is a filter as a tree: a clause, or a conjunction or disjunction of conditions. The empty one is true.
type condition struct {
	clause *clause
	or     bool
	parts  []condition
}

var fieldOperators = map[pb.StructuredQuery_FieldFilter_Operator]operator{
	pb.StructuredQuery_FieldFilter_EQUAL:                 opEqual,
	pb.StructuredQuery_FieldFilter_NOT_EQUAL:             opNotEqual,
	pb.StructuredQuery_FieldFilter_LESS_THAN:             opLess,
	pb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL:    opLessOrEqual,
	pb.StructuredQuery_FieldFilter_GREATER_THAN:          opGreater,
	pb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL: opGreaterOrEqual,
	pb.StructuredQuery_FieldFilter_IN:                    opIn,
	pb.StructuredQuery_FieldFilter_NOT_IN:                opNotIn,
	pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS:        opContains,
	pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY:    opContainsAny,
}

var unaryOperators = map[pb.StructuredQuery_UnaryFilter_Operator]operator{
	pb.StructuredQuery_UnaryFilter_IS_NULL:     opEqual,
	pb.StructuredQuery_UnaryFilter_IS_NOT_NULL: opNotEqual,
	pb.StructuredQuery_UnaryFilter_IS_NAN:      opIsNaN,
	pb.StructuredQuery_UnaryFilter_IS_NOT_NAN:  opIsNotNaN,
}

func parseFilter(f *pb.StructuredQuery_Filter) (condition, error) {
	switch x := f.GetFilterType().(type) {
	case *pb.StructuredQuery_Filter_CompositeFilter:
		c := condition{or: x.CompositeFilter.GetOp() == pb.StructuredQuery_CompositeFilter_OR}
		for _, s := range x.CompositeFilter.GetFilters() {
			part, err := parseFilter(s)
			if err != nil {
				return condition{}, err
			}

			c.parts = append(c.parts, part)
		}
		if len(c.parts) == 0 {
			return condition{}, status.Error(codes.InvalidArgument, "A composite filter has no filters.")
		}

		return c, nil
	case *pb.StructuredQuery_Filter_UnaryFilter:
		op, ok := unaryOperators[x.UnaryFilter.GetOp()]
		if !ok {
			return condition{}, status.Error(codes.InvalidArgument, "A unary filter has no operator.")
		}
		return newClause(x.UnaryFilter.GetField(), op, nullValue())
	case *pb.StructuredQuery_Filter_FieldFilter:
		op, ok := fieldOperators[x.FieldFilter.GetOp()]
		if !ok {
			return condition{}, status.Error(codes.InvalidArgument, "A field filter has no operator.")
		}
		return newClause(x.FieldFilter.GetField(), op, x.FieldFilter.GetValue())
	default:
		return condition{}, status.Error(codes.InvalidArgument, "A filter is of no known kind.")
	}
}

func newClause(field *pb.StructuredQuery_FieldReference, op operator, value *pb.Value) (condition, error) {
	path, err := parseReference(field)
	if err != nil {
		return condition{}, err
	}

	c := clause{path: path, op: op, value: value}
	if n := len(value.GetArrayValue().GetValues()); c.listed() {
		limit := maxDisjunctions
		if op == opNotIn {
			limit = maxNotIn
		}
		if n == 0 || n > limit {
			return condition{}, status.Errorf(codes.InvalidArgument, "'IN', 'NOT_IN' and 'ARRAY_CONTAINS_ANY' need a list of 1 to %d comparison values.", limit)
		}
	}

	if path == nil && slices.ContainsFunc(c.values(), func(v *pb.Value) bool { return typeRank(v) != rankReference }) {
		return condition{}, status.Error(codes.InvalidArgument, "__key__ filter value must be a Key")
	}

	return condition{clause: &c}, nil
}

// parseReference parses the path of a field; the document's name is nil.
func parseReference(r *pb.StructuredQuery_FieldReference) ([]string, error) {
	if r.GetFieldPath() == nameField {
		return nil, nil
	}
	return parseFieldPath(r.GetFieldPath())
}

// listed reports whether the clause compares with a list of values.
func (c *clause) listed() bool {
	return c.op == opIn || c.op == opNotIn || c.op == opContainsAny
}

// values are what the clause compares with.
func (c *clause) values() []*pb.Value {
	if c.listed() {
		return c.value.GetArrayValue().GetValues()
	}
	return []*pb.Value{c.value}
}

// inequality reports whether the clause orders the query by its field.
func (c *clause) inequality() bool {
	switch c.op {
	case opNotEqual, opLess, opLessOrEqual, opGreater, opGreaterOrEqual, opNotIn, opIsNotNaN:
		return true
	default:
		return false
	}
}

func (c *condition) match(d record) bool {
	if c.clause != nil {
		v := d.at(c.clause.path)
		return v != nil && c.clause.match(v)
	}

	for i := range c.parts {
		if c.parts[i].match(d) == c.or {
			return c.or
		}
	}

	return !c.or
}

func (c *clause) match(v *pb.Value) bool {
	null := typeRank(v) == rankNull
	switch c.op {
	case opEqual:
		return sameValue(v, c.value)
	case opNotEqual:
		return !null && !sameValue(v, c.value)
	case opIn:
		return contains(c.values(), v, sameValue)
	case opNotIn:
		return !null && !contains(c.values(), v, sameValue) && !slices.ContainsFunc(c.values(), func(w *pb.Value) bool { return typeRank(w) == rankNull })
	case opContains, opContainsAny:
		return slices.ContainsFunc(v.GetArrayValue().GetValues(), func(e *pb.Value) bool { return contains(c.values(), e, sameValue) })
	case opIsNaN:
		return isNaN(v)
	case opIsNotNaN:
		return !null && !isNaN(v)
	default:
		return c.inRange(v)
	}
}

// inRange compares with <, <=, > or >=, which match only values of their own type.
func (c *clause) inRange(v *pb.Value) bool {
	if typeRank(v) != typeRank(c.value) || isNaN(v) != isNaN(c.value) {
		return false
	}

	order := compareValues(v, c.value)
	switch c.op {
	case opLess:
		return order < 0
	case opLessOrEqual:
		return order <= 0
	case opGreater:
		return order > 0
	default:
		return order >= 0
	}
}

// all yields every clause of the condition.
func (c *condition) all(yield func(*clause) bool) bool {
	if c.clause != nil {
		return yield(c.clause)
	}

	for i := range c.parts {
		if !c.parts[i].all(yield) {
			return false
		}
	}

	return true
}

// conjuncts are the clauses that every matching document fulfils.
func (c *condition) conjuncts() []*clause {
	if c.clause != nil {
		return []*clause{c.clause}
	}
	if c.or && len(c.parts) > 1 {
		return nil
	}

	var out []*clause
	for i := range c.parts {
		out = append(out, c.parts[i].conjuncts()...)
	}

	return out
}

// disjunctions counts the queries that the condition stands for in disjunctive normal form, a listed value each.
func (c *condition) disjunctions() int {
	if c.clause != nil {
		if c.clause.op == opIn || c.clause.op == opContainsAny {
			return len(c.clause.values())
		}
		return 1
	}

	sum, product := 0, 1
	for i := range c.parts {
		n := c.parts[i].disjunctions()
		sum += n
		product = min(product*n, maxDisjunctions+1)
	}

	if c.or {
		return sum
	}

	return product
}

// branches is the disjunctive normal form, with lists left whole. Call it only when disjunctions is within its limit.
func (c *condition) branches() [][]*clause {
	if c.clause != nil {
		return [][]*clause{{c.clause}}
	}
	if c.or {
		var out [][]*clause
		for i := range c.parts {
			out = append(out, c.parts[i].branches()...)
		}
		return out
	}

	out := [][]*clause{nil}
	for i := range c.parts {
		var next [][]*clause
		for _, left := range out {
			for _, right := range c.parts[i].branches() {
				next = append(next, slices.Concat(left, right))
			}
		}

		out = next
	}

	return out
}
