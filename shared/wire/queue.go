package wire

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// OrderEvents is the topic of the platform's status changes, to which sweep publishes again what waits.
type OrderEvents struct {
	// Topic is the topic's short name.
	Topic string `env:"ORDER_EVENTS_TOPIC, default=order-events"`
}

// OrderEventsSource is the topic of the platform's status changes for the function that reads it, with its dead-letter topic.
type OrderEventsSource struct {
	OrderEvents
	// Dead is the short name of the topic of what cannot be read.
	Dead string `env:"ORDER_EVENTS_DEAD_TOPIC, default=order-events-dead"`
}

// Validate refuses a dead-letter topic whose messages would come back at once.
func (s OrderEventsSource) Validate() error {
	return apart("ORDER_EVENTS_TOPIC", s.Topic, "ORDER_EVENTS_DEAD_TOPIC", s.Dead)
}

// ProviderEvents is the topic of what providers call back with.
type ProviderEvents struct {
	// Topic is the topic's short name.
	Topic string `env:"PROVIDER_EVENTS_TOPIC, default=provider-events"`
}

// ProviderEventsSource is the topic of callbacks for the function that reads it, with its dead-letter topic.
type ProviderEventsSource struct {
	ProviderEvents
	// Dead is the short name of the topic of what cannot be read.
	Dead string `env:"PROVIDER_EVENTS_DEAD_TOPIC, default=provider-events-dead"`
}

// Validate refuses a dead-letter topic whose messages would come back at once.
func (s ProviderEventsSource) Validate() error {
	return apart("PROVIDER_EVENTS_TOPIC", s.Topic, "PROVIDER_EVENTS_DEAD_TOPIC", s.Dead)
}

func apart(variable, topic, deadVariable, dead string) error {
	var check config.Check
	check.That(topic != dead, deadVariable+" must differ from "+variable)

	return check.Err()
}

// OutcomeTopics are the topics that tell what became of messages.
type OutcomeTopics struct {
	// Activity is the short name of the topic of activity events: what was sent, and what happened to it.
	Activity string `env:"CUSTOMER_NOTIFICATIONS_TOPIC, default=customer-notifications"`
	// Endings is the short name of the topic of how messages ended.
	Endings string `env:"MESSAGE_OUTCOMES_TOPIC, default=message-outcomes"`
}

// Validate refuses one topic for both, whose events have two forms.
func (t OutcomeTopics) Validate() error {
	return apart("CUSTOMER_NOTIFICATIONS_TOPIC", t.Activity, "MESSAGE_OUTCOMES_TOPIC", t.Endings)
}

// CustomerMessages is the topic of what shoppers wrote that a person, or the platform, has to go on with.
type CustomerMessages struct {
	// Topic is the topic's short name.
	Topic string `env:"CUSTOMER_MESSAGES_TOPIC, default=customer-messages"`
}

// AccountNews is the topic of how the apps of accounts do, so that the platform can tell their brands.
type AccountNews struct {
	// Topic is the topic's short name.
	Topic string `env:"ACCOUNT_NEWS_TOPIC, default=account-news"`
}

// Newsroom returns what publishes how the apps of accounts do.
func Newsroom(f boot.Function, q *queue.Client, cfg AccountNews) *settings.Newsroom {
	return &settings.Newsroom{Publisher: Publisher(f, q, cfg.Topic, queue.Options{}), Clock: f.Clock, Logger: f.Logger}
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

// DeadLetters returns what keeps unreadable messages of a topic, by the topics' short names.
func DeadLetters(f boot.Function, q *queue.Client, topic, dead string) queue.DeadLetters {
	return queue.DeadLetters{Publisher: Publisher(f, q, dead, queue.Options{}), Source: topic, Logger: f.Logger}
}
