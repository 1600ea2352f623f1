package workspace

import (
	"cmp"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// quietInputBody is what is set of quiet hours.
type quietInputBody struct {
	Enabled bool   `json:"enabled" api:"required"`
	From    string `json:"from"`
	To      string `json:"to"`
	// Exempt is nil where the events that are exempt by default are to be.
	Exempt []string `json:"exempt"`
}

// quietBody is what an account's quiet hours are.
type quietBody struct {
	Enabled bool `json:"enabled"`
	// From and To are empty where none was ever set.
	From   string   `json:"from"`
	To     string   `json:"to"`
	Exempt []string `json:"exempt"`
	// TimeZone is the account's, by whose clocks the hours go; that of India of an account that names none.
	TimeZone string `json:"timeZone"`
	Version  int64  `json:"version"`
}

func quietHours(c *call, a account.Account) error {
	body := quietBody{Exempt: account.ExemptByDefault(), TimeZone: cmp.Or(a.TimeZone, "Asia/Kolkata"), Version: a.Version}
	if q := a.Quiet; q != nil {
		body.Enabled, body.From, body.To, body.Exempt = q.Enabled, q.From, q.To, append([]string{}, q.Exempt...)
	}

	return c.answerAt(http.StatusOK, a.Version, body)
}

func (h *handler) getQuietHours(c *call) error {
	a, err := h.Workspace.QuietHours(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	return quietHours(c, a)
}

func (h *handler) putQuietHours(c *call) error {
	var body quietInputBody
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	a, err := h.Workspace.PutQuietHours(c.r.Context(), c.caller, c.args["accountId"], settings.QuietHoursInput(body), seen)
	if err != nil {
		return err
	}

	return quietHours(c, a)
}
