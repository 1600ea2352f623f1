package dispatch

import (
	"context"
	"path"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// fill resolves what the template is filled with, and asks the order platform for what the event lacks. It returns the
// order if it was needed.
func (d *Dispatcher) fill(ctx context.Context, j *job) known {
	var have known
	if j.event.OrderID != "" && j.needsOrder() {
		var err error
		have, err = d.knownOrder(ctx, j)
		if err != nil && !fault.Is(err, fault.NotFound) {
			j.lacking = err
		}
	}
	j.sender.filled = provider.TemplateMessage{
		Values: j.values(have.order), Media: j.header(have.order), CopyCode: j.value(j.filling.CopyCode, have.order),
	}
	j.fillPayment(have.order)
	return have
}

// needsOrder tells whether the event alone cannot tell what the message says or whom it is for.
func (j *job) needsOrder() bool {
	if j.sender.forwards != nil || j.event.Customer.Phone == "" || j.filling.Payment.Part != "" {
		return true
	}
	_, missing := template.Resolve(j.filling.Keys(), j.event, nil)
	return len(missing) > 0
}

// values are those of the placeholders, each fit to be sent.
func (j *job) values(o *order.Order) []string {
	values, _ := template.Resolve(j.filling.Variables, j.event, o)
	for i, v := range values {
		if v = template.Sanitise(v); v == "" {
			v = template.Fallback(j.filling.Variables[i])
		}
		values[i] = v
	}
	return values
}

// value is a value as it is, without the fallback of its variable: a link or a code has no stand-in.
func (j *job) value(v template.Value, o *order.Order) string {
	if v.Variable == "" {
		return v.Text
	}
	values, missing := template.Resolve([]string{v.Variable}, j.event, o)
	if len(missing) > 0 {
		return ""
	}
	return values[0]
}

// header is what the template's header shows beside text.
func (j *job) header(o *order.Order) provider.Media {
	set := j.filling.Media
	m := provider.Media{
		ID: set.ID, Filename: set.Filename, Latitude: set.Latitude, Longitude: set.Longitude, Name: set.Name, Address: set.Address,
	}
	// Several items may have their own invoices; a header shows one.
	m.Link, _, _ = strings.Cut(j.value(set.Link, o), ", ")
	if m.Filename == "" && m.Link != "" {
		m.Filename = j.nameOfFile(set.Link.Variable != "", m.Link)
	}
	return m
}

// nameOfFile is what a document is called that the brand has given no name: a shopper's own is named after their order.
func (j *job) nameOfFile(own bool, link string) string {
	link, _, _ = strings.Cut(link, "?")
	if !own || j.event.OrderNumber == "" {
		return path.Base(link)
	}
	kind := path.Ext(link)
	if kind == "" {
		kind = ".pdf" // the only kind that WhatsApp documents for headers
	}
	return j.event.OrderNumber + kind
}
