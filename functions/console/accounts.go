package console

import (
	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// accountsPage is how many accounts a page lists.
const accountsPage = 50

// accounts lists the accounts that the caller may see; of a caller who has one alone it shows that one.
func (h *handler) accounts(c *call) error {
	if ids := c.caller.Accounts; !c.caller.All && len(ids) == 1 {
		return c.redirect("/accounts/" + ids[0])
	}

	all, next, err := h.Workspace.Accounts(c.ctx(), c.caller, c.r.URL.Query().Get("after"), accountsPage)
	if err != nil {
		return err
	}

	return c.show("accounts", pageView{Title: "Accounts", Tab: "accounts"}, struct {
		Accounts []account.Account
		Next     string
	}{all, next})
}
