package dispatch

import (
	"context"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// publish tells the platform's order activity of an attempt's new state. The id of the activity is the message's with the
// attempt and the state, so that whoever hears it twice can tell.
func (d *Dispatcher) publish(ctx context.Context, m message.Message, attempt int, s message.Status, at time.Time) error {
	kind, ok := activityOf(s)
	if !ok {
		return nil
	}
	_, subType, _ := strings.Cut(m.Event, "/")
	data, err := platform.Activity{
		Type: kind, AccountSlug: m.Activity.AccountSlug, AccountID: m.AccountID, OrderID: m.OrderID,
		VendorOrderNumber: m.Activity.VendorOrderNumber, CustomerOrderNumber: m.Activity.OrderNumber,
		MessageID: m.ShownID(), IsRoot: true, Status: subType, FailureReason: failureOf(m, attempt, s),
		CustomerName: m.Activity.CustomerName, CustomerContactNumber: m.Activity.CustomerPhone, Email: m.Activity.CustomerEmail,
		ForwardTrackingID: m.Activity.TrackingID, ExternalShipmentID: m.Activity.ShipmentID,
		ExternalChannelID: m.Activity.ChannelID, From: m.Activity.From, To: m.Phone,
		At: at, SentOn: m.FirstTime(message.StatusSent), DeliveredAt: m.FirstTime(message.StatusDelivered),
	}.Event()
	if err != nil {
		return err
	}
	_, err = d.Outcomes.Publish(ctx, queue.Message{Data: data, Attributes: map[string]string{
		"id":           m.ID + "." + message.Number(attempt) + "." + string(kind),
		"resource":     "customer_notification",
		"eventSubType": string(kind),
	}})
	return err
}

// publishAgain repeats the newest state of a message whose first telling may have been lost.
func (d *Dispatcher) publishAgain(ctx context.Context, m message.Message) error {
	s := m.Status()
	at := m.FirstTime(s)
	if at.IsZero() {
		at = m.UpdateTime
	}
	return d.publish(ctx, m, m.AttemptThatReached(s), s, at)
}

// publishDropped tells that a message failed whose new attempt will not be made; one that was never tried is not told of.
func (d *Dispatcher) publishDropped(ctx context.Context, m message.Message) error {
	if m.Newest().Rank != message.RankFailed {
		return nil
	}
	return d.publish(ctx, m, m.Attempt, message.StatusFailed, m.FirstTime(message.StatusFailed))
}

func activityOf(s message.Status) (platform.ActivityType, bool) {
	switch s {
	case message.StatusAccepted, message.StatusEnqueued:
		return platform.ActivityInQueue, true
	case message.StatusSent:
		return platform.ActivitySent, true
	case message.StatusDelivered:
		return platform.ActivityDelivered, true
	case message.StatusRead:
		return platform.ActivityRead, true
	case message.StatusFailed:
		return platform.ActivityFailed, true
	default:
		return "", false
	}
}

func failureOf(m message.Message, attempt int, s message.Status) string {
	if s != message.StatusFailed {
		return ""
	}
	a := m.AttemptAt(attempt)
	return strings.TrimSpace(string(a.Class) + " " + a.Code)
}
