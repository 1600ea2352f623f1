package timemachine

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// compareAll compares what is stored with what the scratch has.
func (m *machine) compareAll(ctx context.Context) error {
	ids, delivered := map[string]bool{}, map[string]time.Time{}
	for _, d := range m.deliveries {
		ids[d.id], delivered[d.id] = true, d.at
	}

	for id, one := range m.stored {
		ids[id] = true

		if _, known := delivered[id]; !known && m.unreadableOf(one) {
			delivered[id], m.failed[id] = one.CreatedAt, unread
		}
	}

	m.result.Unreadable = len(m.unreadable)

	delete(ids, "")

	for _, id := range slices.Sorted(maps.Keys(ids)) {
		one, err := m.scratch.Store.Message(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}

		m.compare(pair{id: id, was: of(m.stored[id]), is: of(one), at: delivered[id], failed: m.failed[id]})
	}

	return nil
}

// of returns a message; nil for one that there is not.
func of(one message.Message) *message.Message {
	if one.ID == "" {
		return nil
	}

	return &one
}

// pair is a message as it is stored and as it is in the scratch; nil where it is not.
type pair struct {
	id      string
	was, is *message.Message
	// at is when its last event was delivered, the zero time if there was none; failed is why that could not be decided on.
	at     time.Time
	failed string
}

// compare judges a message.
func (m *machine) compare(p pair) {
	switch {
	case p.failed != "":
		m.fails(p)
		return
	case p.was == nil && p.is == nil:
		return // no event that is told was about it
	}

	all := p.differences()

	if why := m.notJudged(p, all); why != "" {
		m.result.NotJudged[why]++
		return
	}

	m.result.Messages++
	m.result.was.add(p.was)
	m.result.is.add(p.is)

	if len(all) == 0 {
		m.result.Equal++
	}

	m.result.Differences = append(m.result.Differences, all...)
}

// fails notes that the code of today could not decide on a message.
func (m *machine) fails(p pair) {
	d := Difference{Kind: Fails, MessageID: p.id, What: p.failed}
	if p.was != nil {
		d.OrderID, d.Event = p.was.OrderID, p.was.Event
		m.result.Messages++
	}

	m.result.Differences = append(m.result.Differences, d)
}

// unreadableOf reports whether an event that cannot be read names the order of a message.
func (m *machine) unreadableOf(one message.Message) bool {
	return one.OrderID != "" && slices.ContainsFunc(m.unreadable, func(e Event) bool { return bytes.Contains(e.Data, []byte(one.OrderID)) })
}

// sent reports whether a message was handed to its provider; nil was not.
func sent(one *message.Message) bool {
	return one != nil && one.Attempt > 0 && one.Grounds.Unbuilt == ""
}

// held reports whether something stood in a message's way that is not stored otherwise.
func held(g message.Grounds) bool {
	return g.App != "" || g.Template != "" || g.Turn || g.Vain || g.Unread || g.Lacking || g.NoToken || g.InFlight || g.Tries > 0
}

// waits reports whether a message is to be decided on later.
func waits(one *message.Message) bool {
	return one != nil && (one.Phase == message.Waiting || one.Phase == message.Held)
}

// notJudged returns why a message cannot be compared; empty if it can.
func (m *machine) notJudged(p pair, found []Difference) string {
	later := p.was != nil && (waits(p.was) || p.was.Grounds.At >= m.until.UnixMilli())

	switch {
	case p.was != nil && (p.was.Test || p.was.Session != nil):
		return "it is a test or an answer in a conversation, which comes of no event"
	case p.at.IsZero():
		return "its event is not among those of the day"
	case p.was != nil && p.was.CreatedAt.Before(m.from):
		return "it was made before the day"
	case p.was != nil && !p.was.CreatedAt.Before(m.until):
		return "it was decided on after the day"
	case waits(p.is) && (p.was == nil || later), later && p.is == nil:
		return "it waits beyond the end of the day"
	case len(found) == 0:
		return ""
	}

	return m.unclear(p)
}

// unclear returns why a difference may come from what is not stored; empty if it does not.
func (m *machine) unclear(p pair) string {
	reason := func(one *message.Message) message.Reason {
		if one == nil {
			return ""
		}
		return one.Reason
	}
	overtaken := func(one *message.Message) bool {
		return one != nil && one.Reason == message.Superseded && one.Grounds.OvertakenAt < m.from.Unix()
	}

	switch {
	case p.was == nil && m.settings.justChanged(p.at):
		return "the settings had just been changed, which an instance sees late"
	case p.was != nil && p.was.SecondLook && (p.is == nil || !p.is.SecondLook):
		return "it had been refused before the day"
	case p.was != nil && held(p.was.Grounds) && !sent(p.was) && sent(p.is):
		return "an app, a template or the order platform kept it waiting"
	case sent(p.was) && reason(p.is) == message.NoPhone && !m.numbered(*p.was):
		return "its number was that of its order, which is not kept"
	case (overtaken(p.was) || overtaken(p.is)) && sent(p.was) != sent(p.is):
		return "whether an earlier status was known then is not stored"
	case (reason(p.was) == message.SpendingLimit || reason(p.is) == message.SpendingLimit) && sent(p.was) != sent(p.is):
		return "what the account had spent then is not stored to the minute"
	case p.was != nil && p.was.Attempt > 1 && sent(p.is) && p.was.Estimate.Day != p.is.Estimate.Day:
		return "it was sent once more on a later day"
	default:
		return ""
	}
}

// lastDigits are as many digits of a number as are alike in all its spellings.
const lastDigits = 8

// numbered reports whether an event of a message has its number.
func (m *machine) numbered(one message.Message) bool {
	if len(one.Phone) < lastDigits {
		return false
	}

	number := []byte(one.Phone[len(one.Phone)-lastDigits:])

	return slices.ContainsFunc(m.deliveries, func(d *delivery) bool { return d.id == one.ID && bytes.Contains(d.event.Data, number) })
}
