package console

import (
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
)

// eraseView is what the page shows that asks once more.
type eraseView struct {
	Key, Reason string
	customers.Erased

	// Done says that it is done.
	Done bool
}

// eraseShopper erases a shopper, in two steps: the first shows what would be erased.
func (h *handler) eraseShopper(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	v := eraseView{Key: c.r.PathValue("customerKey"), Reason: c.sent.Get("reason"), Done: c.sent.Get("confirmed") == "yes"}

	var err error
	if v.Erased, err = h.Customers.Erase(c.ctx(), c.caller, c.accountID(), v.Key, v.Reason, !v.Done); err != nil {
		return h.refuseShopper(c, err, "Nobody was erased", func(s *shopperView) { s.Reason = v.Reason })
	}

	p := c.shopperPage()
	p.Title = "Erase this shopper?"

	if v.Done {
		p.Title = "The shopper is erased"
	}

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
