package pages

import (
	"net/url"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// stageView is what the page of an order shows.
type stageView struct {
	Order  shopOrder
	Orders []shopOrder
}

// first leads to the stage.
func (p *Pages) first(c *call) error {
	all, err := p.orders(c.ctx())
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fault.New(fault.NotFound, "pages.first", "the platform has no order of a brand that has an account")
	}

	return c.redirect(stagePath(all[0].ID))
}

// stagePath is the path of an order's page.
func stagePath(orderID string) string { return Path + "/orders/" + url.PathEscape(orderID) }

// stage shows an order, and what can be done with it.
func (p *Pages) stage(c *call) error {
	one, all, err := c.orderOf()
	if err != nil {
		return err
	}

	return c.show("stage", frame{Title: "Order " + one.Number, Tab: "orders"}, stageView{Order: one, Orders: all})
}
