package firestore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

func TestCounts(t *testing.T) {
	s, c := newServer(t, firestore.Options{})
	ctx := testContext(t)
	doc, col := c.Doc("a/1"), c.Collection("q")
	b := batch(c)
	for i := range 30 {
		b.Set(col.Doc(fmt.Sprint(i)), fields{"n": i})
	}
	_, err := b.Commit(ctx)
	noError(t, err)
	for _, step := range []struct {
		name string
		do   func() error
		want firestore.Counts
	}{
		{"create", func() error { _, err := doc.Create(ctx, fields{"n": 1}); return err }, firestore.Counts{Writes: 1}},
		{"refused_create", func() error {
			_, err := doc.Create(ctx, fields{"n": 1})
			wantCode(t, err, codes.AlreadyExists)
			return nil
		}, firestore.Counts{}},
		{"unchanged", func() error { _, err := doc.Set(ctx, fields{"n": 1}); return err }, firestore.Counts{Writes: 1}},
		{"get", func() error { _, err := doc.Get(ctx); return err }, firestore.Counts{Reads: 1}},
		{"get_all_with_missing", func() error { _, err := c.GetAll(ctx, []*client.DocumentRef{doc, c.Doc("a/none"), doc}); return err }, firestore.Counts{Reads: 2}},
		{"query", func() error { _, err := col.Where("n", "<", 4).Documents(ctx).GetAll(); return err }, firestore.Counts{Reads: 4}},
		{"query_offset", func() error {
			_, err := col.OrderBy("n", client.Asc).Offset(3).Limit(2).Documents(ctx).GetAll()
			return err
		}, firestore.Counts{Reads: 5}},
		{"query_none", func() error { _, err := col.Where("n", "<", 0).Documents(ctx).GetAll(); return err }, firestore.Counts{Reads: 1}},
		{"count", func() error { _, err := col.NewAggregationQuery().WithCount("c").Get(ctx); return err }, firestore.Counts{Reads: 1}},
		{"batch", func() error {
			_, err := batch(c).Set(doc, fields{"n": 2}).Delete(col.Doc("1")).Delete(col.Doc("none")).Commit(ctx)
			return err
		}, firestore.Counts{Writes: 1, Deletes: 2}},
		{"refused_batch", func() error {
			_, err := batch(c).Set(doc, fields{"n": 2}).Create(doc, fields{}).Commit(ctx)
			wantCode(t, err, codes.InvalidArgument)
			return nil
		}, firestore.Counts{}},
	} {
		t.Run(step.name, func(t *testing.T) {
			s.ResetCounts()
			noError(t, step.do())
			if got := s.Counts(); got != step.want {
				t.Fatalf("counts = %+v, want %+v", got, step.want)
			}
		})
	}
}

// TestCharges holds that each call is told with what it is billed, the documents that it is about, and who made it.
func TestCharges(t *testing.T) {
	t.Parallel()
	indexes, err := firestore.ParseIndexes(strings.NewReader(indexFile))
	noError(t, err)
	s, c := newServer(t, firestore.Options{Indexes: indexes})
	var told []string
	s.OnCharge(func(ctx context.Context, charge firestore.Charge) {
		md, _ := metadata.FromIncomingContext(ctx)
		var ids []string
		for _, name := range charge.Documents {
			ids = append(ids, name[strings.LastIndex(name, "/documents/")+len("/documents/"):])
		}
		told = append(told, fmt.Sprint(charge.Counts, ids, md.Get("caller")))
	})
	ctx := metadata.AppendToOutgoingContext(testContext(t), "caller", "me")
	doc, col := c.Doc("a/1"), c.Collection("q")
	now := time.Unix(1_700_000_000, 0)
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { _, err := doc.Create(ctx, fields{"n": 1}); return err }, "{0 1 0} [a/1] [me]"},
		{func() error {
			_, err := batch(c).Set(col.Doc("1"), fields{"n": 1}).Delete(col.Doc("2")).Commit(ctx)
			return err
		}, "{0 1 1} [q/1 q/2] [me]"},
		{func() error { _, err := doc.Get(ctx); return err }, "{1 0 0} [a/1] [me]"},
		{func() error { _, err := c.GetAll(ctx, []*client.DocumentRef{doc, c.Doc("a/none")}); return err }, "{2 0 0} [a/1 a/none] [me]"},
		{func() error { _, err := col.Where("n", "<", 4).Documents(ctx).GetAll(); return err }, "{1 0 0} [q/1] [me]"},
		{func() error { _, err := col.Where("n", "<", 0).Documents(ctx).GetAll(); return err }, "{1 0 0} [] [me]"},
		{func() error { _, err := col.NewAggregationQuery().WithCount("c").Get(ctx); return err }, "{1 0 0} [] [me]"},
		{func() error { _, err := c.Doc("messages/old").Set(ctx, fields{"expires": now}); return err }, "{0 1 0} [messages/old] [me]"},
		{func() error { s.SweepTTL(now); return nil }, "{0 0 1} [messages/old] []"},
	} {
		told = nil
		noError(t, step.do())
		equal(t, "told", told, []string{step.want})
	}
}

