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
	// lastingTTL is how long a POST that fits the platform's last answer on an order goes by it, and latestTTL one that does not.
	lastingTTL = time.Minute
	latestTTL  = 5 * time.Second
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

// owners are the platform's last answers on orders, also that there is no such order. Failures are not kept.
//
// However many guess at an order, an instance asks the platform once in lastingTTL for bodies that fit, and once in latestTTL
// for bodies that do not: the order may have been made or corrected since the last answer, and who POSTs what is right
// must not be refused because somebody guessed before. A body that fitted a minute ago is taken until the minute is over.
type owners struct {
	lasting, latest *cache.Cache[string, owner]
}

func newOwners(d deps) owners {
	latest := cache.New(cache.Options{Clock: d.Clock, TTL: latestTTL, Max: maxOwners}, func(ctx context.Context, orderID string) (owner, error) {
		o, err := d.Orders.Ask(ctx, orderID)
		if fault.Is(err, fault.NotFound) {
			return owner{}, nil
		}
		if err != nil {
			return owner{}, err
		}

		return ownerOf(o), nil
	})

	return owners{
		lasting: cache.New(cache.Options{Clock: d.Clock, TTL: lastingTTL, Max: maxOwners}, latest.Get),
		latest:  latest,
	}
}

// put keeps what the platform has just answered to another question.
func (o owners) put(orderID string, answered owner) {
	o.lasting.Put(orderID, answered)
	o.latest.Put(orderID, answered)
}

// newest returns an answer that is no older than latestTTL; former and the error if the platform gives none.
func (o owners) newest(ctx context.Context, orderID string, former owner) (owner, error) {
	found, err := o.latest.Get(ctx, orderID)
	if err != nil {
		return former, err
	}

	o.lasting.Put(orderID, found)

	return found, nil
}

// find returns whose an order is: by the platform's newest answer, if the request does not fit the one at hand. While the
// platform does not answer it is as in the stored copy, and down says so; down is of kind Unavailable.
func (h *handler) find(ctx context.Context, orderID string, asked request, brand account.Account) (o owner, down, err error) {
	const op = "subscribe.find"

	o, failed := h.owners.lasting.Get(ctx, orderID)
	if failed == nil && asked.fits(o, brand) {
		return o, nil, nil
	}
	if failed == nil {
		o, failed = h.owners.newest(ctx, orderID, o)
		return o, fault.Wrap(fault.Unavailable, op, failed), nil
	}

	down = fault.Wrap(fault.Unavailable, op, failed)

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
