package timemachine

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Event is a message of order-events as it was published. In a file each is one line of JSON.
type Event struct {
	PublishedAt time.Time         `json:"publishTime"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Data        []byte            `json:"data"`
}

// longestLine is the most bytes that one event of a file has.
const longestLine = 16 << 20

// Concerns returns what reports whether an event is to be kept for a replay of an account: those of others are not. One that the code of today
// cannot read is, if it names the account.
func Concerns(a account.Account, zone *time.Location) func(e Event) bool {
	return func(e Event) bool {
		parsed, err := order.ParseEvent(e.Data, e.Attributes, zone)
		if err != nil {
			return bytes.Contains(e.Data, []byte(a.ID)) || bytes.Contains(e.Data, []byte(a.Slug))
		}

		return ours(a, parsed)
	}
}

// ours reports whether an event is an account's.
func ours(a account.Account, e order.Event) bool {
	if e.AccountConflict {
		return false
	}

	return e.AccountID == a.ID || e.AccountID == "" && strings.EqualFold(e.AccountSlug, a.Slug)
}

// ReadEvents reads those events of a file that are to be kept.
func ReadEvents(r io.Reader, keep func(e Event) bool) ([]Event, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)

	var events []Event
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}

		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if e.PublishedAt.IsZero() {
			return nil, fmt.Errorf("line %d: publishTime is missing", n)
		}

		if keep(e) {
			events = append(events, e)
		}
	}

	return events, lines.Err()
}

// copyOf returns the id of the message that sweep published an event for again; empty of an event as the platform published it.
func (e Event) copyOf() string {
	if e.Attributes[order.AttributeTicket] == "" {
		return ""
	}

	return e.Attributes[order.AttributeRetry]
}

// delivery is an event of the account on the day.
type delivery struct {
	event  Event
	parsed order.Event
	// id is that of its message, orderID and customerID name the documents of its order and its shopper; any may be empty.
	id, orderID, customerID string

	// at is when it was decided on: as far as its message tells, else when it was published.
	at time.Time
	// decided says that the newest decision on its message was made on this delivery: what it rested on is known.
	decided bool
}

// readEvents keeps the events of the account that were published on the day.
func (m *machine) readEvents() {
	for _, e := range m.o.Events {
		if e.PublishedAt.Before(m.from) || !e.PublishedAt.Before(m.until) {
			continue
		}

		parsed, err := order.ParseEvent(e.Data, e.Attributes, m.o.Zone)
		if err != nil {
			m.unreadable = append(m.unreadable, e)
			continue
		}
		if !ours(m.settings.today, parsed) {
			continue
		}

		d := &delivery{event: e, parsed: parsed, at: e.PublishedAt, id: e.copyOf()}
		if _, known := order.Lookup(parsed.Kind()); known && parsed.Subject != "" && d.id == "" {
			d.id = m.o.Keys.Occurrence.Occurrence(m.o.AccountID, parsed)
		}
		if parsed.OrderID != "" {
			d.orderID = store.OrderID(m.o.AccountID, parsed.OrderID)
		}
		if number, err := phone.Parse(parsed.Customer.Phone, parsed.Customer.Region); err == nil {
			d.customerID = store.CustomerID(m.o.AccountID, m.o.Keys.Phone.Key(number))
		}

		m.deliveries = append(m.deliveries, d)
	}

	slices.SortStableFunc(m.deliveries, func(a, b *delivery) int { return a.event.PublishedAt.Compare(b.event.PublishedAt) })
}

// skew is how far the clocks of Pub/Sub and of an instance may differ.
const skew = 2 * time.Second

// place moves each delivery to the moment at which it was decided on.
func (m *machine) place() {
	byMessage := map[string][]*delivery{}
	for _, d := range m.deliveries {
		if d.id != "" {
			byMessage[d.id] = append(byMessage[d.id], d)
		}
	}

	for id, all := range byMessage {
		if one, ok := m.stored[id]; ok && !one.CreatedAt.Before(m.from) {
			placeFirst(all, one)
			placeNewest(all, one)
		}
	}

	slices.SortStableFunc(m.deliveries, func(a, b *delivery) int {
		return cmp.Or(a.at.Compare(b.at), a.event.PublishedAt.Compare(b.event.PublishedAt))
	})
}

// placeFirst moves the delivery on which a message was made to that moment: the newest one that was published by then and tells what the message
// tells.
func placeFirst(all []*delivery, one message.Message) {
	var first *delivery

	for _, late := range []time.Duration{0, skew} {
		for _, d := range all {
			tells := !d.parsed.OccurredKnown || one.OccurredAt == 0 || d.parsed.OccurredAt.Unix() == one.OccurredAt
			if d.event.copyOf() == "" && tells && !d.event.PublishedAt.After(one.CreatedAt.Add(late)) {
				first = d
			}
		}

		if first != nil {
			first.at = one.CreatedAt
			first.decided = one.Grounds.At == one.CreatedAt.UnixMilli()

			return
		}
	}
}

// placeNewest moves the copy of a message's event on which it was decided last to that moment.
func placeNewest(all []*delivery, one message.Message) {
	decided := time.UnixMilli(one.Grounds.At)
	if one.Grounds.At <= one.CreatedAt.UnixMilli() {
		return
	}

	var newest *delivery
	for _, d := range all {
		if d.event.copyOf() != "" && !d.event.PublishedAt.After(decided.Add(time.Millisecond)) {
			newest = d
		}
	}

	if newest != nil {
		newest.at, newest.decided = decided, true
		if newest.at.Before(newest.event.PublishedAt) {
			newest.at = newest.event.PublishedAt
		}
	}
}
