package queue

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// Attributes of a dead letter beside those of the message and those that Pub/Sub's own dead lettering gives. Whoever publishes
// it to its topic again leaves them as they are.
const (
	// AttributeReceived is when the message was received at first, in RFC 3339: see [Push.ReceivedAt].
	AttributeReceived = "received"
	// attributeSource is the short name of the topic that it came from.
	attributeSource = "source"
)

// sourcePrefix begins the attributes that Pub/Sub gives a dead letter.
const sourcePrefix = "CloudPubSubDeadLetterSource"

// UnreadableError is the error of a message that no parser reads. Delivering it again cannot help before a parser is mended, so it
// is published to the dead-letter topic at once and acknowledged: see [DeadLetters.Keep].
type UnreadableError struct {
	// Err says why, without a word of the message.
	Err error
	// Inbound says that a shopper's message may lie in it.
	Inbound bool
	// Data is the part of the message that cannot be read; nil is all of it.
	Data []byte
	// Attributes are those of the part that are other than the message's.
	Attributes map[string]string
}

// Error is the cause's text.
func (u *UnreadableError) Error() string { return u.Err.Error() }

// Unwrap returns the cause.
func (u *UnreadableError) Unwrap() error { return u.Err }

// DeadLetters publishes what no parser reads to a dead-letter topic, in the form that Pub/Sub itself gives to what was
// delivered too often.
type DeadLetters struct {
	// Publisher publishes to the dead-letter topic.
	Publisher *Publisher
	// Source is the short name of the topic that the messages come from.
	Source string
	Logger *slog.Logger
}

// Keep publishes an unreadable push with its attributes, where it came from and when it was received, and logs one line with
// its ids and its shape. After an error the push must be delivered again.
func (d DeadLetters) Keep(ctx context.Context, p Push, u *UnreadableError) error {
	data := p.Data
	if u.Data != nil {
		data = u.Data
	}

	kept := Message{Data: data, Attributes: d.attributes(p, u)}
	if _, err := d.Publisher.Publish(ctx, kept); err != nil {
		return err
	}

	attrs := []slog.Attr{
		slog.String("pubsub_id", logging.Number(p.ID)),
		slog.String("topic", d.Source),
		slog.String("error", u.Error()),
		slog.String("shape", logging.Shape(data)),
	}
	for _, name := range []string{"kind", "provider", "app", "account"} {
		if value := kept.Attributes[name]; value != "" {
			attrs = append(attrs, slog.String(name, logging.Word(value)))
		}
	}

	// Alerts are built on the words of the first: the message may be a shopper's STOP.
	if u.Inbound {
		d.Logger.LogAttrs(ctx, slog.LevelError, "a message that may be a shopper's cannot be read", attrs...)
	} else {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "a message cannot be read", attrs...)
	}

	return nil
}

// attributes returns those of the message and those of a dead letter. Attributes reach platform logs, and a push that was forged
// may hold anything: a value that no attribute of ours can have is [logging.Unreadable].
func (d DeadLetters) attributes(p Push, u *UnreadableError) map[string]string {
	all := map[string]string{}

	for name, value := range p.Attributes {
		if plain(name) && !strings.HasPrefix(name, "goog") { // which Pub/Sub keeps for itself
			all[name] = plainOr(value)
		}
	}

	maps.Copy(all, u.Attributes)

	all[attributeSource] = d.Source
	delete(all, AttributeReceived)
	if received := p.ReceivedAt(); !received.IsZero() {
		all[AttributeReceived] = received.UTC().Format(time.RFC3339Nano)
	}

	all[sourcePrefix+"DeliveryCount"] = strconv.Itoa(max(p.Attempt, 1))
	if project, name, ok := strings.Cut(p.Subscription, "/subscriptions/"); ok {
		all[sourcePrefix+"Subscription"] = plainOr(name)
		all[sourcePrefix+"SubscriptionProject"] = plainOr(path.Base(project))
	}
	if !p.PublishTime.IsZero() {
		all[sourcePrefix+"TopicPublishTime"] = p.PublishTime.UTC().Format(time.RFC3339Nano)
	}

	return all
}

// plain reports whether a text is a word as attributes are: it begins with a small letter or a digit.
func plain(s string) bool {
	return s != "" && (s[0] < 'A' || s[0] > 'Z') && logging.Word(s) == s
}

// plainOr returns a plain word or nothing as it is.
func plainOr(s string) string {
	if s == "" || plain(s) {
		return s
	}

	return logging.Unreadable
}

// ReceivedAt returns when the message was received at first: of a dead letter that was published again the time before that,
// of any other message its publish time; zero if Pub/Sub did not say.
func (p Push) ReceivedAt() time.Time {
	first := cmp.Or(p.Attributes[AttributeReceived], p.Attributes[sourcePrefix+"TopicPublishTime"])
	if at, err := time.Parse(time.RFC3339Nano, first); err == nil {
		return at
	}

	return p.PublishTime
}
