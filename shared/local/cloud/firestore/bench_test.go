package firestore_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	client "cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

// payload is about as large as a message document.
func payload(i int) fields {
	return fields{
		"app": fmt.Sprint("app", i%10), "ids": []any{fmt.Sprint("gs", i), fmt.Sprint("wa", i)}, "state": "claimed", "shard": i % 16, "due": 1_700_000_000 + i,
		"account": "4711", "order": fmt.Sprint("o", i/3), "text": "about as long as the body of a message would be, two hundred bytes or so in all",
	}
}

// parallel runs op from sixteen clients' goroutines.
func parallel(b *testing.B, op func(ctx context.Context, i int) error) {
	b.Helper()
	var n atomic.Int64
	b.SetParallelism(8) // times GOMAXPROCS
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := op(context.Background(), int(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkCreate(b *testing.B) {
	_, c := newServer(b, firestore.Options{Journal: &fakeJournal{}})
	parallel(b, func(ctx context.Context, i int) error {
		_, err := c.Doc(fmt.Sprint("messages/", i)).Create(ctx, payload(i))
		return err
	})
}

func BenchmarkGet(b *testing.B) {
	c := filled(b, 1000)
	parallel(b, func(ctx context.Context, i int) error {
		_, err := c.Doc(fmt.Sprint("messages/", i%1000)).Get(ctx)
		return err
	})
}

func BenchmarkGetAll(b *testing.B) {
	c := filled(b, 1000)
	parallel(b, func(ctx context.Context, i int) error {
		_, err := c.GetAll(ctx, []*client.DocumentRef{
			c.Doc(fmt.Sprint("messages/", i%1000)), c.Doc(fmt.Sprint("messages/", (i+7)%1000)), c.Doc("messages/none"),
		})
		return err
	})
}

func BenchmarkBatch(b *testing.B) {
	c := filled(b, 1000)
	parallel(b, func(ctx context.Context, i int) error {
		_, err := batch(c).
			Create(c.Doc(fmt.Sprint("claims/", i)), payload(i)).
			Set(c.Doc(fmt.Sprint("orders/", i%500)), fields{"times": fields{fmt.Sprint("s", i%3): client.FieldTransformMaximum(i)}}, client.MergeAll).
			Update(c.Doc(fmt.Sprint("messages/", i%1000)), []client.Update{{Path: "inFlight", Value: i}}).
			Commit(ctx)
		return err
	})
}

func BenchmarkLookup100k(b *testing.B) {
	c := filled(b, 100_000)
	q := c.Collection("messages")
	parallel(b, func(ctx context.Context, i int) error {
		i %= 100_000
		snaps, err := q.Where("app", "==", fmt.Sprint("app", i%10)).Where("ids", "array-contains", fmt.Sprint("wa", i)).Limit(1).Documents(ctx).GetAll()
		if err == nil && len(snaps) != 1 {
			err = fmt.Errorf("found %d", len(snaps))
		}
		return err
	})
}

func BenchmarkLookupAny100k(b *testing.B) {
	c := filled(b, 100_000)
	q := c.Collection("messages")
	parallel(b, func(ctx context.Context, i int) error {
		i %= 100_000
		ids := []string{fmt.Sprint("gs", i), fmt.Sprint("wa", i)}
		snaps, err := q.Where("ids", "array-contains-any", ids).Limit(1).Documents(ctx).GetAll()
		if err == nil && len(snaps) != 1 {
			err = fmt.Errorf("found %d", len(snaps))
		}
		return err
	})
}

func BenchmarkDue100k(b *testing.B) {
	c := filled(b, 100_000)
	q := c.Collection("messages")
	parallel(b, func(ctx context.Context, i int) error {
		_, err := q.Where("shard", "==", i%16).Where("due", "<=", 1_800_000_000).OrderBy("due", client.Asc).Limit(10).Documents(ctx).GetAll()
		return err
	})
}

func filled(b *testing.B, n int) *client.Client {
	b.Helper()
	_, c := newServer(b, firestore.Options{})
	for from := 0; from < n; from += 500 {
		wb := batch(c)
		for i := from; i < min(from+500, n); i++ {
			wb.Set(c.Doc(fmt.Sprint("messages/", i)), payload(i))
		}
		_, err := wb.Commit(context.Background())
		noError(b, err)
	}
	return c
}

// BenchmarkFirstQuery100k is the query that makes an index: each one is about another field.
func BenchmarkFirstQuery100k(b *testing.B) {
	c := filled(b, 100_000)
	q := c.Collection("messages").Where("account", "==", "4711").OrderBy("due", client.Asc)
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		_, err := c.Doc("messages/1").Update(b.Context(), []client.Update{{Path: fmt.Sprint("x", i), Value: i}})
		noError(b, err)
		b.StartTimer()
		snaps, err := q.OrderBy(client.DocumentID, client.Asc).Limit(1).Where(fmt.Sprint("x", i), "==", i).Documents(b.Context()).GetAll()
		noError(b, err)
		if len(snaps) != 1 {
			b.Fatalf("found %d", len(snaps))
		}
	}
}

func BenchmarkLookupIn100k(b *testing.B) {
	c := filled(b, 100_000)
	q := c.Collection("messages")
	parallel(b, func(ctx context.Context, i int) error {
		i %= 99_000
		orders := []string{fmt.Sprint("o", i/3), fmt.Sprint("o", i/3+1)}
		snaps, err := q.Where("account", "==", "4711").Where("order", "in", orders).OrderBy("due", client.Desc).Limit(5).Documents(ctx).GetAll()
		if err == nil && len(snaps) != 5 {
			err = fmt.Errorf("found %d", len(snaps))
		}
		return err
	})
}
