package firestore_test

import (
	"fmt"
	"math"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
)

func transformSuite() suite {
	return suite{
		"increment_and_server_timestamp":   increments,
		"maximum_and_minimum":              maxMin,
		"max_min_keep_equal_and_mixed":     maxMinMixed,
		"numbers_replace_what_is_none":     replaceNonNumbers,
		"non_numeric_operand_is_refused":   nonNumericOperand,
		"nan_wins":                         nanWins,
		"increment_saturates":              incrementSaturates,
		"array_union_and_remove":           arrayTransforms,
		"array_union_replaces_what_is_not": arrayOverScalar,
		"create_with_transform":            createWithTransform,
		"transform_results":                transformResults,
		"transform_without_change":         transformWithoutChange,
	}
}

func increments(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"n": 1})
	_, err := ref.Set(testContext(t), fields{
		"n": client.Increment(4), "x": client.Increment(2), "f": client.Increment(1.5), "t": client.ServerTimestamp, "m": fields{"z": client.Increment(1)},
	}, client.MergeAll)
	noError(t, err)
	snap, err := ref.Get(testContext(t))
	noError(t, err)
	d := snap.Data()
	at, ok := d["t"].(time.Time)
	if !ok || snap.UpdateTime.Sub(at).Abs() > time.Second || at.Nanosecond()%1e6 != 0 {
		t.Fatalf("server timestamp = %v, update time %v; want the same to the millisecond", d["t"], snap.UpdateTime)
	}
	equal(t, "numbers", fmt.Sprint(d["n"], d["x"], d["f"], d["m"]), "5 2 1.5 map[z:1]")
}

func maxMin(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"a": 5, "b": 5, "d": 5, "e": 5})
	_, err := ref.Update(testContext(t), []client.Update{
		{Path: "a", Value: client.FieldTransformMaximum(9)},
		{Path: "b", Value: client.FieldTransformMinimum(2)},
		{Path: "c", Value: client.FieldTransformMaximum(1)},
		{Path: "d", Value: client.FieldTransformMaximum(4)},
		{Path: "e", Value: client.FieldTransformMinimum(6)},
	})
	noError(t, err)
	wantFields(t, ref, fields{"a": int64(9), "b": int64(2), "c": int64(1), "d": int64(5), "e": int64(5)})
}

func maxMinMixed(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"same": 3, "type": 3, "zero": math.Copysign(0, -1)})
	_, err := ref.Update(testContext(t), []client.Update{
		{Path: "same", Value: client.FieldTransformMaximum(3.0)},
		{Path: "type", Value: client.FieldTransformMaximum(3.5)},
		{Path: "zero", Value: client.FieldTransformMinimum(0)},
	})
	noError(t, err)
	wantFields(t, ref, fields{"same": int64(3), "type": 3.5, "zero": math.Copysign(0, -1)})
}

func replaceNonNumbers(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"a": "text", "b": nil, "c": []any{1}})
	_, err := ref.Update(testContext(t), []client.Update{
		{Path: "a", Value: client.FieldTransformMaximum(1)}, {Path: "b", Value: client.FieldTransformMinimum(2)}, {Path: "c", Value: client.Increment(3)},
	})
	noError(t, err)
	wantFields(t, ref, fields{"a": int64(1), "b": int64(2), "c": int64(3)})
}

func nonNumericOperand(e *env) {
	t := e.t
	text := &pb.Value{ValueType: &pb.Value_StringValue{StringValue: "x"}}
	ref := e.doc("a")
	set(t, ref, fields{"n": 1})
	for _, ft := range []*pb.DocumentTransform_FieldTransform{
		{FieldPath: "n", TransformType: &pb.DocumentTransform_FieldTransform_Maximum{Maximum: text}},
		{FieldPath: "n", TransformType: &pb.DocumentTransform_FieldTransform_Minimum{Minimum: text}},
		{FieldPath: "n", TransformType: &pb.DocumentTransform_FieldTransform_Increment{Increment: text}},
	} {
		_, err := pb.NewFirestoreClient(e.conn).Commit(testContext(t), &pb.CommitRequest{Database: database, Writes: []*pb.Write{{
			Operation: &pb.Write_Transform{Transform: &pb.DocumentTransform{Document: ref.Path, FieldTransforms: []*pb.DocumentTransform_FieldTransform{ft}}},
		}}})
		wantCode(t, err, codes.InvalidArgument)
	}
	wantFields(t, ref, fields{"n": int64(1)})
}

