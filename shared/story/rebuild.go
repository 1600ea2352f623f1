package story

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/content"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Bubble is a message as the shopper's phone shows it.
type Bubble struct {
	// Header is its text, or what stands in a line for a file or a place.
	Header, Body, Footer string
	Buttons              []BubbleButton
	// Text is header, body and footer as the phone shows them together, each on lines of its own.
	Text string
}

// BubbleButton is a button of a message. Does is the link or number that it opens, or the code that it copies; empty of one that answers.
type BubbleButton struct{ Label, Does string }

// Why there is no bubble.
const (
	notSent       = "It was not given to the provider, so that the phone shows nothing."
	theirTemplate = "The provider chooses and fills a template of its own; it does not tell what the phone shows."
	noCopy        = "No copy of the template is kept."
	erasedText    = "The shopper was erased, and with it what the message said."
	noText        = "The provider does not tell the template's text."
	noLongerFits  = "The copy of the template that is kept does not fit the values that the message was filled with."
)

// builder builds the messages of an order again.
type builder struct {
	*Teller

	account account.Account
	id      string
	order   *orders.Order
	// orderAt is when the copy of the order was read from the platform.
	orderAt time.Time
	copies  map[string]templateCopy
}

// templateCopy is the copy of a template. Exact is false if it is the newest one, and not known to be what a message was sent with.
type templateCopy struct {
	template.Template

	exact bool
}

func (t *Teller) builder(a account.Account, k known) *builder {
	b := &builder{Teller: t, account: a, id: k.id, copies: map[string]templateCopy{}}
	if len(k.order.JSON) == 0 {
		return b
	}

	if o, err := orders.Parse(k.order.JSON); err == nil {
		b.order, b.orderAt = o, k.order.JSONAt
	}

	return b
}

// build adds to a message what the phone shows and what the provider was sent.
func (b *builder) build(ctx context.Context, m message.Message, one *Told) error {
	by, _ := b.providers.Get(m.Provider)

	switch {
	case m.Attempt == 0:
		one.NoBubble, one.NoRequest = notSent, notSent
	case m.IsErased:
		one.NoBubble, one.NoRequest = erasedText, erasedText
	case m.Session != nil:
		one.Bubble = bubbleOfSession(*m.Session)
		b.addRequest(ctx, m, one, sessionRequest(by, m))
	case m.TemplateID == "":
		one.NoBubble = theirTemplate
		b.addForwarded(ctx, m, one, by)
	default:
		return b.addTemplate(ctx, m, one, by)
	}

	return nil
}

// bubbleOfSession returns an answer to a shopper as the phone shows it. It is kept as it was sent.
func bubbleOfSession(s message.Session) *Bubble {
	bubble := Bubble{Body: s.Text, Text: s.Text}
	for _, button := range s.Buttons {
		bubble.Buttons = append(bubble.Buttons, BubbleButton{Label: button.Title})
	}

	return &bubble
}

// addTemplate fills the template of a message again.
func (b *builder) addTemplate(ctx context.Context, m message.Message, one *Told, by provider.Provider) error {
	kept, err := b.copyOf(ctx, m)
	if errors.Is(err, store.ErrNotFound) {
		one.NoBubble, one.NoRequest = noCopy, noCopy
		return nil
	}
	if err != nil {
		return err
	}

	f, notes := b.filler(m, kept.Template, by)
	filled, _ := f.Fill()
	one.Notes = notes

	if !kept.exact {
		one.Notes = append(one.Notes, "The template's text of that time is not kept; this is its newest copy.")
	}

	filled.Template = kept.Template
	one.Bubble, one.NoBubble = bubbleOf(kept.Template, filled)
	b.addRequest(ctx, m, one, templateRequest(by, filled))

	return nil
}

// bubbleOf returns a filled template as the phone shows it, or why that cannot be told.
func bubbleOf(t template.Template, m provider.TemplateMessage) (*Bubble, string) {
	shown, err := t.Shown(m.Values, template.PreviewedMedia(m.Media), m.CopyCode)
	switch {
	case err != nil:
		return nil, noLongerFits
	case t.Body == "":
		return nil, noText
	}

	bubble := Bubble{Header: cmp.Or(shown.Header.Text, shown.MediaLine()), Body: shown.Body, Footer: shown.Footer, Text: shown.Text}

	for _, button := range shown.Buttons {
		does := cmp.Or(button.URL, button.Phone)
		if button.Kind == template.ButtonCopyCode {
			does = shown.Code
		}

		bubble.Buttons = append(bubble.Buttons, BubbleButton{Label: button.Text, Does: does})
	}

	return &bubble, ""
}

