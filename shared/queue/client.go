package queue

import (
	"context"
	"sync"

	"cloud.google.com/go/pubsub/v2"
	"google.golang.org/api/option"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Client is one connection to Pub/Sub, shared by the publishers of several topics. It connects at the first publish,
// so that a process starts fast; PUBSUB_EMULATOR_HOST is honoured by the library below.
type Client struct {
	projectID string
	opts      []option.ClientOption

	mu     sync.Mutex
	client *pubsub.Client
}

// NewClient returns a client of a project. It does not connect.
func NewClient(projectID string, opts ...option.ClientOption) *Client {
	return &Client{projectID: projectID, opts: opts}
}

// Close ends the connection. Close the publishers first.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client == nil {
		return nil
	}

	err := c.client.Close()
	c.client = nil
	if err != nil {
		return fault.Wrap(fault.Internal, "queue.Close", err)
	}

	return nil
}

// dial returns the connection; a failure is not kept, so that the next publish tries again.
func (c *Client) dial(ctx context.Context) (*pubsub.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}

	client, err := pubsub.NewClient(context.WithoutCancel(ctx), c.projectID, c.opts...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "queue.dial", err)
	}

	// Pulls are not repeated: the library would go on until their time is over, and an outage would look like an empty subscription.
	client.SubscriptionAdminClient.CallOptions.Pull = nil
	c.client = client

	return client, nil
}