func nanWins(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"a": 1, "b": math.NaN()})
	_, err := ref.Update(testContext(t), []client.Update{
		{Path: "a", Value: client.FieldTransformMaximum(math.NaN())}, {Path: "b", Value: client.FieldTransformMinimum(1)},
	})
	noError(t, err)
	snap, err := ref.Get(testContext(t))
	noError(t, err)
	equal(t, "fields", fmt.Sprint(snap.Data()), "map[a:NaN b:NaN]")
}

func incrementSaturates(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"up": math.MaxInt64 - 1, "down": math.MinInt64 + 1, "mixed": 1})
	_, err := ref.Update(testContext(t), []client.Update{
		{Path: "up", Value: client.Increment(5)}, {Path: "down", Value: client.Increment(-5)}, {Path: "mixed", Value: client.Increment(0.5)},
	})
	noError(t, err)
	wantFields(t, ref, fields{"up": int64(math.MaxInt64), "down": int64(math.MinInt64), "mixed": 1.5})
}

func arrayTransforms(e *env) {
	t := e.t
	ref, ctx := e.doc("a"), testContext(t)
	set(t, ref, fields{"a": []any{1, 2}})
	_, err := ref.Update(ctx, []client.Update{{Path: "a", Value: client.ArrayUnion(2, 3, 3)}, {Path: "n", Value: client.ArrayUnion("q")}})
	noError(t, err)
	_, err = ref.Update(ctx, []client.Update{{Path: "a", Value: client.ArrayRemove(1)}, {Path: "none", Value: client.ArrayRemove(1)}})
	noError(t, err)
	wantFields(t, ref, fields{"a": []any{int64(2), int64(3)}, "n": []any{"q"}, "none": []any{}})
}

func arrayOverScalar(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"a": "text"})
	_, err := ref.Update(testContext(t), []client.Update{{Path: "a", Value: client.ArrayUnion(1)}})
	noError(t, err)
	wantFields(t, ref, fields{"a": []any{int64(1)}})
}

func createWithTransform(e *env) {
	t := e.t
	ref, ctx := e.doc("a"), testContext(t)
	_, err := ref.Create(ctx, fields{"state": "claimed", "at": client.ServerTimestamp})
	noError(t, err)
	_, err = ref.Create(ctx, fields{"state": "claimed", "at": client.ServerTimestamp})
	wantCode(t, err, codes.AlreadyExists)
}

func transformResults(e *env) {
	t := e.t
	num := func(i int64) *pb.Value { return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: i}} }
	set(t, e.doc("a"), fields{"n": 1, "m": 7})
	res, err := pb.NewFirestoreClient(e.conn).Commit(testContext(t), &pb.CommitRequest{Database: database, Writes: []*pb.Write{{
		Operation:  &pb.Write_Update{Update: &pb.Document{Name: e.doc("a").Path}},
		UpdateMask: &pb.DocumentMask{},
		UpdateTransforms: []*pb.DocumentTransform_FieldTransform{
			{FieldPath: "n", TransformType: &pb.DocumentTransform_FieldTransform_Increment{Increment: num(2)}},
			{FieldPath: "n", TransformType: &pb.DocumentTransform_FieldTransform_Increment{Increment: num(3)}},
			{FieldPath: "m", TransformType: &pb.DocumentTransform_FieldTransform_Maximum{Maximum: num(5)}},
			{FieldPath: "l", TransformType: &pb.DocumentTransform_FieldTransform_AppendMissingElements{AppendMissingElements: &pb.ArrayValue{Values: []*pb.Value{num(1)}}}},
		},
	}}})
	noError(t, err)
	got := res.GetWriteResults()[0].GetTransformResults()
	equal(t, "results", fmt.Sprint(got[0].GetIntegerValue(), got[1].GetIntegerValue(), got[2].GetIntegerValue()), "3 6 7")
	if _, null := got[3].GetValueType().(*pb.Value_NullValue); !null {
		t.Fatalf("result of an array transform = %v, want null", got[3])
	}
	wantFields(t, e.doc("a"), fields{"n": int64(6), "m": int64(7), "l": []any{int64(1)}})
}

