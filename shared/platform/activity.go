package platform

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// ActivityType is the event subtype of an activity event.
type ActivityType string

// The activity event subtypes (CONTRACT.md section 4.2).
const (
	ActivityInQueue   ActivityType = "inqueue"
	ActivitySent      ActivityType = "sent"
	ActivityDelivered ActivityType = "delivered"
	ActivityRead      ActivityType = "read"
	ActivityFailed    ActivityType = "failed"
	ActivityReply     ActivityType = "customer_reply"
)

// ActivityOf returns what the order's activity calls a status; false for one of which it is told nothing.
func ActivityOf(s message.Status) (ActivityType, bool) {
	switch s {
	case message.StatusAccepted, message.StatusEnqueued:
		return ActivityInQueue, true
	case message.StatusSent:
		return ActivitySent, true
	case message.StatusDelivered:
		return ActivityDelivered, true
	case message.StatusRead:
		return ActivityRead, true
	case message.StatusFailed, message.StatusDropped, message.StatusGivenUp:
		return ActivityFailed, true
	default:
		return "", false
	}
}

// Activity is what the platform shows of one step of a message. It holds personal data: it goes to the topic of
// activity events and nowhere else.
type Activity struct {
	Type        ActivityType
	AccountSlug string
	// AccountID and OrderID are the platform's numbers, in digits; the event has them as numbers.
	AccountID string
	OrderID   string
	// VendorOrderNumber and CustomerOrderNumber are the order's other names.
	VendorOrderNumber   string
	CustomerOrderNumber string
	// MessageID is the provider's id of the message.
	MessageID string
	// IsRoot says that the step is one of the first template of its thread.
	IsRoot bool
	// ActionTaken is the short label of a reply's action; replies only.
	ActionTaken string
	// Status is the shipment's or return's status that the message was about, such as failed_delivery.
	Status string
	// FailureReason is for failed messages.
	FailureReason string
	CustomerName  string
	// CustomerContactNumber is the number as the order has it, To is its E.164 form.
	CustomerContactNumber string
	Email                 string
	ForwardTrackingID     string
	ExternalShipmentID    string
	// ExternalChannelID is the sales channel's, CH and a number.
	ExternalChannelID string
	// From is the sender's number in E.164.
	From string
	To   string
	// At is when the step happened, SentOn and DeliveredAt are the message's; zero is written as "".
	At          time.Time
	SentOn      time.Time
	DeliveredAt time.Time
}

// activityEnvelope has its keys in the platform's order, with its spelling of messagedId (CONTRACT.md section 4.1).
type activityEnvelope struct {
	Resource     string       `json:"resource"`
	EventType    string       `json:"eventType"`
	EventSubType ActivityType `json:"eventSubType"`
	AccountSlug  string       `json:"accountSlug"`
	AccountID    *int64       `json:"accountId"`
	Actor        string       `json:"actor"`
	Version      string       `json:"version"`
	Response     activityBody `json:"response_data"`
	Slug         string       `json:"account_slug"`
}

type activityBody struct {
	VendorOrderNumber     string          `json:"vendorOrderNumber"`
	OrderID               json.RawMessage `json:"order_id"`
	AccountID             json.RawMessage `json:"account_id"`
	NotificationType      string          `json:"notification_type"`
	ActionTaken           string          `json:"action_taken,omitempty"`
	MessageID             string          `json:"messagedId"`
	IsRootMessage         int             `json:"isRootMessage,omitempty"`
	Status                string          `json:"status"`
	CustomerName          string          `json:"customerName"`
	FailureReason         string          `json:"failureReason"`
	CustomerContactNumber string          `json:"customerContactNumber"`
	Email                 string          `json:"email"`
	ForwardTrackingID     string          `json:"forwardTrackingID"`
	ExternalShipmentID    string          `json:"externalShipmentID"`
	CustomerOrderNumber   string          `json:"customerOrderNumber"`
	ChannelID             string          `json:"channelId"`
	AccountSlug           string          `json:"account_slug"`
	Timestamp             string          `json:"timestamp"`
	From                  string          `json:"from"`
	To                    string          `json:"to"`
	SentOn                string          `json:"sentOn"`
	DeliveredAt           string          `json:"deliveredAt"`
}

// Event is the activity as the platform's customer_notification envelope (CONTRACT.md section 4.1). The actor is
// the customer. isRootMessage is 1 for the root message and absent for any other. Times are epoch seconds in a string.
func (a Activity) Event() ([]byte, error) {
	e := activityEnvelope{
		Resource:     "customer_notification",
		EventType:    "POST",
		EventSubType: a.Type,
		AccountSlug:  a.AccountSlug,
		Actor:        a.CustomerName,
		Version:      "v1",
		Slug:         a.AccountSlug,
		Response: activityBody{
			VendorOrderNumber:     a.VendorOrderNumber,
			OrderID:               number(a.OrderID),
			AccountID:             number(a.AccountID),
			NotificationType:      "whatsApp",
			ActionTaken:           a.ActionTaken,
			MessageID:             a.MessageID,
			Status:                a.Status,
			CustomerName:          a.CustomerName,
			FailureReason:         a.FailureReason,
			CustomerContactNumber: a.CustomerContactNumber,
			Email:                 a.Email,
			ForwardTrackingID:     a.ForwardTrackingID,
			ExternalShipmentID:    a.ExternalShipmentID,
			CustomerOrderNumber:   a.CustomerOrderNumber,
			ChannelID:             a.ExternalChannelID,
			AccountSlug:           a.AccountSlug,
			Timestamp:             epoch(a.At),
			From:                  sender(a.From),
			To:                    digits(a.To),
			SentOn:                epoch(a.SentOn),
			DeliveredAt:           epoch(a.DeliveredAt),
		},
	}

	if a.IsRoot {
		e.Response.IsRootMessage = 1
	}

	b, err := json.Marshal(e)
	if err != nil {
		return nil, fault.New(fault.Internal, "platform.Activity", "the activity cannot be encoded")
	}

	return b, nil
}

// number writes an id of digits as the number that the platform's own events have, and any other as a string.
func number(id string) json.RawMessage {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		return json.RawMessage(id)
	}

	b, err := json.Marshal(id)
	if id == "" || err != nil { // a string always encodes
		return json.RawMessage("null")
	}

	return b
}

func epoch(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// sender is the fixed label of the platform's events, with the number in digits.
func sender(e164 string) string { return fmt.Sprintf("Eshopbox (%s)", digits(e164)) }

func digits(e164 string) string {
	if e164 != "" && e164[0] == '+' {
		return e164[1:]
	}
	return e164
}
