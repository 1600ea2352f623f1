package story

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// Charged is the kind of the entries of a [Whole] that say what a message cost.
const Charged Kind = "charge"

// Whole is all that is known of an order: its story with the charges in it, each message as the phone shows it and as the provider was sent it,
// and why each is as it is. What is not kept is built again, which [Told] says. Messages hold texts with the shopper's name and address in them,
// and no telephone number.
type Whole struct {
	OrderStory

	// Account is whose order it is.
	Account account.Account
	// Messages are the oldest first, and so are Answers.
	Messages []Told
	Answers  []Answer
}

// Told is a message, as far as it can be shown.
type Told struct {
	ID, Event, Shipment string
	// Purpose says what an answer to a shopper is for, such as "question"; empty of a message by a template.
	Purpose string
	// At is when it was last given to the provider, or when it was made if it never was.
	At       time.Time
	Attempts int
	Status   message.Status
	// From is the number of the brand that it went from, in digits; To is the shopper's, masked.
	From, To        string
	AppID, Provider string
	Ownership       message.Ownership

	// Bubble is what the phone shows; nil if that cannot be told, and NoBubble says why. Request is what the provider was sent last, in the same
	// way. Notes say what about both is not certain.
	Bubble    *Bubble
	NoBubble  string
	Request   *Request
	NoRequest string
	Notes     []string

	// Estimate is what it was expected to cost when it was last claimed, Charge what it cost.
	Estimate message.Estimate
	Charge   billing.Charge
}

// Sent reports whether it was given to the provider, as far as is known.
func (m Told) Sent() bool { return m.Attempts > 0 }

// Whole tells all that is known of an order, which is given by the platform's id or by its number for the shopper.
func (t *Teller) Whole(ctx context.Context, c access.Caller, accountID, orderID string) (Whole, error) {
	a, k, kept, err := t.lookUp(ctx, "story.Whole", c, accountID, orderID)
	if err != nil {
		return Whole{}, err
	}
	if !kept {
		return Whole{Account: a, OrderStory: OrderStory{OrderID: orderID, Explanation: checks.ExplainNotKept()}}, nil
	}

	w := Whole{Account: a}
	if w.OrderStory, err = t.tell(ctx, a, k); err != nil {
		return Whole{}, err
	}
	if w.Answers, err = t.answers(ctx, a, k); err != nil {
		return Whole{}, err
	}
	if w.Messages, err = t.rebuilt(ctx, a, k); err != nil {
		return Whole{}, err
	}

	w.addCharges()
	w.addActivities(k)
	w.order()

	return w, nil
}

// Message tells all that is known of one message: the whole of its order if it is about one, else the message alone, such as a test.
func (t *Teller) Message(ctx context.Context, c access.Caller, accountID, messageID string) (Whole, error) {
	const op = "story.Message"

	if err := c.May(access.Read, accountID); err != nil {
		return Whole{}, err
	}

	a, err := t.accounts.Known(ctx, op, accountID)
	if err != nil {
		return Whole{}, err
	}

	m, err := t.message(ctx, op, accountID, messageID)
	if err != nil {
		return Whole{}, err
	}
	if m.OrderID != "" {
		return t.Whole(ctx, c, accountID, m.OrderID)
	}

	k := known{messages: []message.Message{m}}
	w := Whole{Account: a, OrderStory: OrderStory{Kept: true, Entries: entriesOf(m)}}

	one, err := t.answer(ctx, a, k.order, m)
	if err != nil {
		return Whole{}, err
	}

	w.Answers = []Answer{one}
	if w.Messages, err = t.rebuilt(ctx, a, k); err != nil {
		return Whole{}, err
	}

	w.addCharges()
	w.order()

	return w, nil
}

// addCharges puts what the messages cost among the entries.
func (w *Whole) addCharges() {
	for _, m := range w.Messages {
		if !m.Charge.Happened() {
			continue
		}

		w.Entries = append(w.Entries, Entry{
			At:        cmp.Or(m.Charge.At, m.At),
			Kind:      Charged,
			Event:     m.Event,
			Shipment:  m.Shipment,
			MessageID: m.ID,
			Charge:    &m.Charge,
		})
	}
}

