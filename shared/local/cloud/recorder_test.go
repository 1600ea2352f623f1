package cloud_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

func TestCalls_counts_and_trace(t *testing.T) {
	t.Parallel()
	c := start(t, cloud.Options{})
	declare(t, c, cloud.Subscription{Name: subName, Topic: topicName})
	f := documents(t, c)
	c.Calls().Reset()
	c.Calls().Trace(true)
	addRule(t, c, cloud.Rule{ID: "once", Method: "Publish", Mode: cloud.FailBefore, Code: codes.NotFound, Times: 1})
	conn, err := c.Conn()
	if err != nil {
		t.Fatal(err)
	}
	publishOne(t, conn)
	publishOne(t, conn)
	if _, err = f.Doc("messages/a").Create(t.Context(), map[string]any{"n": 1}); err != nil {
		t.Fatal(err)
	}
	if _, err = f.Doc("messages/a").Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Calls().Trace(false)
	publishOne(t, conn)
	doc := database + "/documents/messages/a"
	want := []cloud.Call{
		{Method: "google.pubsub.v1.Publisher/Publish", Names: []string{topicName}, Rule: "once", Done: true, Code: codes.NotFound},
		{Method: "google.pubsub.v1.Publisher/Publish", Names: []string{topicName}, Done: true},
		{Method: "google.firestore.v1.Firestore/Commit", Names: []string{doc}, Done: true},
		{Method: "google.firestore.v1.Firestore/BatchGetDocuments", Names: []string{doc}, Done: true},
	}
	if d := cmp.Diff(want, c.Calls().Calls()); d != "" {
		t.Errorf("trace (-want +got):\n%s", d)
	}
	if got := c.Calls().Count("Publish"); got != 3 {
		t.Errorf("publishes: got %d, want 3", got)
	}
	if got := c.Calls().Counts()["google.firestore.v1.Firestore/Commit"]; got != 1 {
		t.Errorf("commits: got %d, want 1", got)
	}
}
