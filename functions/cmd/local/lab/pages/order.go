package pages

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// shopOrder is an order of the simulated platform, with the brand that it is of.
type shopOrder struct {
	ID, Number string
	// Shopper is the name of who bought.
	Shopper string
	Brand   account.Account
	// Provider is that of the brand's sender; empty if it has none.
	Provider string
	Order    order.Order
}

// orders returns the orders of brands that have an account, in the order of their ids.
func (p *Pages) orders(ctx context.Context) ([]shopOrder, error) {
	brands := map[string]account.Account{}

	err := p.EachAccount(ctx, func(_ context.Context, a account.Account) error {
		brands[a.Slug] = a
		return nil
	})
	if err != nil {
		return nil, err
	}

	var all []shopOrder

	bodies := p.Simulator.Platform().Orders()
	for _, id := range slices.Sorted(maps.Keys(bodies)) {
		o, err := order.ParseOrder(bodies[id])
		if err != nil {
			continue // the platform serves it all the same; nothing can be played on it
		}

		brand, known := brands[o.AccountSlug]
		if !known {
			continue
		}

		sender, _ := brand.App(brand.Sender)
		all = append(all, shopOrder{
			ID:       id,
			Number:   cmp.Or(o.Number, id),
			Shopper:  o.Customer.Name,
			Brand:    brand,
			Provider: sender.Provider,
			Order:    o,
		})
	}

	return all, nil
}

// orderOf returns the order that the path names, and all that there are.
func (c *call) orderOf() (one shopOrder, all []shopOrder, err error) {
	if all, err = c.p.orders(c.ctx()); err != nil {
		return shopOrder{}, nil, err
	}

	for _, o := range all {
		if o.ID == c.r.PathValue("orderId") {
			return o, all, nil
		}
	}

	return shopOrder{}, nil, fault.New(fault.NotFound, "pages.order", "the platform has no such order of a brand that has an account")
}
