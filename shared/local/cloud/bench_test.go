package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	pubsub "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// BenchmarkPublishPush publishes through the real client, in its batches, and waits until everything is pushed.
func BenchmarkPublishPush(b *testing.B) {
	for name, path := range map[string]bool{"memory": false, "file": true} {
		b.Run(name, func(b *testing.B) {
			dir := ""
			if path {
				dir = b.TempDir()
			}
			c := start(b, cloud.Options{Path: dir})
			var got atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
			b.Cleanup(srv.Close)
			declare(b, c, cloud.Subscription{Name: subName, Topic: topicName, Endpoint: srv.URL})
			p := client(b, c).Publisher(topicName)
			data := make([]byte, 300)
			var results []*pubsub.PublishResult
			b.ResetTimer()
			for range b.N {
				results = append(results, p.Publish(b.Context(), &pubsub.Message{Data: data}))
			}
			for _, r := range results {
				if _, err := r.Get(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			if err := c.WaitIdle(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
			if got.Load() != int64(b.N) {
				b.Fatalf("pushed %d of %d", got.Load(), b.N)
			}
		})
	}
}

// BenchmarkPublish publishes batches of 100 over gRPC, with nobody subscribed but a pull subscription.
func BenchmarkPublish(b *testing.B) {
	for name, path := range map[string]bool{"memory": false, "file": true} {
		b.Run(name, func(b *testing.B) {
			dir := ""
			if path {
				dir = b.TempDir()
			}
			c := start(b, cloud.Options{Path: dir})
			declare(b, c, cloud.Subscription{Name: subName, Topic: topicName})
			conn, err := c.Conn()
			if err != nil {
				b.Fatal(err)
			}
			pub := pubsubpb.NewPublisherClient(conn)
			req := &pubsubpb.PublishRequest{Topic: topicName}
			for i := range 100 {
				req.Messages = append(req.Messages, &pubsubpb.PubsubMessage{Data: make([]byte, 300), Attributes: map[string]string{"n": strconv.Itoa(i)}})
			}
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := pub.Publish(b.Context(), req); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}
