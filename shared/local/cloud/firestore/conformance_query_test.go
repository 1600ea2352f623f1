package firestore_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/grpc/codes"
)

// numbers fills a collection with twenty documents, d00 to d19.
func (e *env) numbers(t *testing.T) *client.CollectionRef {
	t.Helper()
	q := e.col("q")
	b := e.batch()
	for i := range 20 {
		d := fields{
			"n": i, "even": i%2 == 0, "mod": i % 5, "s": fmt.Sprintf("s%02d", 19-i),
			"tags": []any{fmt.Sprintf("t%d", i%3), "all", "all"}, "m": fields{"x": i % 4},
		}
		switch i {
		case 7:
			d["opt"] = nil
		case 8:
			d["opt"] = math.NaN()
		case 9:
			d["opt"] = "here"
		}
		b.Set(q.Doc(fmt.Sprintf("d%02d", i)), d)
	}
	_, err := b.Commit(testContext(t))
	noError(t, err)
	return q
}

func querySuite() suite {
	return suite{
		"forms":                             queryForms,
		"documentid":                        queryDocumentID,
		"or_and_in":                         queryOr,
		"multiple_inequalities":             queryInequalities,
		"cursor_from_snapshot_pages_all":    queryPages,
		"projection":                        queryProjection,
		"iterator":                          queryIterator,
		"collection_group":                  queryGroup,
		"types_are_ordered":                 queryTypeOrder,
		"types_are_ordered_descending":      queryTypeOrderDesc,
		"range_matches_its_type_only":       queryTypeRange,
		"timestamps":                        queryTimes,
		"integers_and_doubles_are_one_line": queryNumbers,
		"updates_move_documents":            queryMoves,
		"refusals":                          queryRefusals,
		"all_collections_of_a_document":     queryKindless,
		"big_integers":                      queryBigIntegers,
		"map_and_array_equality":            queryComposite,
	}
}

