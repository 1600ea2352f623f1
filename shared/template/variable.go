// Package template has what a message says: the variables that a brand can put into its templates ([Variables] lists
// them), the value of each for an event and its order ([Resolve]), how values are
// made fit for WhatsApp ([Sanitise], [Template.Fill]), how a [Template] looks with its values in place
// ([Template.Render]), what a brand may want in it ([Suggest]), what is wrong with its settings ([Lint]), and what a phone will show
// ([Preview]). It knows no provider; each provider's package makes Templates.
package template

import (
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Variable is something of an order that a template can show.
type Variable struct {
	// Key is what a workspace maps a placeholder to; it never changes.
	Key string
	// Label is what people call it.
	Label string
	// Sample fills previews. All samples are invented.
	Sample string
	// Sources are the fields that may hold the value, in lookup order: "event:" or "order:" and a path.
	Sources []string
	// FreeText is true for what people wrote: it may be cut where there is no room for all of it. An id, a code, a link, a day or
	// an amount is of no use in part.
	FreeText bool
	// Fallback stands in where no source has a value.
	Fallback string
	// Events are the kinds of event that can have a value; nil for all. One without a subtype is every event of its resource.
	Events []order.Kind
}

// At reports whether an event of the kind can have a value; else its messages always show the Fallback.
func (v Variable) At(k order.Kind) bool {
	return v.Events == nil || slices.ContainsFunc(v.Events, func(e order.Kind) bool {
		return e.Resource == k.Resource && (e.SubType == "" || e.SubType == k.SubType)
	})
}

// rule is a variable and how its value is found. Each function returns the values of all items that matter, some of which
// may be empty; a nil function stands for no value.
type rule struct {
	Variable
	// event returns the values in the event.
	event func(e *order.Event) []string
	// order returns the values in the order; items are its lines that the event is about.
	order func(o *order.Order, items []order.Item) []string
	// substitute returns the nearest values in the event, for use when there is no order or no value in it.
	substitute func(e *order.Event) []string
}

// Variables returns all variables: the 17 of the integration's requirement, in its order, and then those of our own. The slice is the
// caller's own.
func Variables() []Variable { return append(variables(required), variables(extra)...) }

// fallback returns what is shown for a variable without a value. It can be sent and is never empty, for unknown keys too.
func fallback(key string) string {
	if r := find(key); r != nil {
		return r.Fallback
	}
	return nothing
}

// Resolve returns the value of each key for one event, in the order of keys. o is the order, nil if it was not fetched.
// Every value is fit to be sent by itself, and this is the one place where it is made so; [Template.Fill] has all of them fit
// together. A key without a value has its [Variable.Fallback]. The different values of several items are joined by
// commas; the items are those of the event's shipment.
//
// missing are the keys whose value is a substitute, each once. Without an order these include the keys whose value only the
// order has, or has more exactly, such as the brand, of which an event has only the sales channel's name: fetch the order
// and resolve again. With an order they are the keys that have only their fallback.
func Resolve(keys []string, e order.Event, o *order.Order) (values, missing []string) {
	var items []order.Item
	if o != nil {
		items = o.ItemsOf(&e)
	}

	values = make([]string, len(keys))
	for i, key := range keys {
		value, sound := resolve(find(key), &e, o, items)
		if value == "" {
			value = fallback(key)
		}

		values[i] = value
		if !sound && !slices.Contains(missing, key) {
			missing = append(missing, key)
		}
	}

	return values, missing
}

// resolve is the value of one variable and whether it is more than a stand-in.
func resolve(r *rule, e *order.Event, o *order.Order, items []order.Item) (value string, sound bool) {
	if r == nil {
		return "", false
	}
	if r.event != nil {
		if value = join(r.event(e), r.FreeText); value != "" {
			return value, true
		}
	}
	if r.order != nil && o != nil {
		if value = join(r.order(o, items), r.FreeText); value != "" {
			return value, true
		}
	}
	if r.substitute != nil {
		value = join(r.substitute(e), r.FreeText)
	}

	return value, value != "" && o != nil
}

func find(key string) *rule {
	for _, list := range [...][]rule{required, extra} {
		for i := range list {
			if list[i].Key == key {
				return &list[i]
			}
		}
	}

	return nil
}

func variables(rules []rule) []Variable {
	list := make([]Variable, len(rules))
	for i, r := range rules {
		list[i] = r.Variable
		list[i].Sources = slices.Clone(r.Sources)
		list[i].Events = slices.Clone(r.Events)
	}

	return list
}
