package testkit

import (
	"fmt"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// Stored returns everything that a local cloud holds, by what it is: documents, versions of secrets, objects of the bucket "proof", and what waits in
// subscriptions. Two that are equal have nothing written between them.
func Stored(tb testing.TB, c *cloud.Cloud) map[string]string {
	tb.Helper()

	stored := map[string]string{}

	c.Firestore().Documents(func(name string, fields map[string]*pb.Value) bool {
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(&pb.MapValue{Fields: fields})
		if err != nil {
			tb.Fatalf("document %s: %v", name, err)
		}

		stored[name] = string(body)

		return true
	})

	if err := c.Secrets().Snapshot(func(rec []byte) error {
		stored["secret "+string(rec)] = ""
		return nil
	}); err != nil {
		tb.Fatalf("secrets: %v", err)
	}

	for name, body := range c.Storage().Objects("proof") {
		stored["object "+name] = string(body)
	}

	for _, b := range c.PubSub().Backlog() {
		b.Attempts = 0 // whoever looks at what is kept counts as a delivery

		stored[fmt.Sprintf("backlog %+v", b)] = ""
	}

	return stored
}
