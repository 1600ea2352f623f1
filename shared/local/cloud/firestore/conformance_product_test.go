package firestore_test

import (
	"fmt"
	"testing"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
)

const database = "projects/" + project + "/databases/(default)"

// productSuite are the combinations of calls that sending, recording and settling messages are made of.
func productSuite() suite {
	return suite{
		"claim":                          claim,
		"claim_loses_to_changed":         claimLoses,
		"claim_already_exists":           claimExists,
		"record_is_a_fold":               recordFold,
		"conditional_record":             conditionalRecord,
		"lookup_by_array_and_equality":   lookup,
		"due_by_shard":                   dueByShard,
		"open_messages_of_recipient":     openMessages,
		"consent_create_with_customer":   consentCreate,
		"usage_count_and_sum":            usage,
		"activity_pages_newest_first":    activityPages,
		"merge_all_leaves_other_map_key": mergeLeaves,
	}
}

// claim is the batch that starts a send: the message, the customer under the version read, the order's status times.
func (e *env) claim(t *testing.T, w *client.WriteResult) error {
	t.Helper()
	_, err := e.batch().
		Create(e.col("messages").Doc("m1"), fields{"state": "claimed", "attempts": fields{"1": fields{"nonce": "n1"}}, "at": client.ServerTimestamp}).
		Update(e.col("customers").Doc("c1"), []client.Update{{Path: "inFlight", Value: "m1"}}, client.LastUpdateTime(w.UpdateTime)).
		Set(e.col("orders").Doc("o1"), fields{"times": fields{"shipment s.1": fields{"delivered": client.FieldTransformMaximum(1700000500)}}}, client.MergeAll).
		Commit(testContext(t))
	return err
}

func claim(e *env) {
	t := e.t
	w := set(t, e.col("customers").Doc("c1"), fields{"status": "ACTIVE"})
	set(t, e.col("orders").Doc("o1"), fields{"id": "o1", "times": fields{"shipment s.1": fields{"packed": 1700000000, "delivered": 1700000900}}})
	noError(t, e.claim(t, w))
	wantFields(t, e.col("customers").Doc("c1"), fields{"status": "ACTIVE", "inFlight": "m1"})
	wantFields(t, e.col("orders").Doc("o1"), fields{"id": "o1", "times": fields{"shipment s.1": fields{"packed": int64(1700000000), "delivered": int64(1700000900)}}})
}

func claimLoses(e *env) {
	t := e.t
	w := set(t, e.col("customers").Doc("c1"), fields{"status": "ACTIVE"})
	set(t, e.col("customers").Doc("c1"), fields{"status": "INACTIVE"})
	wantCode(t, e.claim(t, w), codes.FailedPrecondition)
	for _, ref := range []*client.DocumentRef{e.col("messages").Doc("m1"), e.col("orders").Doc("o1")} {
		_, err := ref.Get(testContext(t))
		wantCode(t, err, codes.NotFound)
	}
}

func claimExists(e *env) {
	t := e.t
	w := set(t, e.col("customers").Doc("c1"), fields{"status": "ACTIVE"})
	noError(t, e.claim(t, w))
	fresh, err := e.col("customers").Doc("c1").Get(testContext(t))
	noError(t, err)
	wantCode(t, e.claim(t, &client.WriteResult{UpdateTime: fresh.UpdateTime}), codes.AlreadyExists)
	wantFields(t, e.col("orders").Doc("o1"), fields{"times": fields{"shipment s.1": fields{"delivered": int64(1700000500)}}})
}

func recordFold(e *env) {
	t := e.t
	ref := e.col("messages").Doc("m1")
	set(t, ref, fields{"state": "claimed", "due": 1, "attempts": fields{"1": fields{"nonce": "n1"}}})
	status := func(rank, at int) []client.Update {
		return []client.Update{
			{FieldPath: client.FieldPath{"attempts", "1", "rank"}, Value: client.FieldTransformMaximum(rank)},
			{FieldPath: client.FieldPath{"attempts", "1", "times", fmt.Sprint(rank)}, Value: client.FieldTransformMinimum(at)},
			{Path: "ids", Value: client.ArrayUnion("wamid.A/b=")},
			{Path: "due", Value: client.Delete},
		}
	}
	for _, step := range [][2]int{{50, 5000}, {20, 2000}, {40, 4000}, {50, 4900}, {10, 1000}, {20, 2500}} {
		_, err := ref.Update(testContext(t), status(step[0], step[1]))
		noError(t, err)
	}
	wantFields(t, ref, fields{
		"state": "claimed", "ids": []any{"wamid.A/b="},
		"attempts": fields{"1": fields{"nonce": "n1", "rank": int64(50), "times": fields{"10": int64(1000), "20": int64(2000), "40": int64(4000), "50": int64(4900)}}},
	})
}

func conditionalRecord(e *env) {
	t := e.t
	ref := e.col("messages").Doc("m1")
	w := set(t, ref, fields{"state": "claimed"})
	_, err := ref.Update(testContext(t), []client.Update{{Path: "rank", Value: client.FieldTransformMaximum(10)}})
	noError(t, err)
	_, err = e.batch().
		Update(ref, []client.Update{{Path: "state", Value: "failed"}}, client.LastUpdateTime(w.UpdateTime)).
		Set(e.col("apps").Doc("a1"), fields{"health": "blocked"}, client.MergeAll).
		Commit(testContext(t))
	wantCode(t, err, codes.FailedPrecondition)
	wantFields(t, ref, fields{"state": "claimed", "rank": int64(10)})
}

