package timemachine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ahead is how many deliveries' documents are read in one call.
const ahead = 200

// waiting are the messages that wait in the scratch and that no copy of reality brings, with when they are due.
type waiting map[string]time.Time

// next returns the one that is due first.
func (w waiting) next() (id string, due time.Time, ok bool) {
	for one, at := range w {
		if !ok || at.Before(due) || at.Equal(due) && one < id {
			id, due, ok = one, at, true
		}
	}

	return id, due, ok
}

// deliverAll delivers the events of the day, and what waits in between, each at its time.
func (m *machine) deliverAll(ctx context.Context) error {
	w := waiting{}
	copies := m.copiesAhead()

	for i, d := range m.deliveries {
		if i%ahead == 0 {
			if err := m.prefetch(ctx, m.deliveries[i:min(i+ahead, len(m.deliveries))]); err != nil {
				return err
			}
		}

		if err := m.bring(ctx, w, d.at); err != nil {
			return err
		}

		came, err := m.deliver(ctx, d)
		if err != nil {
			return err
		}

		if d.event.copyOf() != "" {
			copies[d.id]--
		}
		if err := m.await(ctx, w, d.id, came, copies[d.id]); err != nil {
			return err
		}
	}

	return m.bring(ctx, w, m.until)
}

// copiesAhead counts the copies of each message that sweep had published.
func (m *machine) copiesAhead() map[string]int {
	copies := map[string]int{}

	for _, d := range m.deliveries {
		if id := d.event.copyOf(); id != "" {
			copies[id]++
		}
	}

	return copies
}

// prefetch reads what some deliveries will need.
func (m *machine) prefetch(ctx context.Context, some []*delivery) error {
	var paths []string

	for _, d := range some {
		for _, at := range [][2]string{{"messages/", d.id}, {"orders/", d.orderID}, {"customers/", d.customerID}} {
			if at[1] != "" {
				paths = append(paths, at[0]+at[1])
			}
		}
	}

	return m.scratch.Prefetch(ctx, paths...)
}

// bring delivers what is due before a time, and moves the clock there.
func (m *machine) bring(ctx context.Context, w waiting, until time.Time) error {
	for {
		id, due, ok := w.next()
		if !ok || !due.Before(until) {
			return m.sayUntil(ctx, until)
		}

		delete(w, id)

		if err := m.sayUntil(ctx, due); err != nil {
			return err
		}

		came, err := m.bringOne(ctx, id)
		if err != nil {
			return err
		}
		if err := m.await(ctx, w, id, came, 0); err != nil {
			return err
		}
	}
}

// sayUntil moves the clock on, and adds to the ledgers what was said by then.
func (m *machine) sayUntil(ctx context.Context, t time.Time) error {
	for len(m.ledger.entries) > 0 && !m.ledger.entries[0].at.After(t) {
		e := m.ledger.entries[0]
		m.ledger.entries = m.ledger.entries[1:]
		m.at(e.at)

		if err := m.say(ctx, e); err != nil {
			return fmt.Errorf("entry %d of customer %s: %w", e.Sequence, e.Subject, err)
		}
	}

	m.at(t)

	return nil
}

// deliver delivers an event of the day, and returns what came of it.
func (m *machine) deliver(ctx context.Context, d *delivery) (outcome.Result, error) {
	if err := m.settle(ctx, d, d.at); err != nil {
		return "", err
	}

	m.result.Events++

	if d.event.copyOf() != "" {
		m.result.Copies++

		if _, err := m.ticket(ctx, d.id, d.event.Attributes[order.AttributeTicket]); err != nil {
			return "", err
		}
	}

	return m.hand(ctx, d.id, d.event)
}

// unread is what is said of a message whose event cannot be read.
const unread = "the code of today cannot read its event"

// hand hands an event to the code of today. An error of ours ends the replay only if the context has ended: else it is a difference.
func (m *machine) hand(ctx context.Context, id string, e Event) (outcome.Result, error) {
	if m.o.before != nil {
		m.o.before(&e)
	}

	o := m.scratch.Deliver(ctx, scratch.OrderEvents, queue.Push{
		Data:        e.Data,
		Attributes:  e.Attributes,
		PublishTime: e.PublishedAt,
		Attempt:     1,
	})

	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case o.Unreadable():
		m.failed[id] = unread
	case o.Err != nil:
		m.failed[id] = fmt.Sprintf("the code of today fails over its event: %s", fault.KindOf(o.Err))
	default:
		delete(m.failed, id)
	}

	return o.Report.Result, nil
}

// ticket does with a message that waits what sweep does before it publishes its event again.
func (m *machine) ticket(ctx context.Context, id, ticket string) (message.Message, error) {
	one, err := m.scratch.Store.Message(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return message.Message{}, nil
	}
	if err != nil || one.Phase != message.Waiting && one.Phase != message.Held {
		return one, err
	}

	one.Due = m.clock.Now().Add(message.Backoff(one.Tries))
	one.Tries++
	one.Ticket = ticket

	return one, m.scratch.Store.Change(ctx, store.Change{Message: one})
}

// bringOne publishes the event of a message that waits in the scratch, as sweep does.
func (m *machine) bringOne(ctx context.Context, id string) (outcome.Result, error) {
	if err := m.settle(ctx, nil, m.clock.Now()); err != nil {
		return "", err
	}

	m.result.Brought++

	ticket := fmt.Sprint("replay-", m.result.Brought)

	one, err := m.ticket(ctx, id, ticket)
	if err != nil || one.Ticket != ticket {
		return "", err
	}

	attributes := map[string]string{}
	maps.Copy(attributes, one.EventAttrs)
	attributes[order.AttributeRetry], attributes[order.AttributeTicket] = id, ticket

	return m.hand(ctx, id, Event{PublishedAt: m.clock.Now(), Attributes: attributes, Data: one.EventData})
}

// await notes when a message is due that waits in the scratch after what came of a delivery. It is left to the copies that reality has of it, if
// some are to come.
func (m *machine) await(ctx context.Context, w waiting, id string, came outcome.Result, copies int) error {
	switch {
	case id == "", came == outcome.Duplicate:
		return nil // it waits as it did
	case copies > 0, came != outcome.Waiting && came != outcome.Held && came != outcome.Returned && came != "":
		delete(w, id)
		return nil
	}

	delete(w, id)

	one, err := m.scratch.Store.Message(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	if slices.Contains([]message.Phase{message.Waiting, message.Held}, one.Phase) && !one.Due.IsZero() {
		w[id] = one.Due
		if now := m.clock.Now(); one.Due.Before(now) {
			w[id] = now
		}
	}

	return nil
}
