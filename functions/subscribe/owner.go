package subscribe

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// ownerTTL is how long a POST goes by the platform's last answer on an order.
	ownerTTL = time.Minute
	// maxOwners bounds the answers that an instance remembers.
	maxOwners = 10_000
)

// owner is whose an order is, by the platform's word. The zero value is that of an order that does not exist, which fits no
// request.
type owner struct {
	// accountID and slug name the account; the platform may leave one of them out.
	accountID, slug string
	customer        order.Customer
}

func ownerOf(o *orders.Order) owner {
	return owner{accountID: o.AccountID, slug: o.AccountSlug, customer: o.Customer}
}

// phone returns the shopper's number; zero if the order has none that can be read.
func (o owner) phone() phone.Number {
	number, _ := phone.Parse(o.customer.Phone, o.customer.Region)
	return number
}

// of reports whether the order is the account's.
func (o owner) of(brand account.Account) bool {
	switch {
	case brand.ID == "" || o.accountID == "" && o.slug == "":
		return false
	case o.accountID != "" && o.accountID != brand.ID:
		return false
	default:
		return o.slug == "" || strings.EqualFold(o.slug, brand.Slug)
	}
}

// newOwners returns a cache of the platform's answers, also of those that there is no such order. However many guess at an
// order, an instance asks the platform once a minute. Failures are not kept.
func newOwners(d deps) *cache.Cache[string, owner] {
	o := cache.Options{Clock: d.Clock, TTL: ownerTTL, Max: maxOwners}

	return cache.New(o, func(ctx context.Context, orderID string) (owner, error) {
		o, err := d.Orders.Ask(ctx, orderID)
		if fault.Is(err, fault.NotFound) {
			return owner{}, nil
		}
		if err != nil {
			return owner{}, err
		}

		return ownerOf(o), nil
	})
}

// find returns whose an order is. While the platform does not answer it is as in the stored copy, and down says so; down is of
// kind Unavailable.
func (h *handler) find(ctx context.Context, orderID string) (o owner, down, err error) {
	const op = "subscribe.find"
	if o, err = h.owners.Get(ctx, orderID); err == nil {
		return o, nil, nil
	}

	down = fault.Wrap(fault.Unavailable, op, err)

	kept, err := h.Orders.Kept(ctx, orderID)
	if fault.Is(err, fault.NotFound) {
		return owner{}, down, nil
	}
	if err != nil {
		return owner{}, nil, err
	}

	return ownerOf(kept), down, nil
}

// account returns the account of that id, the zero one if there is none.
func (h *handler) account(ctx context.Context, id string) (account.Account, error) {
	found, err := h.Accounts.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return account.Account{}, nil
	}

	return found, err
}
