package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Order is an order of the simulated platform, of a brand that is an account.
type Order struct {
	// ID is the platform's, Number what the customer calls it.
	ID, Number string
	// AccountID and Brand are the account's, AppID and Provider those of the app that it sends through.
	AccountID, Brand, AppID, Provider string
	// Shopper is who ordered, and Phone the number on the order, in digits with the calling code.
	Shopper, Phone string
	// Parcels counts its shipments.
	Parcels int
}

// Orders are the orders of the simulated platform whose brand is an account, by their ids.
func (a *Actor) Orders(ctx context.Context) ([]Order, error) {
	var all []Order

	for _, id := range slices.Sorted(maps.Keys(a.Simulator.Platform().Orders())) {
		o, err := a.Order(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}

		all = append(all, o)
	}

	return all, nil
}

// Order returns an order of the simulated platform. The error of one that there is not is about the field order; that of an order whose brand is no account is
// [store.ErrNotFound].
func (a *Actor) Order(ctx context.Context, id string) (Order, error) {
	o, err := a.order(ctx, id)
	if err != nil {
		return Order{}, err
	}

	brand, err := a.Store.Account(ctx, o.accountID)
	if err != nil {
		return Order{}, err
	}

	app, _ := brand.App(brand.Sender)

	return Order{
		ID:        id,
		Number:    o.Number,
		AccountID: brand.ID,
		Brand:     brand.Name,
		AppID:     brand.Sender,
		Provider:  app.Provider,
		Shopper:   o.Address.Name,
		Phone:     digitsOf(o.Address.Phone),
		Parcels:   len(o.parcels()),
	}, nil
}

// NewParcel returns the number of a parcel of an order that is made up, and that no message is about: what is told of it once is told now.
func (a *Actor) NewParcel(ctx context.Context, id string) (int, error) {
	o, err := a.order(ctx, id)
	if err != nil {
		return 0, err
	}

	told, err := a.Store.MessagesOfOrder(ctx, o.accountID, id)
	if err != nil {
		return 0, err
	}

	for n := len(o.parcels()) + 1; ; n++ {
		shipment := o.parcel(n).shipment
		if !slices.ContainsFunc(told, func(m message.Message) bool { return m.Subject == shipment }) {
			return n, nil
		}
	}
}

// ownedOrder is an order of the platform, with its account.
type ownedOrder struct {
	platformOrder

	accountID string
}

// order returns an order as the simulated platform has it, and whose it is.
func (a *Actor) order(ctx context.Context, id string) (ownedOrder, error) {
	o, err := a.platformOrder(id)
	if err != nil {
		return ownedOrder{}, err
	}

	accountID, err := a.Store.AccountIDBySlug(ctx, o.Slug)

	return ownedOrder{o, accountID}, err
}

// platformOrder returns an order as the simulated platform has it.
func (a *Actor) platformOrder(id string) (platformOrder, error) {
	body, known := a.Simulator.Platform().Orders()[id]
	if !known {
		return platformOrder{}, fault.Field("order", "is no order of the simulated platform")
	}

	var o platformOrder
	if err := json.Unmarshal(body, &o); err != nil {
		return platformOrder{}, fault.Field("order", "cannot be read as the simulated platform has it")
	}

	return o, nil
}

// digitsOf returns a number as phones go by it: digits with the calling code.
func digitsOf(number string) string {
	n, err := phone.Parse(number, "")
	if err != nil {
		return number
	}

	return n.Digits()
}