func lookup(e *env) {
	t := e.t
	col := e.col("messages")
	for i := range 6 {
		set(t, col.Doc(fmt.Sprint("m", i)), fields{"app": fmt.Sprint("app", i%2), "ids": []any{fmt.Sprint("gs", i), fmt.Sprint("wa", i), "both"}})
	}
	by := func(app, id string) client.Query {
		return col.Where("app", "==", app).Where("ids", "array-contains", id).Limit(1)
	}
	wantIDs(t, by("app1", "wa3"), "m3")
	wantIDs(t, by("app0", "wa3"), "")
	wantIDs(t, by("app1", "both"), "m1")
	_, err := col.Doc("m3").Update(testContext(t), []client.Update{{Path: "ids", Value: client.ArrayUnion("late")}})
	noError(t, err)
	wantIDs(t, by("app1", "late"), "m3")
	_, err = col.Doc("m3").Update(testContext(t), []client.Update{{Path: "ids", Value: client.ArrayRemove("wa3")}})
	noError(t, err)
	wantIDs(t, by("app1", "wa3"), "")
	wantIDs(t, by("app1", "gs3"), "m3")
}

func dueByShard(e *env) {
	t := e.t
	col := e.col("messages")
	for i := range 12 {
		d := fields{"shard": i % 3, "due": 1000 + 10*((i*5)%12)}
		if i%4 == 3 {
			delete(d, "due")
		}
		set(t, col.Doc(fmt.Sprintf("m%02d", i)), d)
	}
	q := col.Where("shard", "==", 0).Where("due", "<=", 1060).OrderBy("due", client.Asc)
	wantIDs(t, q.Limit(2), "m00,m06")
	wantIDs(t, q, "m00,m06")
	_, err := col.Doc("m00").Update(testContext(t), []client.Update{{Path: "due", Value: client.Delete}})
	noError(t, err)
	wantIDs(t, q, "m06")
}

func openMessages(e *env) {
	t := e.t
	col := e.col("messages")
	for i, state := range []string{"claimed", "accepted", "in_doubt", "claimed"} {
		set(t, col.Doc(fmt.Sprint("m", i)), fields{"app": "a", "to": fmt.Sprint("phone", i/3), "state": state})
	}
	wantIDs(t, col.Where("app", "==", "a").Where("to", "==", "phone0").Where("state", "in", []string{"claimed", "in_doubt"}).Limit(5), "m0,m2")
}

func consentCreate(e *env) {
	t := e.t
	customer := e.col("customers").Doc("c1")
	entry := func(n int) *client.DocumentRef { return customer.Collection("consents").Doc(fmt.Sprintf("%08d", n)) }
	_, err := e.batch().Create(customer, fields{"status": "INACTIVE", "seq": 1}).Create(entry(1), fields{"action": "import"}).Commit(testContext(t))
	noError(t, err)
	_, err = e.batch().Create(customer, fields{"status": "ACTIVE", "seq": 1}).Create(entry(1), fields{"action": "import"}).Commit(testContext(t))
	wantCode(t, err, codes.AlreadyExists)
	_, err = e.batch().Update(customer, []client.Update{{Path: "seq", Value: 2}}).Create(entry(2), fields{"action": "opt_in"}).Commit(testContext(t))
	noError(t, err)
	wantIDs(t, customer.Collection("consents").OrderBy(client.DocumentID, client.Asc), "00000001,00000002")
}

func usage(e *env) {
	t := e.t
	col := e.col("messages")
	for i := range 10 {
		set(t, col.Doc(fmt.Sprint("m", i)), fields{"account": fmt.Sprint(i % 2), "micros": 1000 * i})
	}
	wantAggregates(t, aggregation(col.Where("account", "==", "1")).WithCount("n").WithSum("micros", "sum"), "n:5 sum:25000")
}

func activityPages(e *env) {
	t := e.t
	col := e.col("messages")
	for i := range 7 {
		set(t, col.Doc(fmt.Sprint("m", i)), fields{"order": "o1", "at": 100 - i/2})
	}
	set(t, col.Doc("other"), fields{"order": "o2", "at": 1000})
	q := col.Where("order", "==", "o1").OrderBy("at", client.Desc).Limit(3)
	first := wantIDs(t, q, "m1,m0,m3")
	second := wantIDs(t, q.StartAfter(first[2]), "m2,m5,m4")
	wantIDs(t, q.StartAfter(second[2]), "m6")
}

func mergeLeaves(e *env) {
	t := e.t
	ref := e.doc("a")
	set(t, ref, fields{"m": fields{"a.b": fields{"x": 1}, "c": fields{"y": 2}}})
	_, err := ref.Set(testContext(t), fields{"m": fields{"a.b": fields{"z": client.FieldTransformMinimum(3)}}}, client.MergeAll)
	noError(t, err)
	wantFields(t, ref, fields{"m": fields{"a.b": fields{"x": int64(1), "z": int64(3)}, "c": fields{"y": int64(2)}}})
}
