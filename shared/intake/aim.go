package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// aim is what a reply is about.
type aim struct {
	// whose is the conversation that it belongs to; without a customer if nobody could be answered.
	whose conversation.Conversation
	// answered is the message that it answers, be that one named or found.
	answered bound
	// root is the message that began what it is about; without an ID if it is about nothing that was sent.
	root message.Message
	// code is the action that it chooses; empty if it chooses none.
	code conversation.Code
	// question is the action whose open question it answers; empty if it was not found by one.
	question string
}

const (
	// failureAge is how old the message about a failed delivery may be that an answer without a reference is taken to be about.
	failureAge = 7 * 24 * time.Hour
	// maxGuesses is how many messages to a shopper are looked through for the one that an answer without a reference is about.
	maxGuesses = 20
	// maxSides is how many accounts behind one number are looked through for an open question.
	maxSides = 8
)

// aimOf finds what a reply is about: the message that it names. Of a reply that names none that is known, a tap is on the newest message
// about a failed delivery that has such a button, one with an open question first. Anything else is about what its shopper was last asked, by
// whichever brand, unless it names something else; or else about the newest delivery that failed and still is to be decided on. What is left
// is about nothing.
func (i *Intake) aimOf(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, p party) (aim, error) {
	if s.Answered.ID != "" {
		root, err := i.rootOf(ctx, s.Answered)
		if err != nil {
			return aim{}, err
		}

		return i.at(ctx, c, r, bound{message: s.Answered, button: s.bound.button}, root)
	}

	find := i.findFailure
	if tapped(r) {
		find = i.findButton
	} else if s.bound.names == namesNothing || s.bound.names == namesUnknown && i.idsOf(c) > 0 {
		if a, err := i.findQuestion(ctx, c, s.bound, p); err != nil || a.root.ID != "" {
			return a, err
		}
	}

	switch a, err := find(ctx, c, r, s.bound, p); {
	case err != nil || a.root.ID != "":
		return a, err
	case s.bound.names == namesUnknown && i.idsOf(c) > 0:
		return aim{}, nil // somebody else's message, as it turns out
	}

	whose, err := i.side(ctx, c, r, s, p)

	return aim{whose: whose, answered: s.bound}, err
}

// at returns the aim of a reply to a message, which root began.
func (i *Intake) at(ctx context.Context, c Callback, r provider.ReplyEvent, answered bound, root message.Message) (aim, error) {
	m := answered.message
	whose, err := i.conversation(ctx, cmp.Or(root.CustomerID, m.CustomerID), cmp.Or(root.AccountID, m.AccountID), "")

	return aim{whose: whose, answered: answered, root: root, code: i.codeOf(ctx, c, r, answered, root)}, err
}

// rootOf returns the message that began the conversation of one that was answered: that one itself, unless it is an answer of ours.
func (i *Intake) rootOf(ctx context.Context, answered message.Message) (message.Message, error) {
	if answered.Session == nil {
		return answered, nil
	}
	if answered.Session.RootID == "" {
		return message.Message{}, nil
	}

	root, err := i.store.Message(ctx, answered.Session.RootID)
	if errors.Is(err, store.ErrNotFound) {
		return message.Message{}, nil
	}

	return root, err
}

// findButton finds the message to the shopper about a failed delivery that has the button of a tap, or the answer of ours that has. Of several
// it is the one that most waits for the tap, as [Intake.waitingFor] says, and of equals the newest.
func (i *Intake) findButton(ctx context.Context, c Callback, r provider.ReplyEvent, b bound, p party) (aim, error) {
	all, err := i.guesses(ctx, c, b, p, order.FailedDelivery.String(), message.SessionEvent(order.FailedDelivery.String()))
	if err != nil {
		return aim{}, err
	}

	var (
		found aim
		most  waiting
	)

	for _, m := range all {
		root, err := i.rootOf(ctx, m)
		if err != nil {
			return aim{}, err
		}

		answered := bound{button: -1}
		if m.Session != nil {
			answered.message = m
		}

		code := i.codeOf(ctx, c, r, answered, root)
		if code == "" && !offers(m, r.Text) {
			continue
		}

		a, err := i.at(ctx, c, r, answered, root)
		if err != nil {
			return aim{}, err
		}

		w, err := i.waitingFor(ctx, a)
		if err != nil || w == onAnswer {
			return a, err
		}

		if found.root.ID == "" || w > most {
			found, most = a, w
		}
	}

	return found, nil
}

