package firestore

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const testRoot = "projects/p/databases/(default)/documents"

var randomFields = []string{"f", "g", "h.x", nameField}

// randomQuery may be one that is refused.
func randomQuery(r *rand.Rand) *pb.StructuredQuery {
	q := &pb.StructuredQuery{From: []*pb.StructuredQuery_CollectionSelector{{CollectionId: "c", AllDescendants: r.IntN(3) == 0}}}
	ref := func() *pb.StructuredQuery_FieldReference {
		return &pb.StructuredQuery_FieldReference{FieldPath: randomFields[r.IntN(len(randomFields)-1)]}
	}
	leaf := func() *pb.StructuredQuery_Filter {
		op := pb.StructuredQuery_FieldFilter_Operator(r.IntN(10) + 1)
		v := randomValue(r, 0)
		if op == pb.StructuredQuery_FieldFilter_IN || op == pb.StructuredQuery_FieldFilter_NOT_IN || op == pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY {
			v = arrayValue([]*pb.Value{v, randomValue(r, 0)})
		}
		return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{
			FieldFilter: &pb.StructuredQuery_FieldFilter{Field: ref(), Op: op, Value: v},
		}}
	}
	var filters []*pb.StructuredQuery_Filter
	for range r.IntN(4) {
		filters = append(filters, leaf())
	}
	if len(filters) > 0 {
		op := pb.StructuredQuery_CompositeFilter_AND
		if r.IntN(5) == 0 {
			op = pb.StructuredQuery_CompositeFilter_OR
		}
		q.Where = &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_CompositeFilter{
			CompositeFilter: &pb.StructuredQuery_CompositeFilter{Op: op, Filters: filters},
		}}
	}
	for range r.IntN(3) {
		q.OrderBy = append(q.OrderBy, &pb.StructuredQuery_Order{
			Field:     &pb.StructuredQuery_FieldReference{FieldPath: randomFields[r.IntN(len(randomFields))]},
			Direction: pb.StructuredQuery_Direction(r.IntN(2) + 1),
		})
	}
	if len(q.GetOrderBy()) > 0 && r.IntN(2) == 0 {
		q.StartAt = &pb.Cursor{Values: []*pb.Value{randomValue(r, 0)}, Before: r.IntN(2) == 0}
	}
	if len(q.GetOrderBy()) > 0 && r.IntN(3) == 0 {
		q.EndAt = &pb.Cursor{Values: []*pb.Value{randomValue(r, 0)}, Before: r.IntN(2) == 0}
	}
	if r.IntN(3) == 0 {
		q.Limit = wrapperspb.Int32(int32(r.IntN(6)))
		q.Offset = int32(r.IntN(3))
	}
	return q
}

// naive evaluates p over docs by looking at each.
func naive(p *plan, docs map[string]record) []string {
	var found []record
	for name, d := range docs {
		if p.inScope(name) && p.accepts(d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, p.compare)
	found = found[min(p.offset, len(found)):]
	if p.limit >= 0 {
		found = found[:min(p.limit, len(found))]
	}
	return namesOf(found)
}

func namesOf(docs []record) []string {
	out := []string{}
	for _, d := range docs {
		out = append(out, d.name)
	}
	return out
}

// TestIndexesAgreeWithScans changes documents at random and compares what indexes, kept up to date all along, find
// with what a look at every document finds.
func TestIndexesAgreeWithScans(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			s, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for step := range 500 {
				randomWrite(t, r, s)
				p, err := newPlan(testRoot, randomQuery(r))
				if err != nil {
					continue
				}
				answer, _, err := s.query(p, &pb.RunQueryRequest{})
				if err != nil {
					t.Fatal(err)
				}

				got, want := namesOf(answer.docs), naive(p, present(s))
				found += cmp.Compare(len(want), 0)
				if !slices.Equal(got, want) {
					t.Fatalf("step %d, lookups %+v\n got %v\nwant %v\nplan %+v", step, p.lookups, got, want, p)
				}
			}
			if found < 80 {
				t.Fatalf("only %d queries had results: the test proves nothing", found)
			}
		})
	}
}

// TestIndexIsFilledWhileDocumentsChange changes documents between the moments at which an index is added, filled and ready, and
// compares what it finds then with what a look at every document finds.
func TestIndexIsFilledWhileDocumentsChange(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	found := 0
	for step := range 100 {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		change := func() {
			for range 40 {
				randomWrite(t, r, s)
			}
		}
		change()
		p, err := newPlan(testRoot, randomQuery(r))
		if err != nil {
			continue
		}
		for i := range p.lookups {
			x, docs := s.st.addIndex(p, &p.lookups[i])
			if x == nil { // another lookup has the same shape, or there are no documents
				continue
			}
			change()
			x.fill(docs)
			change()
			x.catchUp()
		}
		f, _ := s.st.familyOf(p)
		if f == nil || !f.serves(p) { // all documents were deleted once
			continue
		}

		got, want := namesOf(s.st.run(p).docs), naive(p, present(s))
		found += cmp.Compare(len(want), 0)
		if !slices.Equal(got, want) {
			t.Fatalf("step %d, lookups %+v\n got %v\nwant %v\nplan %+v", step, p.lookups, got, want, p)
		}
	}
	if found < 10 {
		t.Fatalf("only %d queries had results: the test proves nothing", found)
	}
}

func randomWrite(t *testing.T, r *rand.Rand, s *Server) {
	t.Helper()
	name := testRoot + "/" + []string{"c/", "c/", "c/x/c/", "d/x/c/"}[r.IntN(4)] + fmt.Sprint(r.IntN(25))
	m := &mutation{name: name}
	switch r.IntN(4) {
	case 0:
		m.deletes = r.IntN(2) == 0
		fallthrough
	case 1:
		m.replaces = true
		m.fields = map[string]*pb.Value{"f": randomValue(r, 0), "h": mapValue(map[string]*pb.Value{"x": randomValue(r, 0)})}
	default:
		m.mask = []maskedField{{path: []string{[]string{"f", "g"}[r.IntN(2)]}, value: randomValue(r, 0)}}
		if r.IntN(3) == 0 {
			m.mask = append(m.mask, maskedField{path: []string{"h", "x"}})
		}
	}
	if _, err := s.commit([]*mutation{m}); err != nil {
		t.Fatal(err)
	}
}

func present(s *Server) map[string]record {
	out := map[string]record{}
	for _, r := range s.documents() {
		out[r.name] = r
	}
	return out
}

func TestOrderedSet(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var o ordered
	want := map[string]bool{}
	for range 20_000 {
		k := fmt.Sprintf("%05d", r.IntN(6000))
		if r.IntN(3) == 0 {
			o.remove(k)
			delete(want, k)
		} else {
			o.insert(k, &record{})
			want[k] = true
		}
	}
	lo, hi := "01000", "04000"
	n := 0
	o.scan(lo, hi, func(*record) bool { n++; return true })
	expected := 0
	for k := range want {
		if k >= lo && k < hi {
			expected++
		}
	}
	if n != expected {
		t.Fatalf("scan found %d keys, want %d", n, expected)
	}
	for k := range want {
		o.remove(k)
	}
	if len(o.chunks) != 0 {
		t.Fatalf("%d chunks are left of an empty set", len(o.chunks))
	}
}
