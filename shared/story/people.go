package story

import (
	"cmp"
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// offOf tells the events that were off: of each the decision not to tell it, and where only the day is known, the event as well.
func (t *Teller) offOf(ctx context.Context, accountID string, k known) ([]Entry, error) {
	var entries []Entry

	for _, o := range t.offEvents(accountID, k) {
		at := o.begin(t.zone)

		version, err := t.version(ctx, accountID, o)
		if err != nil {
			return nil, err
		}

		about := Entry{At: at, Event: o.kind, Shipment: o.shipment}

		decided := about
		decided.Kind = Decided
		decided.Decision = offDecision(at, version)

		if o.at.IsZero() {
			about.Kind, about.Day, decided.Day = Happened, o.day, o.day
			entries = append(entries, about)
		}

		entries = append(entries, decided)
	}

	return entries, nil
}

// offDecision returns the decision not to tell an event that is off.
func offDecision(at time.Time, settings int64) *checks.Decision {
	d := checks.Decided(message.Message{Phase: message.Refused, Reason: message.EventOff, CreatedAt: at})
	d.Settings = settings

	return &d
}

// repliesOf tells what the shopper answered to messages about the order.
func (t *Teller) repliesOf(ctx context.Context, accountID string, k known) ([]Entry, error) {
	replies, err := t.store.RepliesToOrder(ctx, accountID, k.id, most)
	if err != nil {
		return nil, err
	}

	entries := make([]Entry, 0, len(replies))
	for _, r := range replies {
		e := k.about(cmp.Or(r.MessageID, r.RootID), Entry{At: r.At, Kind: Replied, Reply: replyOf(r)})
		e.MessageID = r.MessageID
		entries = append(entries, e)
	}

	return entries, nil
}

// about returns an entry with the event and shipment of a message of the order, if it is known.
func (k known) about(messageID string, e Entry) Entry {
	for _, m := range k.messages {
		if m.ID == messageID {
			return entryOf(m, e)
		}
	}

	e.MessageID = messageID

	return e
}

func replyOf(r store.Reply) *Reply {
	one := Reply{ID: r.ID, Type: r.Type, Keyword: r.Keyword, Tap: r.Tap}
	if r.Tap {
		one.Label = r.Text
	}

	return &one
}

// revealsOf tells who was shown the shopper's number.
func (t *Teller) revealsOf(ctx context.Context, accountID string, k known) ([]Entry, error) {
	reveals, err := t.store.RevealsOfOrder(ctx, accountID, k.id, most)
	if err != nil {
		return nil, err
	}

	entries := make([]Entry, 0, len(reveals))
	for _, r := range reveals {
		entries = append(entries, k.about(r.MessageID, Entry{At: r.At, Kind: Revealed, Reveal: &Reveal{By: r.By.Name, Reason: r.Reason}}))
	}

	return entries, nil
}