func transformWithoutChange(e *env) {
	t := e.t
	ref := e.doc("a")
	first := set(t, ref, fields{"rank": 40})
	second, err := ref.Update(testContext(t), []client.Update{{Path: "rank", Value: client.FieldTransformMaximum(20)}})
	noError(t, err)
	equal(t, "update time kept", second.UpdateTime.Equal(first.UpdateTime), true)
}

func batchSuite() suite {
	return suite{
		"all_or_nothing":              allOrNothing,
		"same_document_twice":         sameDocumentTwice,
		"create_then_delete":          createThenDelete,
		"one_commit_time":             oneCommitTime,
		"precondition_sees_the_batch": preconditionInBatch,
	}
}

func allOrNothing(e *env) {
	t := e.t
	ctx := testContext(t)
	set(t, e.doc("there"), fields{"x": 1})
	_, err := e.batch().Set(e.doc("new"), fields{"x": 1}).Create(e.doc("there"), fields{"x": 2}).Commit(ctx)
	wantCode(t, err, codes.AlreadyExists)
	_, err = e.doc("new").Get(ctx)
	wantCode(t, err, codes.NotFound)
}

func sameDocumentTwice(e *env) {
	t := e.t
	_, err := e.batch().Create(e.doc("a"), fields{"x": 1}).Update(e.doc("a"), []client.Update{{Path: "y", Value: 2}}).Commit(testContext(t))
	noError(t, err)
	wantFields(t, e.doc("a"), fields{"x": int64(1), "y": int64(2)})
}

func createThenDelete(e *env) {
	t := e.t
	_, err := e.batch().Create(e.doc("a"), fields{"x": 1}).Delete(e.doc("a")).Commit(testContext(t))
	noError(t, err)
	_, err = e.doc("a").Get(testContext(t))
	wantCode(t, err, codes.NotFound)
}

func oneCommitTime(e *env) {
	t := e.t
	res, err := e.batch().Set(e.doc("a"), fields{"x": 1}).Set(e.doc("b"), fields{"x": 1}).Commit(testContext(t))
	noError(t, err)
	equal(t, "equal times", res[0].UpdateTime.Equal(res[1].UpdateTime), true)
}

func preconditionInBatch(e *env) {
	t := e.t
	_, err := e.batch().Create(e.doc("a"), fields{"x": 1}).Create(e.doc("a"), fields{"x": 2}).Commit(testContext(t))
	wantCode(t, err, codes.InvalidArgument)
	_, err = e.batch().Delete(e.doc("b")).Update(e.doc("b"), []client.Update{{Path: "x", Value: 1}}).Commit(testContext(t))
	wantCode(t, err, codes.InvalidArgument)
	_, err = e.batch().Set(e.doc("b"), fields{"x": 1}).Create(e.doc("b"), fields{"x": 2}).Commit(testContext(t))
	wantCode(t, err, codes.InvalidArgument)
	set(t, e.doc("d"), fields{"x": 1})
	_, err = e.batch().Delete(e.doc("d")).Create(e.doc("d"), fields{"x": 2}).Commit(testContext(t))
	noError(t, err)
	_, err = e.batch().Set(e.doc("c"), fields{"x": 1}).Delete(e.doc("c")).Create(e.doc("c"), fields{"x": 2}).Commit(testContext(t))
	noError(t, err)
	wantFields(t, e.doc("c"), fields{"x": int64(2)})
}
