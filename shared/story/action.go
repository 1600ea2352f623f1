package story

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Action is something that was to be done with the order.
type Action struct {
	// Code is the platform's code of an action after a failed delivery, or [cancelOrder]; empty if nobody tells it.
	Code string
	Mode Mode
	// State is how far it came, as package conversation names it.
	State conversation.State
	// By is who wanted it.
	By string
	// Why says in one word why it was not done; empty if it was, or may still be.
	Why conversation.Why
	// DoneAt is when its state was the last one; zero before, and of what was not chosen on WhatsApp.
	DoneAt time.Time
	// Words say to a person how far it is.
	Words checks.Words
}

// Mode says where an action was chosen.
type Mode string

// The modes of actions.
const (
	// OnWhatsApp is an answer to one of our messages.
	OnWhatsApp Mode = "whatsapp"
	// OnPortal is an action of which the platform told us and that is not ours: the customer portal's.
	OnPortal Mode = "portal"
	// ByBot is what a brand's bot asked for.
	ByBot Mode = "bot"
)

// cancelOrder is the code of the cancellation that a brand's bot asked for.
const cancelOrder = "cancel_order"

// The parties that want an action.
const (
	byCustomer = "customer"
	byBot      = "bot"
	// byUnknown stands for whoever used the portal: the shopper, the brand or the courier.
	byUnknown = "unknown"
)

// ours is how far from our own submission the platform's status of it may lie.
const ours = 15 * time.Minute

// actionsOf tells the actions on an order.
func (t *Teller) actionsOf(ctx context.Context, accountID string, k known) ([]Entry, error) {
	chosen, err := t.whatsAppActions(ctx, accountID, k)
	if err != nil {
		return nil, err
	}

	entries := make([]Entry, 0, len(chosen))
	for _, a := range chosen {
		entries = append(entries, k.about(a.MessageID, Entry{
			At:   a.At,
			Kind: Acted,
			Action: &Action{
				Code:  string(a.Code),
				Mode:  OnWhatsApp,
				State: a.State,
				By:    byCustomer,
				Why:   a.Why,

				DoneAt: a.DoneAt,
				Words:  wordsOf(a),
			},
		}))
	}

	entries = append(entries, k.portalActions(chosen)...)

	cancelled, err := t.botAction(ctx, k)

	return append(entries, cancelled...), err
}

// wordsOf says to a person how far an action is.
func wordsOf(a conversation.Action) checks.Words {
	sentence, advice := a.Explain()

	return checks.Words{Sentence: sentence, Advice: advice}
}

// whatsAppActions returns what the order's shoppers chose on WhatsApp.
func (t *Teller) whatsAppActions(ctx context.Context, accountID string, k known) ([]conversation.Action, error) {
	var (
		asked  []string
		chosen []conversation.Action
	)

	for _, m := range k.messages {
		if m.CustomerID == "" || slices.Contains(asked, m.CustomerID) {
			continue
		}

		asked = append(asked, m.CustomerID)

		c, err := t.store.Conversation(ctx, m.CustomerID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}

		for _, a := range c.Actions {
			if a.OrderID == k.id && c.AccountID == accountID {
				chosen = append(chosen, a)
			}
		}
	}

	return chosen, nil
}

// portalActions returns the actions of which the platform told and that are none of those that were chosen on WhatsApp.
func (k known) portalActions(chosen []conversation.Action) []Entry {
	type submission struct {
		shipment string
		at       int64
	}

	var all []submission

	add := func(s submission) {
		if s.at != 0 && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}

	for _, m := range k.messages {
		if m.Event == order.ResolutionSubmitted.String() {
			add(submission{m.Subject, m.OccurredAt})
		}
	}

	for key, times := range k.order.Shipments {
		add(submission{k.shipments[key], times[order.ResolutionSubmitted.SubType]})
	}

	var entries []Entry

	for _, s := range all {
		at := time.Unix(s.at, 0)
		if slices.ContainsFunc(chosen, func(a conversation.Action) bool { return submitted(a, s.shipment, at) }) {
			continue
		}

		entries = append(entries, Entry{
			At:       at,
			Kind:     Acted,
			Event:    order.ResolutionSubmitted.String(),
			Shipment: s.shipment,
			Action: &Action{
				Code:  k.resolutionOf(s.shipment),
				Mode:  OnPortal,
				State: conversation.Accepted,
				By:    byUnknown,
				Words: wordsOf(conversation.Action{State: conversation.Accepted}),
			},
		})
	}

	return entries
}

// submitted reports whether what the platform told at a time of a shipment is an action that was chosen on WhatsApp.
func submitted(a conversation.Action, shipment string, at time.Time) bool {
	if a.State != conversation.Accepted && a.State != conversation.Submitting && a.State != conversation.Stuck || a.Subject != shipment {
		return false
	}

	done := a.DoneAt
	if done.IsZero() {
		done = a.At
	}

	return at.After(a.At.Add(-ours)) && at.Before(done.Add(ours))
}

// resolutionOf returns the code of the action that the kept copy of the order has for a shipment; empty if it has none.
func (k known) resolutionOf(shipment string) string {
	if len(k.order.JSON) == 0 {
		return ""
	}

	o, err := orders.Parse(k.order.JSON)
	if err != nil {
		return ""
	}

	return o.Failure("", shipment).ResolutionCode
}

// botAction returns the cancellation that a brand's bot asked for, if there is one.
func (t *Teller) botAction(ctx context.Context, k known) ([]Entry, error) {
	if k.order.ID == "" {
		return nil, nil // the bot shows and cancels orders of which a copy is kept
	}

	r, err := t.store.CancelRequest(ctx, k.order.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}

	state := conversation.Submitting
	if !r.PublishedAt.IsZero() {
		state = conversation.Accepted
	}

	return []Entry{{
		At:     r.RequestedAt,
		Kind:   Acted,
		Action: &Action{Code: cancelOrder, Mode: ByBot, State: state, By: byBot, Words: wordsOf(conversation.Action{State: state})},
	}}, nil
}
