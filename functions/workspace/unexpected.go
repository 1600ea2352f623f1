package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// repliesBody is how unexpected replies are answered, as it is asked for and answered.
type repliesBody struct {
	Enabled bool       `json:"enabled" api:"required"`
	Text    string     `json:"text"`
	Hours   *hoursBody `json:"hours" api:"nullable"`
}

type hoursBody struct {
	From string   `json:"from" api:"required"`
	To   string   `json:"to" api:"required"`
	Days []string `json:"days" api:"required"`
}

func repliesOf(r account.UnexpectedReplies) repliesBody {
	body := repliesBody{Enabled: r.Enabled, Text: r.Text}
	if h := r.Hours; h != nil {
		body.Hours = &hoursBody{From: h.From, To: h.To, Days: append([]string{}, h.Days...)}
	}

	return body
}

// input returns the answers as the use case takes them.
func (b repliesBody) input() account.UnexpectedReplies {
	in := account.UnexpectedReplies{Enabled: b.Enabled, Text: b.Text}
	if h := b.Hours; h != nil {
		in.Hours = &account.Hours{From: h.From, To: h.To, Days: h.Days}
	}

	return in
}

// unexpectedBody is which answers an account's shoppers get.
type unexpectedBody struct {
	// Sender is null if no app is installed.
	Sender *appName `json:"sender"`
	// Applies is "own", "platform" or "none".
	Applies string      `json:"applies"`
	Own     repliesBody `json:"own"`
	// Platform is there if the sender is the platform's.
	Platform *repliesBody `json:"platform,omitempty"`
	// Reason is there if nothing applies, and InstallLink if that is for want of an app.
	Reason      string `json:"reason,omitempty"`
	InstallLink string `json:"installLink,omitempty"`
	Version     int64  `json:"version"`
}

// The reasons why nothing applies.
const (
	// noApp: none is installed.
	noApp = "no_app"
	// noReplies: the sender's provider does not report what shoppers write.
	noReplies = "no_replies"
)

func (h *handler) unexpected(c *call, u settings.UnexpectedReplies) error {
	body := unexpectedBody{
		Sender:  nameOf(u.Sender),
		Applies: "own",
		Own:     repliesOf(u.Own),
		Version: u.Account.Version,
	}

	switch {
	case body.Sender == nil:
		body.Applies, body.Reason, body.InstallLink = "none", noApp, h.installLink(u.Account.ID)
	case u.Sender.Ownership == message.Platform:
		platform := repliesOf(u.Platform)
		body.Applies, body.Platform = "platform", &platform
	}

	if body.Sender != nil && !u.Hears {
		body.Applies, body.Reason = "none", noReplies
	}

	return c.answerAt(http.StatusOK, u.Account.Version, body)
}

func (h *handler) getUnexpectedReplies(c *call) error {
	u, err := h.Workspace.UnexpectedReplies(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	return h.unexpected(c, u)
}

func (h *handler) putUnexpectedReplies(c *call) error {
	var body repliesBody
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	u, err := h.Workspace.PutUnexpectedReplies(c.r.Context(), c.caller, c.args["accountId"], body.input(), seen)
	if err != nil {
		return err
	}

	return h.unexpected(c, u)
}