// offers reports whether a message is an answer of ours with a button of that label.
func offers(m message.Message, label string) bool {
	if m.Session == nil {
		return false
	}

	_, ok := buttonOf(m.Session, -1, label)

	return ok
}

// findFailure finds the newest message to the shopper about a failed delivery that is still to be decided on.
func (i *Intake) findFailure(ctx context.Context, c Callback, r provider.ReplyEvent, b bound, p party) (aim, error) {
	all, err := i.guesses(ctx, c, b, p, order.FailedDelivery.String())
	if err != nil {
		return aim{}, err
	}

	for _, m := range all {
		if open, err := i.undecided(ctx, m); err != nil || open {
			if err != nil {
				return aim{}, err
			}

			return i.at(ctx, c, r, b, m)
		}
	}

	return aim{}, nil
}

// guesses returns the messages about events that may be what a reply is about, the newest first: those that a provider has taken. What was
// refused, or failed, the shopper never saw.
func (i *Intake) guesses(ctx context.Context, c Callback, b bound, p party, events ...string) ([]message.Message, error) {
	if b.names == namesAnother {
		return nil, nil
	}

	var all []message.Message

	since := i.clock.Now().Add(-failureAge)
	for _, customer := range p.own {
		for _, event := range events {
			to, err := i.store.MessagesTo(ctx, c.AppID, customer.ID, event, since, maxGuesses)
			if err != nil {
				return nil, err
			}

			all = append(all, to...)
		}
	}

	all = slices.DeleteFunc(all, func(m message.Message) bool { return m.Test || !m.Recorded() || !i.mayBe(c, b, m) })
	slices.SortStableFunc(all, func(a, b message.Message) int { return b.CreatedAt.Compare(a.CreatedAt) })

	return all, nil
}

// undecided reports whether the failed delivery that a message tells of is still to be decided on, as far as the platform's events tell: the
// parcel has not arrived since, does not go back, and has no action.
func (i *Intake) undecided(ctx context.Context, m message.Message) (bool, error) {
	if m.ID == "" {
		return false, nil
	}

	kept, err := i.store.Order(ctx, store.OrderID(m.AccountID, m.OrderID))
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}

	times := kept.TimesOf(m.Subject)
	failed := max(m.OccurredAt, times[order.FailedDelivery.SubType])
	entry, _ := order.Lookup(order.FailedDelivery)

	return !slices.ContainsFunc(entry.SupersededBy, func(status string) bool { return times[status] > failed }), nil
}

// side returns the conversation of a shopper who talks of nothing that was sent: with the only account that knows the shopper. Who is not
// known, or known to several, talks to the app itself.
func (i *Intake) side(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply, p party) (conversation.Conversation, error) {
	if len(p.own) == 1 && p.own[0].AccountID != "" {
		return i.conversation(ctx, p.own[0].ID, p.own[0].AccountID, p.own[0].Phone)
	}

	key := s.Reply.PhoneKey
	switch {
	case key == "":
		return conversation.Conversation{}, nil // nobody could be answered
	case c.AccountID != "":
		return i.conversation(ctx, store.CustomerID(c.AccountID, key), c.AccountID, e164(r.From))
	default:
		return i.conversation(ctx, store.AppCustomerID(c.AppID, key), "", e164(r.From))
	}
}
