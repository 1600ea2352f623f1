package timemachine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Kind says what is otherwise.
type Kind string

// The kinds of differences.
const (
	// Appears: a message would be sent that was not.
	Appears Kind = "appears"
	// Vanishes: a message was sent that would not be.
	Vanishes Kind = "vanishes"
	// Text: it would say something else, or go through another app.
	Text Kind = "text"
	// Price: it would be expected to cost something else.
	Price Kind = "price"
	// Reason: it would be refused as it was, for another reason.
	Reason Kind = "reason"
)

// Difference is one thing that would be otherwise of one message.
type Difference struct {
	Kind               Kind
	MessageID, OrderID string
	// Event is the message's, as "shipment/delivered".
	Event string
	// What says it in words, without personal data: many messages have the same.
	What string
}

// compareAll compares what is stored with what the scratch has.
func (m *machine) compareAll(ctx context.Context) error {
	ids, delivered := map[string]bool{}, map[string]time.Time{}
	for _, d := range m.deliveries {
		ids[d.id], delivered[d.id] = true, d.at
	}

	for id := range m.stored {
		ids[id] = true
	}

	delete(ids, "")

	for _, id := range slices.Sorted(maps.Keys(ids)) {
		one, err := m.scratch.Store.Message(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}

		m.compare(pair{was: of(m.stored[id]), is: of(one), at: delivered[id], failed: m.failed[id]})
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
	was, is *message.Message
	// at is when its last event was delivered, the zero time if there was none; failed is why that could not be decided on.
	at     time.Time
	failed string
}

// compare judges a message.
func (m *machine) compare(p pair) {
	switch {
	case p.was == nil && p.is == nil, p.was != nil && (p.was.Test || p.was.Session != nil):
		return // no event, or none that is told, was about it
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
	case p.failed != "":
		return p.failed
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
	case m.o.Change == nil && (reason(p.was) == message.SpendingLimit || reason(p.is) == message.SpendingLimit):
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

// differences returns what is otherwise.
func (p pair) differences() []Difference {
	one := p.was
	if one == nil {
		one = p.is
	}

	found := func(kind Kind, what string) Difference {
		return Difference{Kind: kind, MessageID: one.ID, OrderID: one.OrderID, Event: one.Event, What: what}
	}

	switch {
	case sent(p.is) && !sent(p.was):
		return []Difference{found(Appears, "it was "+fate(p.was)+", and would be sent"+price(p.is.Estimate))}
	case sent(p.was) && !sent(p.is):
		return []Difference{found(Vanishes, "it was sent, and would be "+fate(p.is)+price(p.was.Estimate))}
	case !sent(p.was):
		if was, is := fate(p.was), fate(p.is); was != is {
			return []Difference{found(Reason, "it was "+was+", and would be "+is)}
		}

		return nil
	}

	var all []Difference
	for _, what := range texts(*p.was, *p.is) {
		all = append(all, found(Text, what))
	}

	for _, what := range prices(p.was.Estimate, p.is.Estimate) {
		all = append(all, found(Price, what))
	}

	return all
}

// fate says what became of a message that was not sent.
func fate(one *message.Message) string {
	switch {
	case one == nil:
		return "off"
	case waits(one):
		return "waiting until " + one.Due.UTC().Format(time.DateTime) + " UTC"
	case one.Grounds.Unbuilt != "":
		return "impossible to express"
	default:
		return fmt.Sprintf("%s as %s", one.Phase, one.Reason)
	}
}

func price(e message.Estimate) string {
	if e.Micros == 0 {
		return ""
	}

	return " for " + money(e)
}

func money(e message.Estimate) string { return amount(e.Currency, e.Micros) }

func amount(currency string, micros int64) string {
	return fmt.Sprintf("%s %d.%06d", currency, micros/1_000_000, micros%1_000_000)
}

func prices(was, is message.Estimate) (all []string) {
	if was.Category != is.Category {
		all = append(all, fmt.Sprintf("category %s → %s", was.Category, is.Category))
	}
	if was.Micros != is.Micros || was.Currency != is.Currency {
		all = append(all, money(was)+" → "+money(is))
	}

	return all
}

// texts says what two messages say otherwise.
func texts(was, is message.Message) (all []string) {
	note := func(differs bool, format string, args ...any) {
		if differs {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}

	note(was.AppID != is.AppID, "app %s → %s", was.AppID, is.AppID)
	note(was.TemplateID != is.TemplateID, "template %s → %s", was.TemplateID, is.TemplateID)
	note(was.TemplateID == is.TemplateID && was.Grounds.Copy != is.Grounds.Copy, "template %s has another text, category or status: %s → %s", is.TemplateID, was.Grounds.Copy, is.Grounds.Copy)

	return append(all, fillings(was.Filling, is.Filling)...)
}

// fillings says which places of a template are filled otherwise, and never with what.
func fillings(was, is template.Filling) (all []string) {
	for i := range max(len(was.Variables), len(is.Variables), len(was.Texts), len(is.Texts)) {
		before, after := at(was.Variables, i), at(is.Variables, i)

		switch {
		case before != after:
			all = append(all, fmt.Sprintf("placeholder %d: %s → %s", i+1, named(before), named(after)))
		case at(was.Texts, i) != at(is.Texts, i):
			all = append(all, fmt.Sprintf("placeholder %d: another fixed text", i+1))
		}
	}

	for _, part := range []struct {
		name    string
		was, is any
	}{
		{"the buttons' actions", was.Actions, is.Actions},
		{"the header", was.Media, is.Media},
		{"the code to copy", was.CopyCode, is.CopyCode},
		{"the payment", was.Payment, is.Payment},
	} {
		if !reflect.DeepEqual(part.was, part.is) {
			all = append(all, part.name+" would be another")
		}
	}

	return all
}

func at(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}

	return ""
}

func named(variable string) string {
	if variable == "" {
		return "a fixed text"
	}

	return variable
}