func queryForms(e *env) {
	t := e.t
	q := e.numbers(t)
	for _, c := range []struct {
		name string
		q    client.Query
		want string
	}{
		{"equal", q.Where("mod", "==", 3), "d03,d08,d13,d18"},
		{"equal_merge", q.Where("mod", "==", 3).Where("even", "==", true), "d08,d18"},
		{"range_desc_limit", q.Where("n", ">", 3).Where("n", "<=", 9).OrderBy("n", client.Desc).Limit(3), "d09,d08,d07"},
		{"range_implicit_order", q.Where("n", ">=", 17), "d17,d18,d19"},
		{"range_desc_lower", q.Where("n", "<", 3).OrderBy("n", client.Desc), "d02,d01,d00"},
		{"equal_order_other", q.Where("mod", "==", 1).OrderBy("s", client.Asc), "d16,d11,d06,d01"},
		{"equal_order_same", q.Where("mod", "==", 1).OrderBy("mod", client.Desc).OrderBy("n", client.Desc), "d16,d11,d06,d01"},
		{"in", q.Where("n", "in", []int{4, 2, 99}), "d02,d04"},
		{"not_in", q.Where("mod", "not-in", []int{0, 1, 2, 3}), "d04,d09,d14,d19"},
		{"not_equal", q.Where("even", "!=", true).Where("mod", "==", 1), "d01,d11"},
		{"not_equal_null", q.Where("opt", "!=", nil), "d08,d09"},
		{"array_contains", q.Where("tags", "array-contains", "t2").Limit(2), "d02,d05"},
		{"array_contains_repeated_element", q.Where("tags", "array-contains", "all").Limit(3), "d00,d01,d02"},
		{"array_contains_order", q.Where("tags", "array-contains", "t1").OrderBy("n", client.Desc).Limit(2), "d19,d16"},
		{"array_contains_any", q.Where("tags", "array-contains-any", []string{"t2", "t0"}).Limit(3), "d00,d02,d03"},
		{"null", q.Where("opt", "==", nil), "d07"},
		{"nan", q.Where("opt", "==", math.NaN()), "d08"},
		{"nested", q.Where("m.x", "==", 3).OrderBy("n", client.Asc).Limit(2), "d03,d07"},
		{"offset", q.OrderBy("n", client.Asc).Offset(5).Limit(2), "d05,d06"},
		{"limit_to_last", q.OrderBy("n", client.Asc).LimitToLast(2), "d18,d19"},
		{"start_after", q.OrderBy("n", client.Asc).StartAfter(17), "d18,d19"},
		{"start_at_end_before", q.OrderBy("n", client.Asc).StartAt(4).EndBefore(6), "d04,d05"},
		{"end_at_desc", q.OrderBy("n", client.Desc).StartAt(3).EndAt(1), "d03,d02,d01"},
		{"cursor_two_values", q.OrderBy("mod", client.Asc).OrderBy("n", client.Desc).StartAfter(3, 8).Limit(2), "d03,d19"},
		{"cursor_with_range", q.Where("n", ">", 2).OrderBy("n", client.Asc).StartAt(1).Limit(2), "d03,d04"},
		{"two_orders", q.OrderBy("even", client.Desc).OrderBy("mod", client.Asc).Limit(4), "d00,d10,d06,d16"},
		{"missing_field_drops", q.OrderBy("opt", client.Asc), "d07,d08,d09"},
		{"missing_field_drops_desc", q.OrderBy("opt", client.Desc), "d09,d08,d07"},
		{"none", q.Where("n", "==", 1000), ""},
		{"wrong_type", q.Where("n", "==", "1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) { wantIDs(t, c.q, c.want) })
	}
}

func queryDocumentID(e *env) {
	t := e.t
	q := e.numbers(t)
	wantIDs(t, q.Where(client.DocumentID, ">=", q.Doc("d17")), "d17,d18,d19")
	wantIDs(t, q.Where(client.DocumentID, "in", []*client.DocumentRef{q.Doc("d03"), q.Doc("d01")}), "d01,d03")
	wantIDs(t, q.OrderBy(client.DocumentID, client.Asc).StartAt("d03").Limit(2), "d03,d04")
	_, err := q.OrderBy(client.DocumentID, client.Desc).Documents(testContext(t)).GetAll()
	wantCode(t, err, codes.FailedPrecondition)
	wantIDs(t, q.Where("mod", "==", 0).OrderBy(client.DocumentID, client.Desc).Limit(2), "d15,d10")
	wantIDs(t, q.Where("tags", "array-contains", "all").OrderBy(client.DocumentID, client.Desc).Limit(1), "d19")
	wantIDs(t, q.Where("mod", "==", 0).Where(client.DocumentID, ">", q.Doc("d05")), "d10,d15")
	set(t, q.Doc("d1"), fields{"n": 1})
	set(t, q.Doc("d1").Collection("sub").Doc("x"), fields{"n": 1})
	wantIDs(t, q.OrderBy(client.DocumentID, client.Asc).StartAfter("d09").Limit(2), "d1,d10")
}

func queryOr(e *env) {
	t := e.t
	q := e.numbers(t)
	or := func(fs ...client.EntityFilter) client.EntityFilter { return client.OrFilter{Filters: fs} }
	is := func(path, op string, v any) client.EntityFilter {
		return client.PropertyFilter{Path: path, Operator: op, Value: v}
	}
	wantIDs(t, q.WhereEntity(or(is("n", "==", 1), is("n", "==", 15))), "d01,d15")
	wantIDs(t, q.WhereEntity(or(is("n", "==", 1), is("mod", "==", 2))).Where("even", "==", true), "d02,d12")
	wantIDs(t, q.WhereEntity(or(is("n", ">", 17), is("mod", "==", 2))).OrderBy("n", client.Desc).Limit(3), "d19,d18,d17")
	wantIDs(t, q.Where("mod", "in", []int{1, 2}).Where("even", "==", true).OrderBy("n", client.Desc), "d16,d12,d06,d02")
	wantIDs(t, q.Where("mod", "in", []int{1, 2}).Where("n", "<", 7), "d01,d02,d06")
}

func queryInequalities(e *env) {
	t := e.t
	q := e.numbers(t)
	wantIDs(t, q.Where("mod", ">", 2).Where("n", "<", 9), "d03,d08,d04")
	wantIDs(t, q.Where("mod", ">", 2).Where("n", "<", 9).OrderBy("n", client.Desc), "d08,d04,d03")
}

func queryPages(e *env) {
	t := e.t
	q := e.numbers(t).Where("even", "==", true).OrderBy("mod", client.Desc).Limit(3)
	var got []string
	next := q
	for {
		snaps, err := next.Documents(testContext(t)).GetAll()
		noError(t, err)
		if len(snaps) == 0 {
			break
		}
		got = append(got, idsOf(snaps))
		next = q.StartAfter(snaps[len(snaps)-1])
	}
	equal(t, "pages", strings.Join(got, ";"), "d14,d04,d18;d08,d12,d02;d16,d06,d10;d00")
}

func queryProjection(e *env) {
	t := e.t
	q := e.numbers(t).Where("n", "==", 3)
	equal(t, "selected", wantIDs(t, q.Select("n", "m.x", "none"), "d03")[0].Data(), "map[m:map[x:3] n:3]")
	equal(t, "selected none", wantIDs(t, q.Select(), "d03")[0].Data(), "map[]")
}

func queryIterator(e *env) {
	t := e.t
	it := e.numbers(t).Where("n", "<", 2).Documents(testContext(t))
	n := 0
	for {
		_, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		noError(t, err)
		n++
	}
	equal(t, "documents", n, 2)
}

func queryGroup(e *env) {
	t := e.t
	id := "g" + e.base
	set(t, e.col("r").Doc("1").Collection(id).Doc("x"), fields{"v": 1})
	set(t, e.col("r").Doc("2").Collection(id).Doc("y"), fields{"v": 2})
	set(t, e.Collection(id).Doc("z"), fields{"v": 3})
	set(t, e.Collection(id).Doc("z").Collection("other").Doc("n"), fields{"v": 3})
	wantIDs(t, e.CollectionGroup(id).Where("v", ">", 0).OrderBy("v", client.Desc), "z,y,x")
	wantIDs(t, e.CollectionGroup(id).Where("v", "==", 2), "y")
	wantIDs(t, e.CollectionGroup(id).OrderBy(client.DocumentID, client.Asc).Limit(1), "z")
}

// ordered is one value of each kind in the order of queries.
func ordered(e *env) []any {
	return []any{
		nil, false, true, math.NaN(), math.Inf(-1), -1.5, 0, 2, 2.5, time.Unix(-1, 0), time.Unix(1, 0), time.Unix(1, 1000),
		"", "A", "a", "a\x00", "a\x00b", "a\x01", "ab", "é",
		[]byte{},
		[]byte{1},
		[]byte{1, 0},
		[]byte{1, 2},
		e.doc("x"), e.doc("x").Collection("c").Doc("a"), e.doc("x0"), &latlng.LatLng{Latitude: -1}, &latlng.LatLng{Latitude: 1},
		[]any{},
		[]any{1},
		[]any{1, 2},
		[]any{"a"},
		fields{},
		fields{"a": 1},
		fields{"a": 1, "b": 0},
		fields{"a": 2},
		fields{"b": 0},
	}
}

func (e *env) fillOrdered(t *testing.T) (*client.CollectionRef, string) {
	t.Helper()
	col, b := e.col("ord"), e.batch()
	values := ordered(e)
	want := make([]string, len(values))
	for i, v := range values {
		want[i] = fmt.Sprintf("%02d-%02d", i*7%len(values), i) // ids in another order than values
		b.Set(col.Doc(want[i]), fields{"v": v})
	}
	_, err := b.Commit(testContext(t))
	noError(t, err)
	return col, strings.Join(want, ",")
}

func queryTypeOrder(e *env) {
	t := e.t
	col, want := e.fillOrdered(t)
	wantIDs(t, col.OrderBy("v", client.Asc), want)
}

func queryTypeOrderDesc(e *env) {
	t := e.t
	col, want := e.fillOrdered(t)
	ids := strings.Split(want, ",")
	slices.Reverse(ids)
	wantIDs(t, col.OrderBy("v", client.Desc), strings.Join(ids, ","))
}

func queryTypeRange(e *env) {
	t := e.t
	col := e.col("mixed")
	for id, v := range map[string]any{"a": 1, "b": "1", "c": 2.5, "d": nil, "e": math.NaN(), "f": true, "g": time.Unix(1, 0)} {
		set(t, col.Doc(id), fields{"v": v})
	}
	wantIDs(t, col.Where("v", ">=", 1), "a,c")
	wantIDs(t, col.Where("v", "<", 100).OrderBy("v", client.Desc), "c,a")
	wantIDs(t, col.Where("v", ">", ""), "b")
	wantIDs(t, col.Where("v", "<=", time.Unix(2, 0)), "g")
}

func queryTimes(e *env) {
	t := e.t
	col := e.col("times")
	for i := range 5 {
		set(t, col.Doc(fmt.Sprint(i)), fields{"at": time.Unix(int64(i)*100, 0)})
	}
	wantIDs(t, col.Where("at", ">=", time.Unix(100, 0)).Where("at", "<", time.Unix(300, 0)).OrderBy("at", client.Asc), "1,2")
}

func queryNumbers(e *env) {
	t := e.t
	col := e.col("num")
	for id, v := range map[string]any{"a": 1, "b": 1.0, "c": 1.5, "d": "1"} {
		set(t, col.Doc(id), fields{"v": v})
	}
	wantIDs(t, col.Where("v", "==", 1), "a,b")
	wantIDs(t, col.Where("v", "==", 1.0), "a,b")
	wantIDs(t, col.Where("v", ">", 1), "c")
}

func queryBigIntegers(e *env) {
	t := e.t
	col := e.col("big")
	const two53 = 1 << 53
	for id, v := range map[string]any{
		"a": int64(math.MinInt64), "b": two53 - 1, "c": float64(two53), "d": two53 + 1, "e": float64(two53 + 2), "f": int64(math.MaxInt64), "g": 9.3e18,
	} {
		set(t, col.Doc(id), fields{"v": v})
	}
	wantIDs(t, col.OrderBy("v", client.Asc), "a,b,c,d,e,f,g")
	wantIDs(t, col.OrderBy("v", client.Desc), "g,f,e,d,c,b,a")
	wantIDs(t, col.Where("v", "==", two53+1), "d")
}

func queryComposite(e *env) {
	t := e.t
	col := e.col("c")
	set(t, col.Doc("a"), fields{"v": fields{"x": 1, "y": []any{1, "a"}}})
	set(t, col.Doc("b"), fields{"v": fields{"x": 1}})
	set(t, col.Doc("c"), fields{"v": []any{fields{"x": 1}, 2}})
	wantIDs(t, col.Where("v", "==", fields{"x": 1}), "b")
	wantIDs(t, col.Where("v", "==", fields{"y": []any{1, "a"}, "x": 1.0}), "a")
	wantIDs(t, col.Where("v", "==", []any{fields{"x": 1}, 2}), "c")
	wantIDs(t, col.Where("v", "array-contains", fields{"x": 1}), "c")
}

func queryMoves(e *env) {
	t := e.t
	q := e.numbers(t)
	byMod := q.Where("mod", "==", 3).OrderBy("n", client.Desc)
	wantIDs(t, byMod, "d18,d13,d08,d03")
	_, err := e.batch().
		Update(q.Doc("d13"), []client.Update{{Path: "mod", Value: 2}}).
		Update(q.Doc("d03"), []client.Update{{Path: "n", Value: 10}}).
		Update(q.Doc("d04"), []client.Update{{Path: "mod", Value: 3}}).
		Delete(q.Doc("d18")).
		Commit(testContext(t))
	noError(t, err)
	wantIDs(t, byMod, "d03,d08,d04")
	set(t, q.Doc("d18"), fields{"mod": 3.0, "n": 0})
	wantIDs(t, byMod, "d03,d08,d04,d18")
}

func queryRefusals(e *env) {
	t := e.t
	q := e.col("q")
	many := make([]int, 31)
	for name, bad := range map[string]client.Query{
		"in_31":                 q.Where("a", "in", many),
		"in_none":               q.Where("a", "in", []int{}),
		"array_any_31":          q.Where("a", "array-contains-any", many),
		"not_in_11":             q.Where("a", "not-in", many[:11]),
		"product_over_30":       q.Where("a", "in", many[:6]).Where("b", "in", many[:6]),
		"two_array_contains":    q.Where("a", "array-contains", 1).Where("b", "array-contains", 2),
		"not_in_and_not":        q.Where("a", "not-in", many[:2]).Where("b", "!=", 2),
		"not_in_and_in":         q.Where("a", "not-in", many[:2]).Where("b", "in", many[:2]),
		"name_with_no_document": q.WherePath(client.FieldPath{client.DocumentID}, "==", 5),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "product_over_30" && !e.local {
				t.Skip("the emulator does not check this documented limit")
			}
			_, err := bad.Documents(testContext(t)).GetAll()
			if err == nil {
				t.Fatal("the query succeeded")
			}
		})
	}
	_, err := q.Where("a", "in", many).Documents(testContext(t)).GetAll()
	wantCode(t, err, codes.InvalidArgument)
}

func queryKindless(e *env) {
	t := e.t
	set(t, e.col("a").Doc("1"), fields{"v": 1})
	set(t, e.col("b").Doc("2"), fields{"v": 2})
	set(t, e.col("b").Doc("2").Collection("c").Doc("3"), fields{"v": 3})
	stream, err := pb.NewFirestoreClient(e.conn).RunQuery(testContext(t), &pb.RunQueryRequest{
		Parent: e.Collection(e.base).Doc("root").Path,
		QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: &pb.StructuredQuery{
			From: []*pb.StructuredQuery_CollectionSelector{{AllDescendants: true}},
		}},
	})
	noError(t, err)
	var got []string
	for {
		r, err := stream.Recv()
		if err != nil {
			break
		}
		if d := r.GetDocument(); d != nil {
			got = append(got, d.GetName()[strings.LastIndexByte(d.GetName(), '/')+1:])
		}
	}
	equal(t, "documents", strings.Join(got, ","), "1,2,3")
}
