package world

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// The back-off of the product's subscriptions. It begins sooner than deployed, so that a person at the screen need not wait, and becomes as
// long: what fails for a long time is then pushed as rarely as there, and does not become a dead letter sooner.
const (
	minBackoff = 200 * time.Millisecond
	maxBackoff = 10 * time.Minute
)

// ensureSubscriptions makes the topics and subscriptions, in the local cloud or in Google's emulator.
func (w *World) ensureSubscriptions(ctx context.Context) error {
	notifyURL := cmp.Or(w.options.NotifyURL, w.URL+"/push/notify")
	receiveURL := cmp.Or(w.options.ReceiveURL, w.URL+"/push/receive")
	retain := w.options.Retain
	if w.options.PubSubEmulator != "" {
		retain = 0 // Google's emulator retains nothing
	}

	wanted := append(subscriptions(notifyURL, receiveURL, retain), cloud.Subscription{
		Name:        "projects/" + Project + "/subscriptions/platform",
		Topic:       "projects/" + Project + "/topics/" + OrderActions,
		Endpoint:    w.URL + "/push/platform",
		AckDeadline: time.Minute,
		MinBackoff:  minBackoff,
		MaxBackoff:  maxBackoff,
	})

	if w.options.PubSubEmulator == "" {
		return w.Cloud.EnsureSubscriptions(ctx, wanted)
	}

	conn, err := grpc.NewClient("passthrough:///"+w.options.PubSubEmulator, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}

	return errors.Join(cloud.EnsureSubscriptions(ctx, conn, wanted), conn.Close())
}

// The product's topics, by their short names.
const (
	OrderEvents           = "order-events"
	ProviderEvents        = "provider-events"
	CustomerNotifications = "customer-notifications"
	MessageOutcomes       = "message-outcomes"
	OrderActions          = "order-actions"
	CustomerMessages      = "customer-messages"
	AccountNews           = "account-news"
)

// subscriptions returns the product's subscriptions and those that keep dead letters and what the platform would read.
// order-events retains what was published for so long.
func subscriptions(notifyURL, receiveURL string, retain time.Duration) []cloud.Subscription {
	sub := func(name, topic, endpoint string) cloud.Subscription {
		return cloud.Subscription{
			Name:            "projects/" + Project + "/subscriptions/" + name,
			Topic:           "projects/" + Project + "/topics/" + topic,
			Endpoint:        endpoint,
			DeadLetterTopic: "projects/" + Project + "/topics/" + topic + "-dead",
			MaxAttempts:     100,
			AckDeadline:     time.Minute,
			MinBackoff:      minBackoff,
			MaxBackoff:      maxBackoff,
			ServiceAccount:  PushAccount,
			Audience:        PushAudience,
		}
	}
	kept := func(topic string) cloud.Subscription {
		return cloud.Subscription{
			Name: "projects/" + Project + "/subscriptions/" + topic + "-kept", Topic: "projects/" + Project + "/topics/" + topic,
		}
	}

	notify := sub("notify", OrderEvents, notifyURL)
	notify.Retain = retain

	return []cloud.Subscription{
		notify,
		sub("receive", ProviderEvents, receiveURL),
		kept(OrderEvents + "-dead"),
		kept(ProviderEvents + "-dead"),
		kept(CustomerNotifications),
		kept(MessageOutcomes),
		kept(OrderActions),
		kept(CustomerMessages),
		kept(AccountNews),
	}
}
