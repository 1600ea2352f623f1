package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// messageBody is one message of a list.
type messageBody struct {
	MessageID  string `json:"messageId"`
	OrderID    string `json:"orderId,omitempty"`
	Number     string `json:"orderNumber,omitempty"`
	Event      string `json:"event"`
	Shipment   string `json:"shipment,omitempty"`
	Purpose    string `json:"purpose,omitempty"`
	AppID      string `json:"appId,omitempty"`
	Provider   string `json:"provider,omitempty"`
	Ownership  string `json:"ownership,omitempty"`
	Template   string `json:"template,omitempty"`
	Status     string `json:"status"`
	Because    string `json:"because"`
	Sentence   string `json:"sentence"`
	Phone      string `json:"phone,omitempty"`
	Attempts   int    `json:"attempts"`
	Test       bool   `json:"test"`
	OccurredAt string `json:"occurredAt,omitempty"`
	CreatedAt  string `json:"createdAt"`
}

func messageOf(r story.Row) messageBody {
	return messageBody{
		MessageID:  r.ID,
		OrderID:    r.OrderID,
		Number:     r.Number,
		Event:      r.Event,
		Shipment:   r.Shipment,
		Purpose:    r.Purpose,
		AppID:      r.AppID,
		Provider:   r.Provider,
		Ownership:  string(r.Ownership),
		Template:   r.TemplateID,
		Status:     string(r.Status),
		Because:    r.Because,
		Sentence:   r.Sentence,
		Phone:      r.Phone,
		Attempts:   r.Attempts,
		Test:       r.Test,
		OccurredAt: momentOr(r.At),
		CreatedAt:  moment(r.CreatedAt),
	}
}

func (h *handler) listMessages(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}

	q := c.r.URL.Query()

	page, err := h.Teller.Messages(c.r.Context(), c.caller, c.args["accountId"], story.Filter{
		State:  message.Status(q.Get("state")),
		Event:  q.Get("event"),
		AppID:  q.Get("app"),
		Reason: message.Reason(q.Get("reason")),
		Day:    q.Get("day"),
		Cursor: q.Get("cursor"),
		Limit:  limit,
	})
	if err != nil {
		return err
	}

	answer := struct {
		Messages []messageBody `json:"messages"`
		// Next is the cursor of the next page; absent on the last one.
		Next string `json:"next,omitempty"`
	}{[]messageBody{}, page.Next}
	for _, r := range page.Rows {
		answer.Messages = append(answer.Messages, messageOf(r))
	}

	return httpx.WriteJSON(c.w, http.StatusOK, answer)
}

func (h *handler) reveal(c *call) error {
	var body struct {
		Reason string `json:"reason" api:"required"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}

	number, err := h.Teller.Reveal(c.r.Context(), c.caller, c.args["accountId"], c.args["messageId"], body.Reason)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, struct {
		Phone string `json:"phone"`
	}{number})
}
