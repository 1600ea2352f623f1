package story

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Kind says what an entry of a story is about.
type Kind string

// The kinds of entries. Of one time they stand in this order.
const (
	// Happened: the platform told an event.
	Happened Kind = "event"
	// Decided: it was decided whether the shopper is told.
	Decided Kind = "decision"
	// Attempted: a try to send.
	Attempted Kind = "attempt"
	// Reported: how far an attempt came.
	Reported Kind = "status"
	// GivenUp: nobody waits for a report any longer.
	GivenUp Kind = "given_up"
	// Replied: the shopper answered.
	Replied Kind = "reply"
	// Answered: the shopper was answered within the service window.
	Answered Kind = "answer"
	// Acted: an action on the order.
	Acted Kind = "action"
	// Revealed: a person was shown the shopper's number.
	Revealed Kind = "reveal"
)

// kinds are all kinds in the order in which entries of one time stand. What became of an answer stands after it.
var kinds = []Kind{Happened, Decided, Attempted, Reported, GivenUp, Replied, Acted, Answered, Revealed, Charged}

// Entry is one thing that happened. One of the pointers is set, as the kind says; none for an event, and for a message that was given up.
type Entry struct {
	At   time.Time
	Kind Kind
	// Event is the pair of resource and subtype that it is about, Shipment the shipment or return, MessageID the message; each is empty if
	// there is none.
	Event, Shipment, MessageID string
	// Day stands for the time of an event of which only the day is known, in the platform's zone; At is the beginning of that day.
	Day string

	Decision *checks.Decision
	Attempt  *Attempt
	Report   *Report
	Reply    *Reply
	Answer   *Session
	Action   *Action
	Reveal   *Reveal
	Charge   *billing.Charge
}

// Attempt is a try to send. Words say how it ended.
type Attempt struct {
	checks.AttemptNote
	AppID, TemplateID string
}

// Report is what a provider reported of an attempt.
type Report struct {
	Attempt int
	Status  message.Status
	// Late says that it came when the message was further on already, or after nobody waited for it any longer.
	Late bool
	// Class and Code are a failure's.
	Class message.Class
	Code  string
	Words checks.Words
	// Activity is the order platform's word for it in the order's activity, of a [Whole]; empty where it is told nothing.
	Activity string
}

// Reply is what a shopper answered. Its text is left out; a button's label is ours, and is not.
type Reply struct {
	ID, Type, Keyword string
	Tap               bool
	Label             string
}

// Session is what a shopper was answered within the service window. Its text is left out.
type Session struct {
	// Purpose says what it was for: a question, an offer of what can be chosen, what became of a choice, or the standard text.
	Purpose string
	// ReplyID is what it answers; empty if there is nothing.
	ReplyID string
}

// Reveal is the note that a person was shown the shopper's number.
type Reveal struct{ By, Reason string }

// OrderStory tells an order from its first event on.
type OrderStory struct {
	// OrderID is the platform's, Number the order's for the shopper; empty if nothing tells it.
	OrderID, Number string
	// Kept is false of an account without an app, of whose events nothing is kept.
	Kept        bool
	Explanation checks.Explanation
	// Entries are the oldest first.
	Entries []Entry
}

// most is how many replies and reveals of one order are told.
const most = 500

// Order tells what happened to an order, which is given by the platform's id or by its number for the shopper.
func (t *Teller) Order(ctx context.Context, c access.Caller, accountID, orderID string) (OrderStory, error) {
	a, k, kept, err := t.lookUp(ctx, "story.Order", c, accountID, orderID)
	if err != nil {
		return OrderStory{}, err
	}
	if !kept {
		return OrderStory{OrderID: orderID, Explanation: checks.ExplainNotKept()}, nil
	}

	return t.tell(ctx, a, k)
}

// lookUp returns an account that the caller may see, and what is known of its order, which is given by the platform's id or by its number for the
// shopper. kept is false of an account without an app, of whose events nothing is kept.
func (t *Teller) lookUp(ctx context.Context, op string, c access.Caller, accountID, orderID string) (a account.Account, k known, kept bool, err error) {
	if err = c.May(access.Read, accountID); err != nil {
		return a, k, false, err
	}
	if a, err = t.accounts.Known(ctx, op, accountID); err != nil {
		return a, k, false, err
	}

	k, err = t.find(ctx, op, accountID, orderID)
	if fault.Is(err, fault.NotFound) && len(a.Apps) == 0 {
		return a, k, false, nil
	}

	return a, k, err == nil, err
}

// tell tells what is known of an order.
func (t *Teller) tell(ctx context.Context, a account.Account, k known) (OrderStory, error) {
	entries := t.eventsOf(k)
	for _, m := range k.messages {
		entries = append(entries, entriesOf(m)...)
	}

	for _, tell := range []func(context.Context, string, known) ([]Entry, error){t.offOf, t.repliesOf, t.actionsOf, t.revealsOf} {
		more, err := tell(ctx, a.ID, k)
		if err != nil {
			return OrderStory{}, err
		}

		entries = append(entries, more...)
	}

	slices.SortStableFunc(entries, earlier)

	return OrderStory{OrderID: k.id, Number: k.number, Kept: true, Entries: entries}, nil
}

