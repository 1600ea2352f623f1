package firestore_test

import (
	"fmt"
	"strings"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
)

func limitSuite() suite {
	return suite{
		"document_of_1_mib":     limitDocument,
		"ids":                   limitIDs,
		"field_names":           limitFields,
		"nesting":               limitNesting,
		"malformed_field_paths": limitPaths,
		"request_of_10_mib":     limitRequest,
		"500_transforms":        limitTransforms,
	}
}

func limitDocument(e *env) {
	t := e.t
	_, err := e.doc("a").Set(testContext(t), fields{"s": strings.Repeat("x", 1_100_000)})
	wantCode(t, err, codes.InvalidArgument)
	set(t, e.doc("b"), fields{"s": strings.Repeat("x", 1_000_000)})
	_, err = e.doc("b").Update(testContext(t), []client.Update{{Path: "more", Value: strings.Repeat("x", 100_000)}})
	wantCode(t, err, codes.InvalidArgument)
}

func limitIDs(e *env) {
	t := e.t
	ctx := testContext(t)
	for _, id := range []string{"__x__", ".", "..", strings.Repeat("x", 1501)} {
		_, err := e.doc(id).Set(ctx, fields{"a": 1})
		wantCode(t, err, codes.InvalidArgument)
	}
	for _, id := range []string{"a.b", "...", "__x", strings.Repeat("x", 1500), "é/../"[:2], " "} {
		set(t, e.doc(id), fields{"a": 1})
	}
}

func limitFields(e *env) {
	t := e.t
	ctx := testContext(t)
	for _, name := range []string{"__x__", strings.Repeat("x", 1501)} {
		_, err := e.doc("a").Set(ctx, fields{name: 1})
		wantCode(t, err, codes.InvalidArgument)
	}
	set(t, e.doc("b"), fields{strings.Repeat("x", 1500): 1, "__x": 1, "a.b": 1, "é ~": 1})
}

func nested(depth int) any {
	var v any = 1
	for range depth {
		v = fields{"m": v}
	}
	return v
}

func limitNesting(e *env) {
	t := e.t
	_, err := e.doc("a").Set(testContext(t), fields{"v": nested(25)})
	wantCode(t, err, codes.InvalidArgument)
	set(t, e.doc("b"), fields{"v": nested(19)})
	_, err = e.doc("a").Set(testContext(t), fields{"v": []any{[]any{1}}})
	wantCode(t, err, codes.InvalidArgument)
	set(t, e.doc("b"), fields{"v": []any{fields{"l": []any{1}}}})
}

func limitPaths(e *env) {
	t := e.t
	for _, path := range []string{"", "a..b", ".a", "a.", "`a", "a b", "1a", "`a`b", "``"} {
		_, err := pb.NewFirestoreClient(e.conn).Commit(testContext(t), &pb.CommitRequest{Database: database, Writes: []*pb.Write{{
			Operation:  &pb.Write_Update{Update: &pb.Document{Name: e.doc("a").Path}},
			UpdateMask: &pb.DocumentMask{FieldPaths: []string{path}},
		}}})
		if err == nil {
			t.Errorf("field path %q was accepted", path)
			continue
		}
		wantCode(t, err, codes.InvalidArgument)
	}
}

func limitRequest(e *env) {
	t := e.t
	if !e.local {
		t.Skip("the emulator answers with an error that the client retries until its time is up")
	}
	b := e.batch()
	for i := range 12 {
		b.Set(e.doc(fmt.Sprint(i)), fields{"s": strings.Repeat("x", 1_000_000)})
	}
	_, err := b.Commit(testContext(t))
	wantCode(t, err, codes.InvalidArgument)
}

func limitTransforms(e *env) {
	t := e.t
	if !e.local {
		t.Skip("the emulator does not check this documented limit")
	}
	updates := make([]client.Update, 501)
	for i := range updates {
		updates[i] = client.Update{Path: fmt.Sprint("f", i), Value: client.Increment(1)}
	}
	set(t, e.doc("a"), fields{})
	_, err := e.doc("a").Update(testContext(t), updates[:500])
	noError(t, err)
	_, err = e.doc("a").Update(testContext(t), updates)
	wantCode(t, err, codes.InvalidArgument)
}
