package wire

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// OrderEvents is the topic of the platform's status changes, to which sweep publishes again what waits.
type OrderEvents struct {
	// Topic is the topic's short name.
	Topic string `env:"ORDER_EVENTS_TOPIC, default=order-events"`
}

// ProviderEvents is the topic of what providers call back with.
type ProviderEvents struct {
	// Topic is the topic's short name.
	Topic string `env:"PROVIDER_EVENTS_TOPIC, default=provider-events"`
}

// CustomerNotifications is the topic of activity events: what was sent, and what happened to it.
type CustomerNotifications struct {
	// Topic is the topic's short name.
	Topic string `env:"CUSTOMER_NOTIFICATIONS_TOPIC, default=customer-notifications"`
}

// Queue returns the client that the project's publishers share.
func Queue(f boot.Function, project config.Project) *queue.Client {
	q := queue.NewClient(project.ID, f.ClientOptions...)
	f.OnClose("queue", func(context.Context) error { return q.Close() })
	return q
}

// Publisher returns a publisher to a topic. It closes before the client, and finishes what it has begun.
func Publisher(f boot.Function, q *queue.Client, topic string, o queue.Options) *queue.Publisher {
	p := q.Publisher(topic, o)
	f.OnClose("publisher of "+topic, p.Close)
	return p
}