// attemptKey names an attempt of a message.
type attemptKey struct {
	messageID string
	number    int
}

// order puts the entries in a row. Providers cut their times to seconds, by which a report would come before the attempt that it is of, or before
// one of the same second that is further back: such a report stands right behind. A charge stands behind what came of its attempt in that second.
func (w *Whole) order() {
	slices.SortStableFunc(w.Entries, earlier)

	places := map[attemptKey]time.Time{}
	place := make([]time.Time, len(w.Entries))

	for i, e := range w.Entries {
		if place[i] = e.At; e.Attempt != nil {
			places[attemptKey{e.MessageID, e.Attempt.Number}] = e.At
		}
	}

	behind := func(i, attempt int) {
		key := attemptKey{w.Entries[i].MessageID, attempt}
		if last := places[key]; last.Unix() == place[i].Unix() && last.After(place[i]) {
			place[i] = last
		}

		places[key] = place[i]
	}

	for _, i := range w.reportsByRank() {
		behind(i, w.Entries[i].Report.Attempt)
	}

	for i, e := range w.Entries {
		if e.Charge != nil {
			behind(i, e.Charge.Attempt)
		}
	}

	row := make([]int, len(place))
	for i := range row {
		row[i] = i
	}

	slices.SortStableFunc(row, func(a, b int) int {
		x, y := w.Entries[a], w.Entries[b]
		return cmp.Or(place[a].Compare(place[b]), cmp.Compare(x.place(), y.place()), cmp.Compare(x.rank(), y.rank()))
	})

	entries := make([]Entry, len(row))
	for n, i := range row {
		entries[n] = w.Entries[i]
	}

	w.Entries = entries
}

// reportsByRank returns the places of the reports among the entries, those of the lowest rank first.
func (w *Whole) reportsByRank() []int {
	var all []int

	for i, e := range w.Entries {
		if e.Report != nil {
			all = append(all, i)
		}
	}

	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(w.Entries[a].rank(), w.Entries[b].rank()) })

	return all
}

// addActivities notes with each report what the order platform shows of it in the order's activity. It is told of news only, and of no message
// that is a test or about no order. Nothing is kept of that, so this is what it was to be told.
func (w *Whole) addActivities(k known) {
	if k.id == "" {
		return
	}

	for i, e := range w.Entries {
		if e.Report == nil || e.Report.Late {
			continue
		}

		if kind, ok := platform.ActivityOf(e.Report.Status); ok {
			w.Entries[i].Report.Activity = string(kind)
		}
	}
}

// rebuilt returns the messages of an order as phone and provider know them.
func (t *Teller) rebuilt(ctx context.Context, a account.Account, k known) ([]Told, error) {
	cards, err := t.accounts.Cards(ctx)
	if err != nil {
		return nil, err
	}

	b := t.builder(a, k)
	all := make([]Told, 0, len(k.messages))

	for _, m := range k.messages {
		one := toldOf(m)
		one.Charge = cards.Of(m, settings.Teller(t.providers, m.Provider)).Account

		if err := b.build(ctx, m, &one); err != nil {
			return nil, err
		}

		all = append(all, one)
	}

	return all, nil
}

// toldOf returns what a message itself tells.
func toldOf(m message.Message) Told {
	one := Told{
		ID:        m.ID,
		Event:     m.Event,
		Shipment:  m.Subject,
		At:        m.CreatedAt,
		Attempts:  m.Attempt,
		Status:    m.Status(),
		From:      m.Activity.From,
		To:        masked(m.Phone),
		AppID:     m.AppID,
		Provider:  m.Provider,
		Ownership: m.Ownership,
		Estimate:  m.Estimate,
	}
	if m.Session != nil {
		one.Purpose = m.Session.Kind
	}
	if at := m.Newest().ClaimedAt; at != 0 {
		one.At = time.UnixMilli(at)
	}

	return one
}
