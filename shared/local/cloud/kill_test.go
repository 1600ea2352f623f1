package cloud_test

import (
	"bufio"
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

// TestCloud_kill kills a process that serves a cloud while messages are published and documents written, and finds
// everything that was answered.
func TestCloud_kill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var topicsKept, docsKept []string
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
					mu.Lock()
					topicsKept = append(topicsKept, id)
					if derr == nil {
						docsKept = append(docsKept, doc)
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
	if len(docsKept) < 300 {
		t.Errorf("only %d documents were written", len(docsKept))
	}
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
	select {}
}
