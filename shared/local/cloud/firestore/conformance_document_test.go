package firestore_test

import (
	"math"
	"strings"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
)

func documentSuite() suite {
	return suite{
		"every_type_round_trips":              everyType,
		"missing_is_not_found":                missing,
		"create_existing_is_already_exists":   createExisting,
		"update_missing_is_not_found":         updateMissing,
		"update_nested_and_delete_field":      updateNested,
		"update_quoted_field_path":            updateQuoted,
		"update_through_a_scalar":             updateThroughScalar,
		"set_replaces_or_merges":              setMerges,
		"delete_and_its_precondition":         deleteDocument,
		"last_update_time":                    lastUpdateTime,
		"last_update_time_on_missing":         lastUpdateTimeMissing,
		"delete_with_stale_last_update_time":  deleteStale,
		"precondition_finer_than_a_micro":     fineprecondition,
		"write_without_change_keeps_its_time": noChange,
		"type_change_is_a_change":             typeChange,
		"empty_map_and_array":                 emptyValues,
		"times_are_cut_to_microseconds":       cutTimes,
		"get_all_order_missing_and_repeated":  getAll,
		"collections_and_missing_documents":   collections,
		"raw_document_rpcs":                   rawRPCs,
	}
}

func everyType(e *env) {
	t := e.t
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	ref := e.doc("types")
	want := fields{
		"s": "x", "i": int64(1), "f": 1.5, "b": true, "n": nil, "t": at, "by": []byte{1, 2}, "ref": e.doc("other"),
		"g": &latlng.LatLng{Latitude: 1, Longitude: 2}, "arr": []any{int64(1), "a", nil}, "m": fields{"k": fields{"d": int64(1)}}, "inf": math.Inf(1),
	}
	_, err := ref.Create(testContext(t), want)
	noError(t, err)
	snap, err := ref.Get(testContext(t))
	noError(t, err)
	got := snap.Data()
	opts := []cmp.Option{protocmp.Transform(), cmp.Comparer(func(a, b *client.DocumentRef) bool { return a.Path == b.Path })}
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
	if snap.CreateTime.IsZero() || !snap.CreateTime.Equal(snap.UpdateTime) || snap.ReadTime.Before(snap.UpdateTime) {
		t.Fatalf("times: created %v, updated %v, read %v", snap.CreateTime, snap.UpdateTime, snap.ReadTime)
	}
}

func missing(e *env) {
	t := e.t
	snap, err := e.doc("none").Get(testContext(t))
	wantCode(t, err, codes.NotFound)
	if snap == nil || snap.Exists() {
		t.Fatalf("snapshot = %v, want one that does not exist", snap)
	}
}

func createExisting(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"v": 1})
	_, err := e.doc("a").Create(testContext(t), fields{"v": 2})
	wantCode(t, err, codes.AlreadyExists)
	wantFields(t, e.doc("a"), fields{"v": int64(1)})
}

func updateMissing(e *env) {
	t := e.t
	_, err := e.doc("none").Update(testContext(t), []client.Update{{Path: "a", Value: 1}})
	wantCode(t, err, codes.NotFound)
}

func updateNested(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"m": fields{"x": 1, "y": 2}, "k": 1, "z": 1})
	_, err := ref.Update(testContext(t), []client.Update{
		{Path: "m.x", Value: 9},
		{Path: "m.n.q", Value: "v"},
		{Path: "k", Value: client.Delete},
		{Path: "m.y", Value: client.Delete},
		{Path: "none.deep", Value: client.Delete},
	})
	noError(t, err)
	wantFields(t, ref, fields{"m": fields{"n": fields{"q": "v"}, "x": int64(9)}, "z": int64(1)})
}

func updateQuoted(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"m": fields{}})
	key := "5511.99-9 x`y\\z"
	_, err := ref.Update(testContext(t), []client.Update{{FieldPath: []string{"m", key}, Value: 1}})
	noError(t, err)
	wantFields(t, ref, fields{"m": fields{key: int64(1)}})
}

