// Package story is the use case that tells what happened to an order, a message or a shopper, and why. It changes nothing, but for the note that a
// telephone number was revealed.
//
// Each use case checks by itself, before it reads anything, whether its caller may. What it returns holds no telephone number, no name and
// no text of a message, as long as it does not say otherwise.
package story

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Deps are what a Teller works with.
type Deps struct {
	Store *store.Store
	// Accounts are read without a cache, so that an explanation shows what was just saved.
	Accounts *settings.Accounts
	// Keyer names shoppers by their numbers.
	Keyer *cache.Once[phone.Keyer]
	Clock clock.Clock
	// Zone is that of the platform's status times, by whose days events that are off are counted.
	Zone *time.Location
	// Providers say what a message cost, and build again what a provider was sent. Only [Teller.Whole] and [Teller.Message] need them.
	Providers settings.Providers
}

// Teller tells stories. It is safe for concurrent use.
type Teller struct {
	store     *store.Store
	accounts  *settings.Accounts
	keyer     *cache.Once[phone.Keyer]
	clock     clock.Clock
	zone      *time.Location
	providers settings.Providers
}

// New returns a Teller; it makes no call.
func New(d Deps) *Teller {
	return &Teller{store: d.Store, accounts: d.Accounts, keyer: d.Keyer, clock: d.Clock, zone: d.Zone, providers: d.Providers}
}

// maxNumbers is how many orders of one number are looked at. A shop may use a number again; the newest counts.
const maxNumbers = 5

// known is what is stored of an order.
type known struct {
	// id is the platform's, number the order's for its shopper, which is empty if nothing tells it.
	id, number string
	// messages are the oldest first.
	messages []message.Message
	// order is the zero Order if there is none.
	order store.Order
	// shipments are the ids of shipments and returns by the keys that the order's document has them under.
	shipments map[string]string
}

// empty reports whether nothing is stored.
func (k known) empty() bool { return len(k.messages) == 0 && k.order.ID == "" }

// errNoOrder says that nothing is stored of an order.
func errNoOrder(op string) error {
	return fault.New(fault.NotFound, op, "no event of such an order has come since the account has an app")
}

// find returns what is stored of an order, which is given by the platform's id or by its number for the shopper. The platform's id comes
// first. The error is of kind NotFound if nothing is.
func (t *Teller) find(ctx context.Context, op, accountID, given string) (known, error) {
	k, err := t.byID(ctx, accountID, given)
	if err != nil || !k.empty() {
		return k, err
	}

	kept, err := t.store.OrdersByNumber(ctx, accountID, given, maxNumbers)
	if err != nil {
		return known{}, err
	}

	told, err := t.store.OrdersToldByNumber(ctx, accountID, given, maxNumbers)
	if err != nil {
		return known{}, err
	}

	named := slices.DeleteFunc(slices.Concat(kept, told), func(o store.Order) bool { return o.PlatformID == "" })
	if len(named) == 0 {
		return known{}, errNoOrder(op)
	}

	newest := slices.MaxFunc(named, func(a, b store.Order) int { return heardOf(a).Compare(heardOf(b)) })

	return t.byID(ctx, accountID, newest.PlatformID)
}

// heardOf returns when the platform last told something of an order.
func heardOf(o store.Order) time.Time {
	last := o.JSONAt
	for _, times := range o.Shipments {
		for _, at := range times {
			if told := time.Unix(at, 0); told.After(last) {
				last = told
			}
		}
	}

	return last
}

// byID returns what is stored of the order of the platform's id.
func (t *Teller) byID(ctx context.Context, accountID, id string) (known, error) {
	messages, err := t.store.MessagesOfOrder(ctx, accountID, id)
	if err != nil {
		return known{}, err
	}

	k := known{id: id, messages: messages}
	if k.order, err = t.orderOf(ctx, accountID, id); err != nil {
		return known{}, err
	}

	return k.named(), nil
}

// orderOf returns the stored order; the zero Order if there is none. The names of documents that are read reach the platform's logs, so one
// that could hold a telephone number is looked for by a field, which only a kept copy has.
func (t *Teller) orderOf(ctx context.Context, accountID, id string) (store.Order, error) {
	read := func() (store.Order, error) { return t.store.Order(ctx, store.OrderID(accountID, id)) }
	if logging.Word(id) != id {
		read = func() (store.Order, error) { return t.store.OrderByUntrustedID(ctx, accountID, id) }
	}

	o, err := read()
	if errors.Is(err, store.ErrNotFound) {
		return store.Order{}, nil
	}

	return o, err
}

// named returns what is known with the names of order and shipments, as far as messages and the kept copy tell them.
func (k known) named() known {
	var subjects []string

	for _, m := range k.messages {
		subjects = append(subjects, m.Subject)
		if k.number == "" {
			k.number = m.Activity.OrderNumber
		}
	}

	if o, err := orders.Parse(k.order.JSON); err == nil && len(k.order.JSON) > 0 {
		subjects = append(subjects, o.ShipmentIDs...)
		for _, i := range o.Items {
			subjects = append(subjects, i.TrackingID)
		}

		if k.number == "" {
			k.number = o.Number
		}
	}

	subjects = append(subjects, k.id)

	k.shipments = map[string]string{}
	for _, s := range subjects {
		k.shipments[order.FieldKey(s)] = s
	}

	return k
}
