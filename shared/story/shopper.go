package story

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ShopperAnswer says of each happening that was to be told to a shopper whether it was.
type ShopperAnswer struct {
	// Kept is false of an account without an app, of whose events nothing is kept.
	Kept bool
	// Consent is the shopper's status at present, such as ACTIVE; empty of one that the account has never met.
	Consent string
	// Unwanted is why the shopper may not be told of orders at present; empty if that is allowed. Words say either to a person.
	Unwanted message.Reason
	Words    checks.Words
	// Answers are the oldest first: of the newest messages, and of what was off in the newest orders.
	Answers []Answer
	// Older says that there are older messages than those.
	Older bool
}

const (
	// maxOfShopper is how many messages of a shopper are explained: a fifty-step order, and the one before it.
	maxOfShopper = 100
	// maxOrdersOfShopper is how many of a shopper's orders are looked at for events that were off.
	maxOrdersOfShopper = 10
)

// ExplainShopper says of each happening that was to be told to the shopper of a number whether it was, and why not. The number is written
// as people write it: an Indian one, or with + and the country's code.
func (t *Teller) ExplainShopper(ctx context.Context, c access.Caller, accountID, number string) (ShopperAnswer, error) {
	const op = "story.ExplainShopper"

	if err := c.May(access.Read, accountID); err != nil {
		return ShopperAnswer{}, err
	}

	n, err := phone.ParseWritten(number)
	if err != nil {
		return ShopperAnswer{}, fault.Field("phone", "must be a telephone number: an Indian one, or one that begins with + and the country's code")
	}

	a, err := t.accounts.Known(ctx, op, accountID)
	if err != nil {
		return ShopperAnswer{}, err
	}

	s, err := t.shopper(ctx, a.ID, n)
	if err != nil {
		return ShopperAnswer{}, err
	}
	if len(a.Apps) == 0 && s.empty() {
		none := checks.ExplainNotKept()
		return ShopperAnswer{Words: checks.Words{Sentence: none.Sentence, Advice: none.Advice}}, nil
	}

	answer := ShopperAnswer{Kept: true, Older: len(s.messages) > maxOfShopper}
	answer.Consent, answer.Unwanted = s.will(t.clock.Now())
	answer.Words = checks.ShopperWords(answer.Unwanted)
	answer.Answers, err = t.answersTo(ctx, a, s)

	return answer, err
}

// shopper is what is stored of the owner of a number. An account may know one by two spellings of the number.
type shopper struct {
	customers []store.Customer
	// ids are the names that the customers have or would have.
	ids []string
	// messages are the newest first; one more than is explained if there are more.
	messages []message.Message
	// orders are the platform's ids of the newest orders that are known, those of messages first.
	orders []string
}

// empty reports whether nothing is stored.
func (s shopper) empty() bool {
	return len(s.customers) == 0 && len(s.messages) == 0 && len(s.orders) == 0
}

// shopper reads what is stored of the owner of a number.
func (t *Teller) shopper(ctx context.Context, accountID string, n phone.Number) (shopper, error) {
	keyer, err := t.keyer.Get(ctx)
	if err != nil {
		return shopper{}, err
	}

	var (
		s    shopper
		kept []string
	)

	for _, key := range keyer.Keys(n) {
		id := store.CustomerID(accountID, key)
		s.ids = append(s.ids, id)

		customer, unknown := t.store.Customer(ctx, id)
		if unknown != nil && !errors.Is(unknown, store.ErrNotFound) {
			return shopper{}, unknown
		}
		if unknown == nil {
			s.customers = append(s.customers, customer)
		}

		orders, unread := t.store.LastOrders(ctx, store.Shopper{AccountID: accountID, PhoneKey: key}, maxOrdersOfShopper)
		if unread != nil {
			return shopper{}, unread
		}

		for _, o := range orders {
			kept = append(kept, o.PlatformID)
		}
	}

	s.messages, err = t.store.SendLog(ctx, store.LogQuery{AccountID: accountID, Customers: s.ids}, maxOfShopper+1)
	s.orders = ordersOf(s.messages, kept)

	return s, err
}

// ordersOf returns the orders to look at: those that messages are about, then those of which a copy is kept.
func ordersOf(messages []message.Message, kept []string) []string {
	var all []string

	add := func(id string) {
		if id != "" && len(all) < maxOrdersOfShopper && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}

	for _, m := range messages {
		add(m.OrderID)
	}

	for _, id := range kept {
		add(id)
	}

	return all
}

// will returns the shopper's status at a time, and why messages about orders may not be sent. Of two spellings of the number the one counts
// that forbids it.
func (s shopper) will(now time.Time) (string, message.Reason) {
	var status string

	unwanted := message.NotOptedIn // who was never met has agreed to nothing

	for _, c := range s.customers {
		var may bool

		status = string(c.Consent.StatusAt(now))
		if may, unwanted = consent.May(c.Consent, consent.OrderUpdates, now); !may {
			break
		}
	}

	return status, unwanted
}

// answersTo explains the messages to a shopper, and what was off in the orders.
func (t *Teller) answersTo(ctx context.Context, a account.Account, s shopper) ([]Answer, error) {
	var (
		all    []Answer
		orders []known
	)

	stored := map[string]store.Order{"": {}} // a message about no order has none

	for _, id := range s.orders {
		k, err := t.byID(ctx, a.ID, id)
		if err != nil {
			return nil, err
		}

		orders = append(orders, k)
		stored[id] = k.order
	}

	for _, m := range s.messages[:min(len(s.messages), maxOfShopper)] {
		of, read := stored[m.OrderID]
		if !read {
			var err error
			if of, err = t.orderOf(ctx, a.ID, m.OrderID); err != nil {
				return nil, err
			}

			stored[m.OrderID] = of
		}

		one, err := t.answer(ctx, a, of, m)
		if err != nil {
			return nil, err
		}

		all = append(all, one)
	}

	for _, k := range orders {
		off, err := t.answersOff(ctx, a, k)
		if err != nil {
			return nil, err
		}

		all = append(all, off...)
	}

	return t.inTime(all), nil
}
