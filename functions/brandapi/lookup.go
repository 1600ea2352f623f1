package brandapi

import (
	"context"
	"errors"
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
	// lastCount is how many orders requirement 002 asks for.
	lastCount = 3
	// maxSpent bounds the orders that are counted for a shopper.
	maxSpent = 200
	maxID    = 128
	maxEmail = 254
)

// known is an order that the account may see.
type known struct {
	// id is the platform's.
	id string
	// request is the bot's own wish to cancel the order; the zero value if there is none.
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
	k, err := h.find(c, c.arg)
	if err != nil {
		return nil, err
	}
	c.shown = []string{k.id}
	return k.object(), nil
}

// lastOrders answers GET /get-orders/{phone}: an empty list for a shopper who is not known.
func (h *handler) lastOrders(c *call) (any, error) {
	who, err := c.shopperByPhone()
	if err != nil {
		return nil, err
	}
	answer := []businessonbot.Order{}
	kept, err := h.Store.LastOrders(c.r.Context(), who, lastCount)
	if err != nil {
		return nil, err
	}
	for i := range kept {
		k, err := h.fresh(c, &kept[i])
		if errors.Is(err, errNoOrder) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c.shown = append(c.shown, k.id)
		answer = append(answer, k.object())
	}
	return answer, nil
}

// byPhone answers GET /personal-details/{phone}.
func (h *handler) byPhone(c *call) (any, error) {
	who, err := c.shopperByPhone()
	if err != nil {
		return nil, err
	}
	return h.person(c, who)
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

func (c *call) shopperByPhone() (store.Shopper, error) {
	n, err := phone.Parse(c.arg, "IN")
	if err != nil {
		return store.Shopper{}, fault.Field("phone_number", "is not a telephone number")
	}
	return store.Shopper{AccountID: c.account, PhoneKey: c.keyer.Key(n)}, nil
}

// shopperOf is the shopper of an order.
func (c *call) shopperOf(k known) store.Shopper {
	n, _ := phone.Parse(k.Phone, k.Region) // without a number that can be read it is the address that counts
	return store.Shopper{AccountID: c.account, PhoneKey: c.keyer.Key(n), EmailKey: c.keyer.Email(k.Email)}
}

// person is what there is to tell of a shopper: nothing that is not on the orders.
func (h *handler) person(c *call, who store.Shopper) (person, error) {
	ctx := c.r.Context()
	kept, err := h.Store.LastOrders(ctx, who, 1)
	if err != nil {
		return person{}, err
	}
	if len(kept) == 0 {
		return person{}, errNoShopper
	}
	k, err := h.fresh(c, &kept[0])
	if err != nil {
		return person{}, err
	}
	return h.personOf(c, who, k)
}

func (h *handler) personOf(c *call, who store.Shopper, k known) (person, error) {
	count, micros, err := h.Store.Spent(c.r.Context(), who, maxSpent)
	if err != nil {
		return person{}, err
	}
	c.shown = []string{k.id}
	p := personFrom(k, h.cfg.ShowAddress)
	same := c.shopperOf(k)
	if p.ID = same.PhoneKey; p.ID == "" {
		p.ID = same.EmailKey
	}
	p.OrdersCount = count
	p.TotalSpent = businessonbot.Money(order.Amount{Micros: micros, Known: true})
	return p, nil
}

// find finds an order of the account by the id that the bot knows it by: the number that customers know, with or without
// its '#', or the platform's id. An order of another account is not there.
func (h *handler) find(c *call, id string) (known, error) {
	id = strings.TrimSpace(id)
	if id == "" || len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsControl(r) || r == '\uFFFD' }) {
		return known{}, fault.Field("id", "is not an order id")
	}
	ctx := c.r.Context()
	kept, err := h.Store.OrdersByNumber(ctx, c.account, id, lastCount)
	if err != nil {
		return known{}, err
	}
	var newest *store.Order
	for i := range kept {
		if newest == nil || kept[i].JSONAt.After(newest.JSONAt) {
			newest = &kept[i]
		}
	}
	if newest != nil {
		return h.fresh(c, newest)
	}
	if strings.Trim(id, "0123456789") != "" {
		return known{}, errNoOrder
	}
	own, err := h.Store.OrderByUntrustedID(ctx, c.account, id)
	switch {
	case err == nil:
		return h.fresh(c, &own)
	case !errors.Is(err, store.ErrNotFound):
		return known{}, err
	}
	return h.ask(ctx, c, id)
}

// fresh is a kept order, read anew from the platform where it has become old, or where its cancellation was asked for and
// is not done yet by what is kept; while the platform does not answer, an old one has to do. One whose platform's id is not
// known cannot be read anew.
func (h *handler) fresh(c *call, kept *store.Order) (known, error) {
	ctx := c.r.Context()
	request, err := h.Store.CancelRequest(ctx, kept.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return known{}, err
	}
	asked := err == nil

	k, err := h.ownedCopy(ctx, c, kept)
	old := !orders.Fresh(*kept, h.Clock.Now().Add(-h.cfg.Orders.Refresh))
	if kept.PlatformID != "" && (old || asked && !k.Cancelled()) {
		anew, failed := h.ask(ctx, c, kept.PlatformID)
		if failed == nil || errors.Is(failed, errNoOrder) {
			k, err = anew, failed
		}
	}
	k.request = request

	return k, err
}

func (h *handler) ownedCopy(ctx context.Context, c *call, kept *store.Order) (known, error) {
	o, err := orders.Parse(kept.JSON)
	if err != nil {
		return known{}, err
	}

	return h.owned(ctx, c, kept.PlatformID, o)
}

// ask reads an order from the platform and keeps it. An empty id is that of an order whose platform's id is not known.
func (h *handler) ask(ctx context.Context, c *call, id string) (known, error) {
	if id == "" {
		return known{}, errNoOrder
	}
	o, err := h.Orders.Ask(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return known{}, errNoOrder
	}
	if err != nil {
		return known{}, err
	}
	k, err := h.owned(ctx, c, id, o)
	if err != nil {
		return known{}, err
	}

	if err := h.Orders.Keep(ctx, orders.ID{AccountID: c.account, OrderID: id}, o, c.keyer); err != nil {
		h.Logger.WarnContext(ctx, "order not kept", "error", err)
	}

	return k, nil
}

// owned reads an order as the bot is told it and holds that it is the account's: the platform's order API knows orders of all
// accounts.
func (h *handler) owned(ctx context.Context, c *call, id string, o *orders.Order) (known, error) {
	d, err := businessonbot.ParseDocument(o.JSON, h.cfg.OrderZone.Location())
	if err != nil {
		return known{}, fault.Wrap(fault.Upstream, "brandapi.owned", err)
	}
	owner, err := h.Accounts.IDOfOrder(ctx, &o.Order)
	if err != nil {
		return known{}, err
	}
	if owner != c.account || o.ID != "" && o.ID != id {
		return known{}, errNoOrder
	}
	return known{id: id, Document: d}, nil
}
