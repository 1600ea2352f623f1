package cloud_test

import (
	"context"
	"testing"

	"cloud.google.com/go/firestore"
	pubsub "cloud.google.com/go/pubsub/v2"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// start runs a cloud until the test ends.
func start(tb testing.TB, o cloud.Options) *cloud.Cloud {
	tb.Helper()
	c, err := cloud.Start(tb.Context(), o)
	if err != nil {
		tb.Fatalf("start: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return c
}

func declare(tb testing.TB, c *cloud.Cloud, subs ...cloud.Subscription) {
	tb.Helper()
	if err := c.EnsureSubscriptions(tb.Context(), subs); err != nil {
		tb.Fatalf("ensure subscriptions: %v", err)
	}
}

func client(tb testing.TB, c *cloud.Cloud) *pubsub.Client {
	tb.Helper()
	p, err := pubsub.NewClient(context.WithoutCancel(tb.Context()), projectID, c.ClientOptions()...)
	if err != nil {
		tb.Fatalf("pubsub client: %v", err)
	}
	tb.Cleanup(func() { _ = p.Close() })
	return p
}

func documents(tb testing.TB, c *cloud.Cloud) *firestore.Client {
	tb.Helper()
	f, err := firestore.NewClient(context.WithoutCancel(tb.Context()), projectID, c.ClientOptions()...)
	if err != nil {
		tb.Fatalf("firestore client: %v", err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	return f
}

func secrets(tb testing.TB, c *cloud.Cloud) *secretmanager.Client {
	tb.Helper()
	s, err := secretmanager.NewClient(context.WithoutCancel(tb.Context()), c.ClientOptions()...)
	if err != nil {
		tb.Fatalf("secretmanager client: %v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}
