package firestore_test

import (
	"slices"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

const indexFile = `{
  "indexes": [
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "app", "order": "ASCENDING"}, {"fieldPath": "ids", "arrayConfig": "CONTAINS"}]},
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "shard", "order": "ASCENDING"}, {"fieldPath": "due", "order": "ASCENDING"}]},
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "order", "order": "ASCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}]},
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "account", "order": "ASCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}, {"fieldPath": "__name__", "order": "DESCENDING"}]},
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "account", "order": "ASCENDING"}, {"fieldPath": "micros", "order": "ASCENDING"}]},
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "secret", "order": "ASCENDING"}, {"fieldPath": "app", "order": "ASCENDING"}]},
    {"collectionGroup": "messages", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "even", "order": "ASCENDING"}, {"fieldPath": "at", "order": "DESCENDING"}, {"fieldPath": "n", "order": "ASCENDING"}]},
    {"collectionGroup": "consents", "queryScope": "COLLECTION_GROUP", "fields": [
      {"fieldPath": "kind", "order": "ASCENDING"}, {"fieldPath": "at", "order": "ASCENDING"}]}
  ],
  "fieldOverrides": [
    {"collectionGroup": "messages", "fieldPath": "payload", "indexes": []},
    {"collectionGroup": "messages", "fieldPath": "secret", "indexes": []},
    {"collectionGroup": "messages", "fieldPath": "payload.kept", "indexes": [{"order": "ASCENDING", "queryScope": "COLLECTION"}]},
    {"collectionGroup": "messages", "fieldPath": "expires", "ttl": true, "indexes": []},
    {"collectionGroup": "consents", "fieldPath": "action", "indexes": [{"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"}]}
  ]
}`

func TestIndexesAreRequired(t *testing.T) {
	t.Parallel()
	indexes, err := firestore.ParseIndexes(strings.NewReader(indexFile))
	noError(t, err)
	_, c := newServer(t, firestore.Options{Indexes: indexes, EnforceIndexes: true})
	col, group := c.Collection("messages"), c.CollectionGroup("consents")
	or := client.OrFilter{Filters: []client.EntityFilter{
		client.PropertyFilter{Path: "app", Operator: "==", Value: 1}, client.PropertyFilter{Path: "payload", Operator: "==", Value: 1},
	}}
	for _, c := range []struct {
		name string
		q    client.Query
		want string // in the refusal; "": served
	}{
		{"all", col.Query, ""},
		{"equal", col.Where("app", "==", 1), ""},
		{"equal_null", col.Where("app", "==", nil), ""},
		{"equalities_merge", col.Where("app", "==", 1).Where("to", "==", 2).Where("state", "in", []int{1, 2}), ""},
		{"one_order", col.OrderBy("at", client.Desc), ""},
		{"one_range", col.Where("at", ">", 1).Where("at", "<", 5), ""},
		{"not_equal", col.Where("at", "!=", 1), ""},
		{"array", col.Where("tags", "array-contains", 1), ""},
		{"array_any", col.Where("tags", "array-contains-any", []int{1}), ""},
		{"array_and_equal", col.Where("ids", "array-contains", 1).Where("app", "==", 1), ""},
		{"array_and_equal_merge", col.Where("ids", "array-contains", 1).Where("app", "==", 1).Where("to", "==", 1), ""},
		{"array_and_other_equal", col.Where("ids", "array-contains", 1).Where("to", "==", 1), "ids CONTAINS, to ASC"},
		{"other_array_and_equal", col.Where("tags", "array-contains", 1).Where("app", "==", 1), "tags CONTAINS, app ASC"},
		{"array_and_order", col.Where("ids", "array-contains", 1).OrderBy("at", client.Asc), "ids CONTAINS, at ASC"},
		{"equal_and_range", col.Where("shard", "==", 1).Where("due", "<=", 5), ""},
		{"equal_range_order", col.Where("shard", "==", 1).Where("due", "<=", 5).OrderBy("due", client.Asc), ""},
		{"wrong_direction", col.Where("shard", "==", 1).OrderBy("due", client.Desc), "shard ASC, due DESC"},
		{"equal_and_order_desc", col.Where("order", "==", 1).OrderBy("at", client.Desc), ""},
		{"explicit_name", col.Where("order", "==", 1).OrderBy("at", client.Desc).OrderBy(client.DocumentID, client.Desc), ""},
		{"explicit_name_other_way", col.Where("order", "==", 1).OrderBy("at", client.Desc).OrderBy(client.DocumentID, client.Asc), "order ASC, at DESC"},
		{"declared_name", col.Where("account", "==", 1).OrderBy("at", client.Desc), ""},
		{"composites_merge", col.Where("order", "==", 1).Where("account", "==", 1).OrderBy("at", client.Desc), ""},
		{"not_all_covered", col.Where("order", "==", 1).Where("app", "==", 1).OrderBy("at", client.Desc), "app ASC, order ASC, at DESC"},
		{"three_fields", col.Where("even", "==", true).OrderBy("at", client.Desc).OrderBy("n", client.Asc), ""},
		{"two_orders", col.OrderBy("at", client.Desc).OrderBy("n", client.Asc), "at DESC, n ASC"},
		{"order_by_equal_field", col.Where("app", "==", 1).OrderBy("app", client.Asc), ""},
		{"unindexed_equal", col.Where("payload", "==", 1), "COLLECTION_ASC index for collection messages and field payload"},
		{"unindexed_order", col.OrderBy("payload", client.Desc), "COLLECTION_DESC index for collection messages and field payload"},
		{"unindexed_inside_map", col.Where("payload.x", ">", 1), "field payload.x"},
		{"unindexed_array", col.Where("payload", "array-contains", 1), "COLLECTION_CONTAINS"},
		{"unindexed_in_composite", col.Where("secret", "==", 1).Where("app", "==", 1), ""},
		{"unindexed_in_merge", col.Where("payload", "==", 1).Where("app", "==", 1), "index"},
		{"inner_override", col.Where("payload.kept", "==", 1), ""},
		{"inner_override_direction", col.OrderBy("payload.kept", client.Desc), "COLLECTION_DESC"},
		{"ttl_field", col.Where("expires", "<", 1), "field expires"},
		{"or_checks_each_branch", col.WhereEntity(or), "field payload"},
		{"group_needs_its_own", group.Where("kind", "==", 1), "COLLECTION_GROUP_ASC index for collection consents and field kind"},
		{"group_single", group.Where("action", "==", 1), ""},
		{"group_composite", group.Where("kind", "==", 1).OrderBy("at", client.Asc), ""},
		{"override_off_for_collection", c.Collection("x/y/consents").Where("action", "==", 1), "COLLECTION_ASC"},
		{"group_index_is_not_for_collections", c.Collection("x/y/consents").Where("kind", "==", 1).OrderBy("at", client.Asc), "queryScope COLLECTION,"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.q.Documents(testContext(t)).GetAll()
			if c.want == "" {
				noError(t, err)
				return
			}
			wantCode(t, err, codes.FailedPrecondition)
			if msg := status.Convert(err).Message(); !strings.HasPrefix(msg, "The query requires a") || !strings.Contains(msg, c.want) {
				t.Fatalf("message = %q, want one with %q", msg, c.want)
			}
		})
	}
	t.Run("aggregation_field", func(t *testing.T) {
		t.Parallel()
		served, refused := col.Where("account", "==", 1), col.Where("app", "==", 1)
		_, err := served.NewAggregationQuery().WithSum("micros", "s").WithCount("n").Get(testContext(t))
		noError(t, err)
		_, err = refused.NewAggregationQuery().WithCount("n").Get(testContext(t))
		noError(t, err)
		_, err = refused.NewAggregationQuery().WithSum("micros", "s").Get(testContext(t))
		wantCode(t, err, codes.FailedPrecondition)
	})
}

func TestParseIndexesRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"not_json":         `{`,
		"unknown_key":      `{"indices": []}`,
		"unknown_scope":    `{"indexes": [{"collectionGroup": "a", "queryScope": "X", "fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "ASCENDING"}]}]}`,
		"unknown_order":    `{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a", "order": "UP"}, {"fieldPath": "b", "order": "ASCENDING"}]}]}`,
		"one_field":        `{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a", "order": "ASCENDING"}]}]}`,
		"field_twice":      `{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "a", "order": "DESCENDING"}]}]}`,
		"two_arrays":       `{"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "a", "arrayConfig": "CONTAINS"}, {"fieldPath": "b", "arrayConfig": "CONTAINS"}]}]}`,
		"no_collection":    `{"indexes": [{"fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "ASCENDING"}]}]}`,
		"bad_path":         `{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "a..b", "indexes": []}]}`,
		"overridden_twice": `{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "b", "indexes": []}, {"collectionGroup": "a", "fieldPath": "b", "ttl": true}]}`,
		"override_order":   `{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "b", "indexes": [{}]}]}`,
		"override_scope":   `{"fieldOverrides": [{"collectionGroup": "a", "fieldPath": "b", "indexes": [{"order": "ASCENDING", "queryScope": "X"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := firestore.ParseIndexes(strings.NewReader(in)); err == nil {
				t.Fatalf("indexes = %v, want an error", got)
			}
		})
	}
}

func FuzzParseIndexes(f *testing.F) {
	f.Add(indexFile)
	f.Add(`{"indexes": [], "fieldOverrides": [{"collectionGroup": "a", "fieldPath": "*", "indexes": []}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		indexes, err := firestore.ParseIndexes(strings.NewReader(in))
		if err != nil {
			return
		}
		if _, err := firestore.New(firestore.Options{Indexes: indexes}); err != nil {
			t.Fatalf("a server refuses what the parser accepts: %v", err)
		}
	})
}

// TestUnneeded holds which indexes no query needs: those without which all that was asked would still be served.
func TestUnneeded(t *testing.T) {
	t.Parallel()
	indexes, err := firestore.ParseIndexes(strings.NewReader(indexFile))
	noError(t, err)
	var asked firestore.Queries
	_, c := newServer(t, firestore.Options{Indexes: indexes, EnforceIndexes: true, Queries: &asked})
	col := c.Collection("messages")
	for _, q := range []client.Query{
		col.Query,
		col.Where("app", "==", 1).Where("to", "==", 2), // single fields serve it
		col.Where("shard", "==", 1).Where("due", "<=", 5),
		col.Where("shard", "==", 2).OrderBy("due", client.Asc), // the same to an index
		col.Where("order", "==", 1).Where("account", "==", 1).OrderBy("at", client.Desc),
		col.Where("payload.kept", "==", 1),
		c.CollectionGroup("consents").Where("kind", "==", 1).OrderBy("at", client.Asc),
	} {
		_, err = q.Documents(testContext(t)).GetAll()
		noError(t, err)
	}
	// A refused query needs nothing that is there.
	_, err = col.Where("secret", "==", 1).Documents(testContext(t)).GetAll()
	wantCode(t, err, codes.FailedPrecondition)

	got, err := asked.Unneeded(indexes)
	noError(t, err)
	want := []string{
		"consents: action ASC",
		"messages: account ASC, micros ASC",
		"messages: app ASC, ids CONTAINS",
		"messages: even ASC, at DESC, n ASC",
		"messages: secret ASC, app ASC",
	}
	if !slices.Equal(got, want) {
		t.Errorf("unneeded: %q, want %q", got, want)
	}
}
