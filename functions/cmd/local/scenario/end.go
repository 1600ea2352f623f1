package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// End is what came of a story: what is the same each time that it is played.
type End struct {
	// At is when it was looked at, since the beginning.
	At Duration `json:"at"`
	// Orders are the orders of the story, by the platform's ids.
	Orders map[string]OrderEnd `json:"orders,omitempty"`
	// Phones are how many messages each phone shows, by its number in digits with the calling code.
	Phones map[string]int `json:"phones,omitempty"`
	// DeadLetters counts those that are kept, by topic. They are those of all orders, so that a story that was saved has none.
	DeadLetters map[string]int `json:"deadLetters,omitempty"`
}

// OrderEnd is what came of an order.
type OrderEnd struct {
	// Consent is "1" if the shopper gets messages, as the portal shows it, else "0".
	Consent string `json:"consent"`
	// Messages are those of the order, the oldest first.
	Messages []MessageEnd `json:"messages,omitempty"`
	// Actions are what its shoppers chose after failed deliveries, the oldest first.
	Actions []ActionEnd `json:"actions,omitempty"`
}

// MessageEnd is a message or a refusal.
type MessageEnd struct {
	Event    string `json:"event"`
	Status   string `json:"status"`
	Reason   string `json:"reason,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
}

// ActionEnd is a choice after a failed delivery.
type ActionEnd struct {
	Code  string `json:"code"`
	State string `json:"state"`
}

// endOf returns what came of orders so far. At is left empty.
func (a *Actor) endOf(ctx context.Context, orders ...string) (End, error) {
	e := End{Orders: map[string]OrderEnd{}, Phones: map[string]int{}}

	for _, id := range orders {
		o, err := a.order(ctx, id)
		if err != nil {
			return End{}, err
		}
		if e.Orders[id], err = a.OrderEnd(ctx, id); err != nil {
			return End{}, err
		}

		number := digitsOf(o.Address.Phone)
		e.Phones[number] = len(a.Simulator.Phones().Arrived(number))
	}

	var letters []struct {
		Topic string `json:"topic"`
	}
	if err := a.call(ctx, http.MethodGet, "/local/dead-letters", nil, &letters); err != nil {
		return End{}, err
	}

	for _, l := range letters {
		if e.DeadLetters == nil {
			e.DeadLetters = map[string]int{}
		}

		e.DeadLetters[l.Topic]++
	}

	return e, nil
}

// OrderEnd returns what came of an order so far.
func (a *Actor) OrderEnd(ctx context.Context, id string) (OrderEnd, error) {
	o, err := a.order(ctx, id)
	if err != nil {
		return OrderEnd{}, err
	}

	messages, err := a.Store.MessagesOfOrder(ctx, o.accountID, id)
	if err != nil {
		return OrderEnd{}, err
	}

	e := OrderEnd{Consent: "0"}
	for _, m := range messages {
		e.Messages = append(e.Messages, MessageEnd{
			Event:    m.Event,
			Status:   string(m.Status()),
			Reason:   string(m.Reason),
			Attempts: len(m.Attempts),
		})
	}

	if e.Actions, err = a.actions(ctx, id, messages); err != nil {
		return OrderEnd{}, err
	}

	customer, err := a.customer(ctx, o)
	if err == nil && customer.Consent.StatusAt(a.Clock.Now()) == consent.Active {
		e.Consent = "1"
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}

	return e, err
}

// customer returns the customer whose number the order has.
func (a *Actor) customer(ctx context.Context, o ownedOrder) (store.Customer, error) {
	n, err := phone.Parse(o.Address.Phone, "")
	if err != nil {
		return store.Customer{}, store.ErrNotFound
	}

	keys, err := a.Keys(ctx)
	if err != nil {
		return store.Customer{}, err
	}

	return a.Store.Customer(ctx, store.CustomerID(o.accountID, keys.Phone.Key(n)))
}

// actions returns what the shoppers of an order's messages chose.
func (a *Actor) actions(ctx context.Context, orderID string, messages []message.Message) ([]ActionEnd, error) {
	customers := message.Customers(messages)

	found, err := a.Store.Conversations(ctx, customers)

	var all []ActionEnd

	for _, id := range customers {
		for _, chosen := range found[id].Actions {
			if chosen.OrderID == orderID {
				all = append(all, ActionEnd{Code: string(chosen.Code), State: string(chosen.State)})
			}
		}
	}

	return all, err
}

// differences says in words how an end differs from the one that was wanted; nothing if it does not. When they were looked at does not matter, nor which of
// two messages came first, nor what the one that was wanted does not name.
func (e End) differences(got End) []string {
	var all []string

	for _, id := range slices.Sorted(maps.Keys(e.Orders)) {
		of, there := got.Orders[id]
		if !there {
			all = append(all, "order "+id+" is not there")
			continue
		}

		for _, d := range e.Orders[id].differences(of) {
			all = append(all, "order "+id+": "+d)
		}
	}

	for _, number := range slices.Sorted(maps.Keys(e.Phones)) {
		if want, shown := e.Phones[number], got.Phones[number]; want != shown {
			all = append(all, fmt.Sprintf("the phone %s shows %s, and was to show %d", masked(number), page.Plural(shown, "message"), want))
		}
	}

	for _, topic := range slices.Sorted(maps.Keys(e.DeadLetters)) {
		if want, kept := e.DeadLetters[topic], got.DeadLetters[topic]; want != kept {
			all = append(all, fmt.Sprintf("%s has %s, and was to have %d", topic, page.Plural(kept, "dead letter"), want))
		}
	}

	return all
}

// differences says how what came of an order differs from what was wanted.
func (e OrderEnd) differences(got OrderEnd) []string {
	var all []string

	if e.Consent != got.Consent {
		all = append(all, fmt.Sprintf("the portal's key is %q, and was to be %q", got.Consent, e.Consent))
	}

	lacking, extra := unpaired(words(e.Messages), words(got.Messages))
	all = append(all, unmatched("message", lacking, extra)...)

	lacking, extra = unpaired(words(e.Actions), words(got.Actions))

	return append(all, unmatched("choice", lacking, extra)...)
}

// String is the message in words.
func (m MessageEnd) String() string {
	text := m.Event + " " + m.Status
	if m.Reason != "" {
		text += " (" + m.Reason + ")"
	}
	if m.Attempts > 0 {
		text += " after " + page.Plural(m.Attempts, "attempt")
	}

	return text
}

// String is the choice in words.
func (a ActionEnd) String() string { return a.Code + " " + a.State }

// words are what a list's entries are called.
func words[T fmt.Stringer](all []T) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = one.String()
	}

	return texts
}

// unpaired returns what only one of two lists has, however often.
func unpaired(want, got []string) (lacking, extra []string) {
	extra = slices.Clone(got)

	for _, one := range want {
		if i := slices.Index(extra, one); i >= 0 {
			extra = slices.Delete(extra, i, i+1)
		} else {
			lacking = append(lacking, one)
		}
	}

	return lacking, extra
}

// unmatched says what is not as it was wanted.
func unmatched(thing string, lacking, extra []string) []string {
	var all []string
	for _, one := range lacking {
		all = append(all, "there was to be a "+thing+": "+one)
	}

	for _, one := range extra {
		all = append(all, "there is a "+thing+" that was not to be: "+one)
	}

	return all
}

// masked shows the end of a number.
func masked(number string) string {
	const shown = 4
	if len(number) <= shown {
		return number
	}

	return strings.Repeat("*", len(number)-shown) + number[len(number)-shown:]
}
