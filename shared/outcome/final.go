package outcome

import (
	"context"
	"encoding/json"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// ending is how a message ended, as message-outcomes has it in JSON, which functions/README.md describes, and as the columns of
// terraform/outcomes.schema.json are: each value stands by itself, so that none is in another. It holds no telephone number, no name and no
// text, so that it may go to whoever sends an SMS instead, or counts messages.
type ending struct {
	// Schema is the form of this, 1. Fields may be added in it.
	Schema int `json:"schema"`
	// ID is the message's id and the outcome; what comes again under it tells the same once more.
	ID          string `json:"id"`
	AccountID   string `json:"accountId"`
	AccountSlug string `json:"accountSlug,omitempty"`
	OrderID     string `json:"orderId,omitempty"`
	OrderNumber string `json:"customerOrderNumber,omitempty"`
	// ShipmentID is the shipment's or the return's.
	ShipmentID string `json:"shipmentId,omitempty"`
	Event      string `json:"event"`
	MessageID  string `json:"messageId"`
	// AppID and Ownership are empty of what was refused without a sender.
	AppID     string            `json:"appId,omitempty"`
	Ownership message.Ownership `json:"ownership,omitempty"`
	// Outcome is delivered, read, failed, refused, dropped or given_up.
	Outcome message.Status `json:"outcome"`
	// Deliverable is true once the shopper has the message. It is false of what was given up, which may have arrived all the same.
	Deliverable bool `json:"deliverable"`
	// Reason is why it was refused or dropped; Class and Code are the error of the newest attempt that failed.
	Reason message.Reason `json:"reason,omitempty"`
	Class  message.Class  `json:"class,omitempty"`
	Code   string         `json:"code,omitempty"`
	// Attempts is how many tries there were.
	Attempts int `json:"attempts"`
	// At is when it ended so, OccurredAt when the event happened. Of delivered, read and a reported failure At is the provider's time, which may
	// lie before that of what was told earlier: a message that is deliverable by one outcome has arrived, whatever the others say.
	At         time.Time `json:"at"`
	OccurredAt time.Time `json:"occurredAt,omitzero"`

	// What was to be charged, and what is charged as of this outcome; nil where nothing is known of it.
	*endingEstimate
	*endingCharge
}

// endingSchema is the form that this build writes.
const endingSchema = 1

// final reports whether a status is how a message ends, unless something is heard of it later.
func final(s message.Status) bool {
	switch s {
	case message.StatusDelivered, message.StatusRead, message.StatusFailed, message.StatusRefused, message.StatusDropped, message.StatusGivenUp:
		return true
	default:
		return false
	}
}

// PublishRefused tells that a message was refused, and why. It may be called again, since its id tells a repetition.
func (r *Recorder) PublishRefused(ctx context.Context, m message.Message) error {
	at := m.CreatedAt
	if m.Grounds.At != 0 {
		at = time.UnixMilli(m.Grounds.At)
	}

	return r.publishEnding(ctx, m, message.StatusRefused, at)
}

// publishEnding tells how a message ended, if the status is an end. A message that is dropped after an attempt that failed is told as
// dropped, when it was, although its activity shows the attempt. A test is of no order, and an answer to a shopper has nothing to fall back to: neither
// is told.
func (r *Recorder) publishEnding(ctx context.Context, m message.Message, s message.Status, at time.Time) error {
	if s == message.StatusFailed && m.Phase == message.Dropped {
		s = message.StatusDropped
		if m.UpdateTime.After(at) {
			at = m.UpdateTime // it failed long before, and something else may have been told since
		}
	}
	if !final(s) || m.Test || m.Session != nil {
		return nil
	}

	e := endingOf(m, s, at)
	e.endingEstimate, e.endingCharge = r.money(ctx, m)

	data, err := json.Marshal(e)
	if err != nil {
		return err
	}

	_, err = r.endings.Publish(ctx, queue.Message{
		Data:       data,
		Attributes: map[string]string{"id": e.ID, "account": e.AccountID, "outcome": string(e.Outcome)},
	})

	return err
}

// endingOf returns how a message ended.
func endingOf(m message.Message, s message.Status, at time.Time) ending {
	e := ending{
		Schema:      endingSchema,
		ID:          m.ID + "." + string(s),
		AccountID:   m.AccountID,
		AccountSlug: m.Activity.AccountSlug,
		OrderID:     m.OrderID,
		OrderNumber: m.Activity.OrderNumber,
		ShipmentID:  m.Subject,
		Event:       m.Event,
		MessageID:   m.ID,
		AppID:       m.AppID,
		Ownership:   m.Ownership,
		Outcome:     s,
		Deliverable: message.RankOf(s) >= message.RankDelivered,
		Attempts:    m.Attempt,
		At:          at.UTC().Truncate(time.Microsecond), // BigQuery takes nothing finer
	}

	if s == message.StatusRefused || s == message.StatusDropped {
		e.Reason = m.Reason
	}
	if newest := m.Newest(); s == message.StatusFailed || s == message.StatusDropped {
		e.Class, e.Code = newest.Class, newest.Code
	}
	if m.OccurredAt != 0 {
		e.OccurredAt = time.Unix(m.OccurredAt, 0).UTC()
	}

	return e
}