func updateThroughScalar(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"m": "scalar"})
	_, err := ref.Update(testContext(t), []client.Update{{Path: "m.x", Value: 1}})
	noError(t, err)
	wantFields(t, ref, fields{"m": fields{"x": int64(1)}})
}

func setMerges(e *env) {
	t := e.t
	ref, ctx := e.doc("a"), testContext(t)
	set(t, ref, fields{"a": 1, "b": fields{"c": 1, "d": 2}})
	_, err := ref.Set(ctx, fields{"b": fields{"c": 5}}, client.MergeAll)
	noError(t, err)
	wantFields(t, ref, fields{"a": int64(1), "b": fields{"c": int64(5), "d": int64(2)}})
	_, err = ref.Set(ctx, fields{"a": 7, "b": fields{"c": 8}}, client.Merge([]string{"a"}))
	noError(t, err)
	wantFields(t, ref, fields{"a": int64(7), "b": fields{"c": int64(5), "d": int64(2)}})
	set(t, ref, fields{"q": 1})
	wantFields(t, ref, fields{"q": int64(1)})
}

func deleteDocument(e *env) {
	t := e.t
	ref, ctx := e.doc("a"), testContext(t)
	set(t, ref, fields{"a": 1})
	_, err := ref.Delete(ctx, client.Exists)
	noError(t, err)
	_, err = ref.Delete(ctx)
	noError(t, err)
	_, err = ref.Delete(ctx, client.Exists)
	wantCode(t, err, codes.NotFound)
}

func lastUpdateTime(e *env) {
	t := e.t
	ref, ctx := e.doc("a"), testContext(t)
	w := set(t, ref, fields{"a": 1})
	next, err := ref.Update(ctx, []client.Update{{Path: "a", Value: 2}}, client.LastUpdateTime(w.UpdateTime))
	noError(t, err)
	if !next.UpdateTime.After(w.UpdateTime) {
		t.Fatalf("update time %v is not after %v", next.UpdateTime, w.UpdateTime)
	}
	_, err = ref.Update(ctx, []client.Update{{Path: "a", Value: 3}}, client.LastUpdateTime(w.UpdateTime))
	wantCode(t, err, codes.FailedPrecondition)
	wantFields(t, ref, fields{"a": int64(2)})
}

func lastUpdateTimeMissing(e *env) {
	t := e.t
	at := time.Now().Truncate(time.Microsecond)
	_, err := e.doc("none").Update(testContext(t), []client.Update{{Path: "a", Value: 3}}, client.LastUpdateTime(at))
	wantCode(t, err, codes.FailedPrecondition)
}

func deleteStale(e *env) {
	t := e.t
	ref := e.doc("a")
	w := set(t, ref, fields{"a": 1})
	set(t, ref, fields{"a": 2})
	_, err := ref.Delete(testContext(t), client.LastUpdateTime(w.UpdateTime))
	wantCode(t, err, codes.FailedPrecondition)
}

func fineprecondition(e *env) {
	t := e.t
	ref := e.doc("a")
	w := set(t, ref, fields{"a": 1})
	_, err := ref.Update(testContext(t), []client.Update{{Path: "a", Value: 2}}, client.LastUpdateTime(w.UpdateTime.Add(1)))
	wantCode(t, err, codes.InvalidArgument)
}

func noChange(e *env) {
	t := e.t
	ref := e.doc("a")
	first := set(t, ref, fields{"a": 1, "m": fields{"x": []any{1.5, nil}}})
	second := set(t, ref, fields{"a": 1, "m": fields{"x": []any{1.5, nil}}})
	snap, err := ref.Get(testContext(t))
	noError(t, err)
	if !first.UpdateTime.Equal(second.UpdateTime) || !snap.UpdateTime.Equal(first.UpdateTime) {
		t.Fatalf("update times %v, %v, %v; want all equal", first.UpdateTime, second.UpdateTime, snap.UpdateTime)
	}
}

