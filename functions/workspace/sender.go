package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// senderBody is the app that an account's messages go through.
type senderBody struct {
	// Sender is null if no app is installed, when Reason and InstallLink are there.
	Sender      *appName      `json:"sender"`
	Chosen      bool          `json:"chosen"`
	Reason      string        `json:"reason,omitempty"`
	InstallLink string        `json:"installLink,omitempty"`
	Missing     []missingBody `json:"missing"`
	Version     int64         `json:"version"`
}

// missingBody is an event that is off since something is missing at the sender.
type missingBody struct {
	Event string         `json:"event"`
	Lacks []account.Lack `json:"lacks"`
}

func (h *handler) answerSender(c *call, d settings.SenderDetail) error {
	body := senderBody{
		Sender:  nameOf(d.App),
		Chosen:  d.Account.SenderChosen,
		Missing: make([]missingBody, len(d.Missing)),
		Version: d.Account.Version,
	}
	for i, m := range d.Missing {
		body.Missing[i] = missingBody{Event: m.Kind, Lacks: m.Lacks}
	}

	if body.Sender == nil {
		body.Reason, body.InstallLink = noApp, h.installLink(d.Account.ID)
	}

	return c.answerAt(http.StatusOK, d.Account.Version, body)
}

func (h *handler) getSender(c *call) error {
	d, err := h.Workspace.Sender(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	return h.answerSender(c, d)
}

func (h *handler) putSender(c *call) error {
	var body struct {
		AppID string `json:"appId" api:"nullable"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	d, err := h.Workspace.PutSender(c.r.Context(), c.caller, c.args["accountId"], body.AppID, seen)
	if err != nil {
		return err
	}

	return h.answerSender(c, d)
}
