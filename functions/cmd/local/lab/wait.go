package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Wait is something that is waited for, in words for a person.
type Wait struct {
	// What is waited for, and Why; both without a dot at the end.
	What string `json:"what"`
	Why  string `json:"why"`
	// About is what people call the event whose message waits; empty of what is of no message.
	About string `json:"about,omitempty"`
	// Until is when it comes, or is looked at again; zero if nobody knows.
	Until time.Time `json:"until,omitzero"`
}

// getWaits answers with what is waited for.
func (l *Lab) getWaits(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	id, err := orderIDOf(r)
	if err != nil {
		return err
	}

	waits, err := l.Waits(r.Context(), id)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, waits)
}

// Waits returns what is waited for, soonest first, and then what has no known end: of an order, its messages, what its shopper chose, and
// the callbacks to its shopper's phone; and of the whole run, what Pub/Sub is delivering or has to deliver once more, and the faults in force. Times
// are the run's, but what hangs is waited for in the machine's time: nobody knows then when it ends.
func (l *Lab) Waits(ctx context.Context, orderID string) ([]Wait, error) {
	messages, err := l.Store.MessagesOfOrderInAllAccounts(ctx, orderID)
	if err != nil {
		return nil, err
	}

	ofMessages, err := l.messageWaits(ctx, messages)
	if err != nil {
		return nil, err
	}

	ofChoices, err := l.choiceWaits(ctx, orderID, messages)
	if err != nil {
		return nil, err
	}

	all := slices.Concat(ofMessages, ofChoices, l.callbackWaits(messages), l.deliveryWaits(), l.faultWaits())
	for i := range all {
		if !all[i].Until.IsZero() {
			all[i].Until = all[i].Until.In(config.IST)
		}
	}

	slices.SortStableFunc(all, func(a, b Wait) int {
		if a.Until.IsZero() != b.Until.IsZero() {
			return cmp.Compare(b.Until.Unix(), a.Until.Unix()) // the zero time is long ago
		}
		return a.Until.Compare(b.Until)
	})

	return append([]Wait{}, all...), nil
}

// messageWaits returns what an order's messages wait for.
func (l *Lab) messageWaits(ctx context.Context, messages []message.Message) ([]Wait, error) {
	var all []Wait

	brands := map[string]account.Account{} // mostly one

	for _, m := range messages {
		brand, read := brands[m.AccountID]
		if !read {
			var err error
			if brand, err = l.Store.Account(ctx, m.AccountID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}

			brands[m.AccountID] = brand
		}

		known, ok := l.Providers.Get(m.Provider)
		if w, waits := waitOf(m, brand, ok && known.Capabilities().Callbacks); waits {
			all = append(all, w)
		}
	}

	return all, nil
}

// choiceWaits returns what the choices of an order's shoppers, and the answers to these, wait for.
func (l *Lab) choiceWaits(ctx context.Context, orderID string, messages []message.Message) ([]Wait, error) {
	customers := message.Customers(messages)

	found, err := l.Store.Conversations(ctx, customers)

	var all []Wait
	for _, id := range customers {
		all = append(all, waitsOfConversation(found[id], orderID)...)
	}

	return all, err
}

// waitsOfConversation returns what is still to come of an order's choices, and the answers that the shopper is owed.
func waitsOfConversation(c conversation.Conversation, orderID string) []Wait {
	var all []Wait

	for _, a := range c.Actions {
		if a.OrderID != orderID || a.State.Over() {
			continue
		}

		sentence, _ := a.Explain()
		w := Wait{What: "the order platform's word on “" + a.Label() + "”", Why: plain(sentence), Until: c.Due}

		switch a.State {
		case conversation.Asked:
			w.What, w.Until = "the shopper's answer about “"+a.Label()+"”", a.Until
		case conversation.Submitting:
			w.Until = a.Until
		default:
		}

		all = append(all, w)
	}

	if len(c.Outbox) > 0 {
		all = append(all, Wait{What: "an answer to the shopper", Why: "it is about to be sent, or is tried again", Until: c.Due})
	}

	return all
}