// copyOf returns the copy of the template that a message was sent with, or else the newest one.
func (b *builder) copyOf(ctx context.Context, m message.Message) (templateCopy, error) {
	key := strings.Join([]string{m.AppID, m.TemplateID, m.Grounds.Copy}, "\n")
	if c, ok := b.copies[key]; ok {
		return c, nil
	}

	c := templateCopy{exact: true}

	kept, err := store.Template{}, store.ErrNotFound
	if m.Grounds.Copy != "" {
		kept, err = b.store.TemplateCopy(ctx, m.AppID, m.TemplateID, m.Grounds.Copy)
	}
	if errors.Is(err, store.ErrNotFound) {
		kept, err = b.store.Template(ctx, m.AppID, m.TemplateID)
		c.exact = err == nil && m.Grounds.Copy != "" && kept.Fingerprint() == m.Grounds.Copy
	}
	if err != nil {
		return templateCopy{}, err
	}

	c.Template = kept.Template
	b.copies[key] = c

	return c, nil
}

// filler returns what a message is filled from, and what about that is not certain. The shopper's number is masked in it.
func (b *builder) filler(m message.Message, t template.Template, by provider.Provider) (content.Filler, []string) {
	e, exact := b.event(m)
	f := content.Filler{Template: t, Filling: m.Filling, Event: e, Provider: by}

	entry, _ := order.Lookup(e.Kind())
	f.Label = entry.Label

	if b.order != nil {
		o := b.order.Order
		o.Customer.Phone = hidden(o.Customer.Phone, m)
		f.Order = &o
	}

	if exact {
		return f, []string{"Built again from the event and the copy of the order, as they are kept."}
	}

	notes := []string{"Built again from what the message keeps: the event itself is dropped once no attempt can follow."}
	if b.order != nil {
		notes[0] = "Built again from the copy of the order of " + b.orderAt.In(b.account.Zone()).Format("2 January 2006, 15:04") +
			": the event itself is dropped once no attempt can follow."
	}

	labels := unknownLabels(m.Filling, f)
	if len(labels) > 0 {
		notes = append(notes, "Not kept, and marked with ‹ ›: "+strings.Join(labels, ", ")+".")
	}

	f.Unknown = func(key string) string { return "‹" + labelOf(key) + "›" }

	return f, notes
}

// event returns the event that a message tells, as far as it is kept. It is exact if it is the event as it came.
func (b *builder) event(m message.Message) (e order.Event, exact bool) {
	if len(m.EventData) > 0 {
		e, err := order.ParseEvent(m.EventData, m.EventAttrs, b.zone)
		if err == nil {
			e.Customer.Phone = hidden(e.Customer.Phone, m)
			return e, true
		}
	}

	kind, _ := order.ParseKind(m.Event)
	a := m.Activity

	return order.Event{
		Resource:          kind.Resource,
		SubType:           kind.SubType,
		AccountID:         m.AccountID,
		AccountSlug:       a.AccountSlug,
		OrderID:           m.OrderID,
		OrderNumber:       a.OrderNumber,
		VendorOrderNumber: a.VendorOrderNumber,
		Subject:           m.Subject,
		ShipmentID:        a.ShipmentID,
		TrackingID:        a.TrackingID,
		ChannelID:         a.ChannelID,
		Customer:          order.Customer{Name: a.CustomerName, Phone: hidden(a.CustomerPhone, m), Email: a.CustomerEmail},
		OccurredAt:        time.Unix(m.OccurredAt, 0).UTC(),
		OccurredKnown:     m.OccurredAt != 0,
	}, false
}

// hidden returns what stands for a shopper's number; empty for none.
func hidden(number string, m message.Message) string {
	if number == "" {
		return ""
	}

	return cmp.Or(masked(m.Phone), "‹number›")
}

// unknownLabels names the variables of a filling that neither event nor order has.
func unknownLabels(f template.Filling, from content.Filler) []string {
	_, missing := template.Resolve(f.Keys(), from.Event, from.Order)

	labels := make([]string, len(missing))
	for i, key := range missing {
		labels[i] = labelOf(key)
	}

	return labels
}

// labelOf returns what people call a variable.
func labelOf(key string) string {
	all := template.Variables()
	if i := slices.IndexFunc(all, func(v template.Variable) bool { return v.Key == key }); i >= 0 {
		return all[i].Label
	}

	return key
}

// app returns the app that a message went through, without its credential; false if it is not installed any more.
func (b *builder) app(m message.Message) (provider.App, bool) {
	installed, ok := b.account.App(m.AppID)
	return settings.AppOf(installed), ok
}
