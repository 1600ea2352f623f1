package firestore_test

import (
	"fmt"

	client "cloud.google.com/go/firestore"
)

func listenSuite() suite {
	return suite{
		"document": listenDocument,
		"query":    listenQuery,
	}
}

func listenDocument(e *env) {
	t := e.t
	ref := e.doc("a")
	it := ref.Snapshots(testContext(t))
	defer it.Stop()
	for _, want := range []string{"absent", "map[v:1]", "map[v:2]", "absent"} {
		snap, err := it.Next()
		noError(t, err)
		got := "absent"
		if snap.Exists() {
			got = fmt.Sprint(snap.Data())
		}
		equal(t, "document", got, want)
		switch want {
		case "absent":
			if got := ref; got != nil {
				set(t, ref, fields{"v": 1})
			}
		case "map[v:1]":
			set(t, ref, fields{"v": 2})
		default:
			_, err := ref.Delete(testContext(t))
			noError(t, err)
		}
	}
}

func listenQuery(e *env) {
	t := e.t
	col := e.col("q")
	set(t, col.Doc("1"), fields{"k": 1})
	it := col.Where("k", "==", 1).Snapshots(testContext(t))
	defer it.Stop()
	next := func(size int, kind client.DocumentChangeKind) {
		t.Helper()
		s, err := it.Next()
		noError(t, err)
		if s.Size != size || len(s.Changes) != 1 || s.Changes[0].Kind != kind {
			t.Fatalf("snapshot of %d with changes %v, want %d with one of kind %v", s.Size, s.Changes, size, kind)
		}
	}
	next(1, client.DocumentAdded)
	set(t, col.Doc("2"), fields{"k": 1})
	next(2, client.DocumentAdded)
	set(t, col.Doc("2"), fields{"k": 1, "x": 1})
	next(2, client.DocumentModified)
	set(t, col.Doc("1"), fields{"k": 2})
	next(1, client.DocumentRemoved)
	_, err := col.Doc("2").Delete(testContext(t))
	noError(t, err)
	next(0, client.DocumentRemoved)
}