// callbackWaits returns the callbacks that providers are still to post about what stands on the phones of the messages' shoppers.
func (l *Lab) callbackWaits(messages []message.Message) []Wait {
	planned := l.Simulator.Outbox().Planned()
	if len(planned) == 0 {
		return nil
	}

	mine := map[string]bool{}
	for _, m := range messages {
		if n, err := phone.FromE164(m.Phone); err == nil {
			l.onPhone(n.Digits(), mine)
		}
	}

	var all []Wait

	for _, cb := range planned {
		if !mine[cb.MessageID] {
			continue
		}

		w := Wait{
			What:  "the callback of " + page.ProviderLabel(cb.System) + ": " + page.Spelled(cb.Kind),
			Why:   "its provider posts it when its time has come",
			Until: cb.Planned,
		}
		if cb.Planned.IsZero() {
			w.Why = "the phone is switched off"
		}

		all = append(all, w)
	}

	return all
}

// onPhone adds the ids of what was sent to a phone, and of what its owner wrote.
func (l *Lab) onPhone(digits string, ids map[string]bool) {
	for _, m := range l.Simulator.Phones().Inbox(digits) {
		ids[m.ID] = true
	}

	for _, line := range l.Simulator.Phones().Thread(digits) {
		if line.Said != nil {
			ids[line.Said.ID] = true
		}
	}
}

// subscribers are the functions that subscriptions push to, in words.
var subscribers = map[string]string{
	"notify":   "an order event for notify",
	"receive":  "a callback, or sweep's own heartbeat, for receive",
	"platform": "an order action for the order platform",
}

// deliveryWaits returns what Pub/Sub is to deliver once more.
func (l *Lab) deliveryWaits() []Wait {
	var all []Wait

	longest := map[string]time.Duration{}
	for _, s := range l.Cloud.PubSub().Subscriptions() {
		longest[s.GetName()] = s.GetRetryPolicy().GetMaximumBackoff().AsDuration()
	}

	for _, b := range l.Cloud.PubSub().Backlog() {
		what, pushed := subscribers[path.Base(b.Subscription)]
		if pushed && b.Running > 0 {
			all = append(all, Wait{What: what, Why: "it is being worked on; whom it calls may hang, which passes in the machine's time"})
		}
		if pushed && b.Delayed > 0 {
			all = append(all, Wait{
				What:  what,
				Why:   fmt.Sprintf("it was not taken, %s so far; %s", page.Plural(b.Attempts, "time"), backoff(longest[b.Subscription])),
				Until: b.NextDue,
			})
		}
	}

	return all
}

// backoff says how often Pub/Sub delivers again, by the longest that it waits in between.
func backoff(longest time.Duration) string {
	if longest == 0 {
		return "Pub/Sub delivers it again"
	}
	return fmt.Sprintf("Pub/Sub delivers it again, after twice the time each time until it is every %s or little more", longest)
}

// faultWaits returns the faults in force.
func (l *Lab) faultWaits() []Wait {
	var all []Wait

	add := func(id, otherwise string, left int) {
		words := otherwise
		if f, known := scenario.FaultOf(id); known {
			words = f.Words
		}

		w := Wait{What: "a fault in force: " + words, Why: "it strikes until it is mended"}
		if left > 0 {
			w.Why = "it strikes " + page.Plural(left, "more time")
		}

		all = append(all, w)
	}

	for _, f := range l.Simulator.Faults().All() {
		add(f.ID, simulatorFault(f), f.Times)
	}

	for _, r := range l.Cloud.Rules().List() {
		if left, in := r.Left(); in {
			add(r.ID, "the local cloud: "+page.Spelled(string(r.Mode)), left)
		}
	}

	for _, w := range l.workerFaults() {
		add("worker-dies", w.Function+": "+page.Spelled(w.Mode), w.Times)
	}

	return all
}

// simulatorFault names a fault of the simulators that has no words of its own.
func simulatorFault(f simulator.Fault) string {
	system := "all systems"
	if f.System != "" {
		system = page.ProviderLabel(f.System)
	}

	return system + ": " + page.Spelled(string(f.Mode))
}
