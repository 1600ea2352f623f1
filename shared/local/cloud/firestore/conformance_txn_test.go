package firestore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type tx = client.Transaction

func transactionSuite() suite {
	return suite{
		"read_then_write":                   txnReadWrite,
		"concurrent_increments_are_exact":   txnIncrements,
		"outside_write_is_not_lost":         txnOutsideWrite,
		"missing_read_then_create_one_wins": txnCreateRace,
		"query_in_transaction":              txnQuery,
		"read_only":                         txnReadOnly,
		"error_rolls_back":                  txnRollback,
		"create_of_existing_is_not_retried": txnCreateExisting,
		"delete":                            txnDelete,
		"many_writes":                       txnManyWrites,
		"one_after_another":                 txnSequence,
	}
}

func readInt(ctx context.Context, t *tx, ref *client.DocumentRef) (int64, error) {
	snaps, err := t.GetAll([]*client.DocumentRef{ref})
	if err != nil || !snaps[0].Exists() {
		return 0, err
	}
	n, _ := snaps[0].Data()["n"].(int64)
	return n, ctx.Err()
}

func increment(ref *client.DocumentRef) func(context.Context, *tx) error {
	return func(ctx context.Context, t *tx) error {
		n, err := readInt(ctx, t, ref)
		if err != nil {
			return err
		}
		return t.Set(ref, fields{"n": n + 1})
	}
}

func txnReadWrite(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"n": 1})
	noError(t, e.RunTransaction(testContext(t), increment(e.doc("a"))))
	wantFields(t, e.doc("a"), fields{"n": int64(2)})
}

func txnIncrements(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"n": 0})
	ctx := testContext(t)
	var done atomic.Int64
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 3 {
				if e.RunTransaction(ctx, increment(ref), client.MaxAttempts(30)) == nil {
					done.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if done.Load() == 0 {
		t.Fatal("no transaction committed")
	}
	wantFields(t, ref, fields{"n": done.Load()})
}

func txnOutsideWrite(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"n": 1})
	tries, landed := 0, false
	noError(t, e.RunTransaction(testContext(t), func(ctx context.Context, txn *tx) error {
		tries++
		n, err := readInt(ctx, txn, ref)
		if err != nil {
			return err
		}
		if tries == 1 {
			// A server that compares lets this through and refuses our commit; one that locks makes it wait.
			outside, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			_, err := ref.Update(outside, []client.Update{{Path: "n", Value: 100}})
			landed = err == nil
		}
		return txn.Update(ref, []client.Update{{Path: "n", Value: n + 1}})
	}))
	if !landed {
		return // the outside write waited for the lock; whether it came later is not ours to say
	}
	equal(t, "tries", tries, 2)
	wantFields(t, ref, fields{"n": int64(101)})
}

func txnCreateRace(e *env) {
	t := e.t
	ref, ctx := e.doc("a"), testContext(t)
	var won atomic.Int64
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			created := false
			err := e.RunTransaction(ctx, func(_ context.Context, txn *tx) error {
				created = false
				snaps, err := txn.GetAll([]*client.DocumentRef{ref})
				if err != nil || snaps[0].Exists() {
					return err
				}
				created = true
				return txn.Create(ref, fields{"g": g})
			}, client.MaxAttempts(10))
			if err == nil && created {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	equal(t, "winners", won.Load(), 1)
}

func txnQuery(e *env) {
	t := e.t
	q := e.col("q")
	set(t, q.Doc("1"), fields{"k": "v"})
	noError(t, e.RunTransaction(testContext(t), func(_ context.Context, txn *tx) error {
		snaps, err := txn.Documents(q.Where("k", "==", "v")).GetAll()
		if err != nil {
			return err
		}
		return txn.Set(q.Doc("sum"), fields{"n": len(snaps)})
	}))
	wantFields(t, q.Doc("sum"), fields{"n": int64(1)})
}

func txnReadOnly(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"n": 1})
	err := e.RunTransaction(testContext(t), func(ctx context.Context, txn *tx) error {
		first, err := readInt(ctx, txn, ref)
		if err != nil {
			return err
		}
		set(t, ref, fields{"n": 2})
		set(t, e.doc("b"), fields{"n": 1})
		second, err := readInt(ctx, txn, ref)
		if err != nil {
			return err
		}
		snaps, err := txn.Documents(e.col("docs").Where("n", "==", 1)).GetAll()
		if err != nil {
			return err
		}
		if got := fmt.Sprintln(first, second, idsOf(snaps)); got != "1 1 a\n" {
			return fmt.Errorf("read %q in a read-only transaction, want %q", got, "1 1 a")
		}
		return nil
	}, client.ReadOnly)
	noError(t, err)
	wantFields(t, ref, fields{"n": int64(2)})
}