func typeChange(e *env) {
	t := e.t
	ref := e.doc("a")
	first := set(t, ref, fields{"a": 1})
	second := set(t, ref, fields{"a": 1.0})
	if !second.UpdateTime.After(first.UpdateTime) {
		t.Fatalf("update time stayed %v", first.UpdateTime)
	}
	wantFields(t, ref, fields{"a": 1.0})
}

func emptyValues(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"m": fields{}, "a": []any{}})
	wantFields(t, e.doc("a"), fields{"m": fields{}, "a": []any{}})
	set(t, e.doc("b"), fields{})
	wantFields(t, e.doc("b"), fields{})
}

func cutTimes(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"t": time.Unix(5, 123456789), "m": fields{"l": []any{time.Unix(-5, 999999999)}}})
	wantFields(t, e.doc("a"), fields{"t": time.Unix(5, 123456000).UTC(), "m": fields{"l": []any{time.Unix(-5, 999999000).UTC()}}})
}

func getAll(e *env) {
	t := e.t
	set(t, e.doc("1"), fields{"v": 1})
	set(t, e.doc("2"), fields{"v": 2})
	snaps, err := e.GetAll(testContext(t), []*client.DocumentRef{e.doc("2"), e.doc("none"), e.doc("1"), e.doc("2")})
	noError(t, err)
	equal(t, "ids", idsOf(snaps), "2,none,1,2")
	equal(t, "missing exists", snaps[1].Exists(), false)
	equal(t, "repeated", snaps[3].Data(), snaps[0].Data())
	equal(t, "read times equal", snaps[0].ReadTime.Equal(snaps[1].ReadTime), true)
}

func collections(e *env) {
	t := e.t
	ghost := e.col("list").Doc("ghost")
	set(t, ghost.Collection("sub1").Doc("x"), fields{"a": 1})
	set(t, ghost.Collection("sub2").Doc("x"), fields{"a": 1})
	set(t, e.col("list").Doc("real"), fields{"a": 1})
	cols, err := ghost.Collections(testContext(t)).GetAll()
	noError(t, err)
	equal(t, "collections", len(cols), 2)
	refs, err := e.col("list").DocumentRefs(testContext(t)).GetAll()
	noError(t, err)
	var ids []string
	for _, r := range refs {
		ids = append(ids, r.ID)
	}
	equal(t, "refs", strings.Join(ids, ","), "ghost,real")
}

func rawRPCs(e *env) {
	t := e.t
	ctx, api := testContext(t), pb.NewFirestoreClient(e.conn)
	parent := e.Collection(e.base).Doc("root").Path
	set(t, e.col("raw").Doc("x"), fields{"a": 1, "b": 2})
	set(t, e.col("raw").Doc("y"), fields{"a": 1, "b": 2})

	name := parent + "/raw/x"
	got, err := api.GetDocument(ctx, &pb.GetDocumentRequest{Name: name, Mask: &pb.DocumentMask{FieldPaths: []string{"b"}}})
	noError(t, err)
	equal(t, "masked fields", len(got.GetFields()), 1)

	list, err := api.ListDocuments(ctx, &pb.ListDocumentsRequest{Parent: parent, CollectionId: "raw", PageSize: 1})
	noError(t, err)
	if len(list.GetDocuments()) != 1 || list.GetNextPageToken() == "" {
		t.Fatalf("page = %d documents, token %q; want 1 and a token", len(list.GetDocuments()), list.GetNextPageToken())
	}
	rest, err := api.ListDocuments(ctx, &pb.ListDocumentsRequest{Parent: parent, CollectionId: "raw", PageSize: 5, PageToken: list.GetNextPageToken()})
	noError(t, err)
	equal(t, "second page", len(rest.GetDocuments()), 1)

	_, err = e.col("raw").Doc("x").Delete(ctx)
	noError(t, err)
	_, err = api.GetDocument(ctx, &pb.GetDocumentRequest{Name: name})
	wantCode(t, err, codes.NotFound)
}
