package story

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Found is what a search has found: a message, an order, or a shopper.
type Found struct {
	// OrderID is the platform's id of the order. It is empty of a shopper, and of a message about no order.
	OrderID string
	// MessageID is set if the text was a message's id.
	MessageID string
	// Shopper is set if the text was a telephone number and nothing else.
	Shopper *ShopperAnswer
}

// maxSearched is the longest text that is looked for, in characters.
const maxSearched = 200

// Search finds what a text names: a message by its id, an order by the platform's id, by its number for the shopper or by a courier's tracking id
// of one of its parcels, or else a shopper by a telephone number. The error is of kind NotFound if it names nothing. A telephone number is always
// found: that nothing is known of it is an answer, too.
func (t *Teller) Search(ctx context.Context, c access.Caller, accountID, text string) (Found, error) {
	const op = "story.Search"

	if err := c.May(access.Read, accountID); err != nil {
		return Found{}, err
	}

	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > maxSearched || !utf8.ValidString(text) {
		return Found{}, fault.Field("q", "must be an order, a message id, a tracking id or a telephone number, of 200 characters at most")
	}

	if _, err := t.accounts.Known(ctx, op, accountID); err != nil {
		return Found{}, err
	}

	for _, look := range []func(ctx context.Context, accountID, text string) (Found, error){t.byMessage, t.byOrder, t.byTracking} {
		if found, err := look(ctx, accountID, text); !fault.Is(err, fault.NotFound) && !errors.Is(err, store.ErrNotFound) {
			return found, err
		}
	}

	if _, err := phone.ParseWritten(text); err != nil {
		return Found{}, fault.New(fault.NotFound, op, "no order, message or parcel is known by it, and it is no telephone number")
	}

	s, err := t.ExplainShopper(ctx, c, accountID, text)

	return Found{Shopper: &s}, err
}

func (t *Teller) byMessage(ctx context.Context, accountID, text string) (Found, error) {
	m, err := t.store.MessageOf(ctx, accountID, strings.ToLower(text))

	return Found{OrderID: m.OrderID, MessageID: m.ID}, err
}

func (t *Teller) byOrder(ctx context.Context, accountID, text string) (Found, error) {
	k, err := t.find(ctx, "story.byOrder", accountID, text)

	return Found{OrderID: k.id}, err
}

func (t *Teller) byTracking(ctx context.Context, accountID, text string) (Found, error) {
	m, err := t.store.MessageTracked(ctx, accountID, text)
	if err == nil && m.OrderID == "" {
		return Found{}, store.ErrNotFound
	}

	return Found{OrderID: m.OrderID}, err
}
