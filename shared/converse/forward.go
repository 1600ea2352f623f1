package converse

import (
	"context"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// MessageSchema is the form of what is published to customer-messages.
const MessageSchema = "customer-message/1"

// CustomerMessage is something that a shopper wrote and a person, or the platform, has to go on with. It holds personal data: it goes to the
// topic customer-messages and nowhere else.
type CustomerMessage struct {
	Schema string `json:"schema"`
	// ID is the same each time it is published.
	ID string `json:"id"`
	// Kind is "action" (a choice after a failed delivery that nobody could be asked about), "product_question" or "order" (a cart).
	Kind      string `json:"kind"`
	AccountID string `json:"accountId,omitempty"`
	AppID     string `json:"appId"`
	// From is the shopper's number in digits, UserID what the provider calls the shopper; one of them may be missing.
	From   string `json:"from,omitempty"`
	UserID string `json:"userId,omitempty"`
	At     string `json:"at"`
	// Code, OrderID, Subject and TrackingID are of an action.
	Code       string `json:"code,omitempty"`
	OrderID    string `json:"orderId,omitempty"`
	Subject    string `json:"shipmentId,omitempty"`
	TrackingID string `json:"trackingId,omitempty"`
	// Text is what was asked or added, CatalogID and Items what it is about.
	Text      string          `json:"text,omitempty"`
	CatalogID string          `json:"catalogId,omitempty"`
	Items     []CustomerGoods `json:"items,omitempty"`
}

// CustomerGoods are goods that a shopper asks about, or wants.
type CustomerGoods struct {
	RetailerID string `json:"retailerId"`
	// Quantity, PriceMicros and Currency are of an order; the price is of one piece, as the shopper saw it.
	Quantity    int    `json:"quantity,omitempty"`
	PriceMicros int64  `json:"priceMicros,omitempty"`
	Currency    string `json:"currency,omitempty"`
}

// forward publishes an action that a person has to go on with.
func (c *Conversations) forward(ctx context.Context, of conversation.Conversation, a conversation.Action) error {
	return c.Publish(ctx, CustomerMessage{
		ID:         a.ID,
		Kind:       "action",
		AccountID:  of.AccountID,
		AppID:      of.AppID,
		From:       digitsOf(of.Phone),
		UserID:     of.UserID,
		At:         at(a.At),
		Code:       string(a.Code),
		OrderID:    a.OrderID,
		Subject:    a.Subject,
		TrackingID: a.TrackingID,
	})
}

// Publish publishes what a person, or the platform, has to go on with.
func (c *Conversations) Publish(ctx context.Context, m CustomerMessage) error {
	m.Schema = MessageSchema

	data, err := json.Marshal(m)
	if err != nil {
		return fault.Wrap(fault.Internal, "converse.Publish", err)
	}

	_, err = c.Messages.Publish(ctx, queue.Message{Data: data, Attributes: map[string]string{"id": m.ID, "kind": m.Kind, "account": m.AccountID}})

	return err
}

func digitsOf(e164 string) string {
	if e164 != "" && e164[0] == '+' {
		return e164[1:]
	}

	return e164
}