func txnRollback(e *env) {
	t := e.t
	boom := errors.New("boom")
	err := e.RunTransaction(testContext(t), func(_ context.Context, txn *tx) error {
		return errors.Join(txn.Set(e.doc("a"), fields{"a": 1}), boom)
	})
	if !errors.Is(err, boom) {
		t.Fatalf("error = %v, want the function's own", err)
	}
	_, err = e.doc("a").Get(testContext(t))
	wantCode(t, err, codes.NotFound)
}

func txnCreateExisting(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"n": 1})
	tries := 0
	err := e.RunTransaction(testContext(t), func(_ context.Context, txn *tx) error {
		tries++
		return txn.Create(e.doc("a"), fields{"n": 2})
	})
	wantCode(t, err, codes.AlreadyExists)
	equal(t, "tries", tries, 1)
}

func txnDelete(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"n": 1})
	noError(t, e.RunTransaction(testContext(t), func(ctx context.Context, txn *tx) error {
		if _, err := readInt(ctx, txn, e.doc("a")); err != nil {
			return err
		}
		return txn.Delete(e.doc("a"))
	}))
	_, err := e.doc("a").Get(testContext(t))
	wantCode(t, err, codes.NotFound)
}

func txnManyWrites(e *env) {
	t := e.t
	noError(t, e.RunTransaction(testContext(t), func(_ context.Context, txn *tx) error {
		for i := range 200 {
			if err := txn.Set(e.col(fmt.Sprint("w", i%7)).Doc(fmt.Sprint(i)), fields{"i": i}); err != nil {
				return err
			}
		}
		return nil
	}))
	wantFields(t, e.col("w3").Doc("199"), fields{"i": int64(199)})
}

func txnSequence(e *env) {
	t := e.t
	for range 5 {
		noError(t, e.RunTransaction(testContext(t), increment(e.doc("a"))))
	}
	wantFields(t, e.doc("a"), fields{"n": int64(5)})
}

func pastSuite() suite {
	return suite{
		"get_at_a_time":           getAt,
		"query_at_a_time":         queryAt,
		"future_is_refused":       futureRead,
		"transaction_at_a_time":   txnAt,
		"too_long_ago_is_refused": longAgo,
	}
}

func getAt(e *env) {
	t := e.t
	ref := e.doc("a")
	w := set(t, ref, fields{"n": 1})
	set(t, ref, fields{"n": 2})
	ctx := testContext(t)
	snap, err := ref.WithReadOptions(client.ReadTime(w.UpdateTime)).Get(ctx)
	noError(t, err)
	equal(t, "then", snap.Data(), "map[n:1]")
	_, err = ref.Delete(ctx)
	noError(t, err)
	snap, err = ref.WithReadOptions(client.ReadTime(w.UpdateTime)).Get(ctx)
	noError(t, err)
	equal(t, "then, deleted now", snap.Data(), "map[n:1]")
	_, err = ref.WithReadOptions(client.ReadTime(w.UpdateTime.Add(-time.Microsecond))).Get(ctx)
	wantCode(t, err, codes.NotFound)
}

func queryAt(e *env) {
	t := e.t
	col := e.col("q")
	for i := range 5 {
		set(t, col.Doc(fmt.Sprint(i)), fields{"k": i % 2, "n": i})
	}
	w := set(t, col.Doc("5"), fields{"k": 1, "n": 2})
	_, err := col.Doc("1").Delete(testContext(t))
	noError(t, err)
	set(t, col.Doc("3"), fields{"k": 0, "n": 3})
	set(t, col.Doc("6"), fields{"k": 1, "n": 0})
	q := col.Where("k", "==", 1).OrderBy("n", client.Asc)
	wantIDs(t, q, "6,5")
	wantIDs(t, *q.WithReadOptions(client.ReadTime(w.UpdateTime)), "1,5,3")
	limited := q.Offset(1).Limit(1)
	wantIDs(t, *limited.WithReadOptions(client.ReadTime(w.UpdateTime)), "5")
}

func futureRead(e *env) {
	t := e.t
	set(t, e.doc("a"), fields{"n": 1})
	_, err := e.doc("a").WithReadOptions(client.ReadTime(time.Now().Add(time.Hour))).Get(testContext(t))
	wantCode(t, err, codes.InvalidArgument)
}

func longAgo(e *env) {
	t := e.t
	_, err := e.doc("a").WithReadOptions(client.ReadTime(time.Now().Add(-30 * 24 * time.Hour))).Get(testContext(t))
	if c := status.Code(err); c != codes.FailedPrecondition && c != codes.InvalidArgument {
		t.Fatalf("code = %v, want a refusal", c)
	}
}

func txnAt(e *env) {
	t := e.t
	ref := e.doc("a")
	w := set(t, ref, fields{"n": 1})
	set(t, ref, fields{"n": 2})
	noError(t, e.RunTransaction(testContext(t), func(ctx context.Context, txn *tx) error {
		n, err := readInt(ctx, txn, ref)
		if err == nil && n != 1 {
			err = fmt.Errorf("read %d, want 1", n)
		}
		return err
	}, client.TransactionReadTime(w.UpdateTime)))
}
