package console

import (
	"net/url"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
)

// eraseView is what the page shows that asks once more.
type eraseView struct {
	Key, Reason string
	customers.Erased
}

// eraseShopper is the first step, which shows what would be erased, or the second, which erases. Both lead to a page of its own, so that a browser
// that goes back has one to show. The reason may stand in an address: one that says who it is about is refused.
func (h *handler) eraseShopper(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	key, reason, confirmed := c.r.PathValue("customerKey"), c.sent.Get("reason"), c.sent.Get("confirmed") == "yes"

	if _, err := h.Customers.Erase(c.ctx(), c.caller, c.accountID(), key, reason, !confirmed); err != nil {
		return h.refuseShopper(c, err, "Nobody was erased", func(s *shopperView) { s.Reason = reason })
	}

	if confirmed {
		return c.done(c.atConsent(key), "shopper-erased")
	}

	return c.redirect(c.atConsent(key) + "/erase?" + url.Values{"reason": {reason}}.Encode())
}

// askErase shows what would be erased, and asks once more.
func (h *handler) askErase(c *call) error {
	v := eraseView{Key: c.r.PathValue("customerKey"), Reason: c.r.URL.Query().Get("reason")}

	var err error
	if v.Erased, err = h.Customers.Erase(c.ctx(), c.caller, c.accountID(), v.Key, v.Reason, true); err != nil {
		return h.refuseShopper(c, err, "Nobody was erased", func(*shopperView) {})
	}

	p := c.shopperPage()
	p.Title = "Erase this shopper?"

	return c.show("erase", p, v)
}

// ledgerProof answers with the file that proves a shopper's ledger to a stranger.
func (h *handler) ledgerProof(c *call) error {
	key := c.r.PathValue("customerKey")

	file, err := h.Attestor.Ledger(c.ctx(), c.caller, c.accountID(), key)
	if err != nil {
		return err
	}

	c.w.Header().Set("Content-Disposition", `attachment; filename="ledger-`+key+`.proof.json"`)
	c.w.Header().Set("Content-Type", proof.MediaType)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(file)))
	_, err = c.w.Write(file)

	return err
}
