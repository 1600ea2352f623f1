package cloud_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// TestCloud_kill kills a process that serves a cloud, and compacts its journal all the time, while messages are published and
// documents written, and finds everything that was answered.
func TestCloud_kill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var topicsKept, docsKept []string
	counted := map[string]int64{} // what was last answered of each worker's counter, a document of which it writes one field
	for life := range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
		cmd.Env = append(os.Environ(), "LOCALCLOUD_HELPER_DIR="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err = cmd.Start(); err != nil {
			t.Fatal(err)
		}
		addr, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		conn, err := grpc.NewClient(strings.TrimSpace(addr), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		if err = cloud.EnsureSubscriptions(t.Context(), conn, []cloud.Subscription{{Name: subName, Topic: topicName}}); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := 0; ; i++ {
					id := fmt.Sprintf("%d-%d-%d", life, w, i)
					_, err := pubsubpb.NewPublisherClient(conn).Publish(t.Context(), &pubsubpb.PublishRequest{
						Topic: topicName, Messages: []*pubsubpb.PubsubMessage{{Data: []byte(id)}},
					})
					if err != nil {
						return
					}
					doc := database + "/documents/messages/" + id
					_, derr := firestorepb.NewFirestoreClient(conn).Commit(t.Context(), &firestorepb.CommitRequest{
						Database: database, Writes: []*firestorepb.Write{{Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Name: doc}}}},
					})
					n := int64(life*1_000_000 + i + 1)
					name, cerr := count(t.Context(), conn, w, n)
					mu.Lock()
					topicsKept = append(topicsKept, id)
					if derr == nil {
						docsKept = append(docsKept, doc)
					}
					if cerr == nil {
						counted[name] = n
					}
					enough := len(docsKept) >= 100*(life+1)
					mu.Unlock()
					if enough {
						_ = cmd.Process.Kill()
					}
				}
			})
		}
		wg.Wait()
		_ = cmd.Wait()
		_ = conn.Close()
	}
	c := start(t, cloud.Options{Path: dir})
	resp, err := c.PubSub().Pull(t.Context(), &pubsubpb.PullRequest{Subscription: subName, MaxMessages: 1000})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range resp.GetReceivedMessages() {
		found[string(m.GetMessage().GetData())] = true
	}
	conn, err := c.Conn()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range topicsKept {
		if !found[id] {
			t.Errorf("message %s was answered and is lost", id)
		}
	}
	for _, doc := range docsKept {
		if _, err := firestorepb.NewFirestoreClient(conn).GetDocument(t.Context(), &firestorepb.GetDocumentRequest{Name: doc}); err != nil {
			t.Errorf("document %s was answered and is lost: %v", doc, err)
		}
	}
	for name, n := range counted {
		got, err := firestorepb.NewFirestoreClient(conn).GetDocument(t.Context(), &firestorepb.GetDocumentRequest{Name: name})
		if err != nil || got.GetFields()["n"].GetIntegerValue() < n || got.GetFields()["text"].GetStringValue() == "" {
			t.Errorf("%s was answered with %d, and is now %v, %v", name, n, got, err)
		}
	}
	if len(docsKept) < 300 {
		t.Errorf("only %d documents were written", len(docsKept))
	}
}

// count writes n to a worker's counter, and with the very first one a text that no other write has.
func count(ctx context.Context, conn *grpc.ClientConn, worker int, n int64) (name string, err error) {
	name = fmt.Sprint(database, "/documents/counters/", worker)
	fields := map[string]*firestorepb.Value{"n": {ValueType: &firestorepb.Value_IntegerValue{IntegerValue: n}}}
	mask := &firestorepb.DocumentMask{FieldPaths: []string{"n"}}
	if n == 1 {
		fields["text"] = &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: "written once"}}
		mask = nil
	}
	_, err = firestorepb.NewFirestoreClient(conn).Commit(ctx, &firestorepb.CommitRequest{
		Database: database, Writes: []*firestorepb.Write{{
			Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Name: name, Fields: fields}}, UpdateMask: mask,
		}},
	})
	return name, err
}

// TestHelperProcess is not a test: it serves a cloud until it is killed.
func TestHelperProcess(t *testing.T) {
	dir := os.Getenv("LOCALCLOUD_HELPER_DIR")
	if dir == "" {
		t.Skip("only as a child of TestCloud_kill")
	}
	c, err := cloud.Start(t.Context(), cloud.Options{Path: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, c.Addr())
	for {
		if err = c.Compact(); err != nil {
			t.Fatal(err)
		}
	}
}