func TestSweepTTL(t *testing.T) {
	t.Parallel()
	indexes, err := firestore.ParseIndexes(strings.NewReader(indexFile))
	noError(t, err)
	s, c := newServer(t, firestore.Options{Indexes: indexes})
	now := time.Unix(1_700_000_000, 0)
	set(t, c.Doc("messages/old"), fields{"expires": now.Add(-time.Second)})
	set(t, c.Doc("messages/now"), fields{"expires": now})
	set(t, c.Doc("messages/later"), fields{"expires": now.Add(time.Second)})
	set(t, c.Doc("messages/never"), fields{"expires": "text"})
	set(t, c.Doc("messages/null"), fields{"expires": nil})
	set(t, c.Doc("x/1/messages/nested"), fields{"expires": now.Add(-time.Hour)})
	set(t, c.Doc("other/old"), fields{"expires": now.Add(-time.Hour)})
	s.ResetCounts()
	equal(t, "deleted", s.SweepTTL(now), 3)
	equal(t, "counts", s.Counts(), firestore.Counts{Deletes: 3})
	equal(t, "deleted again", s.SweepTTL(now), 0)
	var left []string
	s.Documents(func(name string, _ map[string]*pb.Value) bool {
		left = append(left, name[strings.LastIndexByte(name, '/')+1:])
		return true
	})
	equal(t, "left", left, []string{"later", "never", "null", "old"})
}

func TestTimesComeFromTheClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 10, 0, 0, 123456789, time.UTC)
	manual := clock.NewManual(start)
	_, c := newServer(t, firestore.Options{Clock: manual})
	first, second := set(t, c.Doc("a/1"), fields{"n": 1}), set(t, c.Doc("a/2"), fields{"n": 1})
	equal(t, "first commit", first.UpdateTime.Equal(start.Truncate(time.Microsecond)), true)
	equal(t, "second commit", second.UpdateTime.Sub(first.UpdateTime), time.Microsecond)
	manual.Advance(time.Hour)
	third := set(t, c.Doc("a/3"), fields{"n": 1})
	equal(t, "third commit", third.UpdateTime.Equal(start.Add(time.Hour).Truncate(time.Microsecond)), true)
}

// TestUnimplemented names what is left out: a call that would be answered otherwise than by the service is refused.
func TestUnimplemented(t *testing.T) {
	t.Parallel()
	s, err := firestore.New(firestore.Options{})
	noError(t, err)
	conn := serve(t, s)
	c, api := newClient(t, conn), pb.NewFirestoreClient(conn)
	written := set(t, c.Doc("a/1"), fields{"n": 1})
	name := c.Doc("a/1").Path
	past := client.ReadTime(written.UpdateTime)
	begin := &pb.TransactionOptions{Mode: &pb.TransactionOptions_ReadOnly_{ReadOnly: &pb.TransactionOptions_ReadOnly{}}}
	for label, call := range map[string]func(ctx context.Context) error{
		"transaction": func(ctx context.Context) error {
			return c.RunTransaction(ctx, func(context.Context, *client.Transaction) error { return nil })
		},
		"commit_of_a_transaction": func(ctx context.Context) error {
			_, err := api.Commit(ctx, &pb.CommitRequest{Database: "projects/p/databases/(default)", Transaction: []byte("t")})
			return err
		},
		"read_in_a_transaction": func(ctx context.Context) error {
			_, err := api.GetDocument(ctx, &pb.GetDocumentRequest{
				Name: name, ConsistencySelector: &pb.GetDocumentRequest_Transaction{Transaction: []byte("t")},
			})
			return err
		},
		"query_that_begins_a_transaction": func(ctx context.Context) error {
			stream, err := api.RunQuery(ctx, &pb.RunQueryRequest{
				Parent:              "projects/conformance/databases/(default)/documents",
				QueryType:           &pb.RunQueryRequest_StructuredQuery{StructuredQuery: &pb.StructuredQuery{From: []*pb.StructuredQuery_CollectionSelector{{CollectionId: "a"}}}},
				ConsistencySelector: &pb.RunQueryRequest_NewTransaction{NewTransaction: begin},
			})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		},
		"document_in_the_past": func(ctx context.Context) error {
			_, err := c.Doc("a/1").WithReadOptions(past).Get(ctx)
			return err
		},
		"query_in_the_past": func(ctx context.Context) error {
			_, err := c.Collection("a").WithReadOptions(past).Documents(ctx).GetAll()
			return err
		},
		"batch_write": func(ctx context.Context) error {
			_, err := api.BatchWrite(ctx, &pb.BatchWriteRequest{})
			return err
		},
		"create_document": func(ctx context.Context) error {
			_, err := api.CreateDocument(ctx, &pb.CreateDocumentRequest{})
			return err
		},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			wantCode(t, call(testContext(t)), codes.Unimplemented)
		})
	}
}
