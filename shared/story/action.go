package story

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
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
	// Date is the day that the shopper wants, "2006-01-02", of ACTF002; WithDetails says that a landmark, a note or another number went along.
	Date        string
	WithDetails bool
	// DoneAt is when its state was the last one; zero before, and of what was not chosen on WhatsApp.
	DoneAt time.Time
	// Words say to a person how far it is.
	Words checks.Words
}

// Label says to a person what was to be done.
func (a Action) Label() string {
	switch a.Code {
	case "":
		return "An action that nobody named"
	case cancelOrder:
		return conversation.Action{Code: conversation.Cancel}.Label()
	default:
		return conversation.Action{Code: conversation.Code(a.Code)}.Label()
	}
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

// ours is how far from our own submission, of which the last counts, the platform's status of it may lie.
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

				Date:        a.Date,
				WithDetails: !a.Details.IsZero(),
				DoneAt:      a.DoneAt,
				Words:       wordsOf(a),
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
	customers := message.Customers(k.messages)

	found, err := t.store.Conversations(ctx, customers)
	if err != nil {
		return nil, err
	}

	var chosen []conversation.Action

	for _, id := range customers {
		c := found[id]
		for _, a := range c.Actions {
			if a.OrderID == k.id && c.AccountID == accountID {
				chosen = append(chosen, a)
			}
		}
	}

	return chosen, nil
}

// submission is what the platform told of an action on a shipment.
type submission struct {
	shipment string
	at       int64
}

// submissions returns what the platform told of actions, the oldest first.
func (k known) submissions() []submission {
	told := map[submission]bool{}

	for _, m := range k.messages {
		if m.Event == order.ResolutionSubmitted.String() {
			told[submission{m.Subject, m.OccurredAt}] = true
		}
	}

	for key, times := range k.order.Shipments {
		told[submission{k.shipments[key], times[order.ResolutionSubmitted.SubType]}] = true
	}

	all := slices.DeleteFunc(slices.Collect(maps.Keys(told)), func(s submission) bool { return s.at == 0 })
	slices.SortFunc(all, func(a, b submission) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.shipment, b.shipment))
	})

	return all
}

// portalActions returns the actions of which the platform told and that are none of those that were chosen on WhatsApp: each of these is told
// once.
func (k known) portalActions(chosen []conversation.Action) []Entry {
	all := k.submissions()

	for _, a := range chosen {
		if n := told(a, all); n >= 0 {
			all = slices.Delete(all, n, n+1)
		}
	}

	entries := make([]Entry, 0, len(all))
	for _, s := range all {
		entries = append(entries, Entry{
			At:       time.Unix(s.at, 0),
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

// told returns the place of what the platform told of an action that was chosen on WhatsApp: what lies nearest to its submission, and not
// far from it; below 0 if there is nothing. An action that was never submitted cannot be told of.
func told(a conversation.Action, all []submission) int {
	submitted := a.SubmittedAt
	if a.State == conversation.Accepted && submitted.IsZero() {
		submitted = a.DoneAt
	}
	if submitted.IsZero() || a.State != conversation.Accepted && a.State != conversation.Submitting && a.State != conversation.Stuck {
		return -1
	}

	nearest, distance := -1, ours
	for n, s := range all {
		if apart := time.Unix(s.at, 0).Sub(submitted).Abs(); s.shipment == a.Subject && apart <= distance {
			nearest, distance = n, apart
		}
	}

	return nearest
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
