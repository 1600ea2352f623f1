package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// question is an action that a shopper was asked about and has not answered.
type question struct {
	whose conversation.Conversation
	asked conversation.Action
}

// findQuestion finds the question that a reply answers which names no message that is known: the newest one of a delivery that is still to be
// decided on, else the newest one. An unknown id can only be that of a question of which not all ids are known.
func (i *Intake) findQuestion(ctx context.Context, c Callback, b bound, p party) (aim, error) {
	open, err := i.questions(ctx, p)
	if err == nil && len(open) > 0 && b.names == namesUnknown {
		open, err = i.nameable(ctx, c, b, p, open)
	}
	if err != nil {
		return aim{}, err
	}

	var over aim

	for _, q := range open {
		root, err := i.store.Message(ctx, q.asked.MessageID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return aim{}, err
		}

		decide, err := i.undecided(ctx, root)
		if err != nil {
			return aim{}, err
		}

		found := aim{whose: q.whose, answered: bound{button: -1}, root: root, question: q.asked.ID}
		if decide {
			return found, nil
		}
		if over.root.ID == "" {
			over = found
		}
	}

	return over, nil
}

// questions returns the open questions to a shopper, by whichever brand, the newest first.
func (i *Intake) questions(ctx context.Context, p party) ([]question, error) {
	var all []question

	for n, customer := range p.own {
		if customer.AccountID == "" || n >= maxSides {
			continue
		}

		one, err := i.conversation(ctx, customer.ID, customer.AccountID, customer.Phone)
		if err != nil {
			return nil, err
		}

		for _, a := range slices.Backward(one.Actions) {
			if a.State == conversation.Asked {
				all = append(all, question{one, a})
			}
		}
	}

	slices.SortStableFunc(all, func(a, b question) int { return b.asked.At.Compare(a.asked.At) })

	return all, nil
}

// nameable returns the questions that a reply with an unknown id may name: a message of such a question, or the one that began it, may turn
// out to have that id.
func (i *Intake) nameable(ctx context.Context, c Callback, b bound, p party, open []question) ([]question, error) {
	may, err := i.guesses(ctx, c, b, p, order.FailedDelivery.String(), message.SessionEvent(order.FailedDelivery.String()))
	if err != nil {
		return nil, err
	}

	named := func(q question) bool {
		return slices.ContainsFunc(may, func(m message.Message) bool {
			return m.ID == q.asked.MessageID || m.Session != nil && m.Session.ActionID == q.asked.ID
		})
	}

	return slices.DeleteFunc(open, func(q question) bool { return !named(q) }), nil
}

// waiting is how much a message waits for a tap that may be on it. More is greater.
type waiting int

const (
	// onNothing: the delivery is decided on.
	onNothing waiting = iota
	// onChoice: the delivery is still to be decided on.
	onChoice
	// onLateAnswer: a question is open, but its delivery is decided on. A tap does no harm there. On a question that was answered it would
	// undo the answer.
	onLateAnswer
	// onAnswer: a question is open, and its delivery is still to be decided on.
	onAnswer
)

// waitingFor returns how much the message that a tap may be on waits for it.
func (i *Intake) waitingFor(ctx context.Context, a aim) (waiting, error) {
	decide, err := i.undecided(ctx, a.root)
	if err != nil {
		return onNothing, err
	}

	var asked bool
	if s := a.answered.message.Session; s != nil {
		action, _ := a.whose.Action(s.ActionID)
		asked = action.State == conversation.Asked
	}

	switch {
	case asked && decide:
		return onAnswer, nil
	case asked:
		return onLateAnswer, nil
	case decide:
		return onChoice, nil
	default:
		return onNothing, nil
	}
}
