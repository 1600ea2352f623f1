package billing

import (
	"cmp"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Key is what usage is counted by. Of figures that are grouped by less, the other fields are empty.
type Key struct {
	// Day is that of the account on which the messages were made.
	Day       Day               `firestore:"day"`
	AppID     string            `firestore:"app"`
	Ownership message.Ownership `firestore:"ownership"`
	// Event is a kind, such as "shipment/failed_delivery".
	Event string `firestore:"event"`
	// Category is what the provider charged the messages as, or else what was expected; empty of what never had a price.
	Category string `firestore:"category"`
	Currency string `firestore:"currency"`
	// TemplateID is the provider's id of the template; empty where the provider chooses its texts itself, of what came to no template, and in
	// what was counted before it was told apart.
	TemplateID string `firestore:"template,omitempty"`
}

// compare orders keys by their fields.
func (k Key) compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Day, other.Day), cmp.Compare(k.AppID, other.AppID), cmp.Compare(k.Ownership, other.Ownership),
		cmp.Compare(k.Event, other.Event), cmp.Compare(k.Category, other.Category), cmp.Compare(k.Currency, other.Currency),
		cmp.Compare(k.TemplateID, other.TemplateID))
}

// Figures are counts of messages, and sums of money in millionths of the currency's unit.
type Figures struct {
	// Sent were taken by the provider and have not failed; Delivered of them arrived, and Read of those were read.
	Sent      int64 `firestore:"sent"`
	Delivered int64 `firestore:"delivered"`
	Read      int64 `firestore:"read"`
	Failed    int64 `firestore:"failed"`
	// Refused were not sent, by decision: refused, or dropped after they had waited.
	Refused int64 `firestore:"refused"`
	// Open have no outcome yet: they wait, are held, are on their way or in doubt, or were given up.
	Open int64 `firestore:"open"`
	// Charged are the messages that the account is charged for, Free those that the provider says are free.
	Charged int64 `firestore:"charged"`
	Free    int64 `firestore:"free"`
	// WithoutActual arrived, and their provider has not said whether it charges although it does say so; the estimate stands for them.
	WithoutActual int64 `firestore:"withoutActual"`
	// Extra are further attempts of the messages that a provider charged too; see [Extra].
	Extra int64 `firestore:"extra"`
	// EstimatedMicros is what the messages that were sent were expected to cost, ActualMicros what is charged.
	EstimatedMicros int64 `firestore:"estimatedMicros"`
	ActualMicros    int64 `firestore:"actualMicros"`
}

// Plus returns the sums of two.
func (f Figures) Plus(g Figures) Figures {
	return Figures{
		Sent:            f.Sent + g.Sent,
		Delivered:       f.Delivered + g.Delivered,
		Read:            f.Read + g.Read,
		Failed:          f.Failed + g.Failed,
		Refused:         f.Refused + g.Refused,
		Open:            f.Open + g.Open,
		Charged:         f.Charged + g.Charged,
		Free:            f.Free + g.Free,
		WithoutActual:   f.WithoutActual + g.WithoutActual,
		Extra:           f.Extra + g.Extra,
		EstimatedMicros: f.EstimatedMicros + g.EstimatedMicros,
		ActualMicros:    f.ActualMicros + g.ActualMicros,
	}
}

// Messages returns how many messages the figures are of.
func (f Figures) Messages() int64 { return f.Sent + f.Failed + f.Refused + f.Open }

// Row is the figures of a key.
type Row struct {
	Key
	Figures
}

// Extra is an attempt that a provider charged although the account is charged for another attempt of the same message. It is the cost of the
// app's owner, and no account's.
type Extra struct {
	MessageID string `firestore:"message"`
	AppID     string `firestore:"app"`
	Attempt   int    `firestore:"attempt"`
	Category  string `firestore:"category"`
	Day       Day    `firestore:"day"`
	// Price is what the attempt would have been charged at.
	Price Money `firestore:"price"`
}

