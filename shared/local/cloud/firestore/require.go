package firestore

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// need is what one branch of a query asks of the indexes: a set of fields with one value each, an array, an order.
type need struct {
	equal    map[string][]string // canonical spelling to path
	contains []string
	orders   []sortKey // without equal fields and without the name
	nameDesc bool
}

// kind is how an index must hold the field to serve the order.
func (k sortKey) kind() Kind {
	if k.desc {
		return Descending
	}
	return Ascending
}

// check refuses a query for which production would ask for an index. The rules are those of "Index types in Cloud
// Firestore": automatic indexes of single fields serve equalities, which merge, or one array, or one order; all else
// needs a composite index whose fields are equalities and the array first, then the order in its directions. Several
// composite indexes with the same order merge. Fields that an aggregation reads must be in the index too.
func (c *catalog) check(p *plan) error {
	if p.collection == "" {
		return nil
	}

	for _, branch := range p.where.branches() {
		n := newNeed(p, branch)
		if field, kind, ok := c.served(p, n); !ok {
			return n.refusal(p, field, kind)
		}

		c.queries.note(p, n)
	}

	return nil
}

func newNeed(p *plan, branch []*clause) *need {
	n := &need{equal: map[string][]string{}}
	for _, c := range branch {
		switch {
		case c.path == nil:
		case c.op == opEqual || c.op == opIn || c.op == opIsNaN:
			n.equal[formatFieldPath(c.path)] = c.path
		case c.op == opContains || c.op == opContainsAny:
			n.contains = c.path
		default:
		}
	}

	add := func(k sortKey) {
		f := formatFieldPath(k.path)
		if n.equal[f] == nil && !slices.ContainsFunc(n.orders, func(o sortKey) bool { return formatFieldPath(o.path) == f }) {
			n.orders = append(n.orders, k)
		}
	}

	for _, o := range p.orders {
		if o.path == nil {
			n.nameDesc = o.desc
			break
		}

		add(o)
	}

	for _, path := range p.required {
		add(sortKey{path: path})
	}

	return n
}

// served reports whether indexes serve n. If not, and a single-field index is all that is missing, it names that.
func (c *catalog) served(p *plan, n *need) (field []string, kind Kind, ok bool) {
	switch heads := len(n.equal); {
	case n.contains != nil:
		if heads+len(n.orders) == 0 {
			return n.contains, Contains, c.single(p, n.contains, Contains)
		}
	case heads+len(n.orders) == 0: // by name
		return nil, 0, true
	case heads == 0 && len(n.orders) == 1 && n.nameDesc == n.orders[0].desc:
		return n.orders[0].path, n.orders[0].kind(), c.single(p, n.orders[0].path, n.orders[0].kind())
	}

	covered, whole := c.covered(p, n)
	if len(n.equal) == 0 && n.contains == nil {
		return nil, 0, whole
	}
	if n.contains != nil && !covered[formatFieldPath(n.contains)] {
		return nil, 0, false
	}

	for f, path := range n.equal {
		if !covered[f] {
			if len(n.equal) == 1 && n.contains == nil && len(n.orders) == 0 {
				field = path
			}
			return field, Ascending, false
		}
	}

	return nil, 0, true
}

// covered returns the fields of n that indexes with its order can fix, and whether there is such a composite index at all.
func (c *catalog) covered(p *plan, n *need) (fields map[string]bool, composites bool) {
	fields = map[string]bool{}
	if len(n.orders) == 0 {
		for f, path := range n.equal {
			fields[f] = c.single(p, path, Ascending) || c.single(p, path, Descending)
		}
	}

	for _, x := range c.composites[p.collection] {
		head, ok := n.servedBy(x)
		if !ok || x.group != p.descendants {
			continue
		}

		composites = true

		for _, f := range head {
			fields[f] = true
		}
	}

	return fields, composites
}

// servedBy reports whether x serves the order of n for some of its fields, and which those are.
func (n *need) servedBy(x composite) (head []string, ok bool) {
	fields := x.fields
	last := fields[len(fields)-1] // the name, which ends every index, follows its direction unless it is declared
	nameDesc := last.Kind == Descending
	if last.Path == nameField {
		fields = fields[:len(fields)-1]
	}

	at := len(fields) - len(n.orders)
	if at < 0 || len(n.orders) > 0 && nameDesc != n.nameDesc {
		return nil, false
	}

	for i, o := range n.orders {
		if f := fields[at+i]; f.Path != formatFieldPath(o.path) || f.Kind == Contains || (f.Kind == Descending) != o.desc {
			return nil, false
		}
	}

	for _, f := range fields[:at] {
		array := n.contains != nil && f.Kind == Contains && f.Path == formatFieldPath(n.contains)
		if !array && (f.Kind == Contains || n.equal[f.Path] == nil) {
			return nil, false
		}

		head = append(head, f.Path)
	}

	return head, true
}

// single reports whether a field has a single-field index: by its own override or that of a map around it or of the
// whole collection, else automatically, but not for collection groups.
func (c *catalog) single(p *plan, path []string, kind Kind) bool {
	overrides := c.overrides[p.collection]

	o := overrides["*"]
	for i := len(path); i > 0; i-- {
		if found := overrides[formatFieldPath(path[:i])]; found != nil && found.Replace {
			o = found
			break
		}
	}

	if o == nil || !o.Replace {
		return !p.descendants
	}

	return slices.Contains(o.Indexes, FieldIndex{kind, p.descendants})
}

// refusal is the service's error, with what the index file lacks in place of the link to the console's form.
func (n *need) refusal(p *plan, field []string, kind Kind) error {
	scope := "COLLECTION"
	if p.descendants {
		scope = "COLLECTION_GROUP"
	}

	if field != nil {
		return status.Errorf(codes.FailedPrecondition,
			"The query requires a %s_%s index for collection %s and field %s. You can create it here: firestore.indexes.json, fieldOverrides.",
			scope, kind, p.collection, formatFieldPath(field))
	}

	var fields []string
	if n.contains != nil {
		fields = append(fields, formatFieldPath(n.contains)+" "+Contains.String())
	}

	for _, f := range slices.Sorted(maps.Keys(n.equal)) {
		fields = append(fields, f+" "+Ascending.String())
	}

	for _, o := range n.orders {
		fields = append(fields, fmt.Sprintf("%s %s", formatFieldPath(o.path), o.kind()))
	}

	return status.Errorf(codes.FailedPrecondition,
		"The query requires an index. You can create it here: firestore.indexes.json, indexes: collectionGroup %s, queryScope %s, fields %s.",
		p.collection, scope, strings.Join(fields, ", "))
}
