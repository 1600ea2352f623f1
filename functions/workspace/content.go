package workspace

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// contentBody is a template and what fills it, as it is asked for and answered.
type contentBody struct {
	Template string `json:"template" api:"required"`
	// Values are in the order of the template's placeholders.
	Values []placeholderValue `json:"values" api:"required"`
	Media  *mediaBody         `json:"media,omitempty"`
	// CopyCode is what a copy-code button copies.
	CopyCode *valueBody `json:"copyCode,omitempty"`
	// Actions are what taps on buttons ask for, by the button's index.
	Actions []string     `json:"actions,omitempty"`
	Payment *paymentBody `json:"payment,omitempty"`
}

// valueBody is a variable or a text.
type valueBody struct {
	Variable string `json:"variable,omitempty"`
	Text     string `json:"text,omitempty"`
}

// placeholderValue is what stands in a placeholder, and what the template calls that.
type placeholderValue struct {
	Name string `json:"name,omitempty"`
	valueBody
}

// mediaBody is what a header shows that is no text.
type mediaBody struct {
	Link      *valueBody `json:"link,omitempty"`
	ID        string     `json:"id,omitempty"`
	Filename  string     `json:"filename,omitempty"`
	Latitude  string     `json:"latitude,omitempty"`
	Longitude string     `json:"longitude,omitempty"`
	Name      string     `json:"name,omitempty"`
	Address   string     `json:"address,omitempty"`
}

// paymentBody is what a template of WhatsApp's payments needs.
type paymentBody struct {
	Part          template.PaymentPart `json:"part" api:"required"`
	Reference     string               `json:"reference,omitempty"`
	Description   *valueBody           `json:"description,omitempty"`
	Goods         string               `json:"goods,omitempty"`
	Type          string               `json:"type,omitempty"`
	Configuration string               `json:"configuration,omitempty"`
	Settings      json.RawMessage      `json:"settings,omitempty"`
}

// contentOf returns a template and what fills it as it is answered; nil if there is no template.
func contentOf(templateID string, f template.Filling) *contentBody {
	if templateID == "" {
		return nil
	}

	c := contentBody{
		Template: templateID,
		Values:   make([]placeholderValue, max(len(f.Variables), len(f.Texts))),
		CopyCode: valueOf(f.CopyCode),
		Actions:  f.Actions,
	}

	for i := range c.Values {
		c.Values[i] = placeholderValue{Name: at(f.Names, i), valueBody: valueBody{Variable: at(f.Variables, i), Text: at(f.Texts, i)}}
	}

	if m := f.Media; !m.IsZero() {
		c.Media = &mediaBody{
			Link:      valueOf(m.Link),
			ID:        m.ID,
			Filename:  m.Filename,
			Latitude:  m.Latitude,
			Longitude: m.Longitude,
			Name:      m.Name,
			Address:   m.Address,
		}
	}

	if p := f.Payment; !p.IsZero() {
		c.Payment = &paymentBody{
			Part:          p.Part,
			Reference:     p.Reference,
			Description:   valueOf(p.Description),
			Goods:         p.Goods,
			Type:          p.Type,
			Configuration: p.Configuration,
			Settings:      json.RawMessage(p.Settings),
		}
	}

	return &c
}

// at returns an element of a list that may be shorter.
func at(list []string, i int) string {
	if i >= len(list) {
		return ""
	}

	return list[i]
}

// valueOf returns a value as it is answered; nil if there is none.
func valueOf(v template.Value) *valueBody {
	if v.IsZero() {
		return nil
	}

	return &valueBody{Variable: v.Variable, Text: v.Text}
}

// value returns a value as the use case takes it; the zero value if there is none.
func (b *valueBody) value() template.Value {
	if b == nil {
		return template.Value{}
	}

	return template.Value{Variable: b.Variable, Text: b.Text}
}

// input returns the content as the use case takes it; nil for nil. field is what the fields of errors begin with.
func (c *contentBody) input(field string) (*account.Content, error) {
	if c == nil {
		return nil, nil //nolint:nilnil // no content is an answer
	}

	if err := c.check(field); err != nil {
		return nil, err
	}

	out := account.Content{TemplateID: c.Template}
	f := &out.Filling
	f.CopyCode = c.CopyCode.value()

	if len(c.Actions) > 0 {
		f.Actions = c.Actions
	}

	f.Place(placeholders(c.Values))

	if m := c.Media; m != nil {
		f.Media = template.Media{
			Link:      m.Link.value(),
			ID:        m.ID,
			Filename:  m.Filename,
			Latitude:  m.Latitude,
			Longitude: m.Longitude,
			Name:      m.Name,
			Address:   m.Address,
		}
	}

	if p := c.Payment; p != nil {
		f.Payment = template.Payment{
			Part:          p.Part,
			Reference:     p.Reference,
			Description:   p.Description.value(),
			Goods:         p.Goods,
			Type:          p.Type,
			Configuration: p.Configuration,
			Settings:      compact(p.Settings),
		}
	}

	return &out, nil
}

// placeholders returns values as the domain has them.
func placeholders(values []placeholderValue) []template.Placeholder {
	all := make([]template.Placeholder, len(values))
	for i, v := range values {
		all[i] = template.Placeholder{Name: v.Name, Value: template.Value{Variable: v.Variable, Text: v.Text}}
	}

	return all
}

// compact returns JSON without blanks; empty for null.
func compact(text json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil || b.String() == "null" {
		return ""
	}

	return b.String()
}

// check returns an error for the first value that is two, or for a payment that is none.
func (c *contentBody) check(field string) error {
	one := func(name string, v *valueBody) error {
		if v != nil && v.Variable != "" && v.Text != "" {
			return fault.Field(field+name, "has a variable and a text, and only one of them can stand there")
		}

		return nil
	}

	for i := range c.Values {
		if err := one(fmt.Sprintf("values[%d]", i), &c.Values[i].valueBody); err != nil {
			return err
		}
	}

	if err := one("copyCode", c.CopyCode); err != nil {
		return err
	}

	if m := c.Media; m != nil {
		if err := one("media.link", m.Link); err != nil {
			return err
		}
	}

	p := c.Payment
	switch {
	case p == nil:
		return nil
	case p.Part != template.OrderStatus && p.Part != template.OrderDetails:
		return fault.Field(field+"payment.part", "must be order_status or order_details")
	case compact(p.Settings) != "" && compact(p.Settings)[0] != '[':
		return fault.Field(field+"payment.settings", "must be a list")
	}

	return one("payment.description", p.Description)
}
