package timemachine

import (
	"fmt"
	"reflect"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
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
	// Fails: the code of today cannot read its event, or fails over it.
	Fails Kind = "fails"
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

// fate returns how a message ended that was not sent, in words.
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
