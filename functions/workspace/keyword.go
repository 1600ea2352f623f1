package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// keywordBody are keywords of one kind, as they are answered with.
type keywordBody struct {
	Stop  []string `json:"stop"`
	Start []string `json:"start"`
}

func keywordsOf(w consent.Words) keywordBody {
	return keywordBody{append([]string{}, w.Stop...), append([]string{}, w.Start...)}
}

// keywords answers with the words by which shoppers stop and start messages.
func keywords(c *call, a account.Account) error {
	return c.answerAt(http.StatusOK, a.Version, struct {
		keywordBody

		Standard keywordBody `json:"standard"`
		Version  int64       `json:"version"`
	}{keywordsOf(a.Keywords), keywordsOf(consent.Standard()), a.Version})
}

func (h *handler) getKeywords(c *call) error {
	a, err := h.Workspace.Keywords(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	return keywords(c, a)
}

func (h *handler) putKeywords(c *call) error {
	var body struct {
		Stop  []string `json:"stop" api:"required"`
		Start []string `json:"start" api:"required"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	a, err := h.Workspace.PutKeywords(c.r.Context(), c.caller, c.args["accountId"], consent.Words{Stop: body.Stop, Start: body.Start}, seen)
	if err != nil {
		return err
	}

	return keywords(c, a)
}
