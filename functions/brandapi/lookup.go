package brandapi

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// lastCount is how many orders are asked for (shared/provider/businessonbot/CONTRACT.md section 5.1).
	lastCount = 3
	// maxSpent bounds the orders that are counted for a shopper.
	maxSpent = 200
	maxID    = 128
	maxEmail = 254
)

// ownOrder is an order of the account, as the bot is shown it.
type ownOrder struct {
	// id is the platform's.
	id string
	// request is the bot's own request to cancel the order; the zero value if there is none.
	request store.CancelRequest
	businessonbot.Document
}

// errNoOrder and errNoShopper are answered alike, with the documented 400.
var (
	errNoOrder   = fault.New(fault.NotFound, "brandapi.find", "no such order")
	errNoShopper = fault.New(fault.NotFound, "brandapi.find", "no such shopper")
)

// order answers GET /order/{id}.
func (h *handler) order(c *call) (any, error) {
	o, err := h.find(c, c.arg)
	if err != nil {
		return nil, err
	}

	c.shown = []string{o.id}

	return o.object(), nil
}

// lastOrders answers GET /get-orders/{phone}: an empty list for an unknown shopper.
func (h *handler) lastOrders(c *call) (any, error) {
	shopper, err := c.shopperByPhone()
	if err != nil {
		return nil, err
	}

	stored, err := h.Store.LastOrders(c.r.Context(), shopper, lastCount)
	if err != nil {
		return nil, err
	}

	answer := []businessonbot.Order{}
	for i := range stored {
		o, err := h.fresh(c, &stored[i])
		if errors.Is(err, errNoOrder) {
			continue
		}
		if err != nil {
			return nil, err
		}

		c.shown = append(c.shown, o.id)
		answer = append(answer, o.object())
	}

	return answer, nil
}

// byPhone answers GET /personal-details/{phone}.
func (h *handler) byPhone(c *call) (any, error) {
	shopper, err := c.shopperByPhone()
	if err != nil {
		return nil, err
	}
	return h.person(c, shopper)
}

// byEmail answers GET /personal-details?email=.
func (h *handler) byEmail(c *call) (any, error) {
	// A '+' in an address that was not escaped arrives as a blank.
	email := strings.ReplaceAll(strings.TrimSpace(c.arg), " ", "+")
	if len(email) > maxEmail || !strings.Contains(email, "@") || strings.ContainsFunc(email, unicode.IsControl) {
		return nil, fault.Field("email", "is not an e-mail address")
	}
	return h.person(c, store.Shopper{AccountID: c.account, EmailKey: c.keyer.Email(email)})
}

// shopperByPhone returns the shopper of the number that was asked about.
func (c *call) shopperByPhone() (store.Shopper, error) {
	n, err := phone.Parse(c.arg, "IN")
	if err != nil {
		return store.Shopper{}, fault.Field("phone_number", "is not a telephone number")
	}
	return store.Shopper{AccountID: c.account, PhoneKey: c.keyer.Key(n)}, nil
}

// shopperOf returns the shopper of an order: by number, and by e-mail address where the number cannot be read.
func (c *call) shopperOf(o ownOrder) store.Shopper {
	n, _ := phone.Parse(o.Phone, o.Region)
	return store.Shopper{AccountID: c.account, PhoneKey: c.keyer.Key(n), EmailKey: c.keyer.Email(o.Email)}
}

// person returns what is shown of a shopper: only what is on the orders.
func (h *handler) person(c *call, shopper store.Shopper) (person, error) {
	stored, err := h.Store.LastOrders(c.r.Context(), shopper, 1)
	if err != nil {
		return person{}, err
	}
	if len(stored) == 0 {
		return person{}, errNoShopper
	}

	o, err := h.fresh(c, &stored[0])
	if err != nil {
		return person{}, err
	}

	return h.personOf(c, shopper, o)
}

// personOf returns what is shown of a shopper, with the order as the last one.
func (h *handler) personOf(c *call, shopper store.Shopper, o ownOrder) (person, error) {
	count, micros, err := h.Store.Spent(c.r.Context(), shopper, maxSpent)
	if err != nil {
		return person{}, err
	}

	c.shown = []string{o.id}
	p := personFrom(o, h.cfg.ShowAddress)
	same := c.shopperOf(o)
	if p.ID = same.PhoneKey; p.ID == "" {
		p.ID = same.EmailKey
	}

	p.OrdersCount = count
	p.TotalSpent = businessonbot.Money(order.Amount{Micros: micros, Known: true})

	return p, nil
}