// earlier compares two entries by time, and at one time by what follows from what.
func earlier(a, b Entry) int {
	return cmp.Or(
		a.At.Compare(b.At),
		cmp.Compare(a.place(), b.place()),
		cmp.Compare(a.rank(), b.rank()),
		cmp.Compare(a.status(), b.status()),
		cmp.Compare(a.Shipment, b.Shipment),
		cmp.Compare(a.Event, b.Event),
		cmp.Compare(a.MessageID, b.MessageID),
	)
}

// place is that of the entry among those of one time.
func (e Entry) place() int {
	at := slices.Index(kinds, e.Kind)
	if message.IsSessionEvent(e.Event) && (e.Kind == Attempted || e.Kind == Reported || e.Kind == GivenUp) {
		at += len(kinds)
	}

	return at
}

// status is that of a report: "accepted" and "enqueued" are of one rank.
func (e Entry) status() message.Status {
	if e.Report == nil {
		return ""
	}

	return e.Report.Status
}

// rank is that of a report's status.
func (e Entry) rank() message.Rank {
	if e.Report == nil {
		return message.RankNone
	}

	return message.RankOf(e.Report.Status)
}

// eventsOf returns the events of an order: the newest time of each status of each shipment, and those of messages beside them.
func (t *Teller) eventsOf(k known) []Entry {
	type happening struct {
		kind, key string
		at        int64
	}

	seen := map[happening]bool{}
	var entries []Entry

	add := func(h happening, shipment, messageID string) {
		if !seen[h] {
			seen[h] = true
			entries = append(entries, Entry{At: time.Unix(h.at, 0), Kind: Happened, Event: h.kind, Shipment: shipment, MessageID: messageID})
		}
	}

	for _, m := range k.messages {
		if m.Session != nil {
			continue // no event led to it
		}

		at := m.OccurredAt
		if at == 0 {
			at = m.CreatedAt.Unix()
		}

		add(happening{m.Event, order.FieldKey(m.Subject), at}, m.Subject, m.ID)
	}

	for _, key := range slices.Sorted(maps.Keys(k.order.Shipments)) {
		resource := k.resourceOf(key)
		for status, at := range k.order.Shipments[key] {
			if status == order.NotAttemptedStatus {
				continue // a mark on the failed delivery of that time, which is told
			}

			add(happening{resource + "/" + status, key, at}, k.shipments[key], "")
		}
	}

	return entries
}

// entriesOf returns what became of a message.
func entriesOf(m message.Message) []Entry {
	entries := []Entry{beginningOf(m)}

	for _, note := range checks.Explain(m, nil).Attempts {
		a := m.AttemptAt(note.Number)

		at := note.At
		if at.IsZero() {
			at = m.CreatedAt
		}

		entries = append(entries, entryOf(m, Entry{At: at, Kind: Attempted, Attempt: &Attempt{AttemptNote: note, AppID: m.AppID, TemplateID: m.TemplateID}}))

		for status, ms := range a.At {
			reported := time.UnixMilli(ms)
			if status == string(message.StatusAccepted) {
				reported = answeredBy(a, at, reported)
			}

			entries = append(entries, entryOf(m, Entry{At: reported, Kind: Reported, Report: reportOf(m, note.Number, message.Status(status))}))
		}
	}

	if m.Phase == message.GivenUp {
		entries = append(entries, entryOf(m, Entry{At: givenUpAt(m), Kind: GivenUp}))
	}

	return entries
}

// answeredBy returns when a provider took an attempt: we note its answer a moment after it was given, and what followed from it may have a time of
// before that. It is no sooner than the attempt began.
func answeredBy(a message.Attempt, began, noted time.Time) time.Time {
	for _, ms := range a.At {
		if at := time.UnixMilli(ms); at.Before(noted) {
			noted = at
		}
	}

	if noted.Before(began) {
		return began
	}

	return noted
}

// beginningOf returns why there is a message: a decision on an event, or something that the shopper said.
func beginningOf(m message.Message) Entry {
	if s := m.Session; s != nil {
		at := m.CreatedAt.Truncate(time.Millisecond) // as the times of its attempts
		return entryOf(m, Entry{At: at, Kind: Answered, Answer: &Session{Purpose: s.Kind, ReplyID: s.ReplyID}})
	}

	decided := checks.Decided(m)

	return entryOf(m, Entry{At: decided.At, Kind: Decided, Decision: &decided})
}

// entryOf returns an entry about a message.
func entryOf(m message.Message, e Entry) Entry {
	e.Event, e.Shipment, e.MessageID = m.Event, m.Subject, m.ID
	return e
}

// resourceOf returns whether what the order's document has under a key is a shipment or a return.
func (k known) resourceOf(key string) string {
	if k.mayBe(order.Shipment, key) {
		return order.Shipment
	}

	return order.ReturnShipment
}
