package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// testBody is a test that was sent.
type testBody struct {
	MessageID string         `json:"messageId"`
	Test      bool           `json:"test"`
	Event     string         `json:"event"`
	AppID     string         `json:"appId"`
	Template  string         `json:"template"`
	Status    message.Status `json:"status"`
}

func (h *handler) sendTest(c *call) error {
	var fields struct {
		To      string       `json:"to" api:"required"`
		Content *contentBody `json:"content" api:"nullable"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	content, err := fields.Content.input("content.")
	if err != nil {
		return err
	}

	m, err := h.Workspace.SendTest(
		c.r.Context(), c.caller, c.args["accountId"], c.kind(), settings.Proposal{AppID: c.app(), Content: content}, fields.To)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, testBody{
		MessageID: m.ID,
		Test:      m.Test,
		Event:     m.Event,
		AppID:     m.AppID,
		Template:  m.TemplateID,
		Status:    m.Status(),
	})
}