// find returns an order of the account by the id that the bot knows it by: the number that customers know, with or without
// its '#', or the platform's id. An order of another account is not found.
func (h *handler) find(c *call, id string) (ownOrder, error) {
	id = strings.TrimSpace(id)
	if id == "" || len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsControl(r) || r == '\uFFFD' }) {
		return ownOrder{}, fault.Field("id", "is not an order id")
	}

	ctx := c.r.Context()
	stored, err := h.Store.OrdersByNumber(ctx, c.account, id, lastCount)
	if err != nil {
		return ownOrder{}, err
	}
	if len(stored) > 0 {
		newest := slices.MaxFunc(stored, func(a, b store.Order) int { return a.JSONAt.Compare(b.JSONAt) })
		return h.fresh(c, &newest)
	}

	if strings.Trim(id, "0123456789") != "" {
		return ownOrder{}, errNoOrder
	}

	own, err := h.Store.OrderByUntrustedID(ctx, c.account, id)
	switch {
	case err == nil:
		return h.fresh(c, &own)
	case !errors.Is(err, store.ErrNotFound):
		return ownOrder{}, err
	}

	return h.ask(ctx, c, id)
}

// fresh returns a stored order. It reads the order from the platform again if the copy is old, or if the copy does not show
// a cancellation that was asked for. The copy is used while the platform does not answer, and if the platform's id is not
// known.
func (h *handler) fresh(c *call, stored *store.Order) (ownOrder, error) {
	ctx := c.r.Context()
	request, err := h.Store.CancelRequest(ctx, stored.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return ownOrder{}, err
	}

	asked := err == nil

	o, err := h.ownedCopy(ctx, c, stored)
	old := !orders.Fresh(*stored, h.Clock.Now().Add(-h.cfg.Orders.Refresh))
	if stored.PlatformID != "" && (old || asked && !o.Cancelled()) {
		newer, failed := h.ask(ctx, c, stored.PlatformID)
		if failed == nil || errors.Is(failed, errNoOrder) {
			o, err = newer, failed
		}
	}

	o.request = request

	return o, err
}

// ownedCopy reads a stored copy.
func (h *handler) ownedCopy(ctx context.Context, c *call, stored *store.Order) (ownOrder, error) {
	o, err := orders.Parse(stored.JSON)
	if err != nil {
		return ownOrder{}, err
	}
	return h.owned(ctx, c, stored.PlatformID, o)
}

// ask reads an order from the platform and stores it. An empty id is that of an order whose platform's id is not known.
func (h *handler) ask(ctx context.Context, c *call, id string) (ownOrder, error) {
	if id == "" {
		return ownOrder{}, errNoOrder
	}

	o, err := h.Orders.Ask(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return ownOrder{}, errNoOrder
	}
	if err != nil {
		return ownOrder{}, err
	}

	own, err := h.owned(ctx, c, id, o)
	if err != nil {
		return ownOrder{}, err
	}

	if err := h.Orders.Keep(ctx, orders.ID{AccountID: c.account, OrderID: id}, o, c.keyer); err != nil {
		h.Logger.WarnContext(ctx, "order not kept", "error", err)
	}

	return own, nil
}

// owned returns an order as the bot is shown it, if it is the account's: the platform's order API knows orders of all
// accounts. Every answer is made of what it returns, so this is where the street is taken out unless addresses are shown.
func (h *handler) owned(ctx context.Context, c *call, id string, o *orders.Order) (ownOrder, error) {
	d, err := businessonbot.ParseDocument(o.JSON, h.cfg.OrderZone.Location())
	if err != nil {
		return ownOrder{}, fault.Wrap(fault.Upstream, "brandapi.owned", err)
	}

	owner, err := h.Accounts.IDOfOrder(ctx, &o.Order)
	if err != nil {
		return ownOrder{}, err
	}
	if owner != c.account || o.ID != "" && o.ID != id {
		return ownOrder{}, errNoOrder
	}

	if !h.cfg.ShowAddress {
		d.Address.Line1, d.Address.Line2 = "", ""
	}

	return ownOrder{id: id, Document: d}, nil
}
