package outcome

import (
	"context"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// publish tells the order platform of an attempt's new state, and message-outcomes if that is how the message ends. The activity event's id is
// made of message, attempt and state, so a consumer that gets it twice can tell: given up, dropped and failed are three states, although the
// activity calls each of them failed. A test is of no order, and is not told; nor is an answer to a shopper who has none.
func (r *Recorder) publish(ctx context.Context, m message.Message, attempt int, s message.Status, at time.Time) error {
	kind, ok := platform.ActivityOf(s)
	if !ok || m.Test || m.Session != nil && m.OrderID == "" {
		return nil
	}

	state := string(kind)
	if s == message.StatusDropped || s == message.StatusGivenUp {
		state = string(s)
	}

	data, err := activity(m, attempt, s, kind, at).Event()
	if err != nil {
		return err
	}

	_, err = r.notifications.Publish(ctx, queue.Message{
		Data: data,
		Attributes: map[string]string{
			"id":           m.ID + "." + message.Number(attempt) + "." + state,
			"resource":     "customer_notification",
			"eventSubType": string(kind),
		},
	})
	if err != nil {
		return err
	}

	return r.publishEnding(ctx, m, s, at)
}

// activity returns what the order's activity shows of an attempt's state.
func activity(m message.Message, attempt int, s message.Status, kind platform.ActivityType, at time.Time) platform.Activity {
	_, subType, _ := strings.Cut(m.Event, "/")

	return platform.Activity{
		Type:                  kind,
		AccountSlug:           m.Activity.AccountSlug,
		AccountID:             m.AccountID,
		OrderID:               m.OrderID,
		VendorOrderNumber:     m.Activity.VendorOrderNumber,
		CustomerOrderNumber:   m.Activity.OrderNumber,
		MessageID:             m.ShownID(),
		IsRoot:                m.Session == nil,
		Status:                subType,
		FailureReason:         failureOf(m, attempt, s),
		CustomerName:          m.Activity.CustomerName,
		CustomerContactNumber: m.Activity.CustomerPhone,
		Email:                 m.Activity.CustomerEmail,
		ForwardTrackingID:     m.Activity.TrackingID,
		ExternalShipmentID:    m.Activity.ShipmentID,
		ExternalChannelID:     m.Activity.ChannelID,
		From:                  m.Activity.From,
		To:                    m.Phone,
		At:                    at,
		SentOn:                m.FirstTime(message.StatusSent),
		DeliveredAt:           m.FirstTime(message.StatusDelivered),
	}
}

// ReplyTold is something that a shopper answered, or what came of it.
type ReplyTold struct {
	// ID is the same each time it is published.
	ID string
	// Root is the message that it answers; nothing is told of what answers none.
	Root message.Message
	// Action is a short label.
	Action string
	At     time.Time
}

// PublishReply tells the platform what a shopper answered, or what came of it. It may be told again, under the same id.
func (r *Recorder) PublishReply(ctx context.Context, t ReplyTold) error {
	if t.Root.ID == "" || t.Root.OrderID == "" || t.Root.Test {
		return nil
	}

	a := activity(t.Root, t.Root.Attempt, "", platform.ActivityReply, t.At)
	a.ActionTaken, a.FailureReason, a.IsRoot = t.Action, "", false

	data, err := a.Event()
	if err != nil {
		return err
	}

	_, err = r.notifications.Publish(ctx, queue.Message{
		Data: data,
		Attributes: map[string]string{
			"id":           t.ID,
			"resource":     "customer_notification",
			"eventSubType": string(platform.ActivityReply),
		},
	})

	return err
}

// PublishAgain repeats the newest state of a message, whose first publication may have been lost.
func (r *Recorder) PublishAgain(ctx context.Context, m message.Message) error {
	s := m.Status()
	if s == message.StatusDropped {
		return r.PublishDropped(ctx, m)
	}

	at := m.FirstTime(s)
	if at.IsZero() {
		at = m.UpdateTime
	}

	return r.publish(ctx, m, m.AttemptThatReached(s), s, at)
}

// PublishDropped tells the platform that a message which was tried before, or waited, will not be sent any more, and why.
func (r *Recorder) PublishDropped(ctx context.Context, m message.Message) error {
	if m.Newest().Rank == message.RankFailed {
		return r.publish(ctx, m, m.Attempt, message.StatusFailed, m.FirstTime(message.StatusFailed))
	}

	return r.publish(ctx, m, m.Attempt, message.StatusDropped, m.UpdateTime)
}

// PublishFailed tells the platform that the newest attempt failed before it was posted.
func (r *Recorder) PublishFailed(ctx context.Context, m message.Message) error {
	return r.publish(ctx, m, m.Attempt, message.StatusFailed, r.clock.Now())
}

// failureOf returns what the activity shows as the reason of a failure: the class and code of the attempt's error, or why no
// further attempt is made.
func failureOf(m message.Message, attempt int, s message.Status) string {
	switch s {
	case message.StatusFailed:
		a := m.AttemptAt(attempt)
		return strings.TrimSpace(string(a.Class) + " " + a.Code)
	case message.StatusDropped:
		return string(m.Reason)
	case message.StatusGivenUp:
		return "given_up"
	default:
		return ""
	}
}
