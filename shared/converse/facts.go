package converse

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// line is the app that a conversation goes through, and how its owner answers.
type line struct {
	// owner is the account whose shopper it is; the zero Account while nobody knows.
	owner    account.Account
	app      account.App
	provider provider.Provider
	standard account.UnexpectedReplies
}

// answers reports whether the app can send texts and buttons.
func (l line) answers() bool {
	_, texts := l.provider.(provider.TextSender)
	_, buttons := l.provider.(provider.ButtonSender)

	return texts && buttons
}

// line finds the app of a conversation. One that is gone has no provider.
func (c *Conversations) line(ctx context.Context, of conversation.Conversation) (line, error) {
	var l line

	if of.AccountID != "" {
		owner, err := c.Accounts.Get(ctx, of.AccountID)
		if errors.Is(err, store.ErrNotFound) {
			return l, nil
		}
		if err != nil {
			return l, err
		}

		l.owner = owner
		if owner.Unexpected != nil {
			l.standard = *owner.Unexpected
		}

		l.app, _ = owner.App(of.AppID)
	}

	if of.AccountID == "" || l.app.Ownership == message.Platform {
		shared, err := c.Store.PlatformApp(ctx, of.AppID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return l, err
		}
		if err == nil {
			l.app, l.standard = shared.App, shared.Unexpected
		}
	}

	l.provider, _ = c.Providers.Get(l.app.Provider)

	return l, nil
}

// facts reads what a step of a conversation depends on. read are the orders that the platform told, by their ids.
func (c *Conversations) facts(
	ctx context.Context, of conversation.Conversation, l line,
) (f conversation.Facts, read map[string]*orders.Order, err error) {
	f = conversation.Facts{
		Now:      c.Clock.Now().In(l.owner.Zone()),
		Orders:   map[conversation.Shipment]conversation.Order{},
		Standard: l.standard,
		Answers:  l.answers(),
		Nonce:    rand.Text(),
	}

	stopped, err := c.stopped(ctx, of.CustomerID, f.Now)
	if err != nil {
		return f, nil, err
	}
	if stopped {
		f.Standard.Enabled = false
	}

	if f.Unasked, err = c.unasked(ctx, of, f.Now); err != nil {
		return f, nil, err
	}

	read = map[string]*orders.Order{}

	for _, s := range of.Needs(f.Now) {
		o, told, err := c.order(ctx, of.AccountID, s)
		switch {
		case fault.Is(err, fault.NotFound):
			f.Orders[s] = conversation.Order{Missing: true}
		case err != nil:
			return f, nil, err
		case told != nil:
			f.Orders[s], read[s.OrderID] = o, told
		}
	}

	return f, read, nil
}

// unasked finds the actions whose question has ended without an answer, and failed, was never sent, or was given up: nobody knows that the
// shopper was asked.
func (c *Conversations) unasked(ctx context.Context, of conversation.Conversation, now time.Time) (map[string]bool, error) {
	found := map[string]bool{}

	for _, a := range of.Unanswered(now) {
		m, err := c.Store.Message(ctx, store.AnswerID(of.ID, a.FirstQuestion()))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}

		found[a.ID] = err != nil || m.Status() == message.StatusFailed || m.Status() == message.StatusGivenUp
	}

	return found, nil
}

// stopped reports whether a customer wants no messages: such a one is told what comes of a choice, and nothing else.
func (c *Conversations) stopped(ctx context.Context, customerID string, now time.Time) (bool, error) {
	customer, err := c.Store.Customer(ctx, customerID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}

	_, reason := consent.May(customer.Consent, consent.OrderUpdates, now)

	return reason == message.OptedOut, nil
}

// order reads the order of a shipment afresh; told is nil if the platform gives no answer. An error of kind NotFound says that it has no such
// order.
func (c *Conversations) order(ctx context.Context, accountID string, s conversation.Shipment) (o conversation.Order, told *orders.Order, err error) {
	keys, err := c.Keys.Get(ctx)
	if err != nil {
		return o, nil, err
	}

	told, err = c.Orders.Read(ctx, orders.ID{AccountID: accountID, OrderID: s.OrderID}, keys.Phone, c.Clock.Now())
	switch {
	case fault.Is(err, fault.NotFound):
		return o, nil, err
	case err != nil && ctx.Err() != nil:
		return o, nil, ctx.Err()
	case err != nil:
		c.Logger.WarnContext(ctx, "the order platform gave no answer: a shopper's choice waits", "order_id", logging.Number(s.OrderID), "error", err)
		return o, nil, nil
	}

	kept, err := c.Store.Order(ctx, store.OrderID(accountID, s.OrderID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return o, nil, err
	}

	return orderOf(told.Failure(s.TrackingID, s.Subject), kept.TimesOf(s.Subject)), told, nil
}

// orderOf returns what matters of an order, by what it says of the shipment and by the statuses that events told of it: the newer of both
// counts.
func orderOf(f order.Failure, times map[string]int64) conversation.Order {
	failed := times[order.FailedDelivery.SubType]

	o := conversation.Order{
		Failed:     f.Failed,
		Resolved:   f.Resolved,
		Resolution: conversation.Code(f.ResolutionCode),
		Answered:   f.Resolved,
		Attempt:    failed,
		ResolvedAt: times[order.ResolutionSubmitted.SubType],
	}
	if o.ResolvedAt > 0 && o.ResolvedAt < o.Attempt {
		o.Resolved, o.Resolution = false, "" // the order still shows what was chosen after an earlier attempt
	}

	for _, code := range f.Resolutions {
		if c := conversation.Code(code); c.Valid() {
			o.Offered = append(o.Offered, c)
		}
	}

	entry, _ := order.Lookup(order.FailedDelivery)
	for _, status := range entry.SupersededBy {
		if failed == 0 || times[status] <= failed {
			continue
		}

		o.Failed = false
		o.Resolved = o.Resolved || status == order.ResolutionSubmitted.SubType
	}

	return o
}
