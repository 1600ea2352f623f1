package workspace

import (
	"cmp"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// categoryChanges answers with what becomes of news of orders whose template is marketing.
func categoryChanges(c *call, a account.Account) error {
	return c.answerAt(http.StatusOK, a.Version, struct {
		Reclassed account.Reclassed `json:"reclassed"`
		Version   int64             `json:"version"`
	}{cmp.Or(a.Reclassed, account.HoldReclassed), a.Version})
}

func (h *handler) getCategoryChanges(c *call) error {
	a, err := h.Workspace.CategoryChanges(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	return categoryChanges(c, a)
}

func (h *handler) putCategoryChanges(c *call) error {
	var body struct {
		Reclassed account.Reclassed `json:"reclassed" api:"required"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	a, err := h.Workspace.PutCategoryChanges(c.r.Context(), c.caller, c.args["accountId"], body.Reclassed, seen)
	if err != nil {
		return err
	}

	return categoryChanges(c, a)
}
