// Package content fills a template for one message, from the event that it tells and the order that this is about. It is pure: dispatch fills
// messages with it before they are sent, and package story afterwards, to show what they said.
package content

import (
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Filler is all that the content of a message is made of.
type Filler struct {
	Template template.Template
	Filling  template.Filling
	Event    order.Event
	// Label is what the catalogue calls the event.
	Label string
	// Order is nil where it is not known.
	Order    *order.Order
	Provider provider.Provider
	// Unknown returns what stands in a placeholder for a variable that neither event nor order has; nil for the variable's fallback, as in
	// messages.
	Unknown func(key string) string
}

// Fill returns the content of the message, without whom it is for. The reason is why it must not be sent for what it would say; empty if nothing
// speaks against it.
func (f Filler) Fill() (provider.TemplateMessage, message.Reason) {
	m := provider.TemplateMessage{
		Template: f.Template,
		Values:   f.values(),
		Media:    f.header(),
		CopyCode: f.value(f.Filling.CopyCode),
	}

	switch f.Filling.Payment.Part {
	case template.OrderStatus:
		status, ok := f.orderStatus()
		if !ok {
			return m, message.UnsupportedByProvider
		}

		m.OrderStatus = &status
	case template.OrderDetails:
		bill, reason := f.orderDetails()
		m.OrderDetails = &bill

		return m, reason
	}

	return m, ""
}

// values returns those of the placeholders, which fit their template.
func (f Filler) values() []string {
	return f.Template.Fill(f.Filling, func(keys []string) []string {
		values, _ := template.Resolve(keys, f.Event, f.Order)
		if f.Unknown == nil {
			return values
		}

		for i, key := range keys {
			if _, missing := template.Resolve([]string{key}, f.Event, f.Order); key != "" && len(missing) > 0 {
				values[i] = f.Unknown(key)
			}
		}

		return values
	})
}

// value returns a value without the fallback of its variable, since a link or a code has no stand-in.
func (f Filler) value(v template.Value) string {
	if v.Variable == "" {
		return v.Text
	}

	values, missing := template.Resolve([]string{v.Variable}, f.Event, f.Order)
	if len(missing) > 0 {
		return ""
	}

	return values[0]
}

// header returns what the template's header shows beside text.
func (f Filler) header() provider.Media {
	set := f.Filling.Media
	m := provider.Media{
		ID:        set.ID,
		Latitude:  set.Latitude,
		Longitude: set.Longitude,
		Name:      set.Name,
		Address:   set.Address,
	}

	m.Link, m.Filename = set.File(f.value, f.Event.OrderNumber)

	return m
}
