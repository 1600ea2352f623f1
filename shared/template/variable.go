// Package template owns what a message says: the variables that a brand can put into its templates, where each finds its
// value in an event and an order, how a value is made fit for WhatsApp, and how a template looks with its values in
// place. It knows no provider; templates come in through each provider's package.
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
	// Sources are the fields that hold the value, the one that is asked first first: "event:" and "order:" and a path.
	Sources []string
	// Fallback stands in where no source has a value.
	Fallback string
}

// rule is a variable with the way to its value. Each function gives the values of all items that matter, empty ones
// allowed; a nil function has none.
type rule struct {
	Variable
	// event is what the event says of it.
	event func(e *order.Event) []string
	// order is what the order says, items being its lines that the event is about.
	order func(o *order.Order, items []order.Item) []string
	// substitute is the nearest thing an event has, for when there is no order or nothing in it.
	substitute func(e *order.Event) []string
}

// Variables are the variables of the integration's requirement, in its order. The slice is the caller's own.
func Variables() []Variable { return variables(required) }

// Fallback is what is shown for a variable without a value. It is fit to be sent and never empty, for unknown keys too.
func Fallback(key string) string {
	if r := find(key); r != nil {
		return r.Fallback
	}
	return nothing
}

// Resolve finds the value of each key for one event. o is the order, nil as long as it was not fetched. The values have
// the length and order of keys and are all fit to be sent: a key without a value has its [Fallback].
//
// missing are the keys whose value is a stand-in, each once. Without an order that includes what only the order can say
// and what it can say better, as the brand, for which an event has but the name of its sales channel; fetch the order
// and resolve again. With an order, they are the keys that have nothing but their fallback.
//
// Several items give their different values, joined by commas; the items are those of the event's shipment.
func Resolve(keys []string, e order.Event, o *order.Order) (values, missing []string) {
	var items []order.Item
	if o != nil {
		items = o.ItemsOf(&e)
	}
	values = make([]string, len(keys))
	for i, key := range keys {
		value, sound := resolve(find(key), &e, o, items)
		if value == "" {
			value = Fallback(key)
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
		if value = join(r.event(e)); value != "" {
			return value, true
		}
	}
	if r.order != nil && o != nil {
		if value = join(r.order(o, items)); value != "" {
			return value, true
		}
	}
	if r.substitute != nil {
		value = join(r.substitute(e))
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
	}
	return list
}
