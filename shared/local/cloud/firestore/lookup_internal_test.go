package firestore

import (
	"fmt"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func where(field string, op pb.StructuredQuery_FieldFilter_Operator, v *pb.Value) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{FieldFilter: &pb.StructuredQuery_FieldFilter{
		Field: &pb.StructuredQuery_FieldReference{FieldPath: field}, Op: op, Value: v,
	}}}
}

func combine(op pb.StructuredQuery_CompositeFilter_Operator, fs ...*pb.StructuredQuery_Filter) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_CompositeFilter{
		CompositeFilter: &pb.StructuredQuery_CompositeFilter{Op: op, Filters: fs},
	}}
}

// TestQueriesLookAtWhatTheyFind counts the documents that queries over a thousand have a look at.
func TestQueriesLookAtWhatTheyFind(t *testing.T) {
	t.Parallel()
	const (
		and      = pb.StructuredQuery_CompositeFilter_AND
		or       = pb.StructuredQuery_CompositeFilter_OR
		equals   = pb.StructuredQuery_FieldFilter_EQUAL
		in       = pb.StructuredQuery_FieldFilter_IN
		contains = pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS
		either   = pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS_ANY
		atLeast  = pb.StructuredQuery_FieldFilter_GREATER_THAN_OR_EQUAL
	)
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	integers := func(is ...int64) *pb.Value {
		var vs []*pb.Value
		for _, i := range is {
			vs = append(vs, integerValue(i))
		}
		return arrayValue(vs)
	}
	for i := range int64(1000) {
		m := &mutation{name: fmt.Sprintf("%s/c/%04d", testRoot, i), replaces: true, fields: map[string]*pb.Value{
			"ten": integerValue(i % 10), "hundred": integerValue(i % 100), "n": integerValue(i), "list": integers(i%50, i%50+1),
		}}
		if _, err := s.commit([]*mutation{m}); err != nil {
			t.Fatal(err)
		}
	}
	byN := []*pb.StructuredQuery_Order{{Field: &pb.StructuredQuery_FieldReference{FieldPath: "n"}, Direction: pb.StructuredQuery_DESCENDING}}
	for name, tc := range map[string]struct {
		where    *pb.StructuredQuery_Filter
		orders   []*pb.StructuredQuery_Order
		limit    int32
		found    int
		examined int
	}{
		"equality":              {where: where("ten", equals, integerValue(3)), found: 100, examined: 100},
		"two_equalities":        {where: combine(and, where("ten", equals, integerValue(3)), where("hundred", equals, integerValue(13))), found: 10, examined: 10},
		"equality_in_order":     {where: where("ten", equals, integerValue(3)), orders: byN, limit: 5, found: 5, examined: 5},
		"equality_and_range":    {where: combine(and, where("ten", equals, integerValue(3)), where("n", atLeast, integerValue(900))), found: 10, examined: 10},
		"one_of_a_list":         {where: where("hundred", in, integers(3, 5, 200)), found: 20, examined: 20},
		"one_of_a_list_ordered": {where: where("hundred", in, integers(3, 5, 7)), orders: byN, limit: 4, found: 4, examined: 4 + 2},
		"either":                {where: combine(or, where("hundred", equals, integerValue(3)), where("n", equals, integerValue(44))), found: 11, examined: 11},
		"either_twice":          {where: combine(or, where("hundred", equals, integerValue(3)), where("n", equals, integerValue(3))), found: 10, examined: 11},
		"element":               {where: where("list", contains, integerValue(0)), found: 20, examined: 20},
		"some_element":          {where: where("list", either, integers(0, 50)), found: 40, examined: 40},
		"element_and_list": {
			where: combine(and, where("list", contains, integerValue(0)), where("hundred", in, integers(0, 50, 51))), found: 20, examined: 20,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := &pb.StructuredQuery{
				From: []*pb.StructuredQuery_CollectionSelector{{CollectionId: "c"}}, Where: tc.where, OrderBy: tc.orders,
			}
			if tc.limit > 0 {
				q.Limit = wrapperspb.Int32(tc.limit)
			}
			p, err := newPlan(testRoot, q)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := s.query(p, &pb.RunQueryRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.docs) != tc.found || got.examined != tc.examined {
				t.Errorf("found %d documents and looked at %d, want %d and %d", len(got.docs), got.examined, tc.found, tc.examined)
			}
		})
	}
}