// Usage is what was sent, and what it cost.
type Usage struct {
	// Rows are in the order of their keys, each key once.
	Rows []Row `firestore:"rows"`
	// Extra are in the order of their days and messages, the first maxExtra; how many there are is in the rows.
	Extra []Extra `firestore:"extra"`
}

// maxExtra is how many attempts are listed that were charged beside another. A closed day is one document, which holds a million bytes.
const maxExtra = 1000

// Counter counts messages. The zero Counter has counted none. The same messages give the same usage, in whatever order they are counted.
type Counter struct {
	rows  map[Key]Figures
	extra []Extra
}

// Count adds a message as it is now, with what it cost. A message without a day is in no usage: it is a test, or nobody's.
func (n *Counter) Count(m message.Message, c Charges) {
	if m.Day == "" {
		return
	}

	k := Key{
		Day:       Day(m.Day),
		AppID:     m.AppID,
		Ownership: m.Ownership,
		Event:     m.Event,
		Category:  cmp.Or(c.Account.Category, m.Estimate.Category),
		Currency:  cmp.Or(c.Account.Price.Currency, m.Estimate.Currency),

		TemplateID: m.TemplateID,
	}
	n.add(Row{k, FiguresOf(m, c)})

	for _, e := range c.Extra {
		n.extra = append(n.extra, Extra{MessageID: m.ID, AppID: m.AppID, Attempt: e.Attempt, Category: e.Category, Day: k.Day, Price: e.Price})
	}
}

// Add adds what was counted before, of other messages, by the keys that group returns for theirs.
func (n *Counter) Add(u Usage, group func(Key) Key) {
	for _, r := range u.Rows {
		n.add(Row{group(r.Key), r.Figures})
	}

	n.extra = append(n.extra, u.Extra...)
}

func (n *Counter) add(r Row) {
	if n.rows == nil {
		n.rows = map[Key]Figures{}
	}

	n.rows[r.Key] = n.rows[r.Key].Plus(r.Figures)
}

// Usage returns what was counted.
func (n *Counter) Usage() Usage {
	var u Usage
	for k, f := range n.rows {
		u.Rows = append(u.Rows, Row{k, f})
	}

	slices.SortFunc(u.Rows, func(a, b Row) int { return a.compare(b.Key) })

	u.Extra = slices.Clone(n.extra)
	slices.SortFunc(u.Extra, func(a, b Extra) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.MessageID, b.MessageID), cmp.Compare(a.Attempt, b.Attempt))
	})
	u.Extra = u.Extra[:min(len(u.Extra), maxExtra)]

	return u
}

// Total returns the sums of all rows.
func (u Usage) Total() Figures {
	var sum Figures
	for _, r := range u.Rows {
		sum = sum.Plus(r.Figures)
	}

	return sum
}

// FiguresOf returns what one message adds to usage, with what it cost.
func FiguresOf(m message.Message, c Charges) Figures {
	f := Figures{Extra: int64(len(c.Extra))}

	switch m.Status() {
	case message.StatusRead:
		f.Sent, f.Delivered, f.Read = 1, 1, 1
	case message.StatusDelivered:
		f.Sent, f.Delivered = 1, 1
	case message.StatusAccepted, message.StatusEnqueued, message.StatusSent:
		f.Sent = 1
	case message.StatusFailed:
		f.Failed = 1
	case message.StatusRefused, message.StatusDropped:
		f.Refused = 1
	default:
		f.Open = 1
	}

	if f.Sent == 1 {
		f.EstimatedMicros = m.Estimate.Micros
	}

	switch {
	case !c.Account.Happened():
	case c.Account.Basis == Free:
		f.Free = 1
	case m.Ownership == message.Platform:
		f.Charged, f.ActualMicros = 1, c.Account.Price.Micros
	}

	if c.Account.Basis == Untold {
		f.WithoutActual = 1
	}

	return f
}
